{with(present)},
counted AS (
    SELECT account_id, level AS what, verdict, made_at, passes, 0 AS entities, 0 AS dumps_incomplete FROM told
    UNION ALL
    -- An entity that may use nothing has no row, and counts all the same.
    SELECT
        account_id, 'entity', NULL, CASE WHEN evidence IS NOT NULL THEN made_at END, 0,
        CASE WHEN evidence IS NOT NULL THEN 1 ELSE 0 END, dumps_incomplete
    FROM asked
    WHERE dumps > 0
),
totals AS (
    SELECT
        account_id,
        {sum(entities)},
        {verdict_counts(services, services_granted, service)},
        {verdict_counts(actions, actions_tracked, action)},
        MIN(made_at) AS oldest_as_of,
        MAX(made_at) AS newest_as_of,
        {sum(dumps_incomplete)},
        MAX(passes) AS passes
    FROM counted
    GROUP BY account_id
)
SELECT
    account_id, entities,
    services_granted, services_active, services_stale, services_unused, services_unknown,
    {percent(services_unused, services_granted)} AS services_unused_pct,
    actions_tracked, actions_active, actions_stale, actions_unused, actions_unknown,
    {percent(actions_unused, actions_tracked)} AS actions_unused_pct,
    oldest_as_of, newest_as_of, dumps_incomplete
FROM totals
WHERE {where_filtered(passes = 1)}
ORDER BY {order(account_id)}
