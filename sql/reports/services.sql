{with(present)},
names AS (
    SELECT
        service_namespace, service_name,
        -- The name in the newest dump, and one of a dump that speaks for actions only where no other has one.
        ROW_NUMBER() OVER (
            PARTITION BY service_namespace
            ORDER BY CASE level WHEN 'service' THEN 0 ELSE 1 END, made_at DESC NULLS LAST, service_name
        ) AS place
    FROM kept
    WHERE service_name IS NOT NULL
),
accesses AS (
    SELECT
        service_namespace, last_accessed, last_accessed_by,
        ROW_NUMBER() OVER (
            PARTITION BY service_namespace ORDER BY last_accessed DESC, last_accessed_by NULLS LAST
        ) AS place
    FROM kept
    WHERE level = 'service' AND last_accessed IS NOT NULL
),
entities AS (
    SELECT
        service_namespace,
        COUNT(DISTINCT account_id) AS accounts,
        {verdict_counts(entities, entities_granted)}
    FROM kept
    WHERE level = 'service'
    GROUP BY service_namespace
),
actions_of AS (
    SELECT
        service_namespace, action_name,
        COUNT(CASE WHEN used THEN 1 END) AS users,
        {verdict_counts(grants, grants)}
    FROM kept
    WHERE level = 'action'
    GROUP BY service_namespace, action_name
),
grants_of AS (
    SELECT
        service_namespace,
        COUNT(*) AS actions_tracked,
        COUNT(CASE WHEN users > 0 THEN 1 END) AS actions_used,
        -- Used by nobody is shown only where every grant of the action is unused.
        COUNT(CASE WHEN grants_unused = grants THEN 1 END) AS actions_unused,
        {sum(grants)}, {sum(grants_active)}, {sum(grants_stale)}, {sum(grants_unused)}, {sum(grants_unknown)}
    FROM actions_of
    GROUP BY service_namespace
),
-- A newer dump without action level may no longer list a service whose actions an older one lists.
listed AS (
    SELECT service_namespace FROM entities
    UNION
    SELECT service_namespace FROM grants_of
),
joined AS (
    SELECT
        l.service_namespace, n.service_name, COALESCE(e.accounts, 0) AS accounts,
        COALESCE(e.entities_granted, 0) AS entities_granted, COALESCE(e.entities_active, 0) AS entities_active,
        COALESCE(e.entities_stale, 0) AS entities_stale, COALESCE(e.entities_unused, 0) AS entities_unused,
        COALESCE(e.entities_unknown, 0) AS entities_unknown,
        a.last_accessed, a.last_accessed_by,
        COALESCE(g.actions_tracked, 0) AS actions_tracked, COALESCE(g.actions_used, 0) AS actions_used,
        COALESCE(g.actions_unused, 0) AS actions_unused,
        COALESCE(g.grants, 0) AS grants, COALESCE(g.grants_active, 0) AS grants_active,
        COALESCE(g.grants_stale, 0) AS grants_stale, COALESCE(g.grants_unused, 0) AS grants_unused,
        COALESCE(g.grants_unknown, 0) AS grants_unknown
    FROM listed AS l
    LEFT JOIN entities AS e ON e.service_namespace = l.service_namespace
    LEFT JOIN grants_of AS g ON g.service_namespace = l.service_namespace
    LEFT JOIN names AS n ON n.service_namespace = l.service_namespace AND n.place = 1
    LEFT JOIN accesses AS a ON a.service_namespace = l.service_namespace AND a.place = 1
)
SELECT
    service_namespace, service_name, accounts,
    entities_granted, entities_active, entities_stale, entities_unused, entities_unknown,
    last_accessed, last_accessed_by, actions_tracked, actions_used, actions_unused,
    grants, grants_active, grants_stale, grants_unused, grants_unknown,
    {percent(grants_unused, grants)} AS grants_unused_pct,
    actions_tracked - actions_used - actions_unused AS actions_unknown
FROM joined
ORDER BY grants_unused DESC, {order(service_namespace)}
