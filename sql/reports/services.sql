{with(present)},
{shown}
names AS (
    SELECT
        service_key, service_name,
        -- The name in the newest dump.
        ROW_NUMBER() OVER (PARTITION BY service_key ORDER BY made_at DESC NULLS LAST, service_name) AS place
    FROM told
    WHERE level = 'service' AND service_name IS NOT NULL
),
accesses AS (
    SELECT
        service_key, last_accessed, last_accessed_by,
        ROW_NUMBER() OVER (PARTITION BY service_key ORDER BY last_accessed DESC, last_accessed_by NULLS LAST) AS place
    FROM told
    WHERE level = 'service' AND last_accessed IS NOT NULL
),
granted AS (
    SELECT
        service_key,
        MAX(shown_namespace) AS service_namespace,
        COUNT(DISTINCT account_id) AS accounts,
        {verdict_counts(entities, entities_granted)},
        COUNT(DISTINCT CASE WHEN without_actions THEN entity END) AS entities_without_actions,
        COUNT(DISTINCT CASE WHEN without_actions AND remedy <> 'none' THEN entity END) AS without_hindering,
        COUNT(DISTINCT CASE WHEN used_untracked THEN entity END) AS used_untracked
    FROM shown
    WHERE level = 'service'
    GROUP BY service_key
),
actions_of AS (
    SELECT
        service_key, action_key,
        COUNT(CASE WHEN used THEN 1 END) AS users,
        COUNT(CASE WHEN entity_arn IS NOT NULL AND remedy <> 'none' THEN 1 END) AS changeable,
        COUNT(CASE WHEN entity_arn IS NOT NULL AND remedy <> 'none' AND verdict = 'unused' THEN 1 END) AS changeable_unused,
        {verdict_counts(grants, grants)}
    FROM told
    WHERE level = 'action'
    GROUP BY service_key, action_key
),
grants_of AS (
    SELECT
        service_key,
        COUNT(*) AS actions_tracked,
        COUNT(CASE WHEN users > 0 THEN 1 END) AS actions_used,
        COUNT(CASE WHEN users = 0 AND changeable > 0 AND changeable = changeable_unused THEN 1 END) AS actions_unused_seen,
        {sum(grants)}, {sum(grants_active)}, {sum(grants_stale)}, {sum(grants_unused)}, {sum(grants_unknown)}
    FROM actions_of
    GROUP BY service_key
),
-- Entities that may have a service although no row lists it: all whose newest usable dump is not whole, or that have none.
hidden AS (
    SELECT entity, CASE WHEN remedy <> 'none' THEN 1 ELSE 0 END AS hinders FROM asked WHERE hidden
),
all_hidden AS (
    SELECT COUNT(*) AS entities, COALESCE(SUM(hinders), 0) AS hindering FROM hidden
),
listed_hidden AS (
    SELECT l.service_key, COUNT(*) AS entities, SUM(h.hinders) AS hindering
    FROM (SELECT DISTINCT service_key, entity FROM told WHERE level = 'service') AS l
    JOIN hidden AS h ON h.entity = l.entity
    GROUP BY l.service_key
),
passing AS (
    SELECT service_key FROM told GROUP BY service_key HAVING MAX(passes) = 1
),
joined AS (
    SELECT
        s.service_namespace, n.service_name, s.accounts,
        s.entities_granted, s.entities_active, s.entities_stale, s.entities_unused, s.entities_unknown,
        a.last_accessed, a.last_accessed_by,
        COALESCE(g.actions_tracked, 0) AS actions_tracked, COALESCE(g.actions_used, 0) AS actions_used,
        COALESCE(g.actions_unused_seen, 0) AS actions_unused_seen,
        COALESCE(g.grants, 0) AS grants, COALESCE(g.grants_active, 0) AS grants_active,
        COALESCE(g.grants_stale, 0) AS grants_stale, COALESCE(g.grants_unused, 0) AS grants_unused,
        COALESCE(g.grants_unknown, 0) AS grants_unknown,
        h.entities - COALESCE(l.entities, 0) AS entities_unseen,
        h.hindering - COALESCE(l.hindering, 0) + s.without_hindering AS hindering,
        s.entities_without_actions, s.used_untracked
    FROM granted AS s
    JOIN passing AS p ON p.service_key = s.service_key
    CROSS JOIN all_hidden AS h
    LEFT JOIN listed_hidden AS l ON l.service_key = s.service_key
    LEFT JOIN grants_of AS g ON g.service_key = s.service_key
    LEFT JOIN names AS n ON n.service_key = s.service_key AND n.place = 1
    LEFT JOIN accesses AS a ON a.service_key = s.service_key AND a.place = 1
),
-- "By nobody" is said only where no one who could be changed is unseen.
proven AS (
    SELECT j.*, CASE WHEN hindering > 0 THEN 0 ELSE actions_unused_seen END AS actions_unused FROM joined AS j
)
SELECT
    service_namespace, service_name, accounts,
    entities_granted, entities_active, entities_stale, entities_unused, entities_unknown,
    last_accessed, last_accessed_by, actions_tracked, actions_used, actions_unused,
    grants, grants_active, grants_stale, grants_unused, grants_unknown,
    {percent(grants_unused, grants)} AS grants_unused_pct,
    actions_tracked - actions_used - actions_unused AS actions_unknown,
    actions_unused_seen, entities_unseen, entities_without_actions, used_untracked
FROM proven
ORDER BY grants_unused DESC, {order(service_namespace)}
