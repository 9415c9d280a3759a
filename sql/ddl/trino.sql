-- A store as tables of Trino's Hive connector over its folders, in the catalogue and schema in use, and views with the columns
-- that `tables/*.parquet` of `dormant report` have, and `dump`, which tells dumps apart that were made of one entity at one time.
-- Columns are matched by name: hive.parquet.use-column-names=true, which is the default. Times are UTC without saying so.
-- Then, and after every ingest, which makes new partitions, in the schema in use (here: audit):
--     CALL system.sync_partition_metadata('audit', 'dumps_files', 'FULL')
--     CALL system.sync_partition_metadata('audit', 'services_files', 'FULL')
--     CALL system.sync_partition_metadata('audit', 'actions_files', 'FULL')
-- The last three tables (inputs, and the answers of other operations) are one file each and have no partitions.

CREATE TABLE IF NOT EXISTS dumps_files (
    entity VARCHAR, entity_arn VARCHAR, partition VARCHAR, entity_type VARCHAR, entity_name VARCHAR,
    entity_created_at TIMESTAMP(3), managed BOOLEAN, identified_by VARCHAR, evidence VARCHAR, as_of_at TIMESTAMP(3),
    made_at TIMESTAMP(3), job_type VARCHAR, job_status VARCHAR, created_at TIMESTAMP(3), pages BIGINT,
    services BIGINT, tracked_actions BIGINT, error_code VARCHAR, error_message VARCHAR, source VARCHAR,
    sha256 VARCHAR, dump VARCHAR, account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(dumps)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW dumps AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, job_type, job_status, created_at, pages, services, tracked_actions,
    error_code, error_message, source, sha256, dump
FROM dumps_files;

CREATE TABLE IF NOT EXISTS services_files (
    entity VARCHAR, entity_arn VARCHAR, partition VARCHAR, entity_type VARCHAR, entity_name VARCHAR,
    entity_created_at TIMESTAMP(3), managed BOOLEAN, identified_by VARCHAR, evidence VARCHAR, as_of_at TIMESTAMP(3),
    made_at TIMESTAMP(3), service_namespace VARCHAR, service_name VARCHAR, last_accessed TIMESTAMP(3),
    last_accessed_by VARCHAR, last_accessed_region VARCHAR, authenticated_entities BIGINT, access_undated BOOLEAN,
    tracked_actions BIGINT, used_actions BIGINT, dump VARCHAR, account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(services)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW services AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, service_name, last_accessed, last_accessed_by,
    last_accessed_region, authenticated_entities, access_undated, tracked_actions, used_actions,
    dump
FROM services_files;

CREATE TABLE IF NOT EXISTS actions_files (
    entity VARCHAR, entity_arn VARCHAR, partition VARCHAR, entity_type VARCHAR, entity_name VARCHAR,
    entity_created_at TIMESTAMP(3), managed BOOLEAN, identified_by VARCHAR, evidence VARCHAR, as_of_at TIMESTAMP(3),
    made_at TIMESTAMP(3), service_namespace VARCHAR, action_name VARCHAR, last_accessed TIMESTAMP(3),
    last_accessed_by VARCHAR, last_accessed_region VARCHAR, access_undated BOOLEAN, service_name VARCHAR,
    dump VARCHAR, account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(actions)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW actions AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, action_name, last_accessed, last_accessed_by,
    last_accessed_region, access_undated, service_name, dump
FROM actions_files;

CREATE TABLE IF NOT EXISTS sources (
    source VARCHAR, member VARCHAR, shape VARCHAR, entity_arn VARCHAR, identified_by VARCHAR, job_type VARCHAR,
    job_status VARCHAR, evidence VARCHAR, as_of TIMESTAMP(3), services BIGINT, tracked_actions BIGINT, note VARCHAR,
    entity_name VARCHAR, outcome VARCHAR
)
WITH (external_location = {at(sources)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS org_services (
    organizations_path VARCHAR, service_namespace VARCHAR, service_name VARCHAR, last_accessed TIMESTAMP(3),
    last_accessed_path VARCHAR, last_accessed_region VARCHAR, accounts_accessed BIGINT, access_undated BOOLEAN,
    as_of TIMESTAMP(3), job_status VARCHAR, evidence VARCHAR, identified_by VARCHAR, source VARCHAR
)
WITH (external_location = {at(org_services)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS entities_by_service (
    service_namespace VARCHAR, account_id VARCHAR, entity_type VARCHAR, entity_name VARCHAR, entity_arn VARCHAR,
    entity_id VARCHAR, entity_path VARCHAR, last_accessed TIMESTAMP(3), access_undated BOOLEAN, as_of TIMESTAMP(3),
    job_status VARCHAR, evidence VARCHAR, identified_by VARCHAR, source VARCHAR
)
WITH (external_location = {at(entities_by_service)}, format = 'PARQUET');
