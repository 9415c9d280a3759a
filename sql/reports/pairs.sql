{with(present)},
-- A policy that AWS manages has one ARN and is another entity in every account.
permissions AS (
    SELECT
        COALESCE(entity_arn, entity) AS title, COALESCE(account_id, '') AS account,
        service_key, COALESCE(action_key, '') AS action_key,
        MAX(CASE WHEN used THEN 1 ELSE 0 END) AS used,
        MAX(passes) AS passes
    FROM told
    WHERE level = '{level}'
    GROUP BY COALESCE(entity_arn, entity), COALESCE(account_id, ''), service_key, COALESCE(action_key, '')
),
incomplete AS (
    SELECT
        COALESCE(entity_arn, entity) AS title, COALESCE(account_id, '') AS account,
        {sum(dumps_incomplete)}
    FROM asked
    GROUP BY COALESCE(entity_arn, entity), COALESCE(account_id, '')
),
members AS (
    SELECT
        title, account, COUNT(*) AS granted, {sum(used)}, MAX(passes) AS passes,
        ROW_NUMBER() OVER (ORDER BY title, account) AS place
    FROM permissions
    GROUP BY title, account
),
held AS (
    SELECT m.place, p.service_key, p.action_key, p.used
    FROM permissions AS p
    JOIN members AS m ON m.title = p.title AND m.account = p.account
),
shared AS (
    SELECT a.place AS place_a, b.place AS place_b, COUNT(*) AS granted, SUM(a.used * b.used) AS used
    FROM held AS a
    JOIN held AS b ON b.service_key = a.service_key AND b.action_key = a.action_key AND a.place < b.place
    GROUP BY a.place, b.place
),
pairs AS (
    SELECT
        a.title AS entity_a, b.title AS entity_b,
        a.granted AS granted_a, b.granted AS granted_b, COALESCE(s.granted, 0) AS granted_both,
        a.used AS used_a, b.used AS used_b, CAST(COALESCE(s.used, 0) AS BIGINT) AS used_both,
        NULLIF(a.account, '') AS account_a, NULLIF(b.account, '') AS account_b,
        COALESCE(i.dumps_incomplete, 0) + COALESCE(k.dumps_incomplete, 0) AS dumps_incomplete
    FROM members AS a
    JOIN members AS b ON a.place < b.place AND (a.passes = 1 OR b.passes = 1)
    LEFT JOIN shared AS s ON s.place_a = a.place AND s.place_b = b.place
    LEFT JOIN incomplete AS i ON i.title = a.title AND i.account = a.account
    LEFT JOIN incomplete AS k ON k.title = b.title AND k.account = b.account
)
SELECT
    account_a, entity_a, account_b, entity_b, granted_a, granted_b, granted_both, used_a, used_b, used_both,
    {ratio(granted_both, granted_a + granted_b - granted_both)} AS jaccard_granted,
    {ratio(used_both, used_a + used_b - used_both)} AS jaccard_used,
    dumps_incomplete
FROM pairs
ORDER BY {order(entity_a, entity_b, account_a, account_b)}
