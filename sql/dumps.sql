-- The dumps of the entities asked for, with what decides between them.
dated AS (
    SELECT
        entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed,
        identified_by, evidence, {as_of} AS as_of, made_at, services, source, dump,
        evidence NOT IN ('pending', 'failed', 'contradicted') AS is_usable,
        evidence IN ('complete', 'empty') AS is_whole,
        COALESCE(job_type = 'ACTION_LEVEL', FALSE) OR tracked_actions > 0 AS has_actions
    FROM dumps
    WHERE {keeps_entity}
),
