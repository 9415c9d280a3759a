{with(present)},
dormant AS (
    SELECT * FROM judged WHERE verdict IN ('stale', 'unused')
),
-- Services whose own row says it all.
covered AS (
    SELECT DISTINCT entity, made_at, dump, service_namespace FROM dormant WHERE level = 'service'
),
listed AS (
    SELECT k.*
    FROM kept AS k
    LEFT JOIN covered AS c
        ON k.level = 'action' AND c.entity = k.entity AND c.service_namespace = k.service_namespace
        AND {is_own_dump}
    WHERE k.level = '{level}' AND k.verdict IN ('stale', 'unused') AND {keeps_managed} AND {keeps_covered}
){action(,
-- What an action does, as AWS classifies it: the actions of a service and class in one text, between commas.
access_levels (service_namespace, access_level, action_names) AS (
    {access_levels}
))}
SELECT
    l.account_id, l.entity_type, l.entity_name, l.entity_arn, l.service_namespace, l.service_name, {action(l.action_name,)}
    l.verdict, l.last_accessed, l.days_since, l.observed_days, l.as_of, l.evidence, l.identified_by, l.managed{history(,
    e.last_accessed_ever, e.last_seen_in)}{action(,
    a.access_level)}
FROM listed AS l{history(
LEFT JOIN ever AS e ON {same_permission(e, l)})}
{action(LEFT JOIN access_levels AS a
    ON a.service_namespace = l.service_namespace
    AND POSITION(CONCAT(',', l.action_name, ',') IN a.action_names) > 0)}
ORDER BY {order(account_id, entity_type, entity_name, entity_arn, service_namespace, service_name, {action(action_name,)}
    verdict, last_accessed, days_since, observed_days, as_of, evidence)}
