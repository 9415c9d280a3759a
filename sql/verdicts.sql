-- The entities of the question, those without a dump included.
asked AS (
    SELECT * FROM entities WHERE {keeps_entity}
),
-- The rows of the question. All documents about an entity were judged together when the tables were made.
recorded AS (
    SELECT
        'service' AS level, entity, entity_arn, account_id, entity_type, entity_name, aws_controlled, remedy,
        identified_by, evidence, {as_of} AS as_of, made_at, service_namespace, LOWER(TRIM(service_namespace)) AS service_key, service_name,
        CAST(NULL AS {text}) AS action_name, CAST(NULL AS {text}) AS action_key, CAST(NULL AS {text}) AS access_level,
        last_accessed, last_accessed_by, last_accessed_region, last_accessed_source, access_undated, used_untracked,
        without_actions, {undated(withheld)} AS withheld, {undated(observed_since)} AS observed_since, observed_until,
        {undated(observed_limit)} AS stated_limit, granted_since AS stated_since,
        age_stated, first_dump_at, first_access_at, dump_last_accessed, dump_access_undated, dump_silent
    FROM services
    WHERE {speaks} AND {keeps_entity} AND {keeps_service}
    UNION ALL
    SELECT
        'action' AS level, entity, entity_arn, account_id, entity_type, entity_name, aws_controlled, remedy,
        identified_by, evidence, {as_of} AS as_of, made_at, service_namespace, LOWER(TRIM(service_namespace)) AS service_key, service_name,
        action_name, LOWER(TRIM(action_name)) AS action_key, access_level,
        last_accessed, last_accessed_by, last_accessed_region, last_accessed_source, access_undated, used_untracked,
        FALSE AS without_actions, {undated(withheld)} AS withheld, {undated(observed_since)} AS observed_since, observed_until,
        {undated(observed_limit)} AS stated_limit, granted_since AS stated_since,
        age_stated, first_dump_at, first_access_at, dump_last_accessed, dump_access_undated, dump_silent
    FROM actions
    WHERE {speaks} AND {keeps_entity} AND {keeps_service} AND {keeps_action}
),
{chosen}
-- Days are whole 24 hours. AWS watched until the dump was made: a later --as-of proves no longer silence, and makes no entity older.
aged AS (
    SELECT
        r.*,
        last_accessed IS NOT NULL OR access_undated AS used,
        {days_since(last_accessed, as_of)} AS days_since,
        {watched_days(observed_since, CASE WHEN as_of < observed_until THEN as_of ELSE observed_until END)} AS watched_days,
        CASE
            WHEN age_stated THEN 'creation'
            WHEN CASE WHEN made_at < as_of THEN {millis(made_at)} ELSE {millis(as_of)} END - {millis(first_dump_at)} >= {stale_millis} THEN 'history'
            WHEN CASE WHEN made_at < as_of THEN {millis(made_at)} ELSE {millis(as_of)} END - {millis(first_access_at)} >= {stale_millis} THEN 'access'
            ELSE 'none'
        END AS age_known_by
    FROM {rows} AS r
),
-- Whatever the evidence does not carry is unknown.
judged AS (
    SELECT
        a.*,
        CASE
            WHEN withheld = 'contradicted' THEN 'unknown'
            WHEN days_since < {stale_after} THEN 'active'
            WHEN withheld IS NOT NULL THEN 'unknown'
            WHEN last_accessed < stated_since AND {millis(as_of)} - {millis(stated_since)} < {stale_millis} THEN 'unknown'
            WHEN days_since IS NOT NULL THEN 'stale'
            WHEN watched_days >= {stale_after} AND {is_old_enough} THEN 'unused'
            ELSE 'unknown'
        END AS shown_by_dumps
    FROM aged AS a
),
-- No permission was watched for longer than policies grant it. A date of a policy that nobody can read may be as late as the dump.
with_grants AS (
    SELECT j.*, g.policy_since, {watched_days(g.policy_since, CASE WHEN as_of < observed_until THEN as_of ELSE observed_until END)} AS held_days
    FROM judged AS j
    LEFT JOIN grant_dates AS g
        ON {is_of_the_present} AND j.shown_by_dumps IN ('stale', 'unused') AND g.entity = j.entity
        AND LOWER(TRIM(g.service_namespace)) = j.service_key
        AND COALESCE(LOWER(TRIM(g.action_name)), '') = COALESCE(j.action_key, '')
),
limited AS (
    SELECT
        h.*,
        CASE
            WHEN policy_since = COALESCE(observed_until, made_at) OR held_days < {stale_after}
                OR {millis(as_of)} - {millis(policy_since)} < {stale_millis} THEN 'unknown'
            ELSE shown_by_dumps
        END AS verdict,
        CASE WHEN policy_since IS NOT NULL AND shown_by_dumps = 'unused' THEN held_days ELSE watched_days END AS observed_days,
        CASE WHEN policy_since IS NOT NULL AND shown_by_dumps = 'unused' THEN 'grant' ELSE stated_limit END AS observed_limit,
        CASE
            WHEN policy_since IS NULL OR policy_since = COALESCE(observed_until, made_at) OR policy_since < stated_since THEN stated_since
            ELSE policy_since
        END AS granted_since
    FROM with_grants AS h
),
-- Whether the filters on what a row says keep it: they choose rows, and change no number of a row that counts others.
told AS (
    SELECT
        j.*,
        CASE
            WHEN verdict <> 'unknown' THEN NULL
            WHEN withheld IS NOT NULL THEN withheld
            WHEN days_since IS NOT NULL OR observed_days < {stale_after} AND observed_limit = 'grant'
                THEN 'granted-recently'
            WHEN observed_days < {stale_after} THEN 'window-too-short'
            ELSE 'age-unknown'
        END AS unknown_reason,
        {bucket} AS bucket,
        CASE WHEN {keeps_row} THEN 1 ELSE 0 END AS passes
    FROM limited AS j
)
