-- How each permission is shown: as the newest dump writes it, and in one moment, the first in byte order.
namespaces AS (
    SELECT
        service_key, service_namespace AS shown_namespace,
        ROW_NUMBER() OVER (PARTITION BY service_key ORDER BY made_at DESC NULLS LAST, service_namespace) AS place
    FROM (
        SELECT LOWER(TRIM(service_namespace)) AS service_key, service_namespace, MAX(made_at) AS made_at
        FROM services
        GROUP BY service_namespace
    ) AS w
),
{action(action_names AS (
    SELECT
        service_key, action_key, action_name AS shown_action,
        ROW_NUMBER() OVER (PARTITION BY service_key, action_key ORDER BY made_at DESC NULLS LAST, action_name) AS place
    FROM (
        SELECT
            LOWER(TRIM(service_namespace)) AS service_key, LOWER(TRIM(action_name)) AS action_key, action_name, MAX(made_at) AS made_at
        FROM actions
        GROUP BY LOWER(TRIM(service_namespace)), LOWER(TRIM(action_name)), action_name
    ) AS w
),)}
shown AS (
    SELECT t.*, {action(a.shown_action,)} n.shown_namespace
    FROM told AS t
    JOIN namespaces AS n ON n.service_key = t.service_key AND n.place = 1
    {action(JOIN action_names AS a ON a.service_key = t.service_key AND a.action_key = t.action_key AND a.place = 1)}
),
