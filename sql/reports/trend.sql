{with(days)},
counted AS (
    SELECT account_id, side AS day, level AS what, verdict FROM kept
    UNION ALL
    -- An entity that may use nothing has no row, and counts all the same.
    SELECT account_id, side, 'entity', NULL FROM speaking WHERE level = 'service'
),
totals AS (
    SELECT
        account_id, day,
        COUNT(CASE WHEN what = 'entity' THEN 1 END) AS entities,
        {verdict_counts(services, services_granted, service)},
        {verdict_counts(actions, actions_tracked, action)}
    FROM counted
    GROUP BY account_id, day
)
SELECT
    account_id, day AS {name(date)}, entities, services_granted, services_active, services_stale, services_unused,
    {percent(services_unused, services_granted)} AS services_unused_pct,
    actions_tracked, actions_unused,
    {percent(actions_unused, actions_tracked)} AS actions_unused_pct,
    services_unknown
FROM totals
ORDER BY {order(account_id, day)}
