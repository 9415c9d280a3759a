{with(present)}
SELECT
    k.account_id, k.entity_type, k.entity_name, k.entity_arn, k.service_namespace, {action(k.action_name,)}
    k.last_accessed, k.last_accessed_by, k.last_accessed_region, k.days_since, k.verdict,
    {bucket} AS bucket,
    k.as_of, k.identified_by, k.managed,
    CASE
        WHEN k.verdict <> 'unknown' THEN NULL
        WHEN k.as_of IS NULL THEN 'no-date'
        WHEN k.access_undated THEN 'date-unreadable'
        ELSE 'window-too-short'
    END AS unknown_reason{history(,
    e.last_accessed_ever, e.last_seen_in)}
FROM kept AS k{history(
LEFT JOIN ever AS e ON {same_permission(e, k)})}
WHERE k.level = '{level}'
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, {action(action_name,)}
    last_accessed, last_accessed_by, last_accessed_region, days_since, verdict, bucket, as_of, identified_by)}
