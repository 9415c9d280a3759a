//! The sentences that several formats share, so that no two of them count differently.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::policy::PolicyAuthor;
use crate::model::{Day, IdentifiedBy, Instant, Remedy, UnknownReason};
use crate::problem::{Problem, Severity};
use crate::report::people::label;
use crate::report::{ColumnKind, Headline, InputCounts, Permissions, Report};
use crate::util::numbers::thousands;

/// A text without its hints at a command line, which the reader of a workbook or of a saved page does not have: sentences and remarks in
/// brackets with an option such as `--wide`, or a command of ours.
pub(super) fn without_options(text: &str) -> Cow<'_, str> {
    // Who saves an answer again has AWS's own command line.
    const OF_AWS: [&str; 4] = ["output ", "no-paginate", "marker ", "max-items "];
    let is_hint = |text: &str| {
        let option = text.match_indices("--").any(|(at, _)| {
            text[at + 2..].starts_with(|next: char| next.is_ascii_lowercase())
                && !OF_AWS.iter().any(|option| text[at + 2..].starts_with(option))
                && !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '-')
        });
        option || text.contains("`dormant ")
    };
    if !is_hint(text) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" (") {
        let Some((inside, behind)) = after.split_once(')') else { break };
        kept.push_str(before);
        if !is_hint(inside) {
            kept.extend([" (", inside, ")"]);
        }
        rest = behind;
    }
    kept.push_str(rest);
    let sentences: Vec<&str> = kept.split_inclusive(". ").filter(|sentence| !is_hint(sentence)).collect();
    Cow::Owned(sentences.concat().trim_end().to_owned())
}

/// How the inputs fared, in one line.
pub(super) fn inputs(counts: &InputCounts) -> String {
    let InputCounts { found, read, skipped, failed } = counts;
    let [found, read, skipped, failed] = [found, read, skipped, failed].map(|count| grouped(*count as i64));
    format!("found {found}: read {read}, skipped {skipped}, failed {failed}")
}

/// The problems of one severity, in the report's order.
pub(super) fn problems_of(report: &Report, severity: Severity) -> impl Iterator<Item = &Problem> {
    report.problems.iter().filter(move |problem| problem.severity() == severity)
}

/// As many of `problems`: where they are not all, the first of each kind come before the others, so that ten files with the same warning
/// do not hide another one.
pub(super) fn most_telling<'p>(problems: &[&'p Problem], shown: usize) -> Vec<&'p Problem> {
    if shown >= problems.len() {
        return problems.to_vec();
    }
    let mut kinds = BTreeSet::new();
    let is_first = |problem: &&'p Problem| kinds.insert((problem.kind, &problem.advice));
    let (first, others): (Vec<&Problem>, Vec<&Problem>) = problems.iter().copied().partition(is_first);
    first.into_iter().chain(others).take(shown).collect()
}

/// The problems that a report shows: all but files of other programs, which are only counted.
pub(super) fn shown_problems(report: &Report) -> impl Iterator<Item = &Problem> {
    report.problems.iter().filter(|problem| problem.severity() != Severity::Skipped)
}

/// What the table of problems holds.
pub(super) const OF_PROBLEMS: &str = "One row per problem with an input. What is not read counts for nothing; from an incomplete dump, only the rows that it lists count; a \
                                      warning is about what was read.";

