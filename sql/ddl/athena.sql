-- A store as tables of Athena over its folders, and views with the columns that `tables/*.parquet` of `dormant report` have,
-- and `dump`, which tells dumps apart that were made of one entity at one time. Times are UTC without saying so.
-- Athena runs one statement at a time. After every ingest: MSCK REPAIR TABLE of the three tables, which finds new partitions.
-- The last three (inputs, and the answers of other operations) are one file each and have none.
-- Partition projection spares that: name the accounts, and add to each of these CREATE EXTERNAL TABLE, after LOCATION (dumps without a
-- date, in as_of=__HIVE_DEFAULT_PARTITION__, are then not seen):
--     TBLPROPERTIES (
--         'projection.enabled' = 'true',
--         'projection.account_id.type' = 'enum', 'projection.account_id.values' = '111122223333,444455556666',
--         'projection.as_of.type' = 'date', 'projection.as_of.format' = 'yyyy-MM-dd', 'projection.as_of.range' = '2020-01-01,NOW'
--     )

CREATE EXTERNAL TABLE IF NOT EXISTS dumps_files (
    entity string, entity_arn string, `partition` string, entity_type string, entity_name string,
    entity_created_at timestamp, managed boolean, identified_by string, evidence string, as_of_at timestamp,
    made_at timestamp, job_type string, job_status string, created_at timestamp, pages bigint, services bigint,
    tracked_actions bigint, error_code string, error_message string, source string, sha256 string, dump string
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(dumps/)};

MSCK REPAIR TABLE dumps_files;

CREATE OR REPLACE VIEW dumps AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, job_type, job_status, created_at, pages, services, tracked_actions,
    error_code, error_message, source, sha256, dump
FROM dumps_files;

CREATE EXTERNAL TABLE IF NOT EXISTS services_files (
    entity string, entity_arn string, `partition` string, entity_type string, entity_name string,
    entity_created_at timestamp, managed boolean, identified_by string, evidence string, as_of_at timestamp,
    made_at timestamp, service_namespace string, service_name string, last_accessed timestamp,
    last_accessed_by string, last_accessed_region string, authenticated_entities bigint, access_undated boolean,
    tracked_actions bigint, used_actions bigint, dump string
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(services/)};

MSCK REPAIR TABLE services_files;

CREATE OR REPLACE VIEW services AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, service_name, last_accessed, last_accessed_by,
    last_accessed_region, authenticated_entities, access_undated, tracked_actions, used_actions,
    dump
FROM services_files;

CREATE EXTERNAL TABLE IF NOT EXISTS actions_files (
    entity string, entity_arn string, `partition` string, entity_type string, entity_name string,
    entity_created_at timestamp, managed boolean, identified_by string, evidence string, as_of_at timestamp,
    made_at timestamp, service_namespace string, action_name string, last_accessed timestamp, last_accessed_by string,
    last_accessed_region string, access_undated boolean, service_name string, dump string
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(actions/)};

MSCK REPAIR TABLE actions_files;

CREATE OR REPLACE VIEW actions AS
SELECT
    entity, entity_arn, account_id, partition, entity_type, entity_name, entity_created_at, managed, identified_by,
    evidence, as_of_at AS as_of, made_at, service_namespace, action_name, last_accessed, last_accessed_by,
    last_accessed_region, access_undated, service_name, dump
FROM actions_files;

CREATE EXTERNAL TABLE IF NOT EXISTS sources (
    source string, member string, shape string, entity_arn string, identified_by string, job_type string,
    job_status string, evidence string, as_of timestamp, services bigint, tracked_actions bigint, note string,
    entity_name string, outcome string
)
STORED AS PARQUET
LOCATION {at(sources/)};

CREATE EXTERNAL TABLE IF NOT EXISTS org_services (
    organizations_path string, service_namespace string, service_name string, last_accessed timestamp,
    last_accessed_path string, last_accessed_region string, accounts_accessed bigint, access_undated boolean,
    as_of timestamp, job_status string, evidence string, identified_by string, source string
)
STORED AS PARQUET
LOCATION {at(org_services/)};

CREATE EXTERNAL TABLE IF NOT EXISTS entities_by_service (
    service_namespace string, account_id string, entity_type string, entity_name string, entity_arn string,
    entity_id string, entity_path string, last_accessed timestamp, access_undated boolean, as_of timestamp,
    job_status string, evidence string, identified_by string, source string
)
STORED AS PARQUET
LOCATION {at(entities_by_service/)};
