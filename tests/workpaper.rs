//! The workpaper of an audit: what was tested, how completely, and on which evidence, said on the first sheet and true of the files.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, Xlsx};
use program::{dormant, dump_of, put};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// The audit of a story, in a folder that lives as long as the first value.
fn audit(story: &str, more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("audit");
    let words = ["report", story, "-o", folder.to_str().expect("UTF-8")];
    let ended = dormant(&samples(), words.iter().chain(more));
    assert!(folder.join("manifest.json").exists(), "{}", ended.stderr);
    (home, folder)
}

/// The lines of a sheet, cells joined by blanks.
fn lines(folder: &Path, sheet: &str) -> Vec<String> {
    let mut book: Xlsx<_> = calamine::open_workbook(folder.join("report.xlsx")).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("a sheet");
    let text = |row: &[Data]| {
        row.iter().map(ToString::to_string).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")
    };
    range.rows().map(text).collect()
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).expect("a manifest")).expect("JSON")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn the_first_sheet_says_what_was_tested_when_how_and_where_to_sign() {
    let words = ["--title", "Review of Example Ltd", "--reference", "WP 4.2, A.5.18", "--prepared-by", "R. Auditor"];
    let (_home, folder) = audit("estate", &words);
    let found = lines(&folder, "Workpaper");
    let said = |beginning: &str| found.iter().any(|line| line.starts_with(beginning));
    for beginning in [
        "Review of Example Ltd",
        "Reference, control WP 4.2, A.5.18",
        "Purpose To find",
        "Scope 16 entities with a usable dump in 2 accounts: 11 roles, 2 users, 1 group, 2 policies.",
        "No filter narrows it",
        "Period The dumps that count were made on 2026-07-06.",
        "Completeness Tested against get-account-authorization-details of 111122223333 (2026-07-06), get-account-authorization-details of 444455556666 (2026-07-06).",
        "Of what these lists name, a usable dump exists for 11 of 11 roles, 2 of 4 users, 1 of 1 group and 1 of 5 policies; 6 entities have none.",
        "Method The evidence is",
        "Limits AWS does not record some actions",
        "66 services are to be reviewed: 73 unused and 15 stale, less 22 controlled by AWS.",
        "Evidence 49 inputs: 48 read, 1 skipped, 0 failed.",
        "Conclusion",
        "Prepared by R. Auditor Date Signature",
        "Reviewed by Date Signature",
    ] {
        assert!(said(beginning), "{beginning} is not in {found:#?}");
    }
    // The list of the account has no policy by AWS that nothing holds.
    assert!(!found.iter().any(|line| line.contains("not in the list")), "{found:#?}");
    let method = found.iter().skip_while(|line| !line.starts_with("Method")).take_while(|line| !line.is_empty());
    assert_eq!(method.count(), 6, "six sentences");
    assert_eq!(manifest(&folder)["parameters"]["reference"], "WP 4.2, A.5.18");
    let (_home, narrow) = audit("estate", &["--account", "444455556666", "--type", "role"]);
    assert!(lines(&narrow, "Workpaper").contains(&"Narrowed to accounts: 444455556666; types: role.".to_owned()));
}

#[test]
fn a_date_for_ages_is_not_the_date_of_a_dump() {
    let (_home, folder) = audit("estate", &["--as-of", "2026-08-01"]);
    let said = "The dumps that count were made on 2026-07-06. Ages are counted from 2026-08-01 (--as-of).";
    assert!(lines(&folder, "Workpaper").contains(&format!("Period {said}")));
    let written = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    assert!(written("report.md").contains(said));
    for of_dumps in ["sources.csv", "summary.csv", "diff.csv"] {
        assert!(!written(of_dumps).contains("2026-08-01"), "{of_dumps}");
    }
    for of_rows in ["unused-services.csv", "unused-actions.csv", "entities.csv"] {
        let text = written(of_rows);
        assert!(text.lines().next().expect("a header").contains(",made_at"), "{of_rows}");
        assert!(text.lines().nth(1).expect("a row").contains("2026-07-06T"), "{of_rows}");
    }
    let issues = dormant(&samples(), ["unused", "estate", "--as-of", "2026-08-01", "--format", "jira"]).stdout;
    let of_silence = issues.split(" did not use ").skip(1);
    assert!(of_silence.clone().count() > 0, "{issues}");
    for sentence in of_silence {
        let sentence = sentence.lines().next().expect("a line");
        assert!(sentence.contains("Z, the date of its dump."), "{sentence}");
    }
}

