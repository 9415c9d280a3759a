//! What an audit says in sentences: scope, method, limits, completeness, and what to look at first. The workbook and the Markdown report say the
//! same ones.

use super::json::DEFINITIONS;
use super::{people, words};
use crate::frame::{Cell, TableReader};
use crate::model::Instant;
use crate::model::policy::Risk;
use crate::problem::Severity;
use crate::report::{
    ATTENTION, Completeness, Headline, Parameter, ParameterValue, Permissions, Report, Section, Workpaper,
};

/// How many names a sentence of the workpaper has at most.
pub(super) const MOST_NAMES: usize = 20;

/// What an audit cannot say.
pub(super) const LIMITS: [&str; 5] = [
    "AWS does not record some actions, such as s3:GetObject and iam:PassRole. None is called unused.",
    "Unused means without an access in the days that AWS was watching (at least the threshold, at most 400 for one dump), not in the whole life of the entity.",
    "An access is an attempt, permitted or denied. What is used once a year, or only in an emergency, may look stale.",
    "Granted means that identity policies allow it. Resource policies, organization policies, boundaries and session policies are not looked at.",
    "An entity without a usable dump is listed, and none of its permissions is counted.",
];

/// The days after which a use counts no more, as shown: "90 days".
pub(super) fn threshold(parameters: &[Parameter]) -> &str {
    let threshold = parameters.iter().find(|parameter| parameter.name == "stale_after_days");
    threshold.map_or("the threshold", |parameter| parameter.shown.as_str())
}

/// How it was done, in six sentences.
pub(super) fn method(report: &Report) -> [String; 6] {
    let threshold = threshold(&report.parameters);
    [
        "The evidence is what AWS answered to get-service-last-accessed-details, saved before the audit; AWS was not asked anything during it.".to_owned(),
        "Each input was hashed and read, and each dump was assigned to one entity. What could not be read counts for nothing, and is listed. A dump that nothing assigns to an \
         entity counts as one of its own, of unknown type and under the path of its file, which may tell its account.".to_owned(),
        "All documents about an entity are judged together: an access that any of them shows counts.".to_owned(),
        format!(
            "A permission is used if its last access was less than {threshold} before the dump, stale if it was earlier, and unused if no access is recorded while \
             AWS was watching for at least {threshold}. Everything else is unknown."
        ),
        "What an incomplete dump lists counts like any other row. What it does not list is judged by the newest older dump that lists it, as of the date of that dump; without one \
         it is not counted. It never counts as taken away.".to_owned(),
        "The same inputs, options and version give the same bytes, so the audit can be made again and compared.".to_owned(),
    ]
}

/// "16 entities in 2 accounts: 9 roles, 3 users, 1 group, 3 policies"; "16 entities with a usable dump, 15 in 2 accounts and
/// 1 in no known account".
pub(super) fn scope(headline: &Headline, workpaper: &Workpaper) -> String {
    let entities = words::counted(headline.entities, "entity", "entities");
    let accounts = words::counted(headline.accounts, "account", "accounts");
    let of_kinds = workpaper.kinds.iter().map(|(many, count)| of_kind(*count, many));
    let of_none =
        (workpaper.of_no_kind > 0).then(|| format!("{} of unknown type", words::grouped(workpaper.of_no_kind)));
    let kinds: Vec<String> = of_kinds.chain(of_none).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
    let place = match headline.in_no_account {
        0 => format!(" in {accounts}"),
        none => {
            let [placed, none] = [headline.entities - none, none].map(words::grouped);
            format!(", {placed} in {accounts} and {none} in no known account")
        }
    };
    format!("{entities} with a usable dump{place}{kinds}.")
}

/// "1 role", "9 roles".
fn of_kind(count: usize, many: &str) -> String {
    let one = many.strip_suffix("ies").map_or_else(|| many.trim_end_matches('s').to_owned(), |stem| format!("{stem}y"));
    words::counted(count as i64, &one, many)
}

