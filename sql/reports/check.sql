SELECT
    source, member, shape, entity_arn, identified_by, job_type, job_status, evidence, as_of, services, tracked_actions,
    note, entity_name, outcome
FROM sources
ORDER BY {order(source, member, shape, entity_arn, identified_by, job_type, job_status, evidence, as_of, services,
    tracked_actions, note, entity_name, outcome)}
