-- What the dumps of one entity and moment prove together.
moments AS (
    SELECT
        entity, account_id, made_at, {day(made_at)} AS day,
        MAX(CASE WHEN evidence IN ('complete', 'empty') THEN 1 ELSE 0 END) AS is_complete,
        MAX(CASE WHEN whole THEN 1 ELSE 0 END) AS is_whole,
        MAX(CASE WHEN whole AND action_level THEN 1 ELSE 0 END) AS is_whole_actions
    FROM dumps
    WHERE {keeps_entity} AND {is_usable} AND made_at IS NOT NULL
    GROUP BY entity, account_id, made_at
),
days AS (
    SELECT
        entity, account_id, day,
        MAX(CASE WHEN is_whole = 1 THEN made_at END) AS whole_services,
        MAX(CASE WHEN is_whole_actions = 1 THEN made_at END) AS whole_actions
    FROM moments
    GROUP BY entity, account_id, day
),
-- Of each day and permission the row of the newest dump that lists it, and none from before the day's newest whole dump.
placed AS (
    SELECT
        r.*, d.day,
        ROW_NUMBER() OVER (
            PARTITION BY r.level, r.entity, d.day, r.service_key, r.action_key ORDER BY r.made_at DESC
        ) AS place
    FROM recorded AS r
    JOIN days AS d ON d.entity = r.entity AND d.day = {day(r.made_at)}
    WHERE r.made_at >= COALESCE(CASE r.level WHEN 'service' THEN d.whole_services ELSE d.whole_actions END, r.made_at)
),
-- An action is gone where its service is.
chosen AS (
    SELECT p.*
    FROM placed AS p
    JOIN placed AS s
        ON s.level = 'service' AND s.place = 1 AND s.entity = p.entity AND s.day = p.day AND s.service_key = p.service_key
    WHERE p.place = 1
),