/// "3 not read, 2 incomplete, 1 warning", or `None` where there is nothing to tell.
pub(super) fn problem_counts(report: &Report) -> Option<String> {
    let count = |severity, one: &str, many: &str| match problems_of(report, severity).count() {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{} {many}", grouped(n as i64))),
    };
    let parts: Vec<String> = [
        count(Severity::NotRead, "not read", "not read"),
        count(Severity::Incomplete, "incomplete", "incomplete"),
        count(Severity::Warning, "warning", "warnings"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `label value, label value`, the labels in words.
pub(super) fn totals(totals: &[(String, i64)]) -> String {
    totals.iter().map(|(name, value)| format!("{} {}", label(name), grouped(*value))).collect::<Vec<_>>().join(", ")
}

/// The numbers that lead a report, as label and sentence. Only who has a clock, a terminal, says how old the data is `today`.
pub(super) fn headline(headline: &Headline, today: Option<Day>) -> Vec<(&'static str, String)> {
    let levels = [("services", &headline.services), ("actions", &headline.actions)];
    let here = levels.into_iter().filter(|(level, permissions)| *level == "services" || permissions.granted > 0);
    let verdicts = here.clone().map(|(level, permissions)| (level, verdicts(permissions)));
    let to_review: Vec<_> = here.map(|(level, permissions)| to_review(level, permissions)).collect();
    let lines = std::iter::once(("data", data(headline, today))).chain(verdicts);
    lines.chain([("to review", to_review.join("; "))]).collect()
}

/// "16 entities in 2 accounts; newest dump 2026-07-06, 144 days ago".
pub(super) fn data(headline: &Headline, today: Option<Day>) -> String {
    let Headline { entities, accounts, dumps_incomplete, oldest, newest, .. } = headline;
    let placed = *entities - headline.in_no_account;
    let [all, placed] = [*entities, placed].map(|of| counted(of, "entity", "entities"));
    let accounts = counted(*accounts, "account", "accounts");
    let mut parts = vec![match headline.in_no_account {
        0 => format!("{all} in {accounts}"),
        none => format!("{placed} in {accounts} and {} in none", grouped(none)),
    }];
    let (oldest, newest) = (oldest.map(Instant::day), newest.map(Instant::day));
    parts.push(match (newest, today) {
        (None, _) => "no dump that counts has a date".to_owned(),
        (Some(newest), today) => age(newest, today),
    });
    parts.extend(oldest.filter(|_| oldest != newest).map(|oldest| format!("oldest that counts {oldest}")));
    let incomplete = counted(*dumps_incomplete, "incomplete dump", "incomplete dumps");
    parts.extend((*dumps_incomplete > 0).then_some(incomplete));
    parts.join("; ")
}

/// "newest dump 2026-07-06, 144 days ago"; only who has a clock knows `today`.
pub(super) fn age(newest: Day, today: Option<Day>) -> String {
    let ago = today.map(|today| match i64::from(today.0) - i64::from(newest.0) {
        ..=0 => ", today".to_owned(),
        days => format!(", {} ago", counted(days, "day", "days")),
    });
    format!("newest dump {newest}{}", ago.unwrap_or_default())
}

/// How the inputs fared, and how old the newest dump is: the foot of a report.
pub(super) fn foot(report: &Report, today: Option<Day>) -> String {
    let newest = report.newest_dump.map(|newest| format!("; {}", age(newest.day(), today)));
    format!("{}{}", inputs(&report.inputs), newest.unwrap_or_default())
}

/// "141: 51 used, 15 stale, 73 unused, 2 unknown (2 watched too briefly)".
fn verdicts(of: &Permissions) -> String {
    let because = because(of);
    format!(
        "{}: {} used, {} stale, {} unused, {} unknown{because}",
        grouped(of.granted),
        grouped(of.active),
        grouped(of.stale),
        grouped(of.unused),
        grouped(of.unknown)
    )
}

/// " (2 watched too briefly)"; nothing where no permission is unknown.
pub(super) fn because(of: &Permissions) -> String {
    let because =
        of.unknown_because.iter().map(|(reason, count)| format!("{} {}", grouped(*count), short_reason(*reason)));
    let because: Vec<_> = because.collect();
    if because.is_empty() { String::new() } else { format!(" ({})", because.join(", ")) }
}

/// Why a verdict is unknown, in a few words behind a number.
pub(super) const fn short_reason(reason: UnknownReason) -> &'static str {
    match reason {
        UnknownReason::WindowTooShort => "watched too briefly",
        UnknownReason::DateUnreadable => "with an unreadable date",
        UnknownReason::NoDate => "in a dump without a date",
        UnknownReason::Contradicted => "contradicted",
        UnknownReason::NewerAccess => "of services used since",
        UnknownReason::NoStart => "without a known start of recording",
        UnknownReason::GrantedRecently => "granted recently",
        UnknownReason::AgeUnknown => "of entities of unknown age",
    }
}

/// "66 services (22 more controlled by AWS); 46 actions (164 more of listed services)".
pub(super) fn short_review(headline: &Headline) -> String {
    let of = |of: &Permissions, one: &str, many: &str| {
        let more = [
            (of.aws_controlled, "controlled by AWS"),
            (of.listed_with_service, "of listed services"),
            (of.kept_by_decision, "kept by decision"),
        ];
        let more = more.into_iter().filter(|(count, _)| *count > 0);
        let more: Vec<_> = more.map(|(count, what)| format!("{} more {what}", grouped(count))).collect();
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        format!("{}{more}", counted(of.to_review, one, many))
    };
    let services = of(&headline.services, "service", "services");
    match headline.actions.granted {
        0 => services,
        _ => format!("{services}; {}", of(&headline.actions, "action", "actions")),
    }
}

/// "69 services (73 unused + 15 stale - 19 controlled by AWS)".
fn to_review(level: &str, of: &Permissions) -> String {
    let less = [
        (of.aws_controlled, "controlled by AWS"),
        (of.listed_with_service, "of services listed already"),
        (of.kept_by_decision, "kept by decision"),
    ];
    let less = less.into_iter().filter(|(count, _)| *count > 0);
    let less: String = less.flat_map(|(count, what)| [" - ".to_owned(), grouped(count), format!(" {what}")]).collect();
    let sum = format!("{} unused + {} stale{less}", grouped(of.unused), grouped(of.stale));
    format!("{} {level} ({sum})", grouped(of.to_review))
}

pub(super) fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `2,964,024`.
pub(super) fn grouped(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", thousands(number.unsigned_abs()))
}

/// How the values of a column are meant, as one word.
pub(super) const fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Count => "count",
        ColumnKind::Days => "days",
        ColumnKind::Percent => "percent",
        ColumnKind::Ratio => "ratio",
        ColumnKind::Instant => "instant",
        ColumnKind::Date => "date",
        ColumnKind::Flag => "flag",
    }
}

