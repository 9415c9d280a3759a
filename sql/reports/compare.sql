{with(present)},
{shown}
cells AS (
    SELECT * FROM shown WHERE level = '{level}' AND passes = 1
)
SELECT
    COALESCE(entity_arn, entity) AS entity_arn, shown_namespace AS service_namespace, {action(shown_action AS action_name,)}
    CASE WHEN verdict IN ('unused', 'unknown') THEN verdict ELSE CAST(days_since AS {text}) END AS cell,
    account_id
FROM cells
ORDER BY {order(1, 2, {action(3,)} cell, account_id)}
