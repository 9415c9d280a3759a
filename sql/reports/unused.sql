{with(present)},
-- Services whose own row says it all.
covered AS (
    SELECT DISTINCT entity, made_at, service_key FROM told WHERE level = 'service' AND verdict IN ('stale', 'unused')
)
SELECT
    t.account_id, t.entity_type, t.entity_name, t.entity_arn, t.service_namespace, t.service_name, {action(t.action_name, t.access_level,)}
    t.verdict, t.last_accessed, t.days_since, t.observed_days, t.remedy,
    CASE WHEN t.level = 'service' AND LOWER(TRIM(t.service_namespace)) = 'iam' THEN 'may-be-pass-role' END AS note, t.aws_controlled, t.as_of, t.evidence,
    t.identified_by, t.observed_limit, t.granted_since, t.age_known_by, t.last_accessed_source{dump_date(t.made_at)}
FROM told AS t
LEFT JOIN covered AS c
    ON t.level = 'action' AND c.entity = t.entity AND c.service_key = t.service_key AND {is_own_dump}
WHERE
    t.level = '{level}' AND t.passes = 1 AND t.verdict IN ('stale', 'unused') AND {keeps_controlled} AND {keeps_covered}
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, service_name, {action(action_name,)}
    verdict, last_accessed, days_since, observed_days, as_of, evidence)}
