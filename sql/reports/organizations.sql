WITH
aged AS (
    SELECT
        r.*, last_accessed IS NOT NULL OR access_undated AS used,
        {days_since(last_accessed, as_of)} AS days_since
    FROM org_services AS r
    WHERE {keeps_service}
)
SELECT
    organizations_path, service_namespace, service_name, last_accessed, last_accessed_path, last_accessed_region,
    accounts_accessed, days_since, as_of, job_status, evidence, identified_by, source
FROM aged
WHERE {keeps_row}
ORDER BY {order(organizations_path, service_namespace, service_name, last_accessed, last_accessed_path,
    last_accessed_region, accounts_accessed, days_since, as_of, job_status, evidence, identified_by, source)}
