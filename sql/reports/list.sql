{with(present)}
SELECT
    account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    last_accessed, last_accessed_by, last_accessed_region, days_since, verdict, bucket, as_of, identified_by,
    aws_controlled, unknown_reason, observed_days, observed_limit, granted_since, age_known_by, last_accessed_source,
    remedy, used_untracked,
    CASE WHEN used_untracked AND LOWER(TRIM(service_namespace)) = 'iam' THEN 'may-be-pass-role' END AS note
FROM told
WHERE level = '{level}' AND passes = 1
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    last_accessed, last_accessed_by, last_accessed_region, days_since, verdict, bucket, as_of, identified_by,
    aws_controlled, unknown_reason, observed_days, observed_limit, granted_since, age_known_by, last_accessed_source)}
