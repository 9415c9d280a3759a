{with(present)}
SELECT
    account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    verdict, last_accessed, days_since, last_accessed_by, last_accessed_region, bucket, observed_days, unknown_reason,
    used_untracked,
    CASE
        WHEN level = 'service' AND LOWER(TRIM(service_namespace)) = 'iam' AND (used_untracked OR verdict IN ('stale', 'unused'))
            THEN 'may-be-pass-role'
    END AS note,
    remedy, aws_controlled, as_of, identified_by, observed_limit, granted_since, age_known_by, last_accessed_source{dump_date(made_at)}
FROM told
WHERE level = '{level}' AND passes = 1
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    verdict, last_accessed, days_since, last_accessed_by, last_accessed_region, bucket, observed_days, unknown_reason,
    used_untracked, remedy, aws_controlled, as_of, identified_by, observed_limit, granted_since, age_known_by,
    last_accessed_source)}
