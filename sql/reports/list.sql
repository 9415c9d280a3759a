{with(present)}
SELECT
    account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    last_accessed, last_accessed_by, last_accessed_region, days_since, verdict,
    {bucket} AS bucket,
    as_of, identified_by, managed,
    CASE
        WHEN verdict <> 'unknown' THEN NULL
        WHEN as_of IS NULL THEN 'no-date'
        WHEN access_undated THEN 'date-unreadable'
        ELSE 'window-too-short'
    END AS unknown_reason
FROM kept
WHERE level = '{level}'
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    last_accessed, last_accessed_by, last_accessed_region, days_since, verdict, bucket, as_of, identified_by)}
