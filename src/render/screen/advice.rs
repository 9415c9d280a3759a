//! What the owner of an explained entity can do.

use std::io;

use super::page::{Screen, SectionRows};
use super::{granted, newer};
use crate::model::policy::PolicyAuthor;
use crate::model::{DAY_MS, EntityKind, Evidence, IdentifiedBy, Instant, ObservedLimit, UnknownReason, Verdict};
use crate::render::words;
use crate::report::{ParameterValue, Report, UNRECORDED};

/// How many permissions have a verdict.
fn of_verdict(report: &Report, verdict: Verdict) -> usize {
    let lists = ["services", "actions"].into_iter().filter_map(|level| SectionRows::of(report, level));
    lists.map(|rows| (0..rows.height()).filter(|row| rows.text(*row, "verdict") == verdict.as_str()).count()).sum()
}

/// What its owner can do.
pub(super) fn write(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "entity") else { return Ok(()) };
    let verdicts = [Verdict::Active, Verdict::Unknown, Verdict::Unused, Verdict::Stale];
    let [active, unknown, unused, stale] = verdicts.map(|verdict| of_verdict(report, verdict));
    let is_whole = matches!(rows.text(0, "evidence").as_str(), "complete" | "empty");
    let lists_nothing = is_whole && rows.number(0, "services_granted") == Some(0);
    if active + unknown + unused + stale == 0 && is_whole && !lists_nothing {
        return Ok(());
    }
    let what = match rows.text(0, "remedy").as_str() {
        _ if rows.text(0, "identified_by") == IdentifiedBy::Unknown.as_str() => {
            "Find out which entity this dump is about, and name it with --manifest. Take nothing away before.".to_owned()
        }
        "edit-policy" if is_about_an_unlisted_action(report, unused + stale == 0) => {
            "Leave it: whether this action is used is unknown.".to_owned()
        }
        "edit-policy" if lists_nothing => without_permissions(report, &rows),
        "edit-policy" if unused + stale == 0 && (unknown > 0 || active == 0) => more_evidence(report, &rows),
        "edit-policy" if unused + stale == 0 => "Nothing: all of it is used.".to_owned(),
        "edit-policy" if granted::is_granted_by_nobody(report) => {
            "No known policy grants what is unused: a policy is missing here, or was changed after the dump. Save a new dump and its policies before you take anything away."
                .to_owned()
        }
        "edit-policy" if matches!(granted::author(report), Some(PolicyAuthor::Aws | PolicyAuthor::Both)) => {
            format!("{}{}", if_idle(&rows), words::taking_away(granted::author(report)))
        }
        "edit-policy" => {
            let proposed = if granted::policies(report).is_some_and(|policies| policies > 0) {
                " `dormant recommend` looks at all holders, and writes the smaller policies, with scripts that apply and undo them."
            } else {
                ""
            };
            format!(
                "{}Take away what is unused in the policies that grant it, unless another holder of a policy uses it. See what each unused permission is worth with `dormant unused --sort risk`.{proposed}",
                if_idle(&rows)
            )
        }
        "detach-or-replace" => {
            "AWS edits this policy: detach it, or replace it by one of your own that grants less.".to_owned()
        }
        "change-permission-set" => "IAM Identity Center makes this role: change its permission set, unless its role in another account uses the permission.".to_owned(),
        "none" => "AWS controls this role: its owner cannot edit it.".to_owned(),
        _ => return Ok(()),
    };
    screen.heading("What to do")?;
    if let Some(gone) = newer::gone(report) {
        let since = gone.since.day();
        return screen.line(&format!("  Nothing: it is gone since {since}. What is here is evidence of what was."), 2);
    }
    if let Some(list) = newer::unlisted(report) {
        screen.line(&format!("  It is not in {list}: check whether it still exists."), 2)?;
    }
    if let Some(first) = newer::save_first(report).filter(|_| unused + stale > 0) {
        screen.line(&format!("  {first}"), 2)?;
    }
    screen.line(&format!("  {what}"), 2)
}

/// Whether the question is about actions that the dump does not list. The silence of their service speaks for them, unless AWS records none
/// of them.
fn is_about_an_unlisted_action(report: &Report, is_used: bool) -> bool {
    let actions = report.sections.iter().filter(|section| section.id == "actions" && section.table.height() == 0);
    let mut remarks = actions.flat_map(|section| &section.remarks);
    remarks.any(|remark| is_used || remark == UNRECORDED)
}

/// The first thing to do about a user or role that did nothing at all, while AWS was watching.
fn if_idle(rows: &SectionRows) -> String {
    let is_idle = rows.text(0, "verdict") == Verdict::Unused.as_str();
    let kind = EntityKind::parse(&rows.text(0, "entity_type"));
    let kind = kind.filter(|kind| is_idle && [EntityKind::User, EntityKind::Role].contains(kind));
    let days = rows.number(0, "observed_days").map(|days| words::counted(days, "day", "days"));
    kind.zip(days).map_or_else(String::new, |(kind, days)| {
        format!("It used nothing in the {days} that AWS was watching: delete the {kind}, unless somebody needs it. Otherwise: ")
    })
}

