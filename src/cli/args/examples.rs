//! The examples at the end of every `--help`. A test parses each of them.

pub const ROOT: &str = "\
Examples:
  dormant dumps/                           which entities to look at first, and what to take away
  dormant report dumps/ -o audit           every report, into the folder audit
  dormant unused dumps/ --level action     the actions that nobody uses of services in use
  dormant check dumps/                     what became of every file";

pub const OVERVIEW: &str = "\
Examples:
  dormant overview dumps/
  dormant dumps/                               the same
  dormant overview dumps/ --account 123456789012 --format md -o overview.md";

pub const EXPLAIN: &str = "\
Examples:
  dormant explain dumps/ --entity AdminRole
  dormant explain dumps/ --entity AdminRole --service s3 --action PutBucketPolicy
  dormant explain store --entity arn:aws:iam::123456789012:role/AdminRole --format json";

pub const REPORT: &str = "\
Examples:
  dormant report dumps/ -o audit
  dormant report dumps/ more.tar.gz -o audit --force --stale-after 180d
  dormant report dumps/ -o audit --account 123456789012 --fail-on unused,incomplete";

pub const SUMMARY: &str = "\
Examples:
  dormant summary dumps/
  dormant summary dumps/ --type role --format md -o summary.md";

pub const SERVICES: &str = "\
Examples:
  dormant services dumps/
  dormant services dumps/ --service ec2,lambda --stale-after 1y --format csv";

pub const UNUSED: &str = "\
Examples:
  dormant unused dumps/
  dormant unused dumps/ --level action --service iam --verdict unused
  dormant unused dumps/ --entity 'prod-*' --format csv -o unused.csv
  dormant unused dumps/ --fail-on unused --quiet
  dormant unused dumps/ --format ocsf -o findings.jsonl    for Security Lake or a SIEM
  dormant unused dumps/ --format asff -o findings          for Security Hub
  dormant unused dumps/ --format jira -o issues.csv        for Jira's import
  dormant unused store                             last_accessed is that of any dump";

pub const DECISIONS: &str = "\
Examples:
  dormant decisions dumps/ --decisions decisions.toml
  dormant decisions store --decisions decisions.toml --as-of today --fail-on expired-decision,overdue
  dormant unused dumps/ --decisions decisions.toml      the same decisions next to what could go";

pub const IMPORT_DECISIONS: &str = "\
Examples:
  dormant import-decisions audit/report.xlsx -o decisions.toml
  dormant import-decisions alice.xlsx bob.csv --prefer bob.csv -o decisions.toml";

pub const VERIFY: &str = "\
Examples:
  dormant verify audit
  dormant verify audit --inputs /evidence/dumps
  dormant store verify store";

pub const STALENESS: &str = "\
Examples:
  dormant staleness dumps/
  dormant staleness dumps/ --by service --level action --buckets 7,30,90
  dormant staleness dumps/ --by account --long --format csv";

pub const COMPARE: &str = "\
Examples:
  dormant compare dumps/ --entity 'prod-*'
  dormant compare dumps/ --level action --service ec2 --long
  dormant compare dumps/ --pairs --type role
  dormant compare dumps/ --roles";

pub const DIFF: &str = "\
Examples:
  dormant diff dumps/2026-01/ dumps/2026-04/
  dormant diff dumps/ --from 2026-01-31 --to 2026-04-30
  dormant diff old.zip new.zip --level action --all";

pub const TREND: &str = "\
Examples:
  dormant trend dumps/
  dormant trend dumps/ --account 123456789012 --format jsonl";

pub const GRANTS: &str = "\
Examples:
  dormant grants dumps/                            which policy grants each service
  dormant grants dumps/ --level action --service iam --entity 'prod-*' --format csv
  dormant grants dumps/ authorization-details.json --unused";

pub const RECOMMEND: &str = "\
Examples:
  dormant recommend dumps/                         one row per policy: what could go, or why nothing
  dormant recommend dumps/ --entity 'prod-*' -o proposals
  dormant recommend dumps/ --protect 'iam:*' --protect '*break-glass*' -o proposals";

pub const LIST: &str = "\
Examples:
  dormant list dumps/ --service ec2 --used         EC2 actions that were used, and when
  dormant list dumps/ --service ec2 --within 7d    EC2 actions used in the week before the dump
  dormant list dumps/ --level service --verdict stale,unused --format jsonl
  dormant list - < dump.json";

pub const ORGANIZATIONS: &str = "\
Examples:
  dormant organizations reports/
  dormant organizations reports/ --within 90d --format csv -o used.csv";

pub const ENTITIES: &str = "\
Examples:
  dormant entities dumps/
  dormant entities dumps/ --type role --verdict unused,stale
  dormant entities dumps/ -o entities.xlsx    with the column `missing`: who has no dump";

pub const CREDENTIALS: &str = "\
Examples:
  dormant credentials dumps/
  dormant credentials dumps/ --type user --verdict unused,stale
  aws iam get-credential-report > dumps/credential-report.json    what it is based on, with authorization details";

pub const SERVICE_ENTITIES: &str = "\
Examples:
  dormant service-entities answers/
  dormant service-entities answers/ --service s3 --type role --used
  dormant service-entities answers/ --manifest jobs.csv    with the columns job_id and service_namespace";

pub const CHECK: &str = "\
Examples:
  dormant check dumps/
  dormant check dumps/ --strict --format csv -o sources.csv";

pub const INGEST: &str = "\
Examples:
  dormant ingest dumps/2026-05-04/ --store store              then: dormant unused store
  dormant ingest dumps/ --store store                         what is in already costs one hash
  dormant ingest dumps/ --store store --manifest whose.csv    kept, for every report
  dormant ingest dumps/ --store store --decisions keep.toml   the same for what people decided
  dormant ingest dumps/ --store store --shard 3/8             on one of eight machines";

pub const STORE: &str = "\
Examples:
  dormant store info store
  dormant store verify store --deep
  dormant store export store -o originals
  dormant store compact store
  dormant store compact store --manifest whose.csv
  dormant store forget store --account 123456789012
  dormant store forget store --to 2024-12-31 --dry-run
  dormant store forget store --account 123456789012 --split
  dormant store forget store --attributions";

pub const SQL: &str = "\
Examples:
  dormant sql schema --dialect duckdb --store store > schema.sql
  dormant sql unused --dialect duckdb > unused.sql
  dormant sql unused --dialect spark --level action --service ec2,s3 --stale-after 180d
  dormant sql diff --dialect trino --from 2026-01-31 --to 2026-04-30";

pub const SQL_SCHEMA: &str = "\
Examples:
  dormant sql schema --dialect duckdb --store store
  dormant sql schema --dialect athena --store s3://bucket/store";

pub const COMPLETIONS: &str = "\
Examples:
  dormant completions bash > ~/.local/share/bash-completion/completions/dormant
  dormant completions zsh > ~/.zfunc/_dormant";

pub const MAN: &str = "\
Examples:
  dormant man | man -l -
  dormant man ~/.local/share/man/man1";
