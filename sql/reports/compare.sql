{with(present)},
spelt AS (
    SELECT
        t.*,
        MAX(service_namespace) OVER (PARTITION BY service_key) AS namespace,
        MIN(action_name) OVER (PARTITION BY service_key, action_key) AS action
    FROM told AS t
    WHERE level = '{level}'
)
SELECT
    COALESCE(entity_arn, entity) AS entity_arn, namespace AS service_namespace, {action(action AS action_name,)}
    CASE WHEN verdict IN ('unused', 'unknown') THEN verdict ELSE CAST(days_since AS {text}) END AS cell,
    account_id
FROM spelt
WHERE passes = 1
ORDER BY {order(1, 2, {action(3,)} cell, account_id)}
