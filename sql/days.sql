-- The dumps of every day by themselves.
considered AS (
    SELECT {day(as_of)} AS side, d.* FROM dated AS d WHERE {not_after} AND as_of IS NOT NULL
),
