-- A store as tables of Athena over its folders, and views with the columns that `tables/*.parquet` of `dormant report` have,
-- and `dump`, which tells dumps apart that were made of one entity at one time. Times are UTC without saying so.
-- Athena runs one statement at a time. After every ingest: MSCK REPAIR TABLE of the three tables, which finds new partitions.
-- The others (entities, inputs, the answers of other operations, and what is known of policies) are one file each and have none.
-- Partition projection spares that: name the accounts, and add to each of these CREATE EXTERNAL TABLE, after LOCATION (dumps without a
-- date, in as_of=__HIVE_DEFAULT_PARTITION__, are then not seen):
--     TBLPROPERTIES (
--         'projection.enabled' = 'true',
--         'projection.account_id.type' = 'enum', 'projection.account_id.values' = '111122223333,444455556666',
--         'projection.as_of.type' = 'date', 'projection.as_of.format' = 'yyyy-MM-dd', 'projection.as_of.range' = '2020-01-01,NOW'
--     )

CREATE EXTERNAL TABLE IF NOT EXISTS dumps_files (
    {columns(dumps)}
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(dumps/)};

MSCK REPAIR TABLE dumps_files;

CREATE OR REPLACE VIEW dumps AS
SELECT
    {view(dumps)}
FROM dumps_files;

CREATE EXTERNAL TABLE IF NOT EXISTS services_files (
    {columns(services)}
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(services/)};

MSCK REPAIR TABLE services_files;

CREATE OR REPLACE VIEW services AS
SELECT
    {view(services)}
FROM services_files;

CREATE EXTERNAL TABLE IF NOT EXISTS actions_files (
    {columns(actions)}
)
PARTITIONED BY (account_id string, as_of date)
STORED AS PARQUET
LOCATION {at(actions/)};

MSCK REPAIR TABLE actions_files;

CREATE OR REPLACE VIEW actions AS
SELECT
    {view(actions)}
FROM actions_files;

CREATE EXTERNAL TABLE IF NOT EXISTS entities (
    {columns(entities)}
)
STORED AS PARQUET
LOCATION {at(entities/)};

CREATE EXTERNAL TABLE IF NOT EXISTS sources (
    {columns(sources)}
)
STORED AS PARQUET
LOCATION {at(sources/)};

CREATE EXTERNAL TABLE IF NOT EXISTS org_services (
    {columns(org_services)}
)
STORED AS PARQUET
LOCATION {at(org_services/)};

CREATE EXTERNAL TABLE IF NOT EXISTS service_entities (
    {columns(service_entities)}
)
STORED AS PARQUET
LOCATION {at(service_entities/)};

CREATE EXTERNAL TABLE IF NOT EXISTS attachments (
    {columns(attachments)}
)
STORED AS PARQUET
LOCATION {at(attachments/)};

CREATE EXTERNAL TABLE IF NOT EXISTS statements (
    {columns(statements)}
)
STORED AS PARQUET
LOCATION {at(statements/)};

CREATE EXTERNAL TABLE IF NOT EXISTS grant_dates (
    {columns(grant_dates)}
)
STORED AS PARQUET
LOCATION {at(grant_dates/)};
