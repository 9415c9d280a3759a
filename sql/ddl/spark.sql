-- A store as tables of Spark over its folders, and views with the columns that `tables/*.parquet` of `dormant report` have, and
-- `dump`, which tells dumps apart that were made of one entity at one time. After every ingest: MSCK REPAIR TABLE of the three
-- tables, which finds new partitions, and where a session stays open REFRESH TABLE of the last three (inputs, and the answers of
-- other operations), which are one file each. Times are shown in the session's time zone: SET TIME ZONE 'UTC' shows them as
-- they are.

CREATE TABLE IF NOT EXISTS dumps_files (
    entity STRING, entity_arn STRING, partition STRING, entity_type STRING, entity_name STRING,
    entity_created_at TIMESTAMP, managed BOOLEAN, identified_by STRING, evidence STRING, as_of_at TIMESTAMP,
    made_at TIMESTAMP, job_type STRING, job_status STRING, created_at TIMESTAMP, pages BIGINT, services BIGINT,
    tracked_actions BIGINT, error_code STRING, error_message STRING, source STRING, sha256 STRING, dump STRING,
    account_id STRING, as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(dumps)};

{files(dumps,MSCK REPAIR TABLE dumps_files;)}

CREATE OR REPLACE VIEW dumps AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, job_type, job_status, created_at, pages, services, tracked_actions,
    error_code, error_message, source, sha256, dump
FROM dumps_files;

CREATE TABLE IF NOT EXISTS services_files (
    entity STRING, entity_arn STRING, partition STRING, entity_type STRING, entity_name STRING,
    entity_created_at TIMESTAMP, managed BOOLEAN, identified_by STRING, evidence STRING, as_of_at TIMESTAMP,
    made_at TIMESTAMP, service_namespace STRING, service_name STRING, last_accessed TIMESTAMP,
    last_accessed_by STRING, last_accessed_region STRING, authenticated_entities BIGINT, access_undated BOOLEAN,
    tracked_actions BIGINT, used_actions BIGINT, dump STRING, account_id STRING, as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(services)};

{files(services,MSCK REPAIR TABLE services_files;)}

CREATE OR REPLACE VIEW services AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, service_name, last_accessed, last_accessed_by,
    last_accessed_region, authenticated_entities, access_undated, tracked_actions, used_actions,
    dump
FROM services_files;

CREATE TABLE IF NOT EXISTS actions_files (
    entity STRING, entity_arn STRING, partition STRING, entity_type STRING, entity_name STRING,
    entity_created_at TIMESTAMP, managed BOOLEAN, identified_by STRING, evidence STRING, as_of_at TIMESTAMP,
    made_at TIMESTAMP, service_namespace STRING, action_name STRING, last_accessed TIMESTAMP, last_accessed_by STRING,
    last_accessed_region STRING, access_undated BOOLEAN, service_name STRING, dump STRING, account_id STRING,
    as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(actions)};

{files(actions,MSCK REPAIR TABLE actions_files;)}

CREATE OR REPLACE VIEW actions AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, action_name, last_accessed, last_accessed_by,
    last_accessed_region, access_undated, service_name, dump
FROM actions_files;

CREATE TABLE IF NOT EXISTS sources (
    source STRING, member STRING, shape STRING, entity_arn STRING, identified_by STRING, job_type STRING,
    job_status STRING, evidence STRING, as_of TIMESTAMP, services BIGINT, tracked_actions BIGINT, note STRING,
    entity_name STRING, outcome STRING
)
USING PARQUET
LOCATION {at(sources)};

CREATE TABLE IF NOT EXISTS org_services (
    organizations_path STRING, service_namespace STRING, service_name STRING, last_accessed TIMESTAMP,
    last_accessed_path STRING, last_accessed_region STRING, accounts_accessed BIGINT, access_undated BOOLEAN,
    as_of TIMESTAMP, job_status STRING, evidence STRING, identified_by STRING, source STRING
)
USING PARQUET
LOCATION {at(org_services)};

CREATE TABLE IF NOT EXISTS entities_by_service (
    service_namespace STRING, account_id STRING, entity_type STRING, entity_name STRING, entity_arn STRING,
    entity_id STRING, entity_path STRING, last_accessed TIMESTAMP, access_undated BOOLEAN, as_of TIMESTAMP,
    job_status STRING, evidence STRING, identified_by STRING, source STRING
)
USING PARQUET
LOCATION {at(entities_by_service)};
