WITH
aged AS (
    SELECT
        r.*, last_accessed IS NOT NULL OR access_undated AS used,
        {days_since(last_accessed, as_of)} AS days_since
    FROM service_entities AS r
    WHERE {keeps_entity} AND {keeps_service}
)
SELECT
    service_namespace, account_id, entity_type, entity_name, entity_arn, entity_id, entity_path, last_accessed,
    days_since, as_of, evidence, identified_by, source
FROM aged
WHERE {keeps_row}
ORDER BY {order(service_namespace, account_id, entity_type, entity_name, entity_arn, entity_id, entity_path,
    last_accessed, days_since, as_of, evidence, identified_by, source)}
