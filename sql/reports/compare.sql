{with(present)}
SELECT
    COALESCE(entity_arn, entity) AS entity_arn, service_namespace, {action(action_name,)}
    CASE verdict WHEN 'unknown' THEN 'unknown' WHEN 'unused' THEN 'never' ELSE CAST(days_since AS {text}) END AS cell,
    account_id
FROM kept
WHERE level = '{level}'
ORDER BY {order(entity_arn, service_namespace, {action(action_name,)} cell, account_id)}
