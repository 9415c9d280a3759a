//! Entries into the text of a file: what nobody changed stays as it is.

use toml_edit::{Datetime, DocumentMut, Item, Table, value};

use super::entries::NewEntry;
use crate::model::{Choice, Day, Decisions};
use crate::resolve::decisions::parts;

/// The array of a file whose tables are the entries.
const DECISION: &str = "decision";

/// The text of the file with `entries` in it: changed where they stand, new ones at the end in the order of what they are about.
pub fn merge(text: &str, known: &Decisions, entries: &[NewEntry]) -> String {
    let replaced = |line: u64, end: u64| {
        let is_here = |at: usize| (line..end).contains(&known.all()[at].line);
        entries.iter().find(|entry| entry.replaces.is_some_and(is_here))
    };
    let all: Vec<(u64, &str)> = parts(text).collect();
    let ends = all.iter().skip(1).map(|(line, _)| *line).chain([u64::MAX]);
    let mut merged = String::new();
    for ((line, part), end) in all.iter().zip(ends) {
        match replaced(*line, end) {
            Some(entry) => merged.push_str(&changed(part, entry)),
            None => merged.push_str(part),
        }
    }
    for entry in entries.iter().filter(|entry| entry.replaces.is_none()) {
        if !merged.is_empty() {
            let gap = if merged.ends_with("\n\n") {
                ""
            } else if merged.ends_with('\n') {
                "\n"
            } else {
                "\n\n"
            };
            merged.push_str(gap);
        }
        merged.push_str(&changed("[[decision]]\n", entry));
    }
    merged
}

/// The part of one entry, with what `entry` says in it.
fn changed(part: &str, entry: &NewEntry) -> String {
    let Ok(mut document) = part.parse::<DocumentMut>() else { return part.to_owned() };
    if let Some(table) = document.get_mut(DECISION).and_then(Item::as_array_of_tables_mut).and_then(|of| of.get_mut(0))
    {
        fill(table, entry);
    }
    document.to_string()
}

fn fill(table: &mut Table, entry: &NewEntry) {
    let decision = &entry.decision;
    let is_new = entry.replaces.is_none();
    if is_new {
        set(table, "account", entry.about.account.as_ref().map(|account| value(account.as_str())));
        set(table, "entity", Some(value(&entry.about.entity)));
        set(table, "service", entry.spelt.0.as_ref().map(value));
        set(table, "action", entry.spelt.1.as_ref().map(value));
    }
    let is_permanent = decision.choice == Choice::Keep && decision.expires.is_none();
    set(table, "decision", Some(value(decision.choice.as_str())));
    set(table, "reason", decision.reason.as_deref().map(value));
    set(table, "owner", Some(value(&*decision.owner)));
    set(table, "decided", decision.decided.map(day));
    set(table, "expires", decision.expires.map(day));
    set(table, "permanent", is_permanent.then(|| value(true)));
    set(table, "due", decision.due.map(day));
    set(table, "ticket", decision.ticket.as_deref().map(value));
}

fn day(day: Day) -> Item {
    // A day that was parsed prints as one.
    day.to_string().parse::<Datetime>().map_or(Item::None, value)
}

/// Sets or removes a key; a comment behind its value stays.
fn set(table: &mut Table, key: &str, item: Option<Item>) {
    let Some(mut item) = item else {
        table.remove(key);
        return;
    };
    if let (Some(before), Some(after)) = (table.get(key).and_then(Item::as_value), item.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    table.insert(key, item);
}
