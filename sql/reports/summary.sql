{with(present)},
counted AS (
    SELECT account_id, level AS what, verdict, CAST(NULL AS {text}) AS entity, CAST(NULL AS TIMESTAMP) AS as_of FROM kept
    UNION ALL
    -- An entity that may use nothing has no row, and counts all the same.
    SELECT account_id, 'entity', NULL, entity, as_of FROM speaking WHERE level = 'service'
    UNION ALL
    SELECT account_id, 'incomplete', NULL, NULL, NULL FROM considered WHERE NOT is_whole
),
totals AS (
    SELECT
        account_id,
        COUNT(DISTINCT entity) AS entities,
        {verdict_counts(services, services_granted, service)},
        {verdict_counts(actions, actions_tracked, action)},
        MIN(as_of) AS oldest_as_of,
        MAX(as_of) AS newest_as_of,
        COUNT(CASE WHEN what = 'incomplete' THEN 1 END) AS dumps_incomplete
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
ORDER BY {order(account_id)}
