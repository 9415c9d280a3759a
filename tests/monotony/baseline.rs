//! `--baseline`: a finding counts as new exactly if it was not there before, and no loss of evidence makes a row newly unused.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::estates::Estate;
use crate::said::{Cells, program, run};

/// An entity, a service and an action; a service has no action.
type Finding = [String; 3];

fn finding(row: &Cells) -> Finding {
    let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
    let label = || format!("{} {}/{}", cell("account_id"), cell("entity_type"), cell("entity_name"));
    let entity = if cell("entity_arn").is_empty() { label() } else { cell("entity_arn") };
    [entity, cell("service_namespace").to_lowercase(), cell("action_name").to_lowercase()]
}

/// What `unused` lists at both levels.
fn findings(folder: &Path, options: &str) -> Vec<Cells> {
    let of = |level| run(folder, &format!("unused a b --level {level} {options}"));
    [of("service"), of("action")].concat()
}

/// How many findings the program calls new.
fn count_new(folder: &Path, level: &str, baseline: &str, stale_after: &str) -> Result<usize, String> {
    let line = format!("unused a b --level {level} --stale-after {stale_after} --fail-on new --baseline {baseline}");
    let output = Command::new(program()).args(line.split(' ')).current_dir(folder).output().expect("runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let said = stderr.lines().find_map(|line| {
        line.strip_prefix("note: ")?.split_once(" of ").filter(|(_, rest)| rest.contains(" not there "))
    });
    said.and_then(|(new, _)| new.parse().ok()).ok_or_else(|| format!("{line}: {stderr}"))
}

/// What is wrong with `--baseline` where `before` is what was known then, and `is_weaker` says that nothing can be newly unused.
pub fn baseline(before: &Estate, after: &Estate, is_weaker: bool, stale_after: &str) -> Vec<String> {
    let (was, is) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (was, is) = (was.path(), is.path());
    before.write(was);
    after.write(is);
    let options = format!("--stale-after {stale_after}");
    let audit = format!("report a b -o audit --formats csv {options}");
    let made = Command::new(program()).args(audit.split(' ')).current_dir(was).output().expect("runs");
    if made.status.code() == Some(1) {
        // No usable dump is left.
        return Vec::new();
    }
    let known: BTreeSet<Finding> = findings(was, &options).iter().map(finding).collect();
    let is_new = |row: &&Cells| {
        let [entity, service, action] = finding(row);
        let of_service = [entity.clone(), service.clone(), String::new()];
        !known.contains(&of_service) && !known.contains(&[entity, service, action])
    };
    let now = findings(is, &options);
    let new: Vec<&Cells> = now.iter().filter(is_new).collect();
    let mut wrong: Vec<String> = Vec::new();
    if is_weaker {
        let unused = new.iter().filter(|row| row["verdict"] == "unused" && !row["entity_arn"].is_empty());
        wrong.extend(unused.map(|row| format!("newly unused after a loss: {}", finding(row).join(" "))));
    }
    let audit = was.join("audit").display().to_string();
    for level in ["service", "action"] {
        let is_of = |row: &&&Cells| (level == "action") == row.get("action_name").is_some_and(|name| !name.is_empty());
        let counted = new.iter().filter(is_of).count();
        match count_new(is, level, &audit, stale_after) {
            Ok(said) if said == counted => {}
            Ok(said) => wrong.push(format!("{level}: {said} are called new, and {counted} are")),
            Err(_) if now.is_empty() => {}
            Err(failed) => wrong.push(failed),
        }
    }
    wrong
}
