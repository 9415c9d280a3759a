SELECT
    source, member, outcome, shape, entity_name, entity_arn, as_of, evidence, services, tracked_actions, note, job_type,
    job_status, identified_by
FROM sources
ORDER BY {order(source, member, shape, entity_arn, identified_by, job_type, job_status, evidence, as_of, services,
    tracked_actions, note, entity_name, outcome)}
