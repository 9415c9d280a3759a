{with(days)},
counted AS (
    SELECT account_id, day, level AS what, verdict, passes FROM told
    UNION ALL
    -- An entity that may use nothing has no row, and counts all the same.
    SELECT account_id, day, 'entity', NULL, 0 FROM days
    UNION ALL
    SELECT account_id, day, 'incomplete', NULL, 0 FROM moments WHERE is_complete = 0
    UNION ALL
    SELECT account_id, {day(made_at)}, 'incomplete', NULL, 0
    FROM dumps
    WHERE {keeps_entity} AND NOT {is_usable} AND made_at IS NOT NULL
),
totals AS (
    SELECT
        account_id, day,
        COUNT(CASE WHEN what = 'entity' THEN 1 END) AS entities,
        {verdict_counts(services, services_granted, service)},
        {verdict_counts(actions, actions_tracked, action)},
        COUNT(CASE WHEN what = 'incomplete' THEN 1 END) AS dumps_incomplete,
        MAX(passes) AS passes
    FROM counted
    GROUP BY account_id, day
)
SELECT
    account_id, day AS {name(date)}, entities, services_granted, services_active, services_stale, services_unused,
    services_unknown, {percent(services_unused, services_granted)} AS services_unused_pct,
    actions_tracked, actions_unused,
    {percent(actions_unused, actions_tracked)} AS actions_unused_pct,
    dumps_incomplete
FROM totals
WHERE entities > 0 AND {where_filtered(passes = 1)}
ORDER BY {order(account_id, day)}
