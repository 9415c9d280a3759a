{with(present)},
-- IAM Identity Center names its roles AWSReservedSSO_<permission set>_<hash of the account>, and any other name is itself.
roles AS (
    SELECT
        entity, account_id,
        CASE
            WHEN SUBSTR(entity_name, 1, 15) = 'AWSReservedSSO_' AND POSITION('_' IN SUBSTR(entity_name, 16)) > 0
            THEN SUBSTR(
                entity_name, 16, LENGTH(entity_name) - 15 - POSITION('_' IN REVERSE(SUBSTR(entity_name, 16)))
            )
            ELSE entity_name
        END AS role_name
    FROM speaking
    WHERE level = 'service' AND entity_type = 'role'
),
names AS (
    SELECT role_name, COUNT(DISTINCT COALESCE(account_id, '')) AS accounts FROM roles GROUP BY role_name
),
rows_of AS (
    SELECT DISTINCT entity, role_name FROM roles
),
-- Several roles of one permission set may stand in one account: used by one is used there, unused is only what all leave unused.
by_account AS (
    SELECT
        r.role_name, k.account_id, k.service_namespace,
        MAX(CASE WHEN k.used THEN 1 ELSE 0 END) AS used,
        MIN(CASE WHEN k.verdict = 'unused' THEN 1 ELSE 0 END) AS unused,
        MAX(k.last_accessed) AS last_accessed
    FROM kept AS k
    JOIN rows_of AS r ON r.entity = k.entity
    WHERE k.level = 'service'
    GROUP BY r.role_name, k.account_id, k.service_namespace
),
by_role AS (
    SELECT
        role_name, service_namespace,
        COUNT(*) AS accounts_granted,
        COUNT(CASE WHEN used = 1 THEN 1 END) AS accounts_used,
        COUNT(CASE WHEN unused = 1 THEN 1 END) AS accounts_unused,
        COUNT(CASE WHEN used = 0 AND unused = 0 THEN 1 END) AS accounts_unknown,
        MAX(last_accessed) AS last_accessed
    FROM by_account
    GROUP BY role_name, service_namespace
)
SELECT
    'role' AS entity_type, b.role_name AS entity_name, n.accounts, b.service_namespace,
    b.accounts_granted, b.accounts_used, b.accounts_unused, b.accounts_unknown, b.last_accessed,
    b.accounts_unused = b.accounts_granted AS unused_everywhere
FROM by_role AS b
JOIN names AS n ON n.role_name = b.role_name
ORDER BY {order(b.role_name, b.service_namespace)}
