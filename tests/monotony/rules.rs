//! What may not happen between two answers.

use std::collections::BTreeSet;

use crate::estates::{self, Answer, Beside, DAY, Estate, Shape, State};
use crate::said::{Cells, Rows, Said, run};

/// Rows that are `unused` in `after` and were not in `before`.
pub fn new_unused<'a>(before: &'a Said, after: &'a Said) -> impl Iterator<Item = (&'a Vec<String>, &'a Cells)> {
    let unused = |rows: &Rows, key: &Vec<String>| rows.get(key).is_some_and(|row| row["verdict"] == "unused");
    after.list.iter().filter(move |(key, row)| row["verdict"] == "unused" && !unused(&before.list, key))
}

/// Counts of unused and universal words that are greater in `after`.
fn risen(before: &Said, after: &Said) -> Vec<String> {
    let services = ["entities_unused", "grants_unused", "actions_unused"].as_slice();
    let roles = ["accounts_unused", "unused_everywhere"].as_slice();
    let summary = ["services_unused", "actions_unused"].as_slice();
    let mut found = Vec::new();
    for (was, is, columns) in [
        (&before.services, &after.services, services),
        (&before.roles, &after.roles, roles),
        (&before.summary, &after.summary, summary),
    ] {
        for (key, row) in is {
            for column in columns {
                let (old, new) = (was.get(key).and_then(|row| row.get(*column)), row.get(*column));
                if number(new) > number(old) {
                    found.push(format!("{} {column}: {old:?} -> {new:?}", key.join(" ")));
                }
            }
        }
    }
    found
}

fn number(cell: Option<&String>) -> u64 {
    cell.map_or(0, |cell| if cell == "true" { 1 } else { cell.parse().unwrap_or(0) })
}

pub fn describe(key: &[String], row: &Cells, before: &Said) -> String {
    let reason = |row: &Cells| row.get("unknown_reason").cloned().unwrap_or_default();
    let was = before.list.get(key).map_or("no row".to_owned(), |row| format!("{} {}", row["verdict"], reason(row)));
    format!("{}: {was} -> {}", key.join(" "), row["verdict"])
}

fn about(key: &[String], arn: &str) -> bool {
    estates::name_of(&key[3]) == estates::name_of(arn)
}

/// Rows about others than `arn` that differ.
pub fn others_that_differ(before: &Said, after: &Said, arn: &str) -> Vec<String> {
    let keys: BTreeSet<_> = before.list.keys().chain(after.list.keys()).filter(|key| !about(key, arn)).collect();
    let differs = keys.into_iter().filter(|key| before.list.get(*key) != after.list.get(*key));
    differs.map(|key| format!("{} differs", key.join(" "))).collect()
}

/// A copy may be the file that is named for what both show.
pub fn without_sources(said: &Said) -> Said {
    let mut said = said.clone();
    said.list.values_mut().for_each(|row| drop(row.remove("last_accessed_source")));
    said
}

/// Rules 1 and 2: what may not happen where evidence about `arn` is taken away.
pub fn weaker(estate: &Estate, arn: &str, before: &Said, after: &Said) -> Vec<String> {
    let mut wrong = others_that_differ(before, after, arn);
    if is_only_document(estate, arn) {
        // A service-linked role is not missed where it is unseen: nothing can be taken from it (rule 41).
        let missed = |text: &String| !arn.contains("/aws-service-role/") || !text.contains(" actions_unused:");
        wrong.extend(risen(before, after).into_iter().filter(missed));
        wrong.extend(new_unused(before, after).map(|(key, row)| describe(key, row, before)));
    }
    wrong
}

/// Whether one answer is all that the input tells about an entity.
pub fn is_only_document(estate: &Estate, arn: &str) -> bool {
    let accesses = estate.beside.iter().any(|b| matches!(b, Beside::Entities { arn: other, .. } if other == arn));
    estate.namesakes(arn).count() == 1 && !accesses
}

