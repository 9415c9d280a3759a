-- A store as views of DuckDB: the columns that `tables/*.parquet` of `dormant report` have, and `dump`, which tells dumps apart
-- that were made of one entity at one time. Times are UTC. New partitions are seen at once. Of each table
-- first the columns without a row, so that it is there where the store has no file of it, then the files. The last three
-- (inputs, and the answers of other operations) are one file each.

CREATE OR REPLACE VIEW dumps AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name,
    EPOCH_MS(EPOCH_MS(entity_created_at)) AS entity_created_at, managed, identified_by, evidence,
    EPOCH_MS(EPOCH_MS(as_of_at)) AS as_of, EPOCH_MS(EPOCH_MS(made_at)) AS made_at, job_type, job_status,
    EPOCH_MS(EPOCH_MS(created_at)) AS created_at, pages, services, tracked_actions, error_code, error_message, source,
    sha256, dump
FROM (
    SELECT
        NULL::VARCHAR AS entity, NULL::VARCHAR AS entity_arn, NULL::VARCHAR AS account_id, NULL::VARCHAR AS partition,
        NULL::VARCHAR AS entity_type, NULL::VARCHAR AS entity_name, NULL::TIMESTAMPTZ AS entity_created_at,
        NULL::BOOLEAN AS managed, NULL::VARCHAR AS identified_by, NULL::VARCHAR AS evidence,
        NULL::TIMESTAMPTZ AS as_of_at, NULL::TIMESTAMPTZ AS made_at, NULL::VARCHAR AS job_type,
        NULL::VARCHAR AS job_status, NULL::TIMESTAMPTZ AS created_at, NULL::BIGINT AS pages, NULL::BIGINT AS services,
        NULL::BIGINT AS tracked_actions, NULL::VARCHAR AS error_code, NULL::VARCHAR AS error_message,
        NULL::VARCHAR AS source, NULL::VARCHAR AS sha256, NULL::VARCHAR AS dump
    WHERE FALSE{files(dumps,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(dumps/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW services AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name,
    EPOCH_MS(EPOCH_MS(entity_created_at)) AS entity_created_at, managed, identified_by, evidence,
    EPOCH_MS(EPOCH_MS(as_of_at)) AS as_of, EPOCH_MS(EPOCH_MS(made_at)) AS made_at, service_namespace, service_name,
    EPOCH_MS(EPOCH_MS(last_accessed)) AS last_accessed, last_accessed_by, last_accessed_region,
    authenticated_entities, access_undated, tracked_actions, used_actions, dump
FROM (
    SELECT
        NULL::VARCHAR AS entity, NULL::VARCHAR AS entity_arn, NULL::VARCHAR AS account_id, NULL::VARCHAR AS partition,
        NULL::VARCHAR AS entity_type, NULL::VARCHAR AS entity_name, NULL::TIMESTAMPTZ AS entity_created_at,
        NULL::BOOLEAN AS managed, NULL::VARCHAR AS identified_by, NULL::VARCHAR AS evidence,
        NULL::TIMESTAMPTZ AS as_of_at, NULL::TIMESTAMPTZ AS made_at, NULL::VARCHAR AS service_namespace,
        NULL::VARCHAR AS service_name, NULL::TIMESTAMPTZ AS last_accessed, NULL::VARCHAR AS last_accessed_by,
        NULL::VARCHAR AS last_accessed_region, NULL::BIGINT AS authenticated_entities,
        NULL::BOOLEAN AS access_undated, NULL::BIGINT AS tracked_actions, NULL::BIGINT AS used_actions,
        NULL::VARCHAR AS dump
    WHERE FALSE{files(services,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(services/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW actions AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name,
    EPOCH_MS(EPOCH_MS(entity_created_at)) AS entity_created_at, managed, identified_by, evidence,
    EPOCH_MS(EPOCH_MS(as_of_at)) AS as_of, EPOCH_MS(EPOCH_MS(made_at)) AS made_at, service_namespace, action_name,
    EPOCH_MS(EPOCH_MS(last_accessed)) AS last_accessed, last_accessed_by, last_accessed_region, access_undated,
    service_name, dump
FROM (
    SELECT
        NULL::VARCHAR AS entity, NULL::VARCHAR AS entity_arn, NULL::VARCHAR AS account_id, NULL::VARCHAR AS partition,
        NULL::VARCHAR AS entity_type, NULL::VARCHAR AS entity_name, NULL::TIMESTAMPTZ AS entity_created_at,
        NULL::BOOLEAN AS managed, NULL::VARCHAR AS identified_by, NULL::VARCHAR AS evidence,
        NULL::TIMESTAMPTZ AS as_of_at, NULL::TIMESTAMPTZ AS made_at, NULL::VARCHAR AS service_namespace,
        NULL::VARCHAR AS action_name, NULL::TIMESTAMPTZ AS last_accessed, NULL::VARCHAR AS last_accessed_by,
        NULL::VARCHAR AS last_accessed_region, NULL::BOOLEAN AS access_undated, NULL::VARCHAR AS service_name,
        NULL::VARCHAR AS dump
    WHERE FALSE{files(actions,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(actions/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW sources AS
SELECT
    source, member, shape, entity_arn, identified_by, job_type, job_status, evidence,
    EPOCH_MS(EPOCH_MS(as_of)) AS as_of, services, tracked_actions, note, entity_name, outcome
FROM (
    SELECT
        NULL::VARCHAR AS source, NULL::VARCHAR AS member, NULL::VARCHAR AS shape, NULL::VARCHAR AS entity_arn,
        NULL::VARCHAR AS identified_by, NULL::VARCHAR AS job_type, NULL::VARCHAR AS job_status,
        NULL::VARCHAR AS evidence, NULL::TIMESTAMPTZ AS as_of, NULL::BIGINT AS services,
        NULL::BIGINT AS tracked_actions, NULL::VARCHAR AS note, NULL::VARCHAR AS entity_name, NULL::VARCHAR AS outcome
    WHERE FALSE{files(sources,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(sources/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW org_services AS
SELECT
    organizations_path, service_namespace, service_name, EPOCH_MS(EPOCH_MS(last_accessed)) AS last_accessed,
    last_accessed_path, last_accessed_region, accounts_accessed, access_undated, EPOCH_MS(EPOCH_MS(as_of)) AS as_of,
    job_status, evidence, identified_by, source
FROM (
    SELECT
        NULL::VARCHAR AS organizations_path, NULL::VARCHAR AS service_namespace, NULL::VARCHAR AS service_name,
        NULL::TIMESTAMPTZ AS last_accessed, NULL::VARCHAR AS last_accessed_path, NULL::VARCHAR AS last_accessed_region,
        NULL::BIGINT AS accounts_accessed, NULL::BOOLEAN AS access_undated, NULL::TIMESTAMPTZ AS as_of,
        NULL::VARCHAR AS job_status, NULL::VARCHAR AS evidence, NULL::VARCHAR AS identified_by, NULL::VARCHAR AS source
    WHERE FALSE{files(org_services,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(org_services/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW entities_by_service AS
SELECT
    service_namespace, account_id, entity_type, entity_name, entity_arn, entity_id, entity_path,
    EPOCH_MS(EPOCH_MS(last_accessed)) AS last_accessed, access_undated, EPOCH_MS(EPOCH_MS(as_of)) AS as_of, job_status,
    evidence, identified_by, source
FROM (
    SELECT
        NULL::VARCHAR AS service_namespace, NULL::VARCHAR AS account_id, NULL::VARCHAR AS entity_type,
        NULL::VARCHAR AS entity_name, NULL::VARCHAR AS entity_arn, NULL::VARCHAR AS entity_id,
        NULL::VARCHAR AS entity_path, NULL::TIMESTAMPTZ AS last_accessed, NULL::BOOLEAN AS access_undated,
        NULL::TIMESTAMPTZ AS as_of, NULL::VARCHAR AS job_status, NULL::VARCHAR AS evidence,
        NULL::VARCHAR AS identified_by, NULL::VARCHAR AS source
    WHERE FALSE{files(entities_by_service,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(entities_by_service/*.parquet)}))}
) AS files;
