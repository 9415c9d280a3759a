-- A store as tables of Trino's Hive connector over its folders, in the catalogue and schema in use, and views with the columns
-- that `tables/*.parquet` of `dormant report` have, and `dump`, which tells dumps apart that were made of one entity at one time.
-- Columns are matched by name: hive.parquet.use-column-names=true, which is the default. Times are UTC without saying so.
-- Then, and after every ingest, which makes new partitions, in the schema in use (here: audit):
--     CALL system.sync_partition_metadata('audit', 'dumps_files', 'FULL')
--     CALL system.sync_partition_metadata('audit', 'services_files', 'FULL')
--     CALL system.sync_partition_metadata('audit', 'actions_files', 'FULL')
-- The other tables (entities, inputs, the answers of other operations, and what is known of policies) are one file each and have no partitions.

CREATE TABLE IF NOT EXISTS dumps_files (
    {columns(dumps)},
    account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(dumps)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW dumps AS
SELECT
    {view(dumps)}
FROM dumps_files;

CREATE TABLE IF NOT EXISTS services_files (
    {columns(services)},
    account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(services)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW services AS
SELECT
    {view(services)}
FROM services_files;

CREATE TABLE IF NOT EXISTS actions_files (
    {columns(actions)},
    account_id VARCHAR, as_of DATE
)
WITH (external_location = {at(actions)}, format = 'PARQUET', partitioned_by = ARRAY['account_id', 'as_of']);

CREATE OR REPLACE VIEW actions AS
SELECT
    {view(actions)}
FROM actions_files;

CREATE TABLE IF NOT EXISTS entities (
    {columns(entities)}
)
WITH (external_location = {at(entities)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS sources (
    {columns(sources)}
)
WITH (external_location = {at(sources)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS org_services (
    {columns(org_services)}
)
WITH (external_location = {at(org_services)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS service_entities (
    {columns(service_entities)}
)
WITH (external_location = {at(service_entities)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS attachments (
    {columns(attachments)}
)
WITH (external_location = {at(attachments)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS statements (
    {columns(statements)}
)
WITH (external_location = {at(statements)}, format = 'PARQUET');

CREATE TABLE IF NOT EXISTS grant_dates (
    {columns(grant_dates)}
)
WITH (external_location = {at(grant_dates)}, format = 'PARQUET');