/// Which filters narrow the scope; none where nothing does.
pub(super) fn filters(parameters: &[Parameter]) -> Option<String> {
    const NARROW: [&str; 9] =
        ["account", "type", "entity", "service", "action", "region", "verdict", "within_days", "at"];
    let is_filter = |parameter: &&Parameter| {
        NARROW.contains(&parameter.name)
            || matches!(parameter.name, "used" | "unused") && parameter.value == ParameterValue::Flag(true)
    };
    let filters: Vec<String> = parameters
        .iter()
        .filter(is_filter)
        .map(|parameter| format!("{}: {}", parameter.label, parameter.shown))
        .collect();
    (!filters.is_empty()).then(|| filters.join("; "))
}

/// "The dumps that count were made between 2026-01-05 and 2026-07-06. Ages are counted from the date of each dump."
pub(super) fn period(headline: &Headline, parameters: &[Parameter]) -> String {
    let (oldest, newest) = (headline.oldest.map(Instant::day), headline.newest.map(Instant::day));
    let of_question = ages_from(parameters);
    let made = match (oldest, newest) {
        (Some(oldest), Some(newest)) if oldest == newest => format!("on {newest}"),
        (Some(oldest), Some(newest)) => format!("between {oldest} and {newest}"),
        _ if headline.entities == 0 => return "No dump counts.".to_owned(),
        _ => {
            let none = "No dump that counts has a date";
            return of_question.map_or_else(
                || format!("{none}, so that no age can be counted."),
                |date| format!("{none} of its own. Ages are counted from {date} (--as-of)."),
            );
        }
    };
    let from = of_question.map_or_else(|| "the date of each dump".to_owned(), |date| format!("{date} (--as-of)"));
    let others = if headline.has_undated { "; others have no date" } else { "" };
    format!("The dumps that count were made {made}{others}. Ages are counted from {from}.")
}

/// The date from which ages are counted, if it is not that of each dump.
fn ages_from(parameters: &[Parameter]) -> Option<&str> {
    let given = |asked: &&Parameter| asked.name == "as_of" && asked.value != ParameterValue::Usual;
    parameters.iter().find(given).map(|asked| asked.shown.as_str())
}

/// The numbers that lead a report, in sentences.
pub(super) fn results(headline: &Headline) -> Vec<String> {
    let Headline { services, actions, dumps_incomplete, .. } = headline;
    let mut sentences = Vec::new();
    if *dumps_incomplete > 0 {
        let dumps = words::counted(*dumps_incomplete, "dump is", "dumps are");
        sentences.push(format!(
            "{dumps} incomplete: a permission that is not listed there is judged by an older dump that lists it, and is not counted without one."
        ));
    }
    sentences.push(format!(
        "Of {} that the entities may use, each counted once for every entity, {}.",
        words::counted(services.granted, "service", "services"),
        verdicts(services)
    ));
    if actions.granted > 0 {
        let actions_of = words::counted(actions.granted, "action", "actions");
        sentences.push(format!("Of {actions_of} that AWS tracks in these services, {}.", verdicts(actions)));
    }
    sentences.push(to_review(services, "service", "services"));
    if actions.granted > 0 {
        sentences.push(to_review(actions, "action", "actions"));
    }
    sentences
}

/// "51 are used, 15 are stale, 73 are unused, and 2 are unknown (2 because AWS has not watched for as long as the threshold)".
fn verdicts(of: &Permissions) -> String {
    let are = |count: i64, what: &str| match count {
        0 => format!("none is {what}"),
        _ => words::counted(count, &format!("is {what}"), &format!("are {what}")),
    };
    let because = of.unknown_because.iter();
    let because: Vec<String> =
        because.map(|(why, count)| format!("{} because {}", words::grouped(*count), words::reason(*why))).collect();
    let because = if because.is_empty() { String::new() } else { format!(" ({})", because.join("; ")) };
    let [used, stale] = [are(of.active, "used"), are(of.stale, "stale")];
    let [unused, unknown] = [are(of.unused, "unused"), are(of.unknown, "unknown")];
    format!("{used}, {stale}, {unused}, and {unknown}{because}")
}

