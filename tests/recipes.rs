//! An audit for programs: `datapackage.json` read by what knows the standard, and every recipe of docs/how-to/data.md run.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;
use std::process::Command;

use program::dormant;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script of tests in `folder`; gives what it prints.
fn python(folder: &Path, script: &str, arguments: &[String]) -> String {
    let target = Path::new(env!("CARGO_BIN_EXE_dormant")).ancestors().nth(2).expect("a target folder");
    let installed = target.join("venv/bin/python3");
    let mut python = Command::new(if installed.exists() { installed.as_path() } else { Path::new("python3") });
    python.arg(root().join("tests").join(script)).args(arguments).current_dir(folder);
    let ran = python.output().expect("python3 is needed; tests/run installs it");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{script} {arguments:?}: {said}");
    said
}

#[test]
#[ignore = "needs Python with pandas and DuckDB: tests/run"]
fn every_recipe_prints_what_the_page_says() {
    let home = tempfile::tempdir().expect("a folder");
    assert_eq!(dormant(home.path(), ["demo", "dumps"]).code, 0);
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit"]).code, 0);
    let page = root().join("docs/how-to/data.md").to_string_lossy().into_owned();
    assert_eq!(python(home.path(), "schema/recipes.py", &[page]).trim(), "5 blocks run");
}

#[test]
#[ignore = "needs Python with DuckDB: tests/run"]
fn every_query_of_the_pages_about_a_store_runs() {
    let home = tempfile::tempdir().expect("a folder");
    let estate = root().join("sample-data/estate").display().to_string();
    assert_eq!(dormant(home.path(), ["ingest", &estate, "--store", "store"]).code, 0);
    let schema = dormant(home.path(), ["sql", "schema", "--dialect", "duckdb", "--store", "store"]);
    fs::write(home.path().join("schema.sql"), schema.stdout).expect("a file");
    let list =
        ["list", "store", "--level", "service", "--columns", "verdict", "--format", "csv", "--include-aws-controlled"];
    let list = dormant(home.path(), list);
    let verdicts: Vec<_> = list.stdout.lines().skip(1).collect();
    fs::write(home.path().join("verdicts"), verdicts.join("\n")).expect("a file");
    let pages = ["docs/store.md", "docs/sql.md"].map(|page| root().join(page).display().to_string());
    let arguments: Vec<_> = ["schema.sql", "verdicts"].map(str::to_owned).into_iter().chain(pages).collect();
    assert_eq!(python(home.path(), "schema/queries.py", &arguments).trim(), "4 queries run");
}

#[test]
#[ignore = "needs Python with frictionless: tests/run"]
fn every_file_of_an_audit_is_as_its_data_package_says() {
    let home = tempfile::tempdir().expect("a folder");
    let samples = root().join("sample-data");
    let stories = ["estate", "broken", "hostile-names", "who-grants-it", "truncated", "two-dates"];
    let audits: Vec<String> = stories.iter().map(|story| home.path().join(story).display().to_string()).collect();
    for (story, audit) in stories.iter().zip(&audits) {
        let dialect = if *story == "hostile-names" { "plain" } else { "excel" };
        let ran = dormant(&samples, ["report", story, "-o", audit, "--csv-dialect", dialect]);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
    }
    python(home.path(), "schema/package.py", &audits);
}

#[test]
fn a_folder_without_csv_has_no_data_package() {
    let home = tempfile::tempdir().expect("a folder");
    let estate = root().join("sample-data/estate").display().to_string();
    assert_eq!(dormant(home.path(), ["report", &estate, "-o", "audit", "--formats", "md"]).code, 0);
    assert!(!home.path().join("audit/datapackage.json").exists());
    // And one that has it is known as an audit: it can be replaced.
    for force in [&["--force"][..], &["--force"]] {
        let ran = dormant(home.path(), [&["report", &estate, "-o", "audit", "--formats", "csv"], force].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert!(home.path().join("audit/datapackage.json").exists());
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).expect("a manifest")).expect("JSON")
}

