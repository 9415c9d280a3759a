-- What the dumps of one entity and moment prove together.
moments AS (
    SELECT
        entity, made_at,
        MAX(CASE WHEN {is_whole} THEN 1 ELSE 0 END) AS is_whole,
        MAX(CASE WHEN {has_level} THEN 1 ELSE 0 END) AS has_level
    FROM dumps
    WHERE {keeps_entity} AND {is_usable} AND made_at IS NOT NULL
    GROUP BY entity, made_at
),
-- The newest dump of each entity on each side, of any level and of the level compared, none where only unusable ones are there.
dated AS (
    SELECT
        d.side, d.entity,
        MAX(m.made_at) AS newest,
        MAX(CASE WHEN m.has_level = 1 THEN m.made_at END) AS newest_of_level
    FROM (
        SELECT DISTINCT 'old' AS side, entity, made_at FROM dumps WHERE {keeps_entity} AND made_at <= {from}
        UNION ALL
        SELECT DISTINCT 'new' AS side, entity, made_at FROM dumps WHERE {keeps_entity} AND made_at <= {to}
    ) AS d
    LEFT JOIN moments AS m ON m.entity = d.entity AND m.made_at = d.made_at
    GROUP BY d.side, d.entity
),
spoken AS (
    SELECT d.side, d.entity, d.newest, d.newest_of_level, m.made_at, m.is_whole
    FROM dated AS d
    LEFT JOIN moments AS m ON m.entity = d.entity AND m.made_at = COALESCE(d.newest_of_level, d.newest)
),
chosen AS (
    SELECT s.side, r.* FROM recorded AS r JOIN spoken AS s ON s.entity = r.entity AND s.newest_of_level = r.made_at
),
