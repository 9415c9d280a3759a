{with(present)},
placed AS (
    SELECT k.*, {bucket} AS bucket FROM kept AS k WHERE level = '{level}'
)
SELECT
    {key},
    COUNT(*) AS total,
    {bucket_counts}
FROM placed
GROUP BY {key}
ORDER BY {order({key})}