#[test]
fn a_credential_report_is_a_list_of_users() {
    let home = tempfile::tempdir().expect("a folder");
    let day = home.path().join("dumps/2026-08-03");
    fs::create_dir_all(&day).expect("a folder");
    let ann = dump_of("arn:aws:iam::210000000001:user/ann", "2026-08-03", &[("s3", None, &[])]);
    put(day.join("ann.json"), ann.to_string());
    let row = |user: &str, arn: &str| {
        format!("{user},arn:aws:iam::210000000001:{arn},2020-01-01T00:00:00Z,false,N/A,N/A,N/A,false,false,N/A\n")
    };
    let head = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_used_date\n";
    let users = [row("ann", "user/ann"), row("dora", "user/ops/dora")].concat();
    let audited = |report: &str| {
        put(day.join("credential-report.csv"), report);
        let words = ["report", "dumps", "-o", "audit", "--force", "--formats", "md"];
        assert_eq!(dormant(home.path(), words).code, 0);
        fs::read_to_string(home.path().join("audit/report.md")).expect("a report")
    };
    let whole = audited(&[head, &row("<root_account>", "root"), &users].concat());
    for said in
        ["get-credential-report of 210000000001", "1 of 2 users", "Without a usable dump: user/dora of 210000000001"]
    {
        assert!(whole.contains(said), "{said} is not in {whole}");
    }
    assert!(!whole.contains("not tested in accounts") && !whole.contains("in no list"), "{whole}");
    assert!(!whole.contains("is missing, so that"), "{whole}");
    let cut = audited(&[head, &users].concat());
    assert!(cut.contains("1 of 2 users") && cut.contains("the row of the root user, is missing"), "{cut}");
}

#[test]
fn an_entity_without_a_dump_of_the_last_day_is_named_beside_the_changes() {
    let home = tempfile::tempdir().expect("a folder");
    let [stays, goes] = ["stays", "goes"].map(|name| format!("arn:aws:iam::210000000001:role/{name}"));
    let save = |day: &str, arn: &str, used: Option<&'static str>| {
        let name = arn.rsplit('/').next().expect("a name");
        put(home.path().join(format!("dumps/{day}/{name}.json")), dump_of(arn, day, &[("s3", used, &[])]).to_string());
    };
    let changes = || {
        let words = ["report", "dumps", "-o", "audit", "--force", "--formats", "md"];
        assert_eq!(dormant(home.path(), words).code, 0);
        let report = fs::read_to_string(home.path().join("audit/report.md")).expect("a report");
        report.split("## Changes").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a part").to_owned()
    };
    for day in ["2026-02-02", "2026-05-04"] {
        save(day, &stays, Some("2026-02-01T10:00:00Z"));
        save(day, &goes, Some("2026-02-01T10:00:00Z"));
    }
    save("2026-08-03", &stays, Some("2026-02-01T10:00:00Z"));
    let named =
        format!("No dump of the last day of the account, so that an earlier one is compared: {goes} (2026-05-04).");
    assert!(changes().contains(&named), "{}", changes());
    let diffed = dormant(home.path(), ["diff", "dumps", "--from", "2026-02-02", "--to", "2026-08-03"]).stderr;
    assert!(diffed.contains(&named), "{diffed}");
    assert!(!changes().contains("has no dump any more"), "a dump that is missing proves nothing");
    // A use that the new dump does not show is no earlier use.
    save("2026-08-03", &stays, None);
    save("2026-08-03", &goes, Some("2026-02-01T10:00:00Z"));
    let told = changes();
    assert!(!told.contains("No dump of the last day") && !told.contains("earlier use"), "{told}");
    for said in ["1 permission does not show its last use any more", "shows no use of s3 any more, after 2026-02-01"] {
        assert!(told.contains(said), "{said} is not in {told}");
    }
}

