//! `explain` on a screen: who it is, which files speak, what is used and what is not and why, which policies grant it, what has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::newer::{self, is_unread};
use super::page::{LINES, ROWS, Screen, SectionRows, listed, name, rest};
use super::{advice, granted};
use crate::model::{CredentialKind, IdentifiedBy, Instant, ObservedLimit, UnknownReason, Verdict};
use crate::render::{RenderOptions, words};
use crate::report::{Report, USED_UNDATED, common_folder};

/// How many files are shown one by one.
const FILES: usize = 3;

/// Writes the report.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen::new(options.width, out);
    entity(report, &mut screen)?;
    evidence(report, &mut screen)?;
    for (level, one) in [("services", "service"), ("actions", "action")] {
        permissions(report, level, one, &mut screen)?;
    }
    granted::write(report, &mut screen)?;
    changes(report, &mut screen)?;
    decisions(report, &mut screen)?;
    advice::write(report, &mut screen)
}

fn entity(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "entity") else { return Ok(()) };
    screen.line(&format!("{} in {}", rows.entity(0), rows.account(0)), 2)?;
    let arn = rows.text(0, "entity_arn");
    if !arn.is_empty() {
        screen.line(&format!("  {arn}"), 2)?;
    }
    let mut remarks = report.sections.iter().filter(|section| section.id == "entity").flat_map(|of| &of.remarks);
    let last = match (rows.day(0, "last_accessed"), remarks.any(|remark| remark == USED_UNDATED)) {
        (day, true) if day.is_empty() => "it was used, at times that cannot be read".to_owned(),
        (day, false) if day.is_empty() => "no document shows that it ever did anything".to_owned(),
        (day, true) => format!("used {day}, and at times that cannot be read"),
        (day, false) => format!("last used {day}"),
    };
    let created = match rows.day(0, "created_at") {
        day if day.is_empty() => "the date of its creation is unknown".to_owned(),
        day => format!("created {day}"),
    };
    screen.line(&format!("  {}: {last}; {created}", rows.text(0, "verdict")), 2)?;
    if let Some(gone) = newer::gone(report) {
        screen.line(&format!("  Gone since {}: the list of its account does not have it.", gone.since.day()), 2)?;
    }
    if rows.flag(0, "missing") {
        let has_unread =
            SectionRows::of(report, "evidence").is_some_and(|rows| (0..rows.height()).any(|row| is_unread(&rows, row)));
        let rest = if has_unread { "a file that names it could not be read" } else { "it is known from other files" };
        screen.line(&format!("  No dump is about it; {rest}."), 2)?;
    }
    credentials(report, &rows.text(0, "verdict"), screen)
}

/// What is known about its password, its access keys, or its use as a role, unless the line above says that already.
fn credentials(report: &Report, verdict: &str, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "credentials") else { return Ok(()) };
    let is_role = |row: usize| rows.text(row, "credential") == CredentialKind::Role.as_str();
    let told: Vec<usize> =
        (0..rows.height()).filter(|row| !is_role(*row) || rows.text(*row, "verdict") != verdict).collect();
    for &row in told.iter().take(ROWS) {
        let text = |name: &str| rows.text(row, name);
        let what = match CredentialKind::parse(&text("credential")) {
            Some(CredentialKind::Role) => "RoleLastUsed".to_owned(),
            Some(CredentialKind::AccessKey) => format!("access key {}", text("access_key_id")).trim_end().to_owned(),
            _ => text("credential"),
        };
        let (used, as_of) = (rows.day(row, "last_accessed"), rows.day(row, "as_of"));
        let days = rows.number(row, "observed_days").map(|days| words::counted(days, "day", "days"));
        let why = match (used.is_empty(), days, UnknownReason::parse(&text("unknown_reason"))) {
            (false, _, None) => format!("last used {used}"),
            (true, Some(days), None) => format!("no use in the {days} before {as_of}"),
            (_, _, Some(reason)) => words::reason_of_credential(reason).to_owned(),
            (true, None, None) => "no use is recorded".to_owned(),
        };
        let off = if rows.is_off(row, "enabled") { " (not enabled)" } else { "" };
        screen.line(&format!("  {what}{off}: {}, {why}; shown by {}", text("verdict"), text("source")), 4)?;
    }
    rest(told.len(), ROWS, ("credential", "credentials"), screen)
}

