{with(present)},
stated AS (
    SELECT
        s.*, t.verdict AS judged, t.last_accessed, t.last_accessed_region, COALESCE(t.used, FALSE) AS used, t.entity IS NOT NULL AS listed,
        t.observed_days
    FROM (SELECT * FROM statements WHERE {keeps_entity} AND {keeps_service}) AS s
    LEFT JOIN told AS t
        ON t.level = 'service' AND t.entity = s.entity AND t.service_key = LOWER(TRIM(s.service_namespace))
),
-- What no dump of an entity with dumps lists has no verdict.
granted AS (
    SELECT
        u.account_id, u.entity_type, u.entity_name, u.entity_arn, u.service_namespace, u.service_name,
        CASE WHEN listed THEN judged WHEN COALESCE(note, '') LIKE '%no-dump%' THEN 'unknown' END AS verdict,
        last_accessed, last_accessed_region, used, observed_days, granted_since, granted_since_kind, policy_kind, policy_name, policy_arn,
        policy_version, via, via_name, statement, sid, pattern, pattern_kind, resource_scope, conditions, deny, boundary, holders,
        holders_complete, agreement, CASE WHEN as_of IS NOT NULL THEN {as_of} END AS as_of, aws_controlled, source, note, risk,
        risk_category, paths, risk_basis
    FROM stated AS u
)
SELECT
    account_id, entity_type, entity_name, entity_arn, service_namespace, service_name, verdict, last_accessed, observed_days,
    risk, risk_category, CASE WHEN verdict = 'unused' THEN paths END AS closes,
    granted_since, granted_since_kind, policy_kind, policy_name, policy_arn, policy_version, via, via_name, statement, sid, pattern,
    pattern_kind, resource_scope, conditions, deny, boundary, holders, holders_complete, agreement, note, aws_controlled, as_of, source,
    risk_basis
FROM granted
WHERE {keeps_row}
ORDER BY
    {order(account_id, entity_type, entity_name, entity_arn, service_namespace)},
    CASE policy_kind WHEN 'inline' THEN 1 WHEN 'customer' THEN 2 WHEN 'aws' THEN 3 END NULLS FIRST,
    {order(policy_name, policy_arn, via, via_name, statement)}