/// Rule 3: no `unused` appears where an access of `arn` is added, but in rows of it that a contradiction had held back.
pub fn stronger(arn: &str, before: &Said, after: &Said) -> Vec<String> {
    let held_back = |key: &Vec<String>| {
        let is = |row: &Cells, column: &str, word: &str| row.get(column).is_some_and(|cell| cell == word);
        let mut own = before.list.iter().filter(|(key, _)| about(key, arn)).map(|(_, row)| row);
        about(key, arn)
            && own.any(|row| is(row, "unknown_reason", "contradicted") || is(row, "observed_limit", "recreated"))
    };
    let mut wrong: Vec<_> = new_unused(before, after)
        .filter(|(key, _)| !held_back(key) && !key[3].is_empty())
        .map(|(key, row)| describe(key, row, before))
        .collect();
    let free = before.list.keys().any(held_back);
    if !free {
        wrong.extend(
            risen(before, after)
                .into_iter()
                .filter(|text| text.contains("actions_unused:") || text.contains("everywhere")),
        );
    }
    wrong
}

/// Rules 9 and 25 without any arithmetic: where a row is `unused`, no answer about the entity shows an access, and no whole one of the
/// last N days lacks the service.
pub fn not_carried(estate: &Estate, said: &Said, stale_after: i64) -> Vec<String> {
    let unused = said.list.iter().filter(|(_, row)| row["verdict"] == "unused");
    let wrong = unused.filter_map(|(key, row)| {
        let (namespace, action) = (&key[4], &key[5]);
        // A creation explains accesses from before it, and an answer by strangers is another's.
        let explained = estate.beside.iter().any(|beside| beside.names().contains(&key[3].as_str()));
        let own = || estate.answers.iter().filter(|a| a.arn == key[3] && a.usable() && !a.gives_itself_away());
        let created = explained || estate.answers.iter().any(|a| a.arn == key[3] && a.created.is_some());
        let used = !created && own().any(|answer| shows_access(answer, namespace, action));
        // Answers of one instant are one dump.
        let listed = |made| own().any(|answer| answer.made == made && lists(answer, namespace));
        let lacking = |answer: &&Answer| action.is_empty() && whole_shortly_before(answer, &row["as_of"], stale_after);
        let lacks = own().filter(lacking).find(|answer| !listed(answer.made));
        let why =
            if used { "an answer shows an access".to_owned() } else { format!("dump {} lacks it", lacks?.number) };
        Some(format!("{}: unused, but {why}", key.join(" ")))
    });
    wrong.collect()
}

fn shows_access(answer: &Answer, namespace: &str, action: &str) -> bool {
    let rows = answer.services.iter().filter(|service| service.namespace.to_lowercase() == namespace);
    rows.into_iter().any(|service| {
        let mut actions = service.actions.iter().filter(|one| action.is_empty() || one.name.to_lowercase() == action);
        (action.is_empty() && service.used.date().is_some()) || actions.any(|one| one.used.date().is_some())
    })
}

fn lists(answer: &Answer, namespace: &str) -> bool {
    answer.services.iter().any(|service| service.namespace.to_lowercase() == namespace)
}

fn whole_shortly_before(answer: &Answer, as_of: &str, days: i64) -> bool {
    let Some(made) = answer.made else { return false };
    let whole = answer.state == State::Whole && answer.shape == Shape::Answer;
    whole && estates::spell(made).as_str() < as_of && as_of < estates::spell(made + days * DAY).as_str()
}

/// Rule 4: row filters leave every number of the rows that stay, and the order of folders and the threads change no byte.
pub fn filters_and_order(estate: &Estate) -> Vec<String> {
    let home = tempfile::tempdir().expect("a folder");
    estate.write(home.path());
    let mut wrong = Vec::new();
    for report in
        ["services a b", "compare a b --roles", "summary a b", "list a b", "list a b --level service", "compare a b"]
    {
        let all = run(home.path(), report);
        for filter in ["--unused", "--used", "--verdict unknown,active", "--region eu-west-1", "--within 30d"] {
            let kept = run(home.path(), &format!("{report} {filter}"));
            if let Some(row) = kept.iter().find(|row| !all.contains(row)) {
                wrong.push(format!("{report} {filter} has a row that is not there without it: {row:?}"));
            }
        }
        for other in [report.replace("a b", "b a"), format!("{report} --threads 1")] {
            if run(home.path(), &other) != all {
                wrong.push(format!("{other} differs from {report}"));
            }
        }
    }
    wrong
}
