//! Every definition of `docs/reports.md` on the smallest input that shows it: `tests/evidence/CASE/in` holds the files, and `case.json` the
//! rules that decide, the reason in words, and the cells that must come out.
//!
//! A check is a command that runs in `in/`, the cells by which a row is found, a column, and the values that are right. `ABSENT` means
//! that no such row may stand there. Where several rows fit, all of them must be right.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    rules: Vec<u32>,
    why: String,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    command: String,
    #[serde(rename = "where")]
    row: BTreeMap<String, String>,
    column: String,
    right: Vec<String>,
    /// 0 or 3 where it is not given: files with gaps are no failure of the program.
    exit: Option<i32>,
    /// What the command has to say beside the rows, on stderr.
    says: Option<String>,
}

/// What one command printed.
struct Printed {
    exit: Option<i32>,
    rows: Vec<BTreeMap<String, String>>,
    stderr: String,
}

fn print(command: &str, folder: &Path) -> Printed {
    let arguments = shlex::split(command).expect("a command with its quotes closed");
    let mut program = Command::new(env!("CARGO_BIN_EXE_dormant"));
    let output = program.args(arguments).args(["--format", "csv"]).current_dir(folder).output().expect("runs");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().expect("CSV").clone();
    let row =
        |record: csv::StringRecord| header.iter().zip(&record).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let rows = reader.records().map(|record| row(record.expect("CSV"))).collect();
    Printed { exit: output.status.code(), rows, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
}

/// What is wrong with what was printed, in words; nothing where the check holds.
fn fault(check: &Check, printed: &Printed) -> Option<String> {
    let exit_is_right = match check.exit {
        Some(code) => printed.exit == Some(code),
        None => matches!(printed.exit, Some(0 | 3)),
    };
    if !exit_is_right {
        let first = printed.stderr.lines().next().unwrap_or_default();
        return Some(format!("exit code is {:?}, right is {:?}: {first}", printed.exit, check.exit.unwrap_or(0)));
    }
    if let Some(says) = check.says.as_ref().filter(|says| !printed.stderr.contains(says.as_str())) {
        return Some(format!("it does not say {says:?}, but {:?}", printed.stderr));
    }
    let fits = |row: &&BTreeMap<String, String>| check.row.iter().all(|(name, cell)| row.get(name) == Some(cell));
    let said: Vec<_> = printed
        .rows
        .iter()
        .filter(fits)
        .map(|row| row.get(&check.column).map_or("NO SUCH COLUMN", |cell| cell))
        .collect();
    let said = if said.is_empty() { vec!["ABSENT"] } else { said };
    let wrong = said.iter().find(|cell| !check.right.iter().any(|right| right == *cell))?;
    Some(format!("{} is {wrong:?}, right is {}", check.column, check.right.join(" or ")))
}

/// The faults of one case, each with its command and row.
fn faults(folder: &Path) -> (usize, Vec<String>) {
    let text = fs::read_to_string(folder.join("case.json")).expect("a case.json");
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    assert!(!case.rules.is_empty() && !case.why.is_empty() && !case.checks.is_empty(), "{} is empty", folder.display());
    let mut printed: BTreeMap<&str, Printed> = BTreeMap::new();
    let mut wrong = Vec::new();
    for check in &case.checks {
        let printed = printed.entry(&check.command).or_insert_with(|| print(&check.command, &folder.join("in")));
        if let Some(fault) = fault(check, printed) {
            let row: Vec<_> = check.row.iter().map(|(name, cell)| format!("{name}={cell}")).collect();
            wrong.push(format!("    dormant {} [{}]: {fault}", check.command, row.join(" ")));
        }
    }
    if !wrong.is_empty() {
        let name = folder.file_name().expect("a name").to_string_lossy();
        wrong.insert(0, format!("{name} (rules {:?}): {}", case.rules, case.why));
    }
    (case.checks.len(), wrong)
}

#[test]
fn every_case_is_judged_by_its_definition() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence");
    let entries = fs::read_dir(root).expect("tests/evidence").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.join("case.json").exists()).collect();
    cases.sort();
    // `EVIDENCE=granted` runs the cases whose names contain it.
    let only = std::env::var("EVIDENCE").unwrap_or_default();
    cases.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(&only)));
    assert!(!cases.is_empty() && (!only.is_empty() || cases.len() >= 90), "only {} cases found", cases.len());
    let found: Vec<_> = cases.iter().map(|case| faults(case)).collect();
    let checks: usize = found.iter().map(|(checks, _)| checks).sum();
    let wrong: Vec<_> = found.into_iter().flat_map(|(_, wrong)| wrong).collect();
    let faults = wrong.iter().filter(|line| line.starts_with(' ')).count();
    assert!(wrong.is_empty(), "{faults} of {checks} checks in {} cases are wrong\n{}", cases.len(), wrong.join("\n"));
}

/// A `rows` block of `docs/evidence.md`: the command, its exit code where it is given, the columns shown and the rows.
struct Block<'a> {
    command: &'a str,
    exit: Option<i32>,
    columns: Vec<&'a str>,
    rows: Vec<&'a str>,
}

fn block(text: &str) -> Block<'_> {
    let mut lines = text.lines();
    let command = lines.next().and_then(|line| line.strip_prefix("$ dormant ")).expect("a command");
    let mut lines = lines.peekable();
    let exit = lines.next_if(|line| line.starts_with("? ")).map(|line| line[2..].parse().expect("an exit code"));
    Block { command, exit, columns: lines.next().expect("a header").split(',').collect(), rows: lines.collect() }
}

fn differs(block: &Block<'_>) -> Option<String> {
    let printed = print(block.command, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence"));
    let exit_is_right = block.exit.map_or(matches!(printed.exit, Some(0 | 3)), |code| printed.exit == Some(code));
    let cell = |row: &BTreeMap<String, String>, column: &str| {
        row.get(column).map_or("NO SUCH COLUMN".to_owned(), Clone::clone)
    };
    let line = |row| block.columns.iter().map(|column| cell(row, column)).collect::<Vec<_>>().join(",");
    let (mut found, mut right): (Vec<_>, Vec<_>) = (printed.rows.iter().map(line).collect(), block.rows.clone());
    found.sort();
    right.sort_unstable();
    let same = exit_is_right && found == right;
    (!same).then(|| {
        format!("$ dormant {}\n  exit code {:?}, rows {found:?}\n  right is {right:?}", block.command, printed.exit)
    })
}

#[test]
fn every_example_of_the_page_is_true() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/evidence.md")).expect("docs/evidence.md");
    let texts = page.split("```rows\n").skip(1).map(|text| text.split("\n```").next().expect("a block ends"));
    let blocks: Vec<_> = texts.map(block).collect();
    assert!(blocks.len() > 30, "only {} examples", blocks.len());
    let wrong: Vec<_> = blocks.iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{} of {} examples are wrong\n{}", wrong.len(), blocks.len(), wrong.join("\n"));
}