#[test]
fn nothing_but_the_roots_depends_on_where_the_dumps_lie() {
    let home = tempfile::tempdir().expect("a folder");
    let there = home.path().join("deep/down");
    fs::create_dir_all(&there).expect("folders");
    for folder in [home.path(), &there] {
        assert_eq!(dormant(folder, ["demo", "dumps"]).code, 0);
    }
    let absolute = there.join("dumps").display().to_string();
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "one", "--formats", "md"]).code, 0);
    assert_eq!(dormant(home.path(), ["report", &absolute, "-o", "two", "--formats", "md"]).code, 0);
    let [one, two] = ["one", "two"].map(|audit| manifest(&home.path().join(audit)));
    assert_eq!((&one["input_roots"], &two["input_roots"]), (&Value::from(vec!["dumps"]), &Value::from(vec![absolute])));
    for same in ["input_files", "inputs_sha256", "inputs", "problems", "exit_code", "newest_as_of"] {
        assert_eq!(one[same], two[same], "{same}");
        assert!(!one[same].is_null(), "{same}");
    }
    // The dumps move, and are found by the name of their new folder.
    fs::rename(home.path().join("dumps"), home.path().join("moved")).expect("moved");
    let said = |arguments: &[&str]| dormant(home.path(), [&["verify", "one"], arguments].concat());
    assert!(said(&[]).stderr.contains("none of 49 inputs is here"));
    assert!(said(&["--inputs", "moved"]).stderr.contains("and 49 inputs as they were read"));
    let ran = said(&["--inputs", "moved", "--inputs", "moved"]);
    assert!(ran.code == 1 && ran.stderr.contains("lie in 1 folder: give --inputs once for each"), "{ran:?}");
    fs::write(home.path().join("moved/2026-07-06/111122223333/users/alice.json"), "{}").expect("written");
    let ran = said(&["--inputs", "moved"]);
    assert!(
        ran.code == 1 && ran.stderr.contains("the input `moved/2026-07-06/111122223333/users/alice.json` was changed")
    );
}

#[test]
fn the_manifest_says_how_the_run_ended() {
    let home = tempfile::tempdir().expect("a folder");
    let sample = |name: &str| root().join("sample-data").join(name).display().to_string();
    let cases = [("estate", None, 0), ("broken", None, 3), ("estate", Some("unused"), 4)];
    for (at, (story, fail_on, code)) in cases.into_iter().enumerate() {
        let (dumps, audit) = (sample(story), at.to_string());
        let mut line = vec!["report", &dumps, "-o", &audit, "--formats", "csv"];
        line.extend(fail_on.iter().flat_map(|condition| ["--fail-on", condition]));
        assert_eq!(dormant(home.path(), line).code, code, "{story}");
        let manifest = manifest(&home.path().join(&audit));
        assert_eq!(manifest["exit_code"], Value::from(code), "{story}");
        let problems = manifest["problems"].as_object().expect("problems").values();
        assert!(problems.filter_map(Value::as_u64).sum::<u64>() > 0, "{story}");
        assert_eq!(manifest["parameters"]["stale_after_days"], Value::from(90));
    }
}

#[test]
fn each_age_in_a_row_is_what_its_column_says() {
    let samples = root().join("sample-data");
    for options in [&[][..], &["--by", "service", "--level", "action"], &["--by", "account", "--buckets", "7,60"]] {
        let of =
            |more: &[&str]| dormant(&samples, [&["staleness", "estate", "--format", "json"], options, more].concat());
        let (wide, long) = (of(&[]).rows(), of(&["--long"]).rows());
        let is_key = |name: &str| !matches!(name, "total" | "dumps_incomplete");
        let mut expected = Vec::new();
        for row in wide.iter().map(|row| row.as_object().expect("a row")) {
            let (ages, key): (Vec<_>, Vec<_>) =
                row.iter().filter(|(name, _)| is_key(name)).partition(|(name, value)| {
                    value.is_number() && (name.starts_with(|c: char| c.is_ascii_digit()) || name.starts_with("un"))
                });
            assert_eq!(Some(ages.iter().filter_map(|(_, count)| count.as_i64()).sum()), row["total"].as_i64());
            for (age, count) in ages {
                let mut of_age: serde_json::Map<_, _> = key.iter().map(|(k, v)| ((*k).clone(), (*v).clone())).collect();
                of_age.extend([("bucket".into(), age.as_str().into()), ("permissions".into(), count.clone())]);
                of_age.insert("dumps_incomplete".into(), row["dumps_incomplete"].clone());
                expected.push(Value::from(of_age));
            }
        }
        let sorted = |rows: Vec<Value>| {
            let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            rows.sort();
            rows
        };
        // The test's own order of the ages is not that of the columns.
        let (long, expected) = (sorted(long), sorted(expected));
        assert!(!expected.is_empty() && long == expected, "{options:?}: {long:#?}\n{expected:#?}");
    }
}

