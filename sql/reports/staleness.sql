{with(present)},
{shown}
counted AS (
    SELECT
        {grouping},
        {shown_keys}
        COUNT(*) AS total,
        {bucket_counts},
        MAX(passes) AS passes
    FROM {told}
    WHERE level = '{level}'
    GROUP BY {grouping}
),
-- A cut list may lack any service, so all dumps count for each.
incomplete AS (
    SELECT {dumps_by} AS about, CAST(SUM(dumps_incomplete) AS BIGINT) AS dumps_incomplete FROM asked GROUP BY {dumps_by}
)
SELECT
    {key}, total,
    {bucket_columns},
    COALESCE(i.dumps_incomplete, 0) AS dumps_incomplete
FROM counted AS c
LEFT JOIN incomplete AS i ON i.about IS NOT DISTINCT FROM {counted_by}
WHERE {where_filtered(passes = 1)}
ORDER BY {order({key})}
