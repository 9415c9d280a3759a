-- The last access that any of the dumps considered shows, though AWS may have forgotten it, and the newest that shows one.
ever AS (
    SELECT
        r.entity, r.service_namespace, r.action_name,
        MAX(r.last_accessed) AS last_accessed_ever, MAX(r.made_at) AS last_seen_in
    FROM usable AS u
    JOIN recorded AS r
        ON r.level = u.level AND r.entity = u.entity AND r.dump = u.dump AND r.made_at IS NOT DISTINCT FROM u.made_at
    WHERE u.level = '{level}' AND r.last_accessed IS NOT NULL
    GROUP BY r.entity, r.service_namespace, r.action_name
)