/// "66 services are to be reviewed: 73 unused and 15 stale, less 22 that AWS controls."
fn to_review(of: &Permissions, one: &str, many: &str) -> String {
    let less = [
        (of.aws_controlled, "controlled by AWS"),
        (of.listed_with_service, "of services that are listed already"),
        (of.kept_by_decision, "kept by decision"),
    ];
    let less: Vec<String> = less
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", words::grouped(count)))
        .collect();
    let less = if less.is_empty() { String::new() } else { format!(", less {}", less.join(" and ")) };
    let are = words::counted(of.to_review, &format!("{one} is"), &format!("{many} are"));
    format!("{are} to be reviewed: {} unused and {} stale{less}.", words::grouped(of.unused), words::grouped(of.stale))
}

/// How many changes there are of a kind: "7 permissions not used any more".
pub(super) fn changes_of_kind(kind: &str, count: i64) -> String {
    let (one, many) = match kind {
        "entity-added" => ("entity has a dump for the first time", "entities have a dump for the first time"),
        "entity-removed" => ("entity has no dump any more", "entities have no dump any more"),
        "granted" => ("permission was granted", "permissions were granted"),
        "revoked" => ("permission was taken away", "permissions were taken away"),
        "listed" => ("action is listed for the first time", "actions are listed for the first time"),
        "unlisted" => ("action is not listed any more", "actions are not listed any more"),
        "started" => ("permission was used for the first time", "permissions were used for the first time"),
        "resumed" => ("permission is used again", "permissions are used again"),
        "went-stale" => ("permission is not used any more", "permissions are not used any more"),
        "aged-out" => ("last use is older than AWS remembers", "last uses are older than AWS remembers"),
        // Of some the new dump shows an earlier use, and of others none.
        "went-backwards" => {
            ("permission does not show its last use any more", "permissions do not show their last uses any more")
        }
        "newer-date" => ("permission was used since", "permissions were used since"),
        "not-comparable" => (
            "entity cannot be compared (it has the same dump at both dates, or one that is incomplete or not usable)",
            "entities cannot be compared (they have the same dump at both dates, or one that is incomplete or not usable)",
        ),
        other => return format!("{} {other}", words::grouped(count)),
    };
    words::counted(count, one, many)
}

/// What changed, as the end of a sentence that begins with the entity: "started using athena (2026-06-29)".
pub(super) fn change(section: &Section, reader: &TableReader<'_>, row: usize) -> String {
    let cell = |name: &str| {
        let at = section.columns.iter().position(|column| column.name == name);
        at.map_or(Cell::Null, |at| reader.cell(row, at))
    };
    let text = |name: &str| if let Cell::Text(text) = cell(name) { text } else { "" };
    let day = |name: &str| if let Cell::Instant(at) = cell(name) { at.day().to_string() } else { String::new() };
    let on = |day: &str| if day.is_empty() { String::new() } else { format!(" ({day})") };
    let what = people::joined(text("service_namespace"), ':', text("action_name"));
    let (before, after) = (day("old_last_accessed"), day("new_last_accessed"));
    let last = |day: &str| if day.is_empty() { String::new() } else { format!(": last used {day}") };
    match text("change") {
        "entity-added" => "has a dump for the first time".to_owned(),
        "entity-removed" => "has no dump any more".to_owned(),
        "granted" if text("new_verdict") == "unused" => format!("was granted {what}, and has not used it"),
        "granted" => format!("was granted {what}"),
        "revoked" => format!("may not use {what} any more{}", last(&before)),
        "listed" => format!("has {what} in its list for the first time"),
        "unlisted" => format!("does not have {what} in its list any more"),
        "started" => format!("started using {what}{}", on(&after)),
        // The verdicts are of all documents, and the dates those of the two dumps.
        "resumed" if before >= after => {
            format!("uses {what} again, as a document beside its dumps shows: in these it was last used {after}")
        }
        "resumed" => format!("uses {what} again{}, after {before}", on(&after)),
        "went-stale" => format!("stopped using {what}{}", last(if after.is_empty() { &before } else { &after })),
        "aged-out" => format!("used {what} last on {before}, which AWS does not remember any more"),
        "went-backwards" if after.is_empty() => format!("shows no use of {what} any more, after {before}"),
        "went-backwards" => format!("shows an earlier use of {what} than before: {after} after {before}"),
        "newer-date" => format!("used {what} again{}", on(&after)),
        "not-comparable" => {
            "cannot be compared: it has the same dump at both dates, or one that is incomplete or not usable".to_owned()
        }
        other => format!("{other}: {what}"),
    }
}