/// The files, the newest first. The folder that all of them are in, and how the entity is known where that is the same for all, stand in
/// the heading.
fn evidence(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "evidence").filter(|rows| rows.height() > 0) else { return Ok(()) };
    let mut order: Vec<usize> = (0..rows.height()).collect();
    // What nobody could read may be newer than all the rest.
    order.sort_by_key(|row| (!is_unread(&rows, *row), std::cmp::Reverse(rows.instant(*row, "as_of"))));
    let folder = common_folder(order.iter().map(|row| rows.text(*row, "source")));
    let known_by = |row: usize| IdentifiedBy::parse(&rows.text(row, "identified_by")).map(known);
    let mut ways = order.iter().filter_map(|row| known_by(*row));
    let of_all = ways.next().filter(|first| ways.all(|way| way == *first));
    let files = words::counted(rows.height() as i64, "file", "files");
    let place = if folder.is_empty() { String::new() } else { format!(" in {folder}") };
    let known = of_all.map_or_else(String::new, |known| format!("; {known}"));
    screen.heading(&format!("Evidence: {files}{place}{known}"))?;
    for &row in order.iter().take(FILES) {
        let text = |name: &str| rows.text(row, name);
        let member = if text("member").is_empty() { String::new() } else { format!("!{}", text("member")) };
        let listed = rows.number(row, "services").map_or_else(String::new, |services| {
            format!(
                "; {}, {}",
                words::counted(services, "service", "services"),
                words::counted(rows.number(row, "tracked_actions").unwrap_or(0), "action", "actions")
            )
        });
        let note = if text("note").is_empty() { String::new() } else { format!("; {}", text("note")) };
        let evidence = if is_unread(&rows, row) { "not read".to_owned() } else { text("evidence") };
        let day = if rows.day(row, "as_of").is_empty() { "no date".to_owned() } else { rows.day(row, "as_of") };
        let known = known_by(row).filter(|_| of_all.is_none());
        let known = known.map_or_else(String::new, |known| format!("; {known}"));
        let source = text("source");
        let source = source.strip_prefix(&folder).unwrap_or(&source);
        screen.line(&format!("  {day}  {evidence}  {source}{member}{listed}{known}{note}"), 4)?;
    }
    rest(rows.height(), FILES, ("file", "files"), screen)
}

/// How the entity of a dump is known, in words.
const fn known(by: IdentifiedBy) -> &'static str {
    match by {
        IdentifiedBy::Member => "the entity is named in the file",
        IdentifiedBy::Key => "the entity is the key above the answer",
        IdentifiedBy::Manifest => "the entity is named by the manifest",
        IdentifiedBy::Sidecar => "the entity is named by another saved answer",
        IdentifiedBy::Template => "the entity is named by the path template",
        IdentifiedBy::Path => "the entity is named by the path",
        IdentifiedBy::Inferred => "the entity is inferred: only this role or user used what the dump lists",
        IdentifiedBy::Unknown => "nothing names the entity",
    }
}

fn permissions(report: &Report, level: &str, one: &str, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, level) else { return Ok(()) };
    let remarks = report.sections.iter().filter(|section| section.id == level).flat_map(|section| &section.remarks);
    if rows.height() == 0 && remarks.clone().next().is_none() {
        return Ok(());
    }
    screen.heading(&words::counted(rows.height() as i64, one, level))?;
    for remark in remarks {
        screen.line(&format!("  {remark}"), 4)?;
    }
    let shown = PermissionLines {
        report,
        level,
        idle: &idle_services(report),
        newest: newer::newest(report),
        has_pass_role: granted::may_have_pass_role(report),
    };
    for verdict in [Verdict::Active, Verdict::Stale, Verdict::Unused, Verdict::Unknown] {
        let of: Vec<usize> = (0..rows.height()).filter(|row| rows.text(*row, "verdict") == verdict.as_str()).collect();
        if !of.is_empty() {
            verdict_lines(&rows, verdict, of, &shown, screen)?;
        }
    }
    Ok(())
}

/// What the lines about permissions need of the rest of the report.
struct PermissionLines<'s> {
    report: &'s Report,
    /// `services` or `actions`.
    level: &'s str,
    /// The services that are unused as a whole.
    idle: &'s BTreeSet<String>,
    /// The newest of everything about the entity.
    newest: Option<Instant>,
    /// Whether the entity has `iam:PassRole`, or may have it.
    has_pass_role: bool,
}

/// The services that are unused as a whole: nobody needs the names of their actions.
fn idle_services(report: &Report) -> BTreeSet<String> {
    let Some(rows) = SectionRows::of(report, "services") else { return BTreeSet::new() };
    let is_idle = |row: &usize| rows.text(*row, "verdict") == Verdict::Unused.as_str();
    (0..rows.height()).filter(is_idle).map(|row| rows.text(row, "service_namespace")).collect()
}

