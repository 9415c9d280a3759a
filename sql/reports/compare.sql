{with(present)},
{shown}
cells AS (
    SELECT * FROM shown WHERE level = '{level}' AND passes = 1
)
SELECT
    account_id, COALESCE(entity_arn, entity) AS entity_arn, shown_namespace AS service_namespace, {action(shown_action AS action_name,)}
    CASE WHEN verdict IN ('unused', 'unknown') THEN verdict ELSE CAST(days_since AS {text}) END AS cell
FROM cells
ORDER BY {order(2, 3, {action(4,)} cell, account_id)}
