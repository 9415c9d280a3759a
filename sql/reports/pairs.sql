{with(present)},
-- A policy that AWS manages has one ARN and is another entity in every account.
permissions AS (
    SELECT
        COALESCE(entity_arn, entity) AS title, COALESCE(account_id, '') AS account,
        service_namespace, COALESCE(action_name, '') AS action_name,
        MAX(CASE WHEN used THEN 1 ELSE 0 END) AS used
    FROM kept
    WHERE level = '{level}'
    GROUP BY COALESCE(entity_arn, entity), COALESCE(account_id, ''), service_namespace, COALESCE(action_name, '')
),
members AS (
    SELECT
        title, account, COUNT(*) AS granted, {sum(used)},
        ROW_NUMBER() OVER (ORDER BY title, account) AS place
    FROM permissions
    GROUP BY title, account
),
held AS (
    SELECT m.place, p.service_namespace, p.action_name, p.used
    FROM permissions AS p
    JOIN members AS m ON m.title = p.title AND m.account = p.account
),
shared AS (
    SELECT a.place AS place_a, b.place AS place_b, COUNT(*) AS granted, SUM(a.used * b.used) AS used
    FROM held AS a
    JOIN held AS b
        ON b.service_namespace = a.service_namespace AND b.action_name = a.action_name AND a.place < b.place
    GROUP BY a.place, b.place
),
pairs AS (
    SELECT
        a.title AS entity_a, b.title AS entity_b,
        a.granted AS granted_a, b.granted AS granted_b, COALESCE(s.granted, 0) AS granted_both,
        a.used AS used_a, b.used AS used_b, CAST(COALESCE(s.used, 0) AS BIGINT) AS used_both,
        NULLIF(a.account, '') AS account_a, NULLIF(b.account, '') AS account_b
    FROM members AS a
    JOIN members AS b ON a.place < b.place
    LEFT JOIN shared AS s ON s.place_a = a.place AND s.place_b = b.place
)
SELECT
    entity_a, entity_b, granted_a, granted_b, granted_both, used_a, used_b, used_both,
    {ratio(granted_both, granted_a + granted_b - granted_both)} AS jaccard_granted,
    {ratio(used_both, used_a + used_b - used_both)} AS jaccard_used,
    account_a, account_b
FROM pairs
ORDER BY {order(entity_a, entity_b, granted_a, granted_b, granted_both, used_a, used_b, used_both, account_a, account_b)}
