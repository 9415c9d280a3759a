-- A store as views of DuckDB: the columns that `tables/*.parquet` of `dormant report` have, and `dump`, which tells dumps apart
-- that were made of one entity at one time. Times are UTC. New partitions are seen at once. Of each table
-- first the columns without a row, so that it is there where the store has no file of it, then the files. The last six
-- (entities, inputs, the answers of other operations, and policies) are one file each.

CREATE OR REPLACE VIEW dumps AS
SELECT
    {view(dumps)}
FROM (
    SELECT
        {nothing(dumps)}
    WHERE FALSE{files(dumps,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(dumps/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW services AS
SELECT
    {view(services)}
FROM (
    SELECT
        {nothing(services)}
    WHERE FALSE{files(services,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(services/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW actions AS
SELECT
    {view(actions)}
FROM (
    SELECT
        {nothing(actions)}
    WHERE FALSE{files(actions,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET(
        {at(actions/*/*/*.parquet)}, hive_partitioning = TRUE, hive_types = {'account_id': VARCHAR, 'as_of': VARCHAR}
    ))}
) AS files;

CREATE OR REPLACE VIEW entities AS
SELECT
    {view(entities)}
FROM (
    SELECT
        {nothing(entities)}
    WHERE FALSE{files(entities,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(entities/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW sources AS
SELECT
    {view(sources)}
FROM (
    SELECT
        {nothing(sources)}
    WHERE FALSE{files(sources,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(sources/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW org_services AS
SELECT
    {view(org_services)}
FROM (
    SELECT
        {nothing(org_services)}
    WHERE FALSE{files(org_services,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(org_services/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW service_entities AS
SELECT
    {view(service_entities)}
FROM (
    SELECT
        {nothing(service_entities)}
    WHERE FALSE{files(service_entities,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(service_entities/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW attachments AS
SELECT
    {view(attachments)}
FROM (
    SELECT
        {nothing(attachments)}
    WHERE FALSE{files(attachments,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(attachments/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW statements AS
SELECT
    {view(statements)}
FROM (
    SELECT
        {nothing(statements)}
    WHERE FALSE{files(statements,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(statements/*.parquet)}))}
) AS files;

CREATE OR REPLACE VIEW grant_dates AS
SELECT
    {view(grant_dates)}
FROM (
    SELECT
        {nothing(grant_dates)}
    WHERE FALSE{files(grant_dates,
    UNION ALL BY NAME
    SELECT * FROM READ_PARQUET({at(grant_dates/*.parquet)}))}
) AS files;
