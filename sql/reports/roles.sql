{with(present)},
{shown}
-- The roles that a permission set makes go under its name.
roles AS (
    SELECT
        entity, COALESCE(account_id, '') AS account, COALESCE(permission_set, entity_name) AS role_name,
        permission_set IS NOT NULL AS is_set, hidden
    FROM asked
    WHERE entity_type = 'role'
),
accounts AS (
    SELECT role_name, is_set, account, COUNT(CASE WHEN hidden THEN 1 END) AS hidden_entities
    FROM roles
    GROUP BY role_name, is_set, account
),
names AS (
    SELECT role_name, is_set, COUNT(*) AS accounts, COUNT(CASE WHEN hidden_entities > 0 THEN 1 END) AS accounts_hiding
    FROM accounts
    GROUP BY role_name, is_set
),
-- Several roles of one name may stand in one account: used by one is used there, unused is only what all leave unused.
by_account AS (
    SELECT
        r.role_name, r.is_set, r.account, t.service_key,
        MAX(t.shown_namespace) AS service_namespace,
        MAX(CASE WHEN t.used THEN 1 ELSE 0 END) AS used,
        MIN(CASE WHEN t.verdict = 'unused' THEN 1 ELSE 0 END) AS unused,
        COUNT(DISTINCT CASE WHEN r.hidden THEN t.entity END) AS hidden_listed,
        MAX(t.passes) AS passes,
        {first_remedy(t.remedy)} AS remedy,
        MAX(t.last_accessed) AS last_accessed
    FROM shown AS t
    JOIN roles AS r ON r.entity = t.entity
    WHERE t.level = 'service'
    GROUP BY r.role_name, r.is_set, r.account, t.service_key
),
-- An entity that does not list the service may have it all the same, where its newest list is cut.
seen AS (
    SELECT
        b.*, a.hidden_entities,
        CASE WHEN b.unused = 1 AND b.hidden_listed = a.hidden_entities THEN 1 ELSE 0 END AS all_unused
    FROM by_account AS b
    JOIN accounts AS a ON a.role_name = b.role_name AND a.is_set = b.is_set AND a.account = b.account
),
by_role AS (
    SELECT
        role_name, is_set, service_key,
        MAX(service_namespace) AS service_namespace,
        COUNT(*) AS accounts_granted,
        COUNT(CASE WHEN used = 1 THEN 1 END) AS accounts_used,
        COUNT(CASE WHEN all_unused = 1 THEN 1 END) AS accounts_unused,
        COUNT(CASE WHEN used = 0 AND all_unused = 0 THEN 1 END) AS neither,
        COUNT(CASE WHEN hidden_entities > 0 THEN 1 END) AS hiding_granted,
        MAX(passes) AS passes,
        {first_remedy(remedy)} AS remedy,
        MAX(last_accessed) AS last_accessed
    FROM seen
    GROUP BY role_name, is_set, service_key
),
joined AS (
    SELECT
        b.*, n.accounts, b.neither + n.accounts_hiding - b.hiding_granted AS accounts_unknown,
        b.accounts_unused = b.accounts_granted AND b.remedy <> 'none' AS unused_everywhere_seen
    FROM by_role AS b
    JOIN names AS n ON n.role_name = b.role_name AND n.is_set = b.is_set
)
SELECT
    'role' AS entity_type, role_name AS entity_name, accounts, service_namespace,
    accounts_granted, accounts_used, accounts_unused, accounts_unknown, last_accessed,
    unused_everywhere_seen AND accounts_unknown = 0 AS unused_everywhere, unused_everywhere_seen,
    remedy <> 'edit-policy' AS aws_controlled, remedy
FROM joined
WHERE {where_filtered(passes = 1)}
ORDER BY {order(role_name, service_namespace, is_set)}
