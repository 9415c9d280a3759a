-- A store as tables of Spark over its folders, and views with the columns that `tables/*.parquet` of `dormant report` have, and
-- `dump`, which tells dumps apart that were made of one entity at one time. After every ingest: MSCK REPAIR TABLE of the three
-- tables, which finds new partitions, and where a session stays open REFRESH TABLE of the last six (entities, inputs, the answers of
-- other operations, and policies), which are one file each. Times are shown in the session's time zone: SET TIME ZONE 'UTC' shows them as
-- they are.

CREATE TABLE IF NOT EXISTS dumps_files (
    {columns(dumps)},
    account_id STRING, as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(dumps)};

{files(dumps,MSCK REPAIR TABLE dumps_files;)}

CREATE OR REPLACE VIEW dumps AS
SELECT
    {view(dumps)}
FROM dumps_files;

CREATE TABLE IF NOT EXISTS services_files (
    {columns(services)},
    account_id STRING, as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(services)};

{files(services,MSCK REPAIR TABLE services_files;)}

CREATE OR REPLACE VIEW services AS
SELECT
    {view(services)}
FROM services_files;

CREATE TABLE IF NOT EXISTS actions_files (
    {columns(actions)},
    account_id STRING, as_of DATE
)
USING PARQUET
PARTITIONED BY (account_id, as_of)
LOCATION {at(actions)};

{files(actions,MSCK REPAIR TABLE actions_files;)}

CREATE OR REPLACE VIEW actions AS
SELECT
    {view(actions)}
FROM actions_files;

CREATE TABLE IF NOT EXISTS entities (
    {columns(entities)}
)
USING PARQUET
LOCATION {at(entities)};

CREATE TABLE IF NOT EXISTS sources (
    {columns(sources)}
)
USING PARQUET
LOCATION {at(sources)};

CREATE TABLE IF NOT EXISTS org_services (
    {columns(org_services)}
)
USING PARQUET
LOCATION {at(org_services)};

CREATE TABLE IF NOT EXISTS service_entities (
    {columns(service_entities)}
)
USING PARQUET
LOCATION {at(service_entities)};

CREATE TABLE IF NOT EXISTS attachments (
    {columns(attachments)}
)
USING PARQUET
LOCATION {at(attachments)};

CREATE TABLE IF NOT EXISTS statements (
    {columns(statements)}
)
USING PARQUET
LOCATION {at(statements)};

CREATE TABLE IF NOT EXISTS grant_dates (
    {columns(grant_dates)}
)
USING PARQUET
LOCATION {at(grant_dates)};
