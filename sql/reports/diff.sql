{with(sides)},
-- The dump of each entity on each side: of the level compared where there is one, else any.
chosen AS (
    SELECT
        s.*,
        ROW_NUMBER() OVER (PARTITION BY side, entity ORDER BY CASE level WHEN '{level}' THEN 0 ELSE 1 END) AS choice
    FROM speaking AS s
    WHERE level IN ('service', '{level}')
),
seen AS (
    SELECT DISTINCT side, entity FROM considered
),
met AS (
    SELECT
        CASE WHEN n.entity IS NULL THEN o.entity ELSE n.entity END AS entity,
        CASE WHEN n.entity IS NULL THEN o.account_id ELSE n.account_id END AS account_id,
        CASE WHEN n.entity IS NULL THEN o.entity_type ELSE n.entity_type END AS entity_type,
        CASE WHEN n.entity IS NULL THEN o.entity_name ELSE n.entity_name END AS entity_name,
        CASE WHEN n.entity IS NULL THEN o.entity_arn ELSE n.entity_arn END AS entity_arn,
        o.as_of AS old_as_of, n.as_of AS new_as_of, o.is_whole AS old_whole, n.is_whole AS new_whole,
        o.level = '{level}' AND n.level = '{level}' AS is_comparable,
        o.entity IS NOT NULL AS is_old, n.entity IS NOT NULL AS is_new
    FROM (SELECT * FROM chosen WHERE side = 'old' AND choice = 1) AS o
    FULL JOIN (SELECT * FROM chosen WHERE side = 'new' AND choice = 1) AS n ON n.entity = o.entity
),
-- A side that has the entity only as a pending or failed job neither added nor removed it. A list that is cut, or has no
-- actions where actions are compared, is compared as far as it goes, and that is said.
of_entities AS (
    SELECT
        CASE
            WHEN is_old AND is_new THEN
                CASE WHEN is_comparable AND old_whole AND new_whole THEN NULL ELSE 'not-comparable' END
            WHEN s.entity IS NOT NULL THEN 'not-comparable'
            WHEN is_old THEN 'entity-removed'
            ELSE 'entity-added'
        END AS change,
        m.*
    FROM met AS m
    LEFT JOIN seen AS s ON s.entity = m.entity AND s.side = CASE WHEN m.is_old THEN 'new' ELSE 'old' END
),
of_permissions AS (
    SELECT
        CASE
            WHEN o.entity IS NULL THEN CASE WHEN m.old_whole THEN 'granted' END
            WHEN n.entity IS NULL THEN CASE WHEN m.new_whole THEN 'revoked' END
            WHEN NOT o.used AND n.last_accessed IS NOT NULL THEN 'started'
            WHEN o.last_accessed IS NOT NULL AND NOT n.used THEN 'aged-out'
            WHEN n.last_accessed < o.last_accessed THEN 'went-backwards'
            WHEN o.verdict = 'stale' AND n.verdict = 'active' THEN 'resumed'
            WHEN o.verdict = 'active' AND n.verdict = 'stale' THEN 'went-stale'
            WHEN n.last_accessed > o.last_accessed THEN {newer}
        END AS change,
        m.entity, m.account_id, m.entity_type, m.entity_name, m.entity_arn,
        COALESCE(n.service_namespace, o.service_namespace) AS service_namespace,
        COALESCE(n.action_name, o.action_name) AS action_name,
        o.last_accessed AS old_last_accessed, n.last_accessed AS new_last_accessed,
        o.verdict AS old_verdict, n.verdict AS new_verdict,
        m.old_as_of, m.new_as_of
    FROM (SELECT j.*, {keeps_row} AS is_kept FROM judged AS j WHERE level = '{level}' AND side = 'old') AS o
    FULL JOIN (SELECT j.*, {keeps_row} AS is_kept FROM judged AS j WHERE level = '{level}' AND side = 'new') AS n
        ON {same_permission(n, o)}
    JOIN met AS m ON m.entity = COALESCE(n.entity, o.entity) AND m.is_comparable
    WHERE COALESCE(o.is_kept, FALSE) OR COALESCE(n.is_kept, FALSE)
),
changes AS (
    SELECT
        change, entity, account_id, entity_type, entity_name, entity_arn,
        CAST(NULL AS {text}) AS service_namespace, CAST(NULL AS {text}) AS action_name,
        CAST(NULL AS TIMESTAMP) AS old_last_accessed, CAST(NULL AS TIMESTAMP) AS new_last_accessed,
        CAST(NULL AS {text}) AS old_verdict, CAST(NULL AS {text}) AS new_verdict,
        old_as_of, new_as_of
    FROM of_entities
    UNION ALL
    SELECT * FROM of_permissions
)
SELECT
    c.change, c.account_id, c.entity_type, c.entity_name, c.entity_arn, c.service_namespace, c.action_name,
    c.old_last_accessed, c.new_last_accessed, c.old_verdict, c.new_verdict, c.old_as_of, c.new_as_of{history(,
    e.last_accessed_ever, e.last_seen_in)}
FROM changes AS c{history(
LEFT JOIN ever AS e ON {same_permission(e, c)})}
WHERE c.change IS NOT NULL
ORDER BY {order(change, account_id, entity_type, entity_name, entity_arn, service_namespace, action_name,
    old_last_accessed, new_last_accessed, old_verdict, new_verdict, old_as_of, new_as_of)}
