//! `--fail-on new`: a pipeline stops at findings that were not there before, and at no others.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;

use program::{Ran, Service, dormant, dump_of, put};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

/// A dump of a day: each service with its last use.
fn save(home: &Path, day: &str, services: &[(&str, Option<&str>)]) {
    let services: Vec<Service> =
        services.iter().map(|(namespace, used)| (*namespace, *used, [("CreateThing", None)].as_slice())).collect();
    put(home.join(format!("dumps/{day}.json")), dump_of(ROLE, day, &services).to_string());
}

fn gate(home: &Path, more: &[&str]) -> Ran {
    dormant(home, [&["unused", "dumps", "--fail-on", "new", "--format", "csv"], more].concat())
}

/// In May ec2 is unused, and s3 in use; in November s3 is stale too.
fn two_dates(home: &Path) {
    let used = Some("2026-05-01T10:00:00Z");
    save(home, "2026-05-04", &[("ec2", None), ("s3", used)]);
    assert_eq!(dormant(home, ["report", "dumps", "-o", "audit"]).code, 0);
    save(home, "2026-11-04", &[("ec2", None), ("s3", used)]);
}

#[test]
fn what_was_there_before_stops_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    save(home.path(), "2026-05-04", &[("ec2", None), ("s3", Some("2026-05-01T10:00:00Z"))]);
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit"]).code, 0);
    save(home.path(), "2026-06-04", &[("EC2", None), ("s3", Some("2026-06-01T10:00:00Z"))]);
    for baseline in ["audit", "2026-05-20"] {
        for level in ["service", "action"] {
            let ran = gate(home.path(), &["--baseline", baseline, "--level", level]);
            assert_eq!(ran.code, 0, "{baseline} {level}: {ran:?}");
            assert!(ran.stdout.lines().count() == 2 && ran.stderr.contains("0 of 1 finding"), "{ran:?}");
        }
    }
}

#[test]
fn what_was_not_there_before_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    two_dates(home.path());
    for baseline in ["audit", "2026-06-01"] {
        let ran = gate(home.path(), &["--baseline", baseline]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (4, 3), "{baseline}: {ran:?}");
        assert!(
            ran.stderr.contains("1 of 2 findings were not there") && ran.stderr.contains(&format!("{ROLE} s3")),
            "{ran:?}"
        );
        // Filters come first.
        assert_eq!(gate(home.path(), &["--baseline", baseline, "--service", "ec2"]).code, 0, "{baseline}");
        let folder = dormant(
            home.path(),
            ["report", "dumps", "-o", "next", "--force", "--fail-on", "new", "--baseline", baseline],
        );
        assert_eq!(folder.code, 4, "{folder:?}");
    }
    // Before the first dump nothing was there.
    let none = gate(home.path(), &["--baseline", "2026-01-01"]);
    assert!(none.code == 4 && none.stderr.contains("2 of 2 findings"), "{none:?}");
}

#[test]
fn an_action_of_a_service_that_was_unused_is_not_new() {
    let home = tempfile::tempdir().expect("a folder");
    save(home.path(), "2026-05-04", &[("ec2", None)]);
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit"]).code, 0);
    // Now ec2 is in use, so its action is a row of its own.
    save(home.path(), "2026-06-04", &[("ec2", Some("2026-06-01T10:00:00Z"))]);
    for baseline in ["audit", "2026-05-20"] {
        let ran = gate(home.path(), &["--baseline", baseline, "--level", "action"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (0, 2), "{baseline}: {ran:?}");
    }
}

#[test]
fn an_audit_that_was_changed_is_no_baseline() {
    let home = tempfile::tempdir().expect("a folder");
    two_dates(home.path());
    let rows = home.path().join("audit/unused-services.csv");
    let text = fs::read_to_string(&rows).expect("rows");
    // Somebody adds the finding, and the pipeline would pass.
    let forged = text.clone() + &text.lines().nth(1).expect("a row").replace("ec2", "s3") + "\n";
    fs::write(&rows, forged).expect("written");
    let ran = gate(home.path(), &["--baseline", "audit"]);
    assert!(ran.code == 1 && ran.stderr.contains("is not as the audit wrote it"), "{ran:?}");
    let none = gate(home.path(), &["--baseline", "dumps"]);
    assert!(none.code == 1 && none.stderr.contains("is not the folder of an audit"), "{none:?}");
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "page", "--formats", "html"]).code, 0);
    let without = gate(home.path(), &["--baseline", "page"]);
    assert!(without.code == 1 && without.stderr.contains("has no unused-services.csv"), "{without:?}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    two_dates(home.path());
    for (arguments, message) in [
        (&["unused", "dumps", "--fail-on", "new"][..], "needs --baseline"),
        (&["unused", "dumps", "--baseline", "audit"], "is about --fail-on new"),
        (&["unused", "dumps", "--fail-on", "new", "--baseline", "today"], "a date before"),
        (&["unused", "dumps", "--fail-on", "new", "--baseline", "2026-06-01", "--at", "2026-05-30"], "a date before"),
        (
            &["unused", "dumps", "--fail-on", "new", "--baseline", "audit", "--snapshots", "all"],
            "leave --snapshots out",
        ),
        (&["list", "dumps", "--fail-on", "new"], "invalid value 'new'"),
    ] {
        let ran = dormant(home.path(), arguments);
        assert!(ran.code == 2 && ran.stderr.contains(message), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn names_are_not_compared_with_pseudonyms() {
    let home = tempfile::tempdir().expect("a folder");
    two_dates(home.path());
    put(home.path().join("key"), "a secret of more than sixteen bytes");
    let keyed = ["--redact", "--redact-key", "key"];
    let made =
        dormant(home.path(), [&["report", "dumps", "--at", "2026-06-01", "-o", "redacted"], &keyed[..]].concat());
    assert_eq!(made.code, 0, "{made:?}");
    for (baseline, more, says) in [
        ("redacted", &[][..], "is redacted: give --redact"),
        ("redacted", &["--redact"], "is redacted: give --redact"),
        ("audit", &keyed, "has names: leave --redact out"),
    ] {
        let ran = gate(home.path(), &[&["--baseline", baseline], more].concat());
        assert_eq!(ran.code, 1, "{baseline} {more:?}: {ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
    }
    let ran = gate(home.path(), &[&["--baseline", "redacted"], &keyed[..]].concat());
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("1 of 2 findings were not there"), "{ran:?}");
}

#[test]
fn a_policy_of_aws_is_another_finding_in_each_account() {
    let home = tempfile::tempdir().expect("a folder");
    let save = |account: &str| {
        let policy = dump_of("arn:aws:iam::aws:policy/ReadOnlyAccess", "2026-05-04", &[("ec2", None, &[])]);
        put(home.path().join(format!("dumps/{account}/policy.json")), policy.to_string());
    };
    save("111122223333");
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit", "--include-aws-controlled"]).code, 0);
    save("444455556666");
    let ran = gate(home.path(), &["--baseline", "audit", "--include-aws-controlled"]);
    assert!(ran.code == 4 && ran.stderr.contains("444455556666 arn:aws:iam::aws:policy/ReadOnlyAccess ec2"), "{ran:?}");
}
