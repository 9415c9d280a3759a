-- Of each entity (on each side) the newest usable dump, and for actions the newest that says anything about them.
usable AS (
    SELECT 'service' AS level, c.* FROM considered AS c WHERE is_usable
    UNION ALL
    SELECT 'action' AS level, c.* FROM considered AS c WHERE is_usable AND has_actions
),
ranked AS (
    SELECT
        u.*,
        ROW_NUMBER() OVER (
            PARTITION BY level, side, entity
            ORDER BY made_at DESC NULLS LAST, has_actions DESC, is_whole DESC, services DESC, source
        ) AS place
    FROM usable AS u
),
speaking AS (
    SELECT * FROM ranked WHERE {speaks}
),
-- What dumps say of each permission, and since when AWS would have recorded an access, in milliseconds.
recorded AS (
    SELECT
        'service' AS level, entity, made_at, dump, service_namespace, service_name, CAST(NULL AS {text}) AS action_name,
        last_accessed, last_accessed_by, last_accessed_region, access_undated,
        {recording_began} AS began
    FROM services
    WHERE {keeps_entity} AND {keeps_service}
    UNION ALL
    SELECT
        'action' AS level, entity, made_at, dump, service_namespace, service_name, action_name,
        last_accessed, last_accessed_by, last_accessed_region, access_undated,
        GREATEST({recording_began}, {tracking_began}) AS began
    FROM actions
    WHERE {keeps_entity} AND {keeps_service} AND {keeps_action}
),
-- Days are whole 24 hours. AWS watched until the dump was made: a later --as-of proves no longer silence.
aged AS (
    SELECT
        s.side, s.level, s.entity, s.entity_arn, s.account_id, s.entity_type, s.entity_name, s.managed,
        s.identified_by, s.evidence, s.as_of, s.made_at, s.dump,
        r.service_namespace, r.service_name, r.action_name,
        r.last_accessed, r.last_accessed_by, r.last_accessed_region, r.access_undated,
        r.last_accessed IS NOT NULL OR r.access_undated AS used,
        {days_since(r.last_accessed, s.as_of)} AS days_since,
        {days(
            {millis(CASE WHEN s.made_at < s.as_of THEN s.made_at ELSE s.as_of END)}
            - GREATEST(r.began, COALESCE({millis(s.entity_created_at)}, r.began))
        )} AS days_watched
    FROM speaking AS s
    JOIN recorded AS r
        ON r.level = s.level AND r.entity = s.entity AND r.dump = s.dump AND r.made_at IS NOT DISTINCT FROM s.made_at
),
-- AWS looks back 400 days, and a longer silence proves no more than that.
watched AS (
    SELECT
        a.*,
        CASE
            WHEN used THEN NULL
            WHEN days_watched > 400 THEN 400
            WHEN days_watched < 0 THEN 0
            ELSE days_watched
        END AS observed_days
    FROM aged AS a
),
-- Whatever the evidence does not carry is unknown.
judged AS (
    SELECT
        w.*,
        CASE
            WHEN as_of IS NULL OR access_undated THEN 'unknown'
            WHEN days_since < {stale_after} THEN 'active'
            WHEN days_since IS NOT NULL THEN 'stale'
            WHEN observed_days >= {stale_after} THEN 'unused'
            ELSE 'unknown'
        END AS verdict
    FROM watched AS w
),
-- The rows that the filters on what a row says keep.
kept AS (
    SELECT * FROM judged WHERE {keeps_row}
)
