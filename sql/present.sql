-- The dumps that may speak for the present: those of the entities asked for, of every date or of those up to --at.
considered AS (
    SELECT 'present' AS side, d.* FROM dated AS d WHERE {not_after}
),
