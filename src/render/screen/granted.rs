//! Which statements grant the permissions of an explanation, which are denied, and since when.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::newer;
use super::page::{LINES, ROWS, Screen, SectionRows, listed, name, rest};
use crate::model::policy::{PolicyAuthor, PolicyKind};
use crate::model::{EntityKind, Evidence, Verdict};
use crate::render::words;
use crate::report::{ParameterValue, Report};

/// What stands in `deny` if nothing of the permission is left.
const DENIED: &str = "whole";

/// The statements, each with what it grants.
pub(super) fn write(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let level = if SectionRows::of(report, "actions").is_some_and(|rows| (1..=ROWS).contains(&rows.height())) {
        "actions"
    } else {
        "services"
    };
    screen.heading("Granted by")?;
    let Some(rows) = SectionRows::of(report, &format!("grants-of-{level}")) else { return Ok(()) };
    let is_known = |row: &usize| rows.text(*row, "note") != "policies-unknown";
    let known: Vec<usize> = (0..rows.height()).filter(is_known).collect();
    if known.is_empty() {
        let none = match policies(report) {
            _ if newer::gone(report).is_some() => "No policy: the list of its account does not have it.",
            Some(0) => "Nothing: it has no policy.",
            Some(_) if is_narrowed(report) => "None of its policies grants what you ask for.",
            Some(_) => "None of its policies grants anything.",
            None if is_policy(report) => {
                "Its document is not among the inputs, or has nothing to be compared with: save a dump of it, and `aws iam get-account-authorization-details`."
            }
            None => {
                "None of its policies is among the inputs; `aws iam get-account-authorization-details` saves them all."
            }
        };
        return screen.line(&format!("  {none}"), 2);
    }
    let mut granted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut denied: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in known {
        let lines = if rows.text(row, "deny") == DENIED { &mut denied } else { &mut granted };
        lines.entry(statement(&rows, row)).or_default().push(name(&rows, row));
    }
    if granted.is_empty() {
        screen.line("  Nothing: all that its policies allow is denied.", 2)?;
    }
    statements(report, level, &granted, screen)?;
    if !denied.is_empty() {
        screen.heading("Allowed by a statement, but denied")?;
    }
    statements(report, level, &denied, screen)
}

/// Each statement with the names of its permissions.
fn statements(
    report: &Report,
    level: &str,
    statements: &BTreeMap<String, Vec<String>>,
    screen: &mut Screen,
) -> io::Result<()> {
    let all: BTreeSet<String> = SectionRows::of(report, level)
        .map(|rows| (0..rows.height()).map(|row| name(&rows, row)).collect())
        .unwrap_or_default();
    for (statement, names) in statements.iter().take(ROWS) {
        // A policy without a document names no permission.
        let names: Vec<String> = names.iter().filter(|name| *name != "*").cloned().collect();
        let of: BTreeSet<&String> = names.iter().filter(|name| all.contains(*name)).collect();
        // Their names stand above.
        let what = if names.is_empty() {
            String::new()
        } else if of.len() > 2 && of.len() == all.len() {
            format!(": all {} {level}", words::grouped(all.len() as i64))
        } else {
            format!(": {}", listed(&names, (LINES - 1) * screen.width))
        };
        screen.line(&format!("  {statement}{what}"), 4)?;
    }
    rest(statements.len(), ROWS, ("statement", "statements"), screen)
}

fn statement(rows: &SectionRows, row: usize) -> String {
    let text = |name: &str| rows.text(row, name);
    let number = |name: &str| rows.number(row, name).unwrap_or(0);
    if text("policy_name").is_empty() {
        return match text("note").as_str() {
            "" => "no known policy".to_owned(),
            "policies-incomplete" => "no policy among the inputs, which lack some of its policies".to_owned(),
            note => format!("no known policy ({note})"),
        };
    }
    let via = match text("via").as_str() {
        "" | "direct" | "self" => String::new(),
        via => format!(" through {via} {}", text("via_name")).trim_end().to_owned(),
    };
    let policy = format!("{} policy {}{via}", text("policy_kind"), text("policy_name"));
    if text("note") == "document-missing" {
        return format!("{policy}, whose document is not among the inputs: nobody can say what it grants");
    }
    let sid = if text("sid").is_empty() { String::new() } else { format!(" `{}`", text("sid")) };
    let conditions = if number("conditions") > 0 {
        format!(", {}", words::counted(number("conditions"), "condition", "conditions"))
    } else {
        String::new()
    };
    let deny = match text("deny").as_str() {
        "" | "none" | DENIED => String::new(),
        deny => format!(", {deny} denied"),
    };
    let boundary = match text("boundary").as_str() {
        "" | "none" | "allows" => String::new(),
        boundary => format!(", boundary {boundary}"),
    };
    format!(
        "{policy}, statement {}{sid} (resources: {}{conditions}{deny}{boundary})",
        number("statement"),
        text("resource_scope")
    )
}