/// How many decisions somebody has to look at, if any.
pub(super) fn attention(report: &Report) -> Option<&str> {
    let mut remarks = report.sections.iter().flat_map(|section| &section.remarks);
    remarks.find(|remark| remark.starts_with(ATTENTION)).map(String::as_str)
}

/// Whether every entity was tested, in sentences, each with at most so many names.
pub(super) fn completeness(of: &Completeness, most_names: usize) -> Vec<String> {
    let accounts = &of.accounts_without_dump;
    let count =
        words::counted(accounts.len() as i64, "account of the organization has", "accounts of the organization have");
    let without = format!("{count} no usable dump: {}.", names(accounts, most_names));
    let said = of_entities(of, most_names);
    said.into_iter().chain((!accounts.is_empty()).then_some(without)).collect()
}

fn of_entities(of: &Completeness, most_names: usize) -> Vec<String> {
    if of.inventories.is_empty() && of.inventories_left_out > 0 {
        let lists = words::counted(of.inventories_left_out as i64, "list", "lists");
        return vec![format!(
            "Completeness was not tested: of {lists} of entities among the inputs none is of the accounts and the time that were asked for."
        )];
    }
    if of.inventories.is_empty() {
        return vec![
            "Completeness was not tested: no list of the entities of an account was among the inputs. Save the answer of list-roles, list-users or \
             get-account-authorization-details next to the dumps, and the audit names the entities without a dump."
                .to_owned(),
        ];
    }
    let mut sentences = vec![format!("Tested against {}.", names(&of.inventories, most_names))];
    let of_kinds: Vec<String> = of
        .kinds
        .iter()
        .map(|counted| format!("{} of {}", words::grouped(counted.dumped as i64), of_kind(counted.named, counted.kind)))
        .collect();
    if !of_kinds.is_empty() {
        let missing: usize = of.kinds.iter().map(|counted| counted.named - counted.dumped).sum();
        let missing = words::counted(missing as i64, "entity has none", "entities have none");
        sentences.push(format!("Of what these lists name, a usable dump exists for {}; {missing}.", listed(&of_kinds)));
    }
    if of.kinds.iter().any(|counted| counted.kind == "policies" && counted.dumped < counted.named) {
        sentences.push("What a policy grants is also tested with its holders.".to_owned());
    }
    let mut say = |list: &[String], what: &str| {
        if !list.is_empty() {
            sentences.push(format!("{what}: {}.", names(list, most_names)));
        }
    };
    say(&of.missing, "Without a usable dump");
    say(&of.not_named, "With a dump, and not in the list of their account");
    say(&of.untested, "Completeness was not tested where no list was saved");
    say(&of.without_inventory, "Completeness was not tested in accounts without a list");
    say(&of.older, "Older than the dumps, so that entities that were created since are not in it");
    say(&of.undated, "Without a date, so that entities may have been created since");
    say(
        &of.cut,
        "A last page, or the row of the root user, is missing, so that there may be more entities than named, of",
    );
    sentences
}

/// `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.concat(),
    }
}

