{with(sides)},
-- Nothing is compared in an account that has no dump on the first side, unless none has one.
first_side AS (
    SELECT DISTINCT COALESCE(a.account_id, '') AS account
    FROM asked AS a
    JOIN spoken AS o ON o.entity = a.entity AND o.side = 'old'
    WHERE o.newest IS NOT NULL
),
met AS (
    SELECT
        a.entity, a.account_id, a.entity_type, a.entity_name, a.entity_arn,
        o.made_at AS old_as_of, n.made_at AS new_as_of,
        o.is_whole = 1 AS old_whole, n.is_whole = 1 AS new_whole,
        o.newest AS old_newest, n.newest AS new_newest,
        COALESCE(o.newest_of_level <> n.newest_of_level, FALSE) AS is_comparable,
        n.newest_of_level AS new_made_at,
        o.entity IS NOT NULL AS is_old, n.entity IS NOT NULL AS is_new
    FROM asked AS a
    LEFT JOIN (SELECT * FROM spoken WHERE side = 'old') AS o ON o.entity = a.entity
    LEFT JOIN (SELECT * FROM spoken WHERE side = 'new') AS n ON n.entity = a.entity
    LEFT JOIN first_side AS f ON f.account = COALESCE(a.account_id, '')
    WHERE
        (o.newest IS NOT NULL OR n.newest IS NOT NULL)
        AND (f.account IS NOT NULL OR (SELECT COUNT(*) FROM first_side) = 0)
),
-- A side that has the entity only as a pending or failed job neither added nor removed it.
of_entities AS (
    SELECT
        CASE
            WHEN old_newest IS NULL THEN CASE WHEN is_old THEN 'not-comparable' ELSE 'entity-added' END
            WHEN new_newest IS NULL THEN CASE WHEN is_new THEN 'not-comparable' ELSE 'entity-removed' END
            WHEN is_comparable AND old_whole AND new_whole THEN NULL
            ELSE 'not-comparable'
        END AS change,
        m.*
    FROM met AS m
),
-- The changes compare what the two dumps show, a row that says nothing is not compared.
compared AS (
    SELECT
        m.entity, m.account_id, m.entity_type, m.entity_name, m.entity_arn, m.old_as_of, m.new_as_of,
        m.old_whole, m.new_whole, m.new_made_at,
        COALESCE(n.service_key, o.service_key) AS service_key,
        COALESCE(n.service_namespace, o.service_namespace) AS service_namespace,
        COALESCE(n.action_name, o.action_name) AS action_name,
        o.entity IS NOT NULL AS is_old, n.entity IS NOT NULL AS is_new,
        o.dump_access_undated OR n.dump_access_undated
            OR o.dump_last_accessed IS NULL AND NOT o.dump_silent
            OR n.dump_last_accessed IS NULL AND NOT n.dump_silent AS says_nothing,
        o.dump_last_accessed AS old_last_accessed, n.dump_last_accessed AS new_last_accessed,
        o.verdict AS old_verdict, n.verdict AS new_verdict
    FROM (SELECT * FROM told WHERE level = '{level}' AND side = 'old') AS o
    FULL JOIN (SELECT * FROM told WHERE level = '{level}' AND side = 'new') AS n ON {same_permission(n, o)}
    JOIN met AS m ON m.entity = COALESCE(n.entity, o.entity) AND m.is_comparable
    WHERE o.passes = 1 OR n.passes = 1
),
-- Services that both sides list.
stayed AS (
    SELECT entity, service_key
    FROM told
    WHERE level = 'service'
    GROUP BY entity, service_key
    HAVING COUNT(DISTINCT side) = 2
),
of_permissions AS (
    SELECT
        CASE
            WHEN NOT is_old AND old_whole
                THEN CASE WHEN action_name IS NOT NULL AND s.entity IS NOT NULL THEN 'listed' ELSE 'granted' END
            WHEN NOT is_new AND new_whole
                THEN CASE WHEN action_name IS NOT NULL AND s.entity IS NOT NULL THEN 'unlisted' ELSE 'revoked' END
            WHEN NOT is_old OR NOT is_new OR says_nothing THEN NULL
            WHEN old_last_accessed IS NULL THEN CASE WHEN new_last_accessed IS NOT NULL THEN 'started' END
            WHEN new_last_accessed IS NULL
                OR {millis(new_last_accessed)} < {millis(old_last_accessed)} - {millis_of_days(1)} THEN
                CASE
                    WHEN {millis(new_made_at)} - {millis(old_last_accessed)} >= {millis_of_days(400)} THEN 'aged-out'
                    ELSE 'went-backwards'
                END
            WHEN old_verdict = 'stale' AND new_verdict = 'active' THEN 'resumed'
            WHEN old_verdict = 'active' AND new_verdict = 'stale' THEN 'went-stale'
            WHEN new_last_accessed > old_last_accessed THEN {newer}
        END AS change,
        c.*
    FROM compared AS c
    LEFT JOIN stayed AS s ON s.entity = c.entity AND s.service_key = c.service_key
),
changes AS (
    SELECT
        change, account_id, entity_type, entity_name, entity_arn,
        CAST(NULL AS {text}) AS service_namespace, CAST(NULL AS {text}) AS action_name,
        CAST(NULL AS TIMESTAMP) AS old_last_accessed, CAST(NULL AS TIMESTAMP) AS new_last_accessed,
        CAST(NULL AS {text}) AS old_verdict, CAST(NULL AS {text}) AS new_verdict,
        old_as_of, new_as_of
    FROM of_entities
    UNION ALL
    SELECT
        change, account_id, entity_type, entity_name, entity_arn, service_namespace, action_name,
        old_last_accessed, new_last_accessed, old_verdict, new_verdict, old_as_of, new_as_of
    FROM of_permissions
)
SELECT *
FROM changes
WHERE change IS NOT NULL
ORDER BY {order(change, account_id, entity_type, entity_name, entity_arn, service_namespace, action_name,
    old_last_accessed, new_last_accessed, old_verdict, new_verdict, old_as_of, new_as_of)}
