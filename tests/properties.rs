//! What holds whatever comes in: no entrance panics, nothing is lost, and the verdicts add up.

mod entrances;
mod mutations;
#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

/// Damaged dumps in a normal run; `fuzz/README.md` says how to try more.
const MUTATIONS: u64 = 20_000;

#[test]
fn damaged_dumps_do_no_harm() {
    let originals = mutations::originals(Path::new(env!("CARGO_MANIFEST_DIR")));
    for number in 0..MUTATIONS {
        let document = mutations::damaged(&originals, number);
        let tried = std::panic::catch_unwind(|| entrances::dumps(&document));
        assert!(tried.is_ok(), "mutation {number} panics: {}", String::from_utf8_lossy(&document));
    }
}

/// Text made of what dumps are made of.
fn like_json() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\n",
        "null",
        "0",
        "\"JobStatus\"",
        "\"COMPLETED\"",
        "\"ServicesLastAccessed\"",
        "\"ServiceNamespace\"",
        "\"s3\"",
        "\"LastAuthenticated\"",
        "\"2024-05-14T09:00:00Z\"",
        "\"TrackedActionsLastAccessed\"",
        "\"ActionName\"",
        "\"EntityDetailsList\"",
        "\"AccessDetails\"",
        "\"Arn\"",
        "\"arn:aws:iam::123456789012:role/x\"",
        "\"IsTruncated\"",
        "true",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_document(bytes in prop::collection::vec(any::<u8>(), 0..600), text in like_json()) {
        entrances::dumps(&bytes);
        entrances::dumps(text.as_bytes());
    }

    #[test]
    fn any_text_is_a_date_or_none(text in any::<String>(), like in "[-0-9TZ:.+/ a-zA-Z(),{}\"$\\\\]{0,40}") {
        entrances::date(&text);
        entrances::date(&like);
    }

    #[test]
    fn any_text_names_someone_or_no_one(
        text in any::<String>(),
        arn in "(arn:aws[a-z-]{0,7}:iam::([0-9]{12}|aws)?:)?(role|user|group|policy)?/[a-zA-Z0-9+=,.@_/%-]{0,20}",
        path in "[a-z0-9_%:./-]{0,60}",
        template in "[{}a-z*/._-]{0,30}",
    ) {
        entrances::names(&text);
        entrances::names(&format!("{arn}\n{path}\n{template}"));
        entrances::names(&format!("{arn}\n{}\n{{account}}/{{type}}/{{name}}.json", arn.replace([':', '/'], "_")));
    }

    #[test]
    fn any_bytes_are_a_manifest_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), text in like_json()) {
        entrances::manifest(&bytes);
        entrances::manifest(text.as_bytes());
    }
}

/// One service row: used or not, dated, undated or unreadably dated, with actions or without.
fn service() -> impl Strategy<Value = Value> {
    let date = prop_oneof![
        3 => Just(Value::Null),
        5 => (0..900_i64).prop_map(|days| json!((1_777_881_600 - days * 86_400) * 1000)),
        1 => Just(json!("05/14/2024")),
    ];
    let action =
        (0..30_u8, date.clone()).prop_map(|(n, at)| json!({"ActionName": format!("Do{n}"), "LastAccessedTime": at}));
    let actions = prop_oneof![1 => Just(Value::Null), 1 => prop::collection::vec(action, 0..8).prop_map(Value::from)];
    let namespace = prop::sample::select(vec!["s3", "ec2", "iam", "lambda", "sqs", "kms", "sts", "unheard-of"]);
    (namespace, date, 0..3_u8, actions).prop_map(|(namespace, at, total, actions)| {
        json!({"ServiceNamespace": namespace, "LastAuthenticated": at, "TotalAuthenticatedEntities": total,
               "TrackedActionsLastAccessed": actions})
    })
}

/// One file: mostly a dump of one of a few entities at one of a few dates, sometimes something else.
fn file() -> impl Strategy<Value = String> {
    let dump = (0..4_u8, 0..3_u8, 0..4_i64, prop::collection::vec(service(), 0..12), any::<bool>(), any::<bool>());
    let dump = dump.prop_map(|(name, account, month, services, truncated, dated)| {
        let day = (1_777_881_600 - month * 30 * 86_400) * 1000;
        let day = if dated { json!(day) } else { Value::Null };
        json!({"Arn": format!("arn:aws:iam::00000000000{account}:role/role-{name}"), "JobStatus": "COMPLETED",
               "JobCreationDate": day, "ServicesLastAccessed": services, "IsTruncated": truncated})
        .to_string()
    });
    prop_oneof![
        12 => dump,
        1 => Just("null".to_owned()),
        1 => Just("{\"JobStatus\": \"FAILED\", \"JobCreationDate\": 0}".to_owned()),
        1 => Just("{\"JobStatus\": \"COMPLETED\", \"Serv".to_owned()),
        1 => Just("{\"name\": \"web-app\"}".to_owned()),
        1 => Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_add_up_and_no_file_is_lost(files in prop::collection::vec(file(), 1..25), stale_after in 1..500_u16) {
        let home = tempfile::tempdir().expect("a folder");
        for (at, file) in files.iter().enumerate() {
            program::put(home.path().join(format!("{at:02}.json")), file);
        }
        let stale_after = format!("{stale_after}d");
        let run = |command: &str| {
            program::dormant(home.path(), [command, ".", "--stale-after", &stale_after, "--format", "json"])
        };
        let summary = run("summary");
        if summary.code == 1 {
            prop_assert!(summary.stderr.contains("no usable dump"), "{}", summary.stderr);
            return Ok(());
        }
        prop_assert_eq!(summary.counts()[0], files.len() as u64);
        for (rows, total, parts) in [
            (summary.rows(), "services_granted", ["services_active", "services_stale", "services_unused", "services_unknown"]),
            (summary.rows(), "actions_tracked", ["actions_active", "actions_stale", "actions_unused", "actions_unknown"]),
            (run("services").rows(), "entities_granted", ["entities_active", "entities_stale", "entities_unused", "entities_unknown"]),
            (run("services").rows(), "grants", ["grants_active", "grants_stale", "grants_unused", "grants_unknown"]),
        ] {
            for row in rows {
                let count = |name: &str| row[name].as_u64().expect("a count");
                prop_assert_eq!(count(total), parts.iter().map(|part| count(part)).sum::<u64>(), "{}", row);
            }
        }
    }
}