#[test]
fn completeness_is_held_against_the_lists_of_accounts() {
    let (_home, folder) = audit("who-grants-it", &[]);
    let found = lines(&folder, "Workpaper");
    let entities = fs::read(folder.join("entities.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(&*entities);
    let names = rows.headers().expect("a head").clone();
    let at = |name: &str| names.iter().position(|of| of == name).expect("a column");
    let missing: Vec<String> = rows
        .records()
        .map(|row| row.expect("a row"))
        .filter(|row| &row[at("missing")] == "true")
        .map(|row| format!("{}/{} of {}", &row[at("entity_type")], &row[at("entity_name")], &row[at("account_id")]))
        .collect();
    assert!(missing.len() >= 2, "{missing:?}");
    let line = found.iter().find(|line| line.starts_with("Without a usable dump: ")).expect("names");
    for name in &missing {
        assert!(line.contains(name), "{name} is not in {line}");
    }
    assert_eq!(line.matches(" of ").count(), missing.len(), "{line}");
    assert!(found.iter().any(|line| line.contains("a usable dump exists for 4 of 6 roles")), "{found:#?}");
    // Filters narrow what there is to be tested.
    let (_home, narrow) = audit("who-grants-it", &["--type", "user"]);
    let found = lines(&narrow, "Workpaper");
    assert!(
        found.iter().any(|line| line.contains("a usable dump exists for 1 of 1 user; 0 entities have none.")),
        "{found:#?}"
    );
    assert!(!found.iter().any(|line| line.contains(" of 6 roles")));
}

#[test]
fn a_list_that_is_older_than_the_dumps_says_so() {
    let role = |name: &str| {
        serde_json::json!({"Arn": format!("arn:aws:iam::111122223333:role/{name}"), "RoleName": name,
        "RoleId": "AROAEXAMPLEEXAMPLE00", "Path": "/", "CreateDate": "2020-01-01T00:00:00Z"})
    };
    let list = |roles: &[&str]| serde_json::json!({"Roles": roles.iter().map(|name| role(name)).collect::<Vec<_>>(), "IsTruncated": false});
    let of = |lists: &[(&str, &[&str])]| {
        let home = tempfile::tempdir().expect("a folder");
        let arn = "arn:aws:iam::111122223333:role/one";
        put(home.path().join("in/2026-05-04/one.json"), dump_of(arn, "2026-05-04", &[("s3", None, &[])]).to_string());
        for (path, roles) in lists {
            put(home.path().join("in").join(path), list(roles).to_string());
        }
        let ended = dormant(home.path(), ["report", "in", "-o", "audit"]);
        assert!(home.path().join("audit").exists(), "{}", ended.stderr);
        fs::read_to_string(home.path().join("audit/report.md")).expect("a report")
    };
    let old = of(&[("2026-04-01/list-roles.json", &["one"])]);
    assert!(old.contains("Tested against list-roles of 111122223333 (2026-04-01)."), "{old}");
    let older = "Older than the dumps, so that entities that were created since are not in it: \
                 list-roles of 111122223333 (2026-04-01), dumps until 2026-05-04.";
    assert!(old.contains(older), "{old}");
    let new = of(&[("2026-05-04/list-roles.json", &["one"]), ("2026-04-01/list-roles.json", &["one", "deleted"])]);
    let new = new.replace('\n', " ");
    assert!(
        new.contains(
            "(2026-05-04). Of what these lists name, a usable dump exists for 1 of 1 role; 0 entities have none."
        ),
        "{new}"
    );
    assert!(!new.contains("Older than the dumps"), "{new}");
    let undated = of(&[("list-roles.json", &["one"])]);
    assert!(
        undated.contains("Without a date, so that entities may have been created since: list-roles of 111122223333."),
        "{undated}"
    );
}

#[test]
fn an_inventory_without_its_last_page_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let arn = "arn:aws:iam::111122223333:role/one";
    let list = serde_json::json!({
        "Roles": [
            {"Arn": arn, "RoleName": "one", "CreateDate": "2020-01-01T00:00:00Z"},
            {"Arn": "arn:aws:iam::111122223333:role/two", "RoleName": "two", "CreateDate": "2020-01-01T00:00:00Z"}
        ],
        "IsTruncated": true,
        "Marker": "more"
    });
    let dump = serde_json::json!({
        "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "JobCreationDate": "2026-07-06T00:00:00Z",
        "JobCompletionDate": "2026-07-06T00:00:10Z", "IsTruncated": false,
        "ServicesLastAccessed": [{"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}]
    });
    let answers = serde_json::json!({ arn: dump });
    fs::create_dir(home.path().join("in")).expect("a folder");
    fs::write(home.path().join("in/roles.json"), list.to_string()).expect("written");
    fs::write(home.path().join("in/dumps.json"), answers.to_string()).expect("written");
    let ended = dormant(home.path(), ["report", "in", "-o", "audit"]);
    assert!(home.path().join("audit").exists(), "{}", ended.stderr);
    let found = lines(&home.path().join("audit"), "Workpaper");
    let said = |text: &str| found.iter().any(|line| line.ends_with(text));
    assert!(said("a usable dump exists for 1 of 2 roles; 1 entity has none."), "{found:#?}");
    let untested = "Completeness was not tested where no list was saved: users, groups and policies of 111122223333.";
    assert!(said(untested), "{found:#?}");
    dormant(home.path(), ["report", "in", "-o", "narrow", "--type", "role"]);
    assert!(!lines(&home.path().join("narrow"), "Workpaper").iter().any(|line| line.contains("no list was saved")));
    assert!(
        said(
            "A last page, or the row of the root user, is missing, so that there may be more entities than named, of: list-roles of 111122223333."
        ),
        "{found:#?}"
    );
}

#[test]
fn each_source_has_its_hash_and_the_list_has_one() {
    let (_home, folder) = audit("estate", &[]);
    let sources = fs::read(folder.join("sources.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(&*sources);
    let names = rows.headers().expect("a head").clone();
    let at = |name: &str| names.iter().position(|of| of == name).expect("a column");
    let mut seen = 0;
    for row in rows.records().map(|row| row.expect("a row")) {
        // Below the folder that was named: where it lies is not in the table.
        let bytes = fs::read(samples().join("estate").join(&row[at("source")])).expect("an input");
        assert_eq!(&row[at("sha256")], sha256(&bytes), "{row:?}");
        assert_eq!(row[at("bytes")].parse(), Ok(bytes.len()), "{row:?}");
        seen += 1;
    }
    assert_eq!(seen, 49);
    // As `sha256sum` prints it, in the order of the manifest.
    let manifest = manifest(&folder);
    let inputs = manifest["input_files"].as_array().expect("inputs");
    let line = |input: &Value| {
        let (hash, source) = (input["sha256"].as_str().expect("a hash"), input["path"].as_str().expect("a path"));
        format!("{hash}  {source}\n")
    };
    let list: String = inputs.iter().map(line).collect();
    let hash = sha256(list.as_bytes());
    assert!(lines(&folder, "Workpaper").iter().any(|line| line.ends_with(&hash)), "{hash} is not on the workpaper");
}

/// The rows of a sheet, its head first, each cell by the label of its column.
fn table(folder: &Path, sheet: &str, first: &str) -> Vec<BTreeMap<String, String>> {
    let mut book: Xlsx<_> = calamine::open_workbook(folder.join("report.xlsx")).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("a sheet");
    let mut rows = range.rows().skip_while(|row| row[0] != *first || row[1] == Data::Empty);
    let head: Vec<String> = rows.next().expect("a head").iter().map(ToString::to_string).collect();
    rows.map(|row| head.iter().cloned().zip(row.iter().map(ToString::to_string)).collect()).collect()
}

/// Who decides by entity sees how many rows of the two other sheets the decision is about.
#[test]
fn an_entity_has_the_number_of_its_rows_to_review_beside_it() {
    for story in ["estate", "two-accounts", "who-grants-it", "truncated"] {
        let (_home, folder) = audit(story, &[]);
        let key = |row: &BTreeMap<String, String>| [&row["Entity"], &row["Account"]].map(Clone::clone);
        let of = |sheet: &str| {
            let mut counts: BTreeMap<[String; 2], u64> = BTreeMap::new();
            for row in table(&folder, sheet, "Entity") {
                *counts.entry(key(&row)).or_default() += 1;
            }
            counts
        };
        let (services, actions) = (of("Unused services"), of("Unused actions"));
        let entities = table(&folder, "Entities", "Entity");
        let mut seen = 0;
        for row in &entities {
            for (label, counts) in [("Services to review", &services), ("Actions to review", &actions)] {
                let count = counts.get(&key(row)).copied().unwrap_or(0);
                assert_eq!(row[label], count.to_string(), "{story}: {label} of {row:?}");
                seen += count;
            }
        }
        assert_eq!(
            seen,
            services.values().chain(actions.values()).sum::<u64>(),
            "{story}: rows of entities that are not listed"
        );
        assert!(seen > 0, "{story}");
    }
}

/// The parts of the workbook that are sheets, with what they check while somebody types.
fn checks(folder: &Path, sheet: &str) -> Vec<String> {
    let mut package = zip::ZipArchive::new(fs::File::open(folder.join("report.xlsx")).expect("a file")).expect("a ZIP");
    let mut part = |name: &str| {
        let mut text = String::new();
        package.by_name(name).expect("a part").read_to_string(&mut text).expect("UTF-8");
        text
    };
    let book = part("xl/workbook.xml");
    let at =
        book.split("<sheet name=\"").skip(1).position(|rest| rest.starts_with(&format!("{sheet}\""))).expect(sheet);
    let text = part(&format!("xl/worksheets/sheet{}.xml", at + 1));
    let rules = text.split("<dataValidation ").skip(1);
    rules.map(|rule| rule.split("</dataValidation>").next().expect("an end").to_owned()).collect()
}

/// The day in Due, and that of a test, is a date and none before the newest dump; the words are those of a list.
#[test]
fn what_is_filled_in_is_checked_while_it_is_typed() {
    let (_home, folder) = audit("estate", &["--sample", "3", "--seed", "1"]);
    // 2026-07-06, the day of the newest dump, in the days that a workbook counts.
    let newest = chrono::NaiveDate::from_ymd_opt(2026, 7, 6).expect("a day");
    let newest = (newest - chrono::NaiveDate::from_ymd_opt(1899, 12, 30).expect("a day")).num_days();
    for (sheet, words, label, file) in [
        ("Entities", "remove,keep,ask", "Due", "entities"),
        ("Unused services", "remove,keep,ask", "Due", "unused-services"),
        ("Unused actions", "remove,keep,ask", "Due", "unused-actions"),
        ("Sample", "confirmed,differs,not tested", "Tested on", "sample"),
    ] {
        let mut csv = csv::Reader::from_path(folder.join(format!("{file}.csv"))).expect("rows");
        let rows = csv.records().count();
        let checks = checks(&folder, sheet);
        assert_eq!(checks.len(), 2, "{sheet}: {checks:#?}");
        let found = table(&folder, sheet, "Entity");
        assert_eq!(found.len(), rows, "{sheet}");
        assert!(checks[0].contains("type=\"list\"") && checks[0].contains(&format!("\"{words}\"")), "{}", checks[0]);
        let day = &checks[1];
        assert!(day.contains("type=\"date\"") && day.contains("operator=\"greaterThanOrEqual\""), "{day}");
        assert!(day.contains(&format!("<formula1>{newest}</formula1>")), "{day} does not begin with {newest}");
        assert!(day.contains(&format!("errorTitle=\"{label}\"")), "{day}");
        for check in &checks {
            let place = check.split("sqref=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a place");
            let rows_of: Vec<usize> = place
                .split(':')
                .map(|cell| cell.trim_start_matches(char::is_alphabetic).parse().expect("a row"))
                .collect();
            assert_eq!(rows_of[1] - rows_of[0] + 1, rows, "{sheet}: {place} is not every row");
        }
    }
}

#[test]
fn the_sheet_of_the_sample_has_room_for_what_is_found() {
    let (_home, folder) = audit("estate", &["--sample", "4", "--seed", "2"]);
    let rows = table(&folder, "Sample", "Entity");
    let mut csv = csv::Reader::from_path(folder.join("sample.csv")).expect("a sample");
    assert_eq!(rows.len(), csv.records().count());
    for row in &rows {
        for label in ["Result", "Tested by", "Tested on", "Remark"] {
            assert_eq!(row[label], "", "{label} of {row:?}");
        }
        assert!(
            !row["Entity"].is_empty() && !row["Service or action"].is_empty() && !row["Verdict"].is_empty(),
            "{row:?}"
        );
    }
    // No decision stands there: an import passes the sheet by.
    let decisions = folder.join("decisions.csv");
    let words = ["import-decisions", folder.join("report.xlsx").to_str().expect("UTF-8"), "-o"].map(str::to_owned);
    let ran = dormant(&samples(), words.iter().map(String::as_str).chain([decisions.to_str().expect("UTF-8")]));
    assert!(!ran.stderr.contains("Sample"), "{ran:?}");
    let found = lines(&folder, "Workpaper");
    assert!(found.iter().any(|line| line.contains("The sheet Sample has the strata, and room")), "{found:#?}");
}

/// The lines of two pages of A4 in the usual size.
const TWO_PAGES: usize = 118;

/// The lines of 100 characters that a page takes, and its words. The rule below the head of a table is drawn and takes none.
fn length(page: &str) -> (usize, usize) {
    let wrapped = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split(' ') {
            let length = word.chars().count();
            (lines, used) =
                if used > 0 && used + length > 100 { (lines + 1, length + 1) } else { (lines, used + length + 1) };
        }
        lines
    };
    let is_word = |word: &&str| word.contains(char::is_alphanumeric);
    (
        page.lines().filter(|line| !line.starts_with("| ---")).map(wrapped).sum(),
        page.split_whitespace().filter(is_word).count(),
    )
}

/// A thousand entities in eight accounts, two of them without a dump each, of two dates.
#[test]
fn the_markdown_report_of_a_large_estate_is_no_longer() {
    let home = tempfile::tempdir().expect("a folder");
    for account in 0..8 {
        let id = format!("11112222{account:04}");
        for role in 0..40 {
            let arn = format!("arn:aws:iam::{id}:role/service-with-a-long-name-of-team-{role:03}");
            for day in ["2026-01-05", "2026-05-04"] {
                let used = (day == "2026-05-04" && role % 3 == 0).then_some("2026-04-30");
                let services = [("s3", used, &[][..]), ("iam", None, &[]), ("ec2", None, &[])];
                let place = home.path().join(format!("in/{day}/{id}/{role}.json"));
                put(place, dump_of(&arn, day, &services).to_string());
            }
        }
        let roles: Vec<Value> = (0..60)
            .map(|role| {
                let name = format!("service-with-a-long-name-of-team-{role:03}");
                serde_json::json!({"Arn": format!("arn:aws:iam::{id}:role/{name}"), "RoleName": name, "CreateDate": "2020-01-01T00:00:00Z"})
            })
            .collect();
        let list = serde_json::json!({"Roles": roles, "IsTruncated": false});
        put(home.path().join(format!("in/2026-05-04/{id}/list-roles.json")), list.to_string());
        put(home.path().join(format!("in/2026-05-04/{id}/broken.json")), "{\"JobStatus\": ");
    }
    let ended = dormant(home.path(), ["report", "in", "-o", "audit"]);
    let page = fs::read_to_string(home.path().join("audit/report.md")).expect(&ended.stderr);
    let (lines, words) = length(&page);
    assert!(lines <= TWO_PAGES && words <= 900, "{lines} lines of 100 characters, {words} words: {page}");
    assert!(page.contains("a usable dump exists for 320 of 480 roles; 160 entities have none."), "{page}");
}

/// Options of AWS's client, for an answer that has to be saved again.
const OF_AWS: [&str; 4] = ["--output", "--no-paginate", "--marker", "--max-items"];

/// Who reads a workbook or a saved page does not run this program. What is to be done about an input is for who made the audit.
#[test]
fn no_sheet_and_no_page_names_an_option() {
    let is_option = |text: &str| {
        let of_ours = text.contains("`dormant ") || text.contains("dormant check");
        of_ours
            || text
                .split([' ', '(', '`'])
                .filter(|word| !OF_AWS.contains(word))
                .any(|word| word.starts_with("--") && word[2..].starts_with(char::is_alphabetic))
    };
    for story in ["estate", "broken", "truncated", "who-grants-it"] {
        let (_home, folder) = audit(story, &["--sample", "3", "--seed", "1"]);
        let page = fs::read_to_string(folder.join("report.md")).expect("Markdown");
        let found: Vec<&str> = page.lines().filter(|line| is_option(line)).collect();
        assert!(found.is_empty(), "{story}: {found:#?}");
        let book: Xlsx<_> = calamine::open_workbook(folder.join("report.xlsx")).expect("a workbook");
        // The advice of these two is for who made the audit.
        for sheet in
            book.sheet_names().into_iter().filter(|name| !["Problems", "Summary", "Sources"].contains(&name.as_str()))
        {
            let found: Vec<String> = lines(&folder, &sheet).into_iter().filter(|line| is_option(line)).collect();
            assert!(found.is_empty(), "{story}, {sheet}: {found:#?}");
        }
    }
}

#[test]
fn the_markdown_report_is_two_pages_and_says_all_that_matters() {
    for story in ["estate", "broken", "truncated", "who-grants-it", "hostile-names", "seed-article"] {
        let (_home, folder) = audit(story, &["--title", "Review | of <b>", "--prepared-by", "R. Auditor"]);
        let page = fs::read_to_string(folder.join("report.md")).expect("Markdown");
        let (lines, words) = length(&page);
        assert!(lines <= TWO_PAGES && words <= 900, "{story}: {lines} lines of 100 characters, {words} words");
        assert!(page.starts_with("# Review \\| of &lt;b&gt;\n\nPrepared by: R. Auditor\n"), "{story}: {page}");
        let headings =
            ["Scope", "Result", "Review first", "Limits", "Problems", "Where the rest is", "How this was made"];
        let places: Vec<_> = headings.iter().map(|of| page.find(&format!("\n## {of}\n")).unwrap_or_default()).collect();
        assert!(places.is_sorted() && places[0] > 0, "{story}: {places:?}");
    }
    // What is incomplete is said beside the result.
    let (_home, folder) = audit("truncated", &[]);
    let page = fs::read_to_string(folder.join("report.md")).expect("Markdown");
    let result =
        page.split("## Result").nth(1).and_then(|rest| rest.split("## Review first").next()).expect("a result");
    assert!(result.contains("incomplete"), "{result}");
}

/// An answer about services, none of which was used.
fn silent(day: &str, services: &[&str], more: &serde_json::Value) -> String {
    let rows: Vec<Value> = services
        .iter()
        .map(|name| serde_json::json!({"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 0}))
        .collect();
    let mut answer = serde_json::json!({"JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "IsTruncated": false,
        "JobCreationDate": format!("{day}T06:00:00Z"), "JobCompletionDate": format!("{day}T06:01:00Z"), "ServicesLastAccessed": rows});
    let members = answer.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    answer.to_string()
}

#[test]
fn what_has_no_account_or_no_usable_dump_is_in_every_count() {
    let home = tempfile::tempdir().expect("a folder");
    let put = |path: &str, text: String| {
        let path = home.path().join("in").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("written");
    };
    let nothing = serde_json::json!({});
    for day in ["2026-03-02", "2026-05-04"] {
        put(&format!("{day}/111122223333/roles/deploy.json"), silent(day, &["s3", "iam"], &nothing));
    }
    put("2026-05-04/444455556666/roles/deploy.json", silent("2026-05-04", &["s3"], &nothing));
    put("2026-05-04/444455556666/roles/other.json", silent("2026-05-04", &["s3"], &nothing));
    put(
        "2026-05-04/111122223333/roles/failed.json",
        silent("2026-05-04", &[], &serde_json::json!({"JobStatus": "FAILED"})),
    );
    put("misc/who knows.json", silent("2026-05-04", &["s3"], &nothing));
    let ended = dormant(home.path(), ["report", "in", "-o", "audit"]);
    let folder = home.path().join("audit");
    let page = fs::read_to_string(folder.join("report.md")).expect(&ended.stderr);
    let scope = "4 entities with a usable dump, 3 in 2 accounts and 1 in no known account: 3 roles, 1 of unknown type.";
    assert!(page.contains(scope), "{page}");
    assert!(page.contains("1 entity without a usable dump."), "{page}");
    // It is one of the numbers, and is not told twice.
    assert!(page.contains("- 1 dump is incomplete: ") && !page.contains("dumps is incomplete ("), "{page}");
    // An account with the dumps of one day is not compared with itself.
    assert!(page.contains("Between the first day and the last of each account"), "{page}");
    assert!(page.contains("all dumps of an account are of one day: dumps without an account, 444455556666."), "{page}");
    let changes = fs::read_to_string(folder.join("diff.csv")).expect("a table");
    assert!(!changes.contains("444455556666"), "{changes}");
    // The account of a holder is always named.
    assert!(page.contains("1 entity: deploy (111122223333)"), "{page}");
    let sheet = lines(&folder, "Workpaper").join("\n");
    assert!(sheet.contains(scope), "{sheet}");
    assert!(sheet.contains("From an incomplete dump, only the rows that it lists count."), "{sheet}");
    assert!(!sheet.contains("could not be read or assigned counts for nothing"), "{sheet}");
    let overview = dormant(home.path(), ["overview", "in"]).stdout;
    assert!(overview.contains("3 entities in 2 accounts and 1 in none"), "{overview}");
}

#[test]
fn an_account_of_the_organization_without_a_dump_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let account = |id: &str, name: &str| {
        json!({"Id": id, "Arn": format!("arn:aws:organizations::111122223333:account/o-x/{id}"), "Name": name,
        "Status": "ACTIVE", "Email": "a@example.com", "JoinedMethod": "CREATED", "JoinedTimestamp": "2018-01-01T00:00:00Z"})
    };
    let listed = json!({"Accounts": [account("111122223333", "Shop"), account("510000000004", "Sandbox")]});
    put(home.path().join("dumps/list-accounts.json"), listed.to_string());
    let dump = dump_of("arn:aws:iam::111122223333:role/a", "2026-03-02", &[("sqs", None, &[])]);
    put(home.path().join("dumps/a.json"), dump.to_string());
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit", "--formats", "md,xlsx"]).code, 0);
    let wanted = "1 account of the organization has no usable dump: 510000000004 (Sandbox).";
    let report = fs::read_to_string(home.path().join("audit/report.md")).expect("written");
    assert!(report.contains(wanted), "{report}");
    assert!(lines(&home.path().join("audit"), "Workpaper").iter().any(|line| line.contains(wanted)));
}

#[test]
fn an_audit_of_nothing_says_so() {
    for (narrowed, warning) in [
        (["--account", "111122223334"], "no input is about the account `111122223334`"),
        (["--entity", "AdminRol"], "no entity matches `AdminRol`"),
        (["--at", "2020-01-01"], "no dump was made by 2020-01-01"),
    ] {
        let (_home, folder) = audit("estate", &narrowed);
        let report = fs::read_to_string(folder.join("report.md")).expect("written");
        assert!(report.replace('\\', "").contains(warning), "{report}");
        assert!(report.contains("## Review first\n\nNothing could be judged: no usable dump "), "{report}");
        for untrue in ["nothing changed", "no list of the entities of an account", "Nothing: "] {
            assert!(!report.contains(untrue), "{untrue} is in {report}");
        }
        assert!(lines(&folder, "Summary").iter().any(|line| line.starts_with("Nothing could be judged: ")));
        assert!(lines(&folder, "Problems").iter().any(|line| line.contains(warning)));
        assert_eq!(manifest(&folder)["problems"]["unmatched-filter"], 1);
    }
}

#[test]
fn the_same_warning_does_not_hide_another_one() {
    let home = tempfile::tempdir().expect("a folder");
    for at in 0..8 {
        let mut dump = dump_of(&format!("arn:aws:iam::111122223333:role/r{at}"), "2026-03-02", &[("sqs", None, &[])]);
        let object = dump.as_object_mut().expect("an object");
        object.remove("JobCreationDate");
        object.remove("JobCompletionDate");
        put(home.path().join(format!("dumps/2026-03-02/a{at}.json")), dump.to_string());
    }
    let mut unnamed = dump_of("", "2026-03-02", &[("sqs", None, &[])]);
    unnamed.as_object_mut().expect("an object").remove("Arn");
    put(home.path().join("dumps/zz.json"), unnamed.to_string());
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit", "--formats", "md"]).code, 0);
    let report = fs::read_to_string(home.path().join("audit/report.md")).expect("written");
    let (_, warnings) = report.split_once("### Warnings").expect("warnings");
    assert!(warnings.contains("zz.json"), "{report}");
}

#[test]
fn an_audit_is_about_whole_entities_at_one_time() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("audit");
    let options: [&[&str]; 8] = [
        &["--service", "s3"],
        &["--action", "s3:*"],
        &["--region", "us-east-1"],
        &["--verdict", "stale"],
        &["--within", "30d"],
        &["--used"],
        &["--unused"],
        &["--snapshots", "all"],
    ];
    for narrowed in options {
        let words = [&["report", "estate", "-o", folder.to_str().expect("UTF-8")], narrowed].concat();
        let ran = dormant(&samples(), words);
        assert!(ran.code == 2 && ran.stderr.contains(&format!("leave {} out", narrowed[0])), "{ran:?}");
    }
    let nothing = fs::read_dir(home.path()).expect("a folder").count();
    assert_eq!(nothing, 0, "nothing is written");
}

#[test]
fn what_a_cut_dump_does_not_list_is_judged_by_an_older_one() {
    let home = tempfile::tempdir().expect("a folder");
    let role = "arn:aws:iam::111122223333:role/api";
    let whole = dump_of(role, "2026-04-15", &[("ec2", None, &[]), ("sqs", None, &[])]);
    let mut cut = dump_of(role, "2026-07-20", &[("ec2", Some("2026-07-15T08:00:00Z"), &[])]);
    (cut["IsTruncated"], cut["Marker"]) = (json!(true), json!("m"));
    put(home.path().join("dumps/april.json"), whole.to_string());
    put(home.path().join("dumps/july.json"), cut.to_string());
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit", "--formats", "md,xlsx"]).code, 3);
    let report = fs::read_to_string(home.path().join("audit/report.md")).expect("written");
    for said in
        ["is judged by an older dump that lists it", "1 is unused", "were made between 2026-04-15 and 2026-07-20"]
    {
        assert!(report.contains(said), "{said}: {report}");
    }
    assert!(!report.contains("is unknown, not unused"), "{report}");
    let explained = dormant(home.path(), ["explain", "dumps", "--entity", "api"]);
    let advice = "Save a new dump of it first: its dump of 2026-07-20 is incomplete (truncated)";
    assert!(explained.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(advice), "{explained:?}");
}

#[test]
fn a_report_names_the_files_that_are_there() {
    for (formats, named, absent) in [
        ("md", [].as_slice(), ["report.html", "report.xlsx", "sources.csv", "workbook"].as_slice()),
        ("md,html", &["`report.html` has the tables."], &["report.xlsx", "sources.csv", "workbook"]),
        ("md,xlsx", &["`report.xlsx` has the tables, a workpaper to sign"], &["report.html", "sources.csv"]),
        ("md,csv", &["sources.csv"], &["report.html", "report.xlsx", "workbook"]),
    ] {
        let (_home, folder) =
            audit("estate", &["--formats", formats, "--max-rows", "1", "--sample", "1", "--seed", "1"]);
        let report = fs::read_to_string(folder.join("report.md")).expect("written");
        // The options are quoted at the end.
        let report = report.split("## How this was made").next().expect("a beginning");
        assert!(named.iter().all(|said| report.contains(said)), "{formats}: {report}");
        assert!(!absent.iter().any(|file| report.contains(file)), "{formats}: {report}");
    }
}

#[test]
fn what_cannot_be_taken_away_is_not_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut nameless = dump_of("arn:aws:iam::111122223333:role/x", "2026-07-20", &[("sqs", None, &[])]);
    nameless.as_object_mut().expect("an object").remove("Arn");
    put(home.path().join("nameless/answer.json"), nameless.to_string());
    dormant(home.path(), ["report", "nameless", "-o", "audit", "--formats", "md"]);
    let report = fs::read_to_string(home.path().join("audit/report.md")).expect("written");
    assert!(
        report.contains("1 service is to be reviewed") && report.contains("to dumps that tell no entity"),
        "{report}"
    );
}