#[test]
#[ignore = "needs Python: tests/run"]
fn a_sample_can_be_drawn_again_by_hand() {
    let home = tempfile::tempdir().expect("a folder");
    let levels = root().join("src/catalogue/data/actions.csv").display().to_string();
    let stories = ["estate", "hostile-names", "who-grants-it", "broken", "two-accounts", "service-linked", "truncated"];
    let mut drawn = 0;
    for (at, story) in stories.into_iter().enumerate() {
        let dumps = root().join("sample-data").join(story).display().to_string();
        let actions = format!("{}/{at}-actions.csv", home.path().display());
        let list = ["list", &dumps, "--level", "action", "--csv-dialect", "plain", "-o", &actions];
        assert!(matches!(dormant(home.path(), list).code, 0 | 3), "{story}");
        for (rows, seed) in [("1", "0"), ("5", "7"), ("1000", "18446744073709551615")] {
            let audit = format!("{at}-{rows}");
            let options =
                ["--sample", rows, "--seed", seed, "--formats", "csv", "--csv-dialect", "plain", "-o", &audit];
            let ran = dormant(home.path(), [&["report", &dumps], &options[..]].concat());
            assert!(matches!(ran.code, 0 | 3), "{story}: {ran:?}");
            let arguments = [&audit, rows, seed, &actions, &levels].map(|of| (*of).to_owned());
            let again = python(home.path(), "independent/sample.py", &arguments);
            drawn += again.trim().parse::<usize>().expect("a number of rows");
        }
    }
    assert!(drawn > 900, "{drawn}");
}

#[test]
fn a_sample_is_the_same_whatever_else_is_written_and_says_what_it_is_drawn_from() {
    let home = tempfile::tempdir().expect("a folder");
    let estate = root().join("sample-data/estate").display().to_string();
    let sample = ["report", &estate, "--sample", "3", "--seed", "9"];
    for (audit, formats) in [("all", "csv,md,html,json,xlsx,parquet"), ("one", "csv")] {
        let ran = dormant(home.path(), [&sample[..], &["-o", audit, "--formats", formats]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let read = |file: &str| fs::read_to_string(home.path().join(file)).expect("a file");
    assert_eq!(read("all/sample.csv"), read("one/sample.csv"));
    let said = "3 of 54 unused services, 3 of 12 stale services, 2 of 2 unused actions (Permissions management), 3 of 35 unused actions (Write)";
    assert!(read("all/report.md").contains(said) && read("all/report.json").contains(said));
    let parameters = &manifest(&home.path().join("one"))["parameters"];
    assert_eq!((&parameters["sample"], &parameters["seed"]), (&Value::from(3), &Value::from(9)));
    // Another seed draws others, and neither option does anything alone.
    let ran =
        dormant(home.path(), ["report", &estate, "--sample", "3", "--seed", "10", "-o", "other", "--formats", "csv"]);
    assert!(ran.code == 0 && read("other/sample.csv") != read("one/sample.csv"));
    for alone in [["--sample", "3"], ["--seed", "9"]] {
        assert_eq!(dormant(home.path(), [&["report", &estate, "-o", "no"], &alone[..]].concat()).code, 2);
    }
}
