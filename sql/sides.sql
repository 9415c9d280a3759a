-- The dumps of both sides: what was there at the earlier date, and at the later one.
considered AS (
    SELECT 'old' AS side, d.* FROM dated AS d WHERE made_at <= {from}
    UNION ALL
    SELECT 'new' AS side, d.* FROM dated AS d WHERE made_at <= {to}
),
