//! Manifests as people write them, and manifests with errors.

use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/app/prod-api";
const JOB: &str = "5532bfcd-df6a-5476-b8e1-b63a8afeaf5c";

fn parsed(text: &str) -> Manifest {
    Manifest::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

fn wrong(text: &str) -> String {
    let wrong = Manifest::parse(text.as_bytes()).expect_err("refused");
    format!("{}: {}", wrong.place, wrong.what)
}

#[test]
fn jobs_are_found_in_every_spelling() {
    for text in [
        format!("arn,job_id\n{ROLE},{JOB}\n"),
        format!("{JOB},{ROLE}\r\n"),
        format!("\u{feff}job;arn\n{JOB};{ROLE}\n"),
        format!("{ROLE}\t{}\n", JOB.to_uppercase()),
        format!(r#"{{"{ROLE}": "{JOB}"}}"#),
        format!(r#"{{"{JOB}": "{ROLE}"}}"#),
        format!(r#"[{{"JobId": "{JOB}", "Arn": "{ROLE}", "tries": 3, "note": null}}]"#),
        format!(r#"{{"entries": [{{"JobId": "{JOB}", "Arn": "{ROLE}"}}]}}"#),
        format!("{{\"JobId\": \"{JOB}\", \"Arn\": \"{ROLE}\"}}\n{{\"path\": \"x.json\", \"Arn\": \"{ROLE}\"}}\n"),
    ] {
        let manifest = parsed(&text);
        assert_eq!(manifest.job(JOB).expect(&text).arn.as_str(), ROLE, "{text}");
        let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let manifest = Manifest::parse(&utf16).unwrap_or_else(|wrong| panic!("UTF-16, {text}: {wrong:?}"));
        assert_eq!(manifest.job(JOB).expect(&text).arn.as_str(), ROLE, "UTF-16, {text}");
    }
}

fn source(path: &str) -> Source {
    Source::file(path)
}

fn listed(manifest: &Manifest, path: &str) -> bool {
    let source = source(path);
    manifest.lay_out(&[(&source, path.to_owned())]).listed.contains_key(&source)
}

#[test]
fn a_table_that_ends_within_a_cell_is_refused() {
    let cut = wrong(&format!("path,arn\nx.json,\"{ROLE}\"\ny.json,\"{}", &ROLE[..ROLE.len() - 2]));
    assert_eq!(cut, "line 3: the quote of a cell never closes: the end of the table is lost");
}

#[test]
fn paths_fit_as_a_whole_or_at_the_end() {
    let manifest = parsed(&format!("file,arn\ndumps/prod-api.json,{ROLE}\n"));
    for path in ["dumps/prod-api.json", "./dumps/prod-api.json", "/data/dumps/prod-api.json", "prod-api.json"] {
        assert!(listed(&manifest, path), "{path}");
    }
    for path in ["other/prod-api.json", "xdumps/prod-api.json", "dumps/prod-web.json"] {
        assert!(!listed(&manifest, path), "{path}");
    }
    let bare = parsed(&format!("{ROLE},prod-api\n"));
    assert!(listed(&bare, "x/prod-api.json") && listed(&bare, "prod-api.json.gz"));
    let windows = parsed(&format!("dumps\\prod-api.json,{ROLE}\n"));
    assert!(listed(&windows, "dumps/prod-api.json"));
}

#[test]
fn a_file_name_that_fits_two_places_names_neither() {
    let manifest = parsed(&format!("access-advisor.json,{ROLE}\n"));
    let (a, b) = (source("a/access-advisor.json"), source("b/access-advisor.json"));
    let layout = manifest.lay_out(&[(&a, "a".to_owned()), (&b, "b".to_owned())]);
    assert!(layout.listed.is_empty());
    assert!(layout.ambiguous.contains("access-advisor.json"));
    let (old, new) = (source("2024-02/p.json"), source("2024-05/p.json"));
    let manifest = parsed(&format!("p.json,{ROLE}\n"));
    let layout = manifest.lay_out(&[(&old, "p".to_owned()), (&new, "p".to_owned())]);
    assert!(layout.listed.contains_key(&old) && layout.listed.contains_key(&new));
}

#[test]
fn listed_folders_above_the_typed_ones_must_not_disagree() {
    let manifest = parsed(&format!("a/p.json,{ROLE}\nb/p.json,{ROLE}2\n"));
    assert!(!listed(&manifest, "p.json"));
    assert!(listed(&manifest, "b/p.json"));
}

#[test]
fn creation_dates_and_accounts_travel_along() {
    let manifest = parsed(&format!("arn,file,CreateDate\n{ROLE},a.json,2024-05-14 09:00:00+00:00\n"));
    let arn = Arn::parse(ROLE).expect("an ARN");
    assert_eq!(manifest.created[&arn].to_string(), "2024-05-14T09:00:00Z");
    let policy = parsed("arn:aws:iam::aws:policy/ReadOnlyAccess,123456789012,ro.json\n");
    let file = source("ro.json");
    let account = policy.lay_out(&[(&file, "ro".to_owned())]).listed[&file].account.clone();
    assert_eq!(account.expect("an account").as_str(), "123456789012");
    assert!(parsed(&format!("arn,created_at\n{ROLE},2024-05-14\n")).created.contains_key(&arn));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, expected) in [
        (format!("arn,file\n{ROLE},a.json\nprod,b.json\n"), "line 3: has no ARN".to_owned()),
        (
            "arn,file\narn:aws:sts::123456789012:assumed-role/x/y,a.json\n".to_owned(),
            "line 2: arn:aws:sts::123456789012:assumed-role/x/y is an ARN of another service, not of IAM".to_owned(),
        ),
        (
            format!("a.json,{ROLE}\na.json,{ROLE}2\n"),
            format!("line 2: says that a.json is {ROLE}2, an earlier row says {ROLE}"),
        ),
        (
            format!(r#"{{"a.json": "{ROLE}", "a.json": "{ROLE}2"}}"#),
            format!("key \"a.json\": says that a.json is {ROLE}2, an earlier row says {ROLE}"),
        ),
        (format!("arn\n{ROLE}\n"), format!("line 2: has neither a path, a file name nor a JobId next to {ROLE}")),
        (
            format!("arn,file,created_at\n{ROLE},a.json,14.05.24\n"),
            "line 2: has the creation date \"14.05.24\", which is not a date such as 2024-05-14T09:00:00Z".to_owned(),
        ),
        (format!("999999999999,a.json,{ROLE}\n"), format!("line 1: says account 999999999999, but the ARN is {ROLE}")),
        (String::new(), "line 1: holds no row with an ARN or a service".to_owned()),
    ] {
        assert_eq!(wrong(&text), expected);
    }
    assert!(wrong("{\"a\": ").starts_with("line 1, column "));
}

#[test]
fn the_same_row_twice_is_no_contradiction() {
    let manifest = parsed(&format!("a.json,{ROLE}\na.json,{ROLE}\n"));
    assert!(listed(&manifest, "a.json"));
}

#[test]
fn a_name_as_it_is_and_as_it_is_shown_are_the_same() {
    let shown = "dumps/\u{2601}\\u{fe0f}\\nx.json";
    for typed in ["dumps/\u{2601}\u{fe0f}\nx.json", "\u{2601}\u{fe0f}\nx.json", "\u{2601}\u{fe0f}\nx", shown] {
        assert!(listed(&parsed(&format!("arn,file\n{ROLE},\"{typed}\"\n")), shown), "{typed:?}");
    }
    for typed in [r"dumps/a\b.json", r"dumps/a\\b.json", r"a\b.json"] {
        assert!(listed(&parsed(&format!("arn,file\n{ROLE},{typed}\n")), r"dumps/a\\b.json"), "{typed}");
    }
    assert!(!listed(&parsed(&format!("arn,file\n{ROLE},\u{2601}.json\n")), shown));
}