/// What to do about an entity whose newest dump lists no service.
fn without_permissions(report: &Report, rows: &SectionRows) -> String {
    let last = match rows.day(0, "last_accessed") {
        day if day.is_empty() => "no document shows that it was ever used".to_owned(),
        day => format!("it was last used on {day}"),
    };
    match granted::policies(report) {
        Some(0) => format!(
            "Its newest dump lists no service, and it has no policy: it can do only what policies of resources allow it. Delete it if nobody needs it; {last}."
        ),
        Some(_) => {
            "Its newest dump lists no service, although it has policies: they grant nothing that AWS tracks, or are newer than the dump. Save a new dump of it."
                .to_owned()
        }
        None => format!(
            "Its newest dump lists no service: there is nothing to take away. Save its policies too (`aws iam get-account-authorization-details`), and if it has none, delete it unless somebody needs it; {last}."
        ),
    }
}

/// What shows more about an entity of which nothing is shown to be unused.
fn more_evidence(report: &Report, rows: &SectionRows) -> String {
    let nothing = "Nothing is shown to be unused, and not everything is known.";
    if rows.flag(0, "missing") {
        let is_candidate = never_used_credentials(report) && granted::policies(report) == Some(0);
        let what = if is_candidate {
            "It has no policy, and no credential of it was used while AWS was watching: it is a candidate for deletion. Save a dump of it \
             first, which shows its other uses."
        } else {
            "Nothing is shown to be unused, because no dump is about it. Save a dump of it."
        };
        return what.to_owned();
    }
    match Evidence::parse(&rows.text(0, "evidence")) {
        Some(Evidence::Complete | Evidence::Empty) => {}
        Some(Evidence::Pending) => {
            return format!("{nothing} Save the answer of its job again when the job is COMPLETED.");
        }
        _ => return format!("{nothing} Save a new dump of it, whole and with its date."),
    }
    let reasons = unknown_reasons(report);
    let all = |reason: UnknownReason| reasons.iter().all(|of| *of == Some(reason));
    if reasons.contains(&Some(UnknownReason::NoDate)) {
        return format!("{nothing} Save a new dump of it, whole and with its date.");
    }
    if all(UnknownReason::NoStart) {
        return "Nothing is shown to be unused, and no new dump can show more: nobody knows since when AWS records what is unknown here.".to_owned();
    }
    if all(UnknownReason::AgeUnknown) {
        return format!(
            "{nothing} Save the answer of `aws iam get-account-authorization-details`, which has the date of its creation."
        );
    }
    wait(report).map_or_else(|| format!("{nothing} Save a new dump of it."), |wait| format!("{nothing} {wait}"))
}

/// Whether something is known about its credentials, and all of it is that they were not used.
fn never_used_credentials(report: &Report) -> bool {
    SectionRows::of(report, "credentials").is_some_and(|rows| {
        let mut verdicts = (0..rows.height()).map(|row| rows.text(row, "verdict"));
        rows.height() > 0 && verdicts.all(|verdict| verdict == Verdict::Unused.as_str())
    })
}

/// The rows without a conclusion.
fn unknown(rows: &SectionRows) -> Vec<usize> {
    (0..rows.height()).filter(|row| rows.text(*row, "verdict") == Verdict::Unknown.as_str()).collect()
}

/// Why nothing can be concluded, for each such permission.
fn unknown_reasons(report: &Report) -> Vec<Option<UnknownReason>> {
    let lists = ["services", "actions"].into_iter().filter_map(|level| SectionRows::of(report, level));
    let of = |rows: SectionRows| -> Vec<_> {
        unknown(&rows).into_iter().map(|row| UnknownReason::parse(&rows.text(row, "unknown_reason"))).collect()
    };
    lists.flat_map(of).collect()
}

/// Until when it is too early, if that is all that is missing: AWS has not watched for long enough.
fn wait(report: &Report) -> Option<String> {
    let days = report.parameters.iter().find_map(|asked| match (asked.name, &asked.value) {
        ("stale_after_days", ParameterValue::Number(days)) => Some(*days),
        _ => None,
    })?;
    if newer::is_dated_otherwise(report) {
        return None;
    }
    let (mut last, mut is_its_age) = (None, true);
    for rows in ["services", "actions"].into_iter().filter_map(|level| SectionRows::of(report, level)) {
        for row in unknown(&rows) {
            let as_of = rows.instant(row, "as_of")?;
            let limit = ObservedLimit::parse(&rows.text(row, "observed_limit"));
            let watched = |watched: i64| Instant::from_millis(as_of.millis() - watched * DAY_MS);
            let start = match UnknownReason::parse(&rows.text(row, "unknown_reason"))? {
                UnknownReason::GrantedRecently => rows.instant(row, "granted_since").unwrap_or(as_of),
                // A longer window is nothing to wait for: AWS's own ends.
                UnknownReason::WindowTooShort if !matches!(limit?, ObservedLimit::Window | ObservedLimit::History) => {
                    watched(rows.number(row, "observed_days")?)
                }
                _ => return None,
            };
            is_its_age &= matches!(limit, Some(ObservedLimit::Creation | ObservedLimit::Recreated));
            last = last.max(Some(Instant::from_millis(start.millis() + days * DAY_MS)));
        }
    }
    let (last, days) = (last?.day(), words::counted(days, "day", "days"));
    Some(if is_its_age {
        format!("Wait until {last}, when it is {days} old, then save another dump.")
    } else {
        format!("Wait until {last}, when AWS has watched all of it for {days}, then save another dump.")
    })
}