/// A kind of change in words.
pub(super) fn change(kind: &str) -> &str {
    match kind {
        "not-comparable" => "cannot be compared",
        "entity-added" => "first dump",
        "entity-removed" => "no dump any more",
        "listed" => "listed for the first time",
        "unlisted" => "not listed any more",
        "revoked" => "taken away",
        "started" => "used for the first time",
        "resumed" => "used again",
        "went-stale" => "went stale",
        "aged-out" => "last use aged out",
        "went-backwards" => "went backwards",
        "newer-date" => "used since",
        other => other,
    }
}

/// Why a verdict is unknown, as the end of a sentence.
pub(super) const fn reason(reason: UnknownReason) -> &'static str {
    match reason {
        UnknownReason::WindowTooShort => "AWS has not watched for as long as the threshold",
        UnknownReason::DateUnreadable => "there was an access, and its date is missing or cannot be read",
        UnknownReason::NoDate => "the dump has no date to count from",
        UnknownReason::Contradicted => "the documents contradict each other about it",
        UnknownReason::NewerAccess => "the service was used since, and nobody knows through which action",
        UnknownReason::NoStart => "nobody knows since when AWS records it, or whether it does",
        UnknownReason::GrantedRecently => "it was granted less than the threshold ago",
        UnknownReason::AgeUnknown => "the age of the entity is unknown",
    }
}

/// The same of a password, an access key or the use of a role, which has no service and no action.
pub(super) const fn reason_of_credential(reason: UnknownReason) -> &'static str {
    match reason {
        UnknownReason::WindowTooShort => {
            "it or its owner was created after the answer about it, or less than the threshold before"
        }
        UnknownReason::DateUnreadable => "the date of a use, or of the creation of its owner, cannot be read",
        UnknownReason::NoDate => "the answer about it has no date to count from",
        UnknownReason::NewerAccess => "its owner was used since through one of its credentials, and nobody knows which",
        UnknownReason::AgeUnknown => "nothing shows when it was created",
        UnknownReason::Contradicted => "its use is from before its owner was created",
        UnknownReason::NoStart | UnknownReason::GrantedRecently => self::reason(reason),
    }
}

/// How to take a permission away from an entity that the account edits, by who writes the policies that grant it. The other
/// holders of a policy lose what is removed from it: tickets about two roles each told to remove what the other one used.
pub(super) const fn taking_away(author: Option<PolicyAuthor>) -> &'static str {
    match author {
        Some(PolicyAuthor::Account) | None => {
            "Remove the permission from the policy that grants it, unless another holder of the policy uses it: `dormant recommend` looks at all holders."
        }
        Some(PolicyAuthor::Aws) => {
            "AWS writes the policies that grant it: detach them, or replace them with policies of your own that grant less."
        }
        Some(PolicyAuthor::Both) => {
            "Remove the permission from your own policies that grant it, unless another holder of them uses it (`dormant recommend` looks at all holders); detach those that AWS writes, or replace them with policies of your own that grant less."
        }
    }
}

/// The same in a cell; `remedy` is that of the entity.
pub(super) fn advice(remedy: &str, author: &str, identified_by: &str) -> &'static str {
    if IdentifiedBy::parse(identified_by) == Some(IdentifiedBy::Unknown) {
        return "name its entity";
    }
    match (Remedy::parse(remedy), PolicyAuthor::parse(author)) {
        (Some(Remedy::EditPolicy), Some(PolicyAuthor::Aws)) => "detach or replace AWS's policy",
        (Some(Remedy::EditPolicy), Some(PolicyAuthor::Both)) => "edit your policy, detach AWS's",
        (Some(Remedy::EditPolicy), _) => "edit the policy",
        (Some(Remedy::DetachOrReplace), _) => "detach or replace the policy",
        (Some(Remedy::ChangePermissionSet), _) => "change the permission set",
        (Some(Remedy::None), _) => "none: AWS controls it",
        (None, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_at_a_command_line_are_left_out_and_nothing_else() {
        for (text, kept) in [
            ("You cannot edit it. Include them with --include-aws-controlled.", "You cannot edit it."),
            (
                "Actions (of services) are there (--all-actions lists them here too).",
                "Actions (of services) are there.",
            ),
            ("who answers (--decisions), else (--owner-tag)", "who answers, else"),
            ("One. Run `dormant check` to see it. Two.", "One. Two."),
            ("role/a--b of (c--d)", "role/a--b of (c--d)"),
            ("Save it again with `--output json`. Or use --x.", "Save it again with `--output json`."),
            ("a -- b", "a -- b"),
        ] {
            assert_eq!(without_options(text), kept, "{text}");
        }
    }

    #[test]
    fn every_column_keeps_a_meaning_without_its_options() {
        for (name, _, about) in crate::analyse::definitions() {
            let kept = without_options(about);
            assert!(!kept.is_empty() && !kept.ends_with([',', ';', ':']), "{name}: {about} -> {kept}");
        }
    }
}
