//! Dumps of somebody who wants to mislead.

use std::os::unix::fs::symlink;

use super::{answer, dormant, home, put};

#[test]
fn links_that_lead_out_of_a_folder_are_named_and_not_followed() {
    let home = home();
    let root = home.path();
    put(root.join("private/c.json"), answer("secret").to_string());
    symlink(root.join("private"), root.join("dumps/out")).expect("a link");
    symlink(root.join("dumps/b"), root.join("dumps/in")).expect("a link");
    symlink(root.join("dumps"), root.join("by-link")).expect("a link");
    for folder in ["dumps", "by-link"] {
        let ran = dormant(root, ["list", folder, "--level", "service"]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!("{folder}/out")) && ran.stderr.contains("--follow-links"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stdout.contains("secret") && ran.stdout.contains("batch"));
        let ran = dormant(root, ["list", folder, "--level", "service", "--follow-links"]);
        assert!(ran.code == 0 && ran.stdout.contains("secret"), "{}", ran.stderr);
    }
    assert!(dormant(root, ["list", "dumps/out", "--level", "service"]).stdout.contains("secret"), "it is named itself");
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "s"]).code, 3);
    assert!(!dormant(root, ["list", "s", "--level", "service"]).stdout.contains("secret"));
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "s", "--follow-links"]).code, 0);
    assert!(dormant(root, ["list", "s", "--level", "service"]).stdout.contains("secret"));
}

#[test]
fn an_object_that_names_two_entities_is_not_used() {
    let home = home();
    let root = home.path();
    let (one, other) = ("arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/other");
    let twice = format!(r#""Arn": "{one}", "Arn": "{other}""#);
    let whole = answer("prod-api").to_string();
    let nameless = whole.replacen(r#""Arn":"arn:aws:iam::123456789012:role/prod-api","#, "", 1);
    assert_ne!(nameless, whole);
    let named = format!("{{{twice}, {}", nameless.strip_prefix('{').expect("an object"));
    let row = format!(r#"{{{twice}, "ServiceNamespace": "s3", "ServiceName": "S3", "TotalAuthenticatedEntities": 0}}"#);
    for (name, document) in [
        ("answer", named.clone()),
        ("list", format!("[{named}]")),
        ("spellings", named.replacen("\"Arn\"", "\"arn\"", 1)),
        ("row", row.clone()),
        ("rows", format!("[{row}]")),
        ("role", format!(r#"{{"Role": {{{twice}, "RoleName": "one"}}}}"#)),
        ("beside", format!(r#"{{"Role": {{{twice}}}, {}"#, nameless.strip_prefix('{').expect("an object"))),
    ] {
        put(root.join("twice/x.json"), document);
        let ran = dormant(root, ["list", "twice", "dumps", "--level", "service"]);
        assert_eq!(ran.code, 3, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(one) && ran.stderr.contains(other), "{name}: {}", ran.stderr);
        assert!(!ran.stdout.contains("role/one") && !ran.stdout.contains("role/other"), "{name}");
    }
    // The same ARN twice says nothing else than once.
    put(
        root.join("twice/x.json"),
        named.replace("role/other", "role/one").replace("123456789012:role/prod-api", "111122223333:role/one"),
    );
    let ran = dormant(root, ["list", "twice", "--level", "service"]);
    assert!(ran.code == 0 && ran.stdout.contains("role/one"), "{}", ran.stderr);
}

#[test]
fn what_says_nothing_is_kept_only_so_often() {
    let home = home();
    let root = home.path();
    let silent: Vec<String> = (0..50_010).map(|at| format!(r#""arn:aws:iam::111122223333:role/r{at}":null"#)).collect();
    put(root.join("dumps/m.json"), format!("{{{}}}", silent.join(",")));
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert_eq!(ran.code, 3);
    let said = dormant(root, ["check", "dumps", "--format", "csv"]);
    assert!(said.stdout.contains("holds 10 more answers without a list of services"), "{}", said.stderr);
    assert!(said.stdout.lines().count() < 50_020);
    let mut tar = tar::Builder::new(Vec::new());
    for at in 0..100 {
        // Members of one name and one content are one.
        let content = format!("[{at}]");
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}.json", at % 50)).expect("a name");
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).expect("in memory");
    }
    put(root.join("names/x.tar"), tar.into_inner().expect("in memory"));
    put(root.join("names/a.json"), answer("prod-api").to_string());
    let ran = dormant(root, ["check", "names", "-v"]);
    assert!(ran.stderr.contains("30 more names more than once"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("each was read").count(), 20 + 1);
}