/// The first names of a list, and how many more there are.
fn names(list: &[String], most: usize) -> String {
    let shown = list.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// By which program and with which options: the one place for what only the maker needs.
pub(super) fn made(report: &Report) -> String {
    // These stand above it.
    const ELSEWHERE: [&str; 3] = ["title", "reference", "prepared_by"];
    let asked = report.parameters.iter().filter(|asked| !ELSEWHERE.contains(&asked.name));
    let asked: Vec<String> = asked.map(|Parameter { label, shown, .. }| format!("{label}: {shown}")).collect();
    format!(
        "By dormant {}, definitions {DEFINITIONS}, with the options {}.",
        env!("CARGO_PKG_VERSION"),
        asked.join("; ")
    )
}

/// What stands in the place of what to review first, if there is nothing. Where nothing could be judged, that is not good news.
pub(super) fn nothing_to_review(report: &Report) -> &'static str {
    let headline = report.headline.clone().unwrap_or_default();
    let sum = |of: fn(&Permissions) -> i64| of(&headline.services) + of(&headline.actions);
    match (headline.entities, sum(|of| of.granted)) {
        (0, _) => "Nothing could be judged: no usable dump is of what was asked for.",
        (_, 0) => "Nothing could be judged: no usable dump lists a permission of what was asked for.",
        (_, granted) if granted == sum(|of| of.unknown) => "Nothing could be judged: every permission is unknown.",
        _ if sum(|of| of.to_review) > 0 => {
            "No entity: what is to be reviewed belongs to entities that are gone, or to dumps that tell no entity. Find out first what they are about."
        }
        _ => "Nothing: no permission that could be taken away is unused or stale.",
    }
}

/// What was not read, in one sentence.
pub(super) fn not_read(report: &Report) -> String {
    let counts = report.inputs;
    let problems = words::problem_counts(report).map_or_else(String::new, |counts| format!(" Problems: {counts}."));
    let inputs = words::counted(counts.found as i64, "input", "inputs");
    let inputs = format!("{inputs}: {} read, {} skipped, {} failed.", counts.read, counts.skipped, counts.failed);
    match counts.failed {
        0 if words::problems_of(report, Severity::Incomplete).next().is_none() => format!("{inputs}{problems}"),
        _ => format!(
            "{inputs}{problems} What was not read counts for nothing. From an incomplete dump, only the rows that it lists count."
        ),
    }
}

/// An entity that is to be looked at first.
pub(super) struct FirstEntity {
    /// `role/AdminRole`.
    pub(super) entity: String,
    /// Its account.
    pub(super) account: String,
    /// What is to say about it.
    pub(super) sentence: String,
}

/// The entities to look at first, most dangerous first.
pub(super) fn first_entities(workpaper: &Workpaper) -> Vec<FirstEntity> {
    let rows = rows_of(workpaper, "overview-entities");
    rows.iter()
        .map(|row| FirstEntity { entity: row.entity(), account: row.text("account_id"), sentence: could_go(row) })
        .collect()
}

/// "46 of 60 services and 20 actions could go; 33 of these are of high risk. Last used 2026-07-06."
fn could_go(row: &AuditRow) -> String {
    let (granted, services, actions) =
        (row.number("services_granted"), row.number("services_to_review"), row.number("actions_to_review"));
    let of_granted = if granted > 0 { format!(" of {}", words::grouped(granted)) } else { String::new() };
    let services = format!(
        "{}{of_granted} {}",
        words::grouped(services),
        if granted.max(services) == 1 { "service" } else { "services" }
    );
    let what = match actions {
        0 => services,
        _ => format!("{services} and {} of others", words::counted(actions, "action", "actions")),
    };
    let risks: Vec<String> = Risk::ALL
        .iter()
        .take(2)
        .map(|risk| (risk, row.number(&format!("risk_{risk}"))))
        .filter(|(_, count)| *count > 0)
        .map(|(risk, count)| format!("{} of {risk} risk", words::grouped(count)))
        .collect();
    let risks = if risks.is_empty() { String::new() } else { format!(", {}", risks.join(" and ")) };
    let used = row.day("last_accessed").map_or_else(|| "No use is seen.".to_owned(), |day| format!("Last used {day}."));
    format!("{what} unused or stale{risks}. {used}")
}

/// A permission of high risk that nobody of those who hold it uses.
pub(super) struct FirstPermission {
    /// `iam:CreateUser`.
    pub(super) permission: String,
    /// How bad it is.
    pub(super) risk: String,
    /// "3 entities: `AdminRole`, ci-deploy, alice"; "1 of 3 entities: `AdminRole`" if two have it with another risk.
    pub(super) held_by: String,
    /// What somebody could do with it.
    pub(super) category: String,
}

