"""The action rows of an estate as Parquet, in the Python package of DuckDB: what `tables/actions.parquet` holds, without its verdict columns."""

import sys

import duckdb

estate, out = sys.argv[1:3]
duckdb.connect().execute(f"""
COPY (
    SELECT
        entity, made, s.ServiceNamespace AS service_namespace, s.ServiceName AS service_name, unnest(s.TrackedActionsLastAccessed, recursive := true)
    FROM (
        SELECT regexp_extract(filename, '[^/]+/[^/]+/[^/]+$') AS entity, JobCompletionDate AS made, unnest(ServicesLastAccessed) AS s
        FROM read_json('{estate}/*/*/*/*.json', filename = true, columns = {{
            JobCompletionDate: 'TIMESTAMP',
            ServicesLastAccessed: 'STRUCT(ServiceNamespace VARCHAR, ServiceName VARCHAR, TrackedActionsLastAccessed STRUCT(ActionName VARCHAR,
                LastAccessedTime TIMESTAMP, LastAccessedEntity VARCHAR, LastAccessedRegion VARCHAR)[])[]'
        }})
    )
) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
""")
print(duckdb.execute(f"SELECT count(*) FROM '{out}'").fetchone()[0])