/// Since when the permission of a row is granted, as what the days are counted from: a policy, an older dump, or another document shows it.
pub(super) fn since(report: &Report, level: &str, rows: &SectionRows, row: usize) -> String {
    let Some(start) = rows.instant(row, "granted_since") else {
        return "the date of the dump, because nothing tells since when it is granted".to_owned();
    };
    let permission = name(rows, row);
    let grants = SectionRows::of(report, &format!("grants-of-{level}"));
    let policy = grants.and_then(|grants| {
        let grants_it =
            |of: &usize| name(&grants, *of) == permission && grants.instant(*of, "granted_since") == Some(start);
        let of = (0..grants.height()).find(grants_it)?;
        Some(format!("{}, when the policy {} began to grant it", start.day(), grants.text(of, "policy_name")))
    });
    let lacks_it = |files: &SectionRows, of: usize| {
        let is_whole =
            matches!(Evidence::parse(&files.text(of, "evidence")), Some(Evidence::Complete | Evidence::Empty));
        is_whole && files.instant(of, "as_of") == Some(start)
    };
    let is_of_dump =
        || SectionRows::of(report, "evidence").is_some_and(|files| (0..files.height()).any(|of| lacks_it(&files, of)));
    policy.unwrap_or_else(|| {
        if is_of_dump() {
            "the last dump that does not list it".to_owned()
        } else {
            format!("{}, until when it may not have been granted", start.day())
        }
    })
}

fn is_policy(report: &Report) -> bool {
    SectionRows::of(report, "entity").is_some_and(|rows| rows.text(0, "entity_type") == EntityKind::Policy.as_str())
}

/// How many policies the entity has; `None` where no answer lists them all.
pub(super) fn policies(report: &Report) -> Option<i64> {
    let entity = SectionRows::of(report, "entity")?;
    let count = |name: &str| entity.number(0, name);
    let own = count("attached_policies")? + count("inline_policies")?;
    match EntityKind::parse(&entity.text(0, "entity_type"))? {
        EntityKind::User => Some(own + count("group_policies")?),
        EntityKind::Role | EntityKind::Group => Some(own),
        EntityKind::Policy => None,
    }
}

/// Whether `--service` or `--action` leaves out permissions.
fn is_narrowed(report: &Report) -> bool {
    let is_given =
        |name: &str| report.parameters.iter().any(|asked| asked.name == name && asked.value != ParameterValue::Usual);
    is_given("service") || is_given("action")
}

/// Whether the entity has `iam:PassRole`, or may have it because not all of its policies are known.
pub(super) fn may_have_pass_role(report: &Report) -> bool {
    let Some(rows) = SectionRows::of(report, "grants-of-actions") else { return true };
    let is_whole = !is_narrowed(report) && policies(report).is_some() && rows.height() > 0;
    let is_open = |row: usize| {
        let note = rows.text(row, "note");
        let is_missing =
            matches!(note.as_str(), "policies-unknown" | "policies-incomplete" | "document-missing" | "group-missing");
        let action = rows.text(row, "action_name");
        let is_it = rows.text(row, "service_namespace").eq_ignore_ascii_case("iam")
            && (action.eq_ignore_ascii_case("PassRole") || action.contains(['*', '?']));
        is_missing || is_it && rows.text(row, "deny") != DENIED || rows.text(row, "service_namespace") == "*"
    };
    !is_whole || (0..rows.height()).any(is_open)
}

/// Who writes the policies that grant something.
pub(super) fn author(report: &Report) -> Option<PolicyAuthor> {
    let lists = ["grants-of-services", "grants-of-actions"].into_iter().filter_map(|id| SectionRows::of(report, id));
    let kinds = lists.flat_map(|rows| (0..rows.height()).map(|row| rows.text(row, "policy_kind")).collect::<Vec<_>>());
    PolicyAuthor::of(kinds.filter_map(|kind| PolicyKind::parse(&kind)))
}

/// Whether the policies are known, and none of them grants anything that is unused or stale.
pub(super) fn is_granted_by_nobody(report: &Report) -> bool {
    let mut is_missing = false;
    for (level, grants) in [("services", "grants-of-services"), ("actions", "grants-of-actions")] {
        let (Some(rows), Some(grants)) = (SectionRows::of(report, level), SectionRows::of(report, grants)) else {
            continue;
        };
        let is_idle =
            |row: &usize| matches!(Verdict::parse(&rows.text(*row, "verdict")), Some(Verdict::Unused | Verdict::Stale));
        let idle: BTreeSet<String> = (0..rows.height()).filter(is_idle).map(|row| name(&rows, row)).collect();
        for row in (0..grants.height()).filter(|row| idle.contains(&name(&grants, *row))) {
            if !grants.text(row, "policy_name").is_empty() {
                return false;
            }
            is_missing |= grants.text(row, "note") != "policies-unknown";
        }
    }
    is_missing
}