/// The most dangerous permissions that some entities hold and never used; others may use them.
pub(super) fn first_permissions(workpaper: &Workpaper) -> Vec<FirstPermission> {
    let of_row = |row: AuditRow| {
        let (service, action) = (row.text("service_namespace"), row.text("action_name"));
        let holders = row.number("entities");
        let named = row.text("held_by");
        // Two names with their accounts are as much as a line has room for.
        let shown: Vec<&str> = named.split(", ").take(if holders > 3 { 2 } else { 3 }).collect();
        let more = if holders > 3 { ", …" } else { "" };
        let all = row.number("entities_of_any_risk").max(holders);
        let of_all = if all > holders { format!("{} of ", words::grouped(holders)) } else { String::new() };
        FirstPermission {
            permission: if action.is_empty() { service } else { format!("{service}:{action}") },
            risk: row.text("risk"),
            held_by: format!("{of_all}{}: {}{more}", words::counted(all, "entity", "entities"), shown.join(", ")),
            category: row.text("risk_category"),
        }
    };
    rows_of(workpaper, "overview-permissions").into_iter().map(of_row).collect()
}

/// Why an audit has three numbers of inputs, where they differ: files, what is in archives, and rows of Sources.
pub(super) fn sources(report: &Report, workpaper: &Workpaper) -> String {
    let (files, inputs) = (workpaper.files, report.inputs.found);
    let rows = report.sections.iter().find(|section| section.id == "sources").map_or(0, |of| of.table.height());
    let [in_files, in_rows] =
        [words::counted(files as i64, "file", "files"), words::counted(rows as i64, "row", "rows")];
    let of_files = if files == inputs {
        String::new()
    } else {
        format!(" They are in {in_files}: each member of an archive is an input.")
    };
    let of_rows = if rows == inputs || rows == 0 {
        String::new()
    } else {
        format!(" Sources has {in_rows}: one for each dump where an input holds several.")
    };
    format!("{of_files}{of_rows}")
}

/// How many entities have no use at all, and how many no dump.
pub(super) fn without_use(workpaper: &Workpaper) -> Option<String> {
    let entities = workpaper.first.iter().find(|section| section.id == "overview-entities")?;
    let total = |name: &str| entities.totals.iter().find(|(of, _)| of == name).map_or(0, |(_, count)| *count);
    let (never, missing) = (total("never_used"), total("without_dump"));
    let completeness = &workpaper.completeness;
    let elsewhere = missing - completeness.missing.len() as i64;
    (never + missing > 0).then(|| {
        format!(
            "{} without any use while AWS was watching; {} without a usable dump{}.",
            words::counted(never, "entity", "entities"),
            words::counted(missing, "entity", "entities"),
            if elsewhere > 0 && !completeness.inventories.is_empty() {
                format!(", {} of them in no list of an account", words::grouped(elsewhere))
            } else {
                String::new()
            }
        )
    })
}

/// A row of a section, by the names of its columns.
struct AuditRow<'s> {
    section: &'s Section,
    reader: TableReader<'s>,
    at: usize,
}

fn rows_of<'w>(workpaper: &'w Workpaper, id: &str) -> Vec<AuditRow<'w>> {
    let sections = workpaper.first.iter().filter(|section| section.id == id);
    let rows = |section: &'w Section| {
        (0..section.table.height()).map(move |at| AuditRow { section, reader: section.table.reader(), at })
    };
    sections.flat_map(rows).collect()
}

impl AuditRow<'_> {
    fn cell(&self, name: &str) -> Cell<'_> {
        let at = self.section.columns.iter().position(|column| column.name == name);
        at.map_or(Cell::Null, |at| self.reader.cell(self.at, at))
    }

    fn text(&self, name: &str) -> String {
        if let Cell::Text(text) = self.cell(name) { text.to_owned() } else { String::new() }
    }

    fn number(&self, name: &str) -> i64 {
        if let Cell::Int(number) = self.cell(name) { number } else { 0 }
    }

    fn day(&self, name: &str) -> Option<String> {
        if let Cell::Instant(at) = self.cell(name) { Some(at.day().to_string()) } else { None }
    }

    fn entity(&self) -> String {
        people::joined(&self.text("entity_type"), '/', &self.text("entity_name")).into_owned()
    }
}