/// How many have the verdict, which, and why; where they are few, each with its evidence.
fn verdict_lines(
    rows: &SectionRows,
    verdict: Verdict,
    mut of: Vec<usize>,
    shown: &PermissionLines,
    screen: &mut Screen,
) -> io::Result<()> {
    let word = if verdict == Verdict::Active { "used" } else { verdict.as_str() };
    if of.len() <= 2 {
        for row in of {
            screen.line(&format!("  {word:8} {}: {}", name(rows, row), because(rows, row, verdict, shown)), 11)?;
        }
        return Ok(());
    }
    of.sort_by_key(|row| std::cmp::Reverse(rows.instant(*row, "last_accessed")));
    let is_of_idle = |row: &&usize| {
        !rows.text(**row, "action_name").is_empty() && shown.idle.contains(&rows.text(**row, "service_namespace"))
    };
    let with_service = of.iter().filter(is_of_idle).count();
    let names = of.iter().filter(|row| !is_of_idle(row)).map(|&row| {
        let day = rows.day(row, "last_accessed");
        if day.is_empty() { name(rows, row) } else { format!("{} {day}", name(rows, row)) }
    });
    let names: Vec<_> = names.collect();
    let of_idle = match (with_service, names.is_empty()) {
        (0, _) => String::new(),
        (all, true) => format!("{} of unused services", words::grouped(all as i64)),
        (some, false) => format!("; {} more of unused services", words::grouped(some as i64)),
    };
    let count = words::grouped(of.len() as i64);
    let lines = if matches!(verdict, Verdict::Active | Verdict::Stale) { 1 } else { LINES };
    let room = (lines * screen.width.saturating_sub(11)).saturating_sub(of_idle.chars().count() + 14);
    screen.line(&format!("  {word:8} {count}: {}{of_idle}", listed(&names, room)), 11)?;
    if matches!(verdict, Verdict::Active | Verdict::Stale) {
        return Ok(());
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for row in &of {
        *reasons.entry(why(rows, *row, verdict, shown)).or_default() += 1;
    }
    let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let is_of_all = reasons.len() == 1;
    for (reason, count) in reasons {
        let which = if is_of_all { "all".to_owned() } else { words::grouped(count as i64) };
        screen.line(&format!("           {which} because {reason}"), 13)?;
    }
    Ok(())
}

/// The whole chain for one permission.
fn because(rows: &SectionRows, row: usize, verdict: Verdict, shown: &PermissionLines) -> String {
    let text = |name: &str| rows.text(row, name);
    let mut parts = Vec::new();
    if rows.day(row, "last_accessed").is_empty() {
        parts.push(why(rows, row, verdict, shown));
    } else {
        let by = [("last_accessed_by", " by "), ("last_accessed_region", " in ")].map(|(column, word)| {
            if text(column).is_empty() { String::new() } else { format!("{word}{}", text(column)) }
        });
        let (day, dump) = (rows.day(row, "last_accessed"), rows.day(row, "as_of"));
        let is_dated_otherwise = newer::is_dated_otherwise(shown.report);
        let ago = rows.number(row, "days_since").map_or_else(String::new, |days| match days {
            0 if is_dated_otherwise => format!(", less than a day before {dump}"),
            0 if day > dump => format!(", after the dump of {dump}"),
            0 if day == dump => ", the day of the dump".to_owned(),
            0 => format!(", less than a day before the dump of {dump}"),
            days => format!(", {} before {}", words::counted(days, "day", "days"), rows.day(row, "as_of")),
        });
        parts.push(format!("last access {}{}{}{ago}", rows.day(row, "last_accessed"), by[0], by[1]));
        if verdict == Verdict::Unknown {
            parts.push(why(rows, row, verdict, shown));
        }
    }
    if text("note") == "may-be-pass-role" && shown.has_pass_role {
        let told = match verdict {
            Verdict::Unused | Verdict::Stale => "iam:PassRole, which AWS never records, may be in use all the same",
            Verdict::Active | Verdict::Unknown => "its whole use may be iam:PassRole, which AWS never records",
        };
        parts.push(told.to_owned());
    }
    if !text("last_accessed_source").is_empty() {
        parts.push(format!("shown by {}", text("last_accessed_source")));
    }
    if !rows.day(row, "granted_since").is_empty() {
        parts.push(format!("granted no earlier than {}", rows.day(row, "granted_since")));
    }
    parts.join("; ")
}

/// Why the verdict is unused or unknown.
fn why(rows: &SectionRows, row: usize, verdict: Verdict, shown: &PermissionLines) -> String {
    let days = rows.number(row, "observed_days");
    let limit = ObservedLimit::parse(&rows.text(row, "observed_limit"));
    let limit = limit.map_or_else(String::new, |limit| since(limit, rows, row, shown));
    // What came since is unknown: who reads "for 400 days" thinks of today.
    let (as_of, made) = (rows.instant(row, "as_of"), rows.instant(row, "made_at"));
    let until = match made.filter(|made| Some(*made) < as_of) {
        Some(made) => Some(made),
        None => as_of.filter(|as_of| shown.newest.is_some_and(|newest| newest.day() > as_of.day())),
    };
    let until = until.map_or_else(String::new, |until| format!(", until {},", until.day()));
    let watched = days.map(|days| {
        let watched = format!("AWS watched for {}{until} without an access", words::counted(days, "day", "days"));
        if limit.is_empty() { watched } else { format!("{watched}, counted from {limit}") }
    });
    match verdict {
        Verdict::Unknown => {
            let word = rows.text(row, "unknown_reason");
            let reason = UnknownReason::parse(&word).map_or("no dump is about it", words::reason);
            watched.map_or_else(|| reason.to_owned(), |watched| format!("{reason}: {watched}"))
        }
        _ => watched.unwrap_or_else(|| "no access is recorded".to_owned()),
    }
}

/// What the watch begins with.
fn since(limit: ObservedLimit, rows: &SectionRows, row: usize, shown: &PermissionLines) -> String {
    let begin = match limit {
        ObservedLimit::Grant => return granted::since(shown.report, shown.level, rows, row),
        ObservedLimit::Recreated => "the day on which the entity was made again",
        ObservedLimit::Creation => "the creation of the entity",
        ObservedLimit::Tracking => "the day on which AWS began to track the actions of the service",
        ObservedLimit::Recording => "the day on which AWS began to record in the partition",
        ObservedLimit::History => "the start of AWS's window for the oldest dump that shows no use",
        ObservedLimit::Window => "the beginning of the dump's window",
    };
    begin.to_owned()
}

fn changes(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let ids = ["changes-of-services", "changes-of-actions"];
    let says_something = |rows: &SectionRows| (0..rows.height()).any(|row| !name(rows, row).is_empty());
    let of: Vec<_> = ids.iter().filter_map(|id| SectionRows::of(report, id)).filter(says_something).collect();
    let Some(first) = of.first() else { return Ok(()) };
    let dates =
        |name: &'static str| (0..first.height()).map(move |row| first.day(row, name)).filter(|day| !day.is_empty());
    let (old, new) = (dates("old_as_of").min().unwrap_or_default(), dates("new_as_of").max().unwrap_or_default());
    screen.heading(&format!("Changes from {old} to {new}"))?;
    let mut changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rows in &of {
        for row in 0..rows.height() {
            changes.entry(rows.text(row, "change")).or_default().push(name(rows, row));
        }
    }
    for (change, names) in changes {
        let change = words::change(&change);
        let room = screen.width.saturating_sub(change.chars().count() + 20);
        // A change of the entity as a whole names no permission.
        let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let of = if names.is_empty() { ": the whole entity".to_owned() } else { format!(": {}", listed(&names, room)) };
        screen.line(&format!("  {change}{of}"), 4)?;
    }
    Ok(())
}

/// What people decided about it, and what became of that.
fn decisions(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "decisions").filter(|rows| rows.height() > 0) else { return Ok(()) };
    screen.heading("Decisions")?;
    for row in 0..rows.height().min(ROWS) {
        let text = |name: &str| rows.text(row, name);
        let told = |name: &str, word: &str| {
            let text = if name == "due" { rows.day(row, name) } else { text(name) };
            if text.is_empty() { String::new() } else { format!(", {word}{text}") }
        };
        let about = name(&rows, row);
        let about = if about.is_empty() { "the whole entity".to_owned() } else { about };
        let said = [("owner", "owner "), ("due", "due "), ("ticket", ""), ("comment", ""), ("note", "")];
        let said: String = said.into_iter().map(|(name, word)| told(name, word)).collect();
        screen.line(&format!("  {} {about}: {}{said}", text("decision"), text("state")), 4)?;
    }
    rest(rows.height(), ROWS, ("decision", "decisions"), screen)
}
