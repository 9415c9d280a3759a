//! `overview`: which entities to look at first, and which unused permissions are worth most to an attacker. It is made
//! from the finished rows of other reports, so that each of its numbers is also in one of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::{ReportSpec, Sort, columns, describe};
use crate::frame::{Cell, Table, TableReader, schema};
use crate::model::policy::Risk;
use crate::model::{Evidence, IdentifiedBy, Instant, Level, Verdict};
use crate::problem::{Severity, counted};
use crate::report::{GoneEntity, Headline, Report, Section};

/// The most rows of the two lists.
const MOST: usize = 10;
/// How many holders of a permission are named.
const MOST_NAMES: usize = 3;

const SERVICES_TO_REVIEW: &str = "services_to_review";
const ACTIONS_TO_REVIEW: &str = "actions_to_review";

/// The reports that make up the overview, in the order in which [`overview`] takes them.
#[must_use]
pub fn overview_specs() -> Vec<ReportSpec> {
    let unused = |level| ReportSpec::Unused { level, all_actions: false, sort: Sort::Entity };
    vec![ReportSpec::Summary, unused(Level::Service), unused(Level::Action), ReportSpec::Entities]
}

/// The overview of `reports`, those of [`overview_specs`]. `words` gives what follows the name of a suggested command, as
/// a shell takes it: the inputs, and the options that choose what is counted.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn overview(
    reports: &[Report],
    headline: Option<&Headline>,
    words: &dyn Fn(&str) -> String,
) -> PolarsResult<Report> {
    let [summary, services, actions, entities] = reports else { unreachable!("as many as overview_specs gives") };
    let rows = |report: &Report| report.sections.first().map(|section| section.table.clone());
    let lists: Vec<Table> = [services, actions].into_iter().filter_map(rows).collect();
    let inventory = rows(entities);
    let gone = entities.sections.first().map_or(&[][..], |section| &section.gone);
    let mut sections: Vec<Section> = summary.sections.iter().map(accounts).collect::<PolarsResult<_>>()?;
    let has_several_accounts = sections.first().is_some_and(|accounts| accounts.table.height() > 1);
    // Both look at every row of the lists, which can be millions.
    let (candidates, permissions) = rayon::join(
        || candidates(&lists, inventory.as_ref(), gone),
        || permissions(&lists, gone, has_several_accounts),
    );
    let (mut candidates, left) = candidates?;
    let is_incomplete = summary.problems.iter().any(|problem| problem.severity() <= Severity::Incomplete);
    let next = next(words, first_of(&candidates.table), !candidates.remarks.is_empty(), is_incomplete);
    candidates.remarks.extend(left);
    sections.extend([candidates, permissions?, commands(next)?]);
    if let Some(of_all) = services.sections.first() {
        sections[0].remarks.clone_from(&of_all.remarks);
    }
    Ok(Report {
        id: "overview".to_owned(),
        title: "Overview".to_owned(),
        parameters: Vec::new(),
        headline: headline.cloned(),
        sections,
        inputs: summary.inputs,
        newest_dump: summary.newest_dump,
        problems: summary.problems.clone(),
        workpaper: None,
    })
}

/// Rows of a table, read by the names of its columns.
struct NamedRows<'t> {
    reader: TableReader<'t>,
    names: Vec<&'t str>,
    height: usize,
}

/// One column of them. Its name is looked for once, not in every row: a list can have millions.
struct NamedColumn<'r, 't> {
    reader: &'r TableReader<'t>,
    at: Option<usize>,
}

impl<'t> NamedRows<'t> {
    fn of(table: &'t Table) -> Self {
        Self { reader: table.reader(), names: table.names().collect(), height: table.height() }
    }

    fn column(&self, name: &str) -> NamedColumn<'_, 't> {
        NamedColumn { reader: &self.reader, at: self.names.iter().position(|of| *of == name) }
    }

    /// The entity of each row.
    fn entities(&self) -> impl Fn(usize) -> EntityKey<'t> {
        let columns = [schema::ACCOUNT_ID, schema::ENTITY_TYPE, schema::ENTITY_NAME, schema::ENTITY_ARN];
        let columns = columns.map(|name| self.column(name));
        move |row| {
            let [account, kind, name, arn] = columns.each_ref().map(|column| column.text(row));
            EntityKey { account, kind, name, arn }
        }
    }

    /// The rows of each entity that stand together, with their entity.
    fn by_entity(&self) -> impl Iterator<Item = (EntityKey<'t>, Range<usize>)> {
        let (entity_of, height) = (self.entities(), self.height);
        let mut from = 0;
        std::iter::from_fn(move || {
            let entity = (from < height).then(|| entity_of(from))?;
            let rows = from..(from + 1..height).find(|row| entity_of(*row) != entity).unwrap_or(height);
            from = rows.end;
            Some((entity, rows))
        })
    }
}

impl<'t> NamedColumn<'_, 't> {
    fn cell(&self, row: usize) -> Cell<'t> {
        self.at.map_or(Cell::Null, |at| self.reader.cell(row, at))
    }

    fn text(&self, row: usize) -> Option<&'t str> {
        if let Cell::Text(text) = self.cell(row) { Some(text) } else { None }
    }

    fn number(&self, row: usize) -> i64 {
        if let Cell::Int(number) = self.cell(row) { number } else { 0 }
    }

    fn flag(&self, row: usize) -> bool {
        self.cell(row) == Cell::Flag(true)
    }

    /// The position of a risk in [`Risk::ALL`].
    fn risk(&self, row: usize) -> Option<usize> {
        let risk = self.text(row)?;
        Risk::ALL.iter().position(|of| of.as_str() == risk)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EntityKey<'t> {
    account: Option<&'t str>,
    kind: Option<&'t str>,
    name: Option<&'t str>,
    arn: Option<&'t str>,
}

/// The permissions of one entity that could go.
#[derive(Debug, Clone, Default)]
struct Candidate {
    services: i64,
    actions: i64,
    /// Rows of each risk, the worst first.
    risks: [i64; Risk::ALL.len()],
    granted: i64,
    last_accessed: Option<Instant>,
}

/// The entities with the most permissions that could go, the most dangerous first. A dump that tells no entity is none of them, nor is
/// an entity that is gone: nobody can take anything away from them. A sentence names those that are gone.
fn candidates(
    lists: &[Table],
    inventory: Option<&Table>,
    gone: &[GoneEntity],
) -> PolarsResult<(Section, Option<String>)> {
    let mut candidates: BTreeMap<EntityKey, Candidate> = BTreeMap::new();
    let gone: BTreeSet<_> = gone.iter().map(GoneEntity::named).collect();
    let is_gone = |entity: &EntityKey| gone.contains(&(entity.arn, entity.account));
    let (mut unnamed, mut left): (BTreeSet<&str>, BTreeSet<&str>) = Default::default();
    for (at, list) in lists.iter().enumerate() {
        let rows = NamedRows::of(list);
        let (risk, identified_by) = (rows.column("risk"), rows.column(schema::IDENTIFIED_BY));
        for (entity, rows) in rows.by_entity() {
            if identified_by.text(rows.start) == Some(IdentifiedBy::Unknown.as_str()) {
                unnamed.extend(entity.name);
                continue;
            }
            if is_gone(&entity) {
                left.extend(entity.name);
                continue;
            }
            let candidate = candidates.entry(entity).or_default();
            *(if at == 0 { &mut candidate.services } else { &mut candidate.actions }) += rows.len() as i64;
            rows.filter_map(|row| risk.risk(row)).for_each(|risk| candidate.risks[risk] += 1);
        }
    }
    let (mut without_dump, mut never_used) = (0, 0);
    if let Some(inventory) = inventory {
        let rows = NamedRows::of(inventory);
        let (missing, evidence) = (rows.column("missing"), rows.column(schema::EVIDENCE));
        let (verdict, aws_controlled) = (rows.column("verdict"), rows.column(schema::AWS_CONTROLLED));
        let (granted, last) = (rows.column("services_granted"), rows.column(schema::LAST_ACCESSED));
        let entity_of = rows.entities();
        for row in 0..rows.height {
            // A job that is pending or failed tests nothing.
            let has_no_data = evidence.text(row).and_then(Evidence::parse).is_some_and(|of| !of.is_usable());
            // With --at, a dump may be there that was made later. What AWS publishes needs none.
            let has_none = evidence.text(row).is_none() && !aws_controlled.flag(row);
            let is_missing = missing.flag(row) || has_no_data || has_none;
            let is_unused = verdict.text(row) == Some(Verdict::Unused.as_str());
            without_dump += i64::from(is_missing);
            let candidate = candidates.get_mut(&entity_of(row));
            // What AWS controls is in the lists where it was asked for.
            let is_asked_for = candidate.is_some() || !aws_controlled.flag(row);
            never_used += i64::from(!is_missing && is_unused && is_asked_for);
            if let Some(candidate) = candidate {
                candidate.granted = granted.number(row);
                if let Cell::Instant(at) = last.cell(row) {
                    candidate.last_accessed = Some(at);
                }
            }
        }
    }
    let mut ranked: Vec<(EntityKey, Candidate)> = candidates.into_iter().collect();
    ranked.sort_by_key(|(_, of)| (of.risks.map(Reverse), Reverse(of.services + of.actions)));
    let to_review = ranked.len() as i64;
    ranked.truncate(MOST);
    let text = |name: &str, of: for<'t> fn(&EntityKey<'t>) -> Option<&'t str>| {
        let texts = ranked.iter().map(|(entity, _)| of(entity));
        StringChunked::from_iter_options(name.into(), texts).into_column()
    };
    let count = |name: &str, of: &dyn Fn(&Candidate) -> i64| {
        Int64Chunked::from_iter_values(name.into(), ranked.iter().map(|(_, candidate)| of(candidate))).into_column()
    };
    let last = ranked.iter().map(|(_, candidate)| candidate.last_accessed.map(Instant::millis));
    let last = Int64Chunked::from_iter_options(schema::LAST_ACCESSED.into(), last).cast(&schema::instant())?;
    let mut made = vec![
        text(schema::ACCOUNT_ID, |entity| entity.account),
        text(schema::ENTITY_TYPE, |entity| entity.kind),
        text(schema::ENTITY_NAME, |entity| entity.name),
        text(schema::ENTITY_ARN, |entity| entity.arn),
        count("services_granted", &|of| of.granted),
        count(SERVICES_TO_REVIEW, &|of| of.services),
        count(ACTIONS_TO_REVIEW, &|of| of.actions),
        last.into_column(),
    ];
    made.extend(Risk::ALL.iter().enumerate().map(|(at, risk)| count(&format!("risk_{risk}"), &|of| of.risks[at])));
    let about =
        ("overview-entities", "Look at first", "The entities with the most dangerous unused or stale permissions.");
    let mut section = section(about, made)?;
    let totals = [("to_review", to_review), ("without_dump", without_dump), ("never_used", never_used)];
    section.totals.extend(totals.map(|(label, count)| (label.to_owned(), count)));
    section.remarks.extend(without_entity(&unnamed));
    Ok((section, not_there(&left)))
}

/// What to do about dumps with permissions to review that tell no entity, by their labels.
fn without_entity(labels: &BTreeSet<&str>) -> Option<String> {
    (!labels.is_empty()).then(|| {
        format!(
            "Not listed: {} no entity ({}). Find out which entity it is, and name it with --manifest.",
            counted(labels.len(), "dump that tells", "dumps that tell"),
            first_names(labels)
        )
    })
}

/// Which entities with permissions to review are gone.
fn not_there(names: &BTreeSet<&str>) -> Option<String> {
    (!names.is_empty()).then(|| {
        format!(
            "Not listed: {} gone, because the list of its account does not have it ({}).",
            counted(names.len(), "entity that is", "entities that are"),
            first_names(names)
        )
    })
}

fn first_names(names: &BTreeSet<&str>) -> String {
    let first = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Says beside each entity of `entities` how many of its rows are in the two `lists` of what is unused or stale: what a
/// reader decides on who decides by entity.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn with_rows_to_review(entities: &mut Section, lists: [Option<&Section>; 2]) -> PolarsResult<()> {
    let counts = lists.map(|list| {
        let mut counts: BTreeMap<EntityKey, i64> = BTreeMap::new();
        if let Some(list) = list {
            let rows = NamedRows::of(&list.table);
            rows.by_entity().for_each(|(entity, rows)| *counts.entry(entity).or_default() += rows.len() as i64);
        }
        counts
    });
    let names = [SERVICES_TO_REVIEW, ACTIONS_TO_REVIEW];
    let made: Vec<Column> = {
        let rows = NamedRows::of(&entities.table);
        let entity_of = rows.entities();
        let of_list = |(name, counts): (&str, &BTreeMap<EntityKey, i64>)| {
            let of_row = |row: usize| counts.get(&entity_of(row)).copied().unwrap_or(0);
            Int64Chunked::from_iter_values(name.into(), (0..rows.height).map(of_row)).into_column()
        };
        names.into_iter().zip(&counts).map(of_list).collect()
    };
    let mut frame = DataFrame::empty_with_schema(entities.table.schema());
    for part in entities.table.frames() {
        frame.vstack_mut_owned(part)?;
    }
    for column in made {
        frame.with_column(column)?;
    }
    entities.table = Table::new(frame);
    entities.columns.extend(names.map(|name| columns::define("overview-entities", name)));
    Ok(())
}

/// One permission that none of `holders` ever used.
#[derive(Debug, Default)]
struct Dangerous<'t> {
    category: Option<&'t str>,
    closes: Option<&'t str>,
    basis: Option<&'t str>,
    holders: usize,
    /// The first of the holders: their names and accounts.
    first: Vec<(&'t str, Option<&'t str>)>,
}

impl Dangerous<'_> {
    /// The names of the first holders, with their accounts if the input has several: an entity of the same name may hold
    /// it in another account, also where it is not among the first.
    fn names(&self, has_several_accounts: bool) -> String {
        let name = |(name, account): &(&str, Option<&str>)| {
            let account = account.unwrap_or("no account");
            if has_several_accounts { format!("{name} ({account})") } else { (*name).to_owned() }
        };
        self.first.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The unused permissions of the highest risk, each once, with their holders. An entity that is gone holds none.
fn permissions(lists: &[Table], gone: &[GoneEntity], has_several_accounts: bool) -> PolarsResult<Section> {
    let gone: BTreeSet<_> = gone.iter().map(GoneEntity::named).collect();
    let mut found: FxHashMap<(usize, &str, Option<&str>), Dangerous> = FxHashMap::default();
    // Those included that have it with another risk.
    let mut of_any_risk: FxHashMap<(&str, Option<&str>), i64> = FxHashMap::default();
    for list in lists {
        let rows = NamedRows::of(list);
        let (verdict, risk) = (rows.column("verdict"), rows.column("risk"));
        let (service, action) = (rows.column(schema::SERVICE_NAMESPACE), rows.column(schema::ACTION_NAME));
        let details = ["risk_category", "closes", "risk_basis"].map(|name| rows.column(name));
        let (name, account) = (rows.column(schema::ENTITY_NAME), rows.column(schema::ACCOUNT_ID));
        let arn = rows.column(schema::ENTITY_ARN);
        for row in 0..rows.height {
            let is_unused = verdict.text(row) == Some(Verdict::Unused.as_str());
            let is_gone = || !gone.is_empty() && gone.contains(&(arn.text(row), account.text(row)));
            if !is_unused || is_gone() {
                continue;
            }
            let (service, action) = (service.text(row).unwrap_or_default(), action.text(row));
            *of_any_risk.entry((service, action)).or_default() += i64::from(name.text(row).is_some());
            let Some(risk) = risk.risk(row) else { continue };
            let permission = (risk, service, action);
            let dangerous = found.entry(permission).or_default();
            let (known_basis, known_closes) = (dangerous.basis, dangerous.closes);
            [dangerous.category, dangerous.closes, dangerous.basis] = details.each_ref().map(|column| column.text(row));
            // One holder with missing policies is enough for the risk to be higher.
            dangerous.basis = dangerous.basis.max(known_basis);
            dangerous.closes = dangerous.closes.or(known_closes);
            // In a large estate, all names would be as many as its rows.
            if let Some(name) = name.text(row) {
                dangerous.holders += 1;
                let is_first = dangerous.first.len() < MOST_NAMES;
                dangerous.first.extend(is_first.then(|| (name, account.text(row))));
            }
        }
    }
    let closed = |of: &Dangerous| of.closes.map_or(0, |closes| closes.split(", ").count());
    let mut ranked: Vec<_> = found.into_iter().collect();
    // Within one risk, actions come before whole services: the risk of a service is that of the worst action that it
    // might have.
    ranked.sort_by_key(|((risk, service, action), of)| {
        let most = (Reverse(closed(of)), Reverse(of.holders));
        (*risk, action.is_none(), most, *service, *action)
    });
    ranked.truncate(MOST);
    let names: Vec<String> = ranked.iter().map(|(_, of)| of.names(has_several_accounts)).collect();
    let text = |name: &str, texts: &mut dyn Iterator<Item = Option<&str>>| {
        StringChunked::from_iter_options(name.into(), texts).into_column()
    };
    let holders = Int64Chunked::from_iter_values("entities".into(), ranked.iter().map(|(_, of)| of.holders as i64));
    let all =
        ranked.iter().map(|((_, service, action), _)| of_any_risk.get(&(*service, *action)).copied().unwrap_or(0));
    let all = Int64Chunked::from_iter_values("entities_of_any_risk".into(), all);
    let made = vec![
        text(schema::SERVICE_NAMESPACE, &mut ranked.iter().map(|((_, service, _), _)| Some(*service))),
        text(schema::ACTION_NAME, &mut ranked.iter().map(|((_, _, action), _)| *action)),
        text("risk", &mut ranked.iter().map(|((risk, ..), _)| Some(Risk::ALL[*risk].as_str()))),
        text("risk_category", &mut ranked.iter().map(|(_, of)| of.category)),
        text("closes", &mut ranked.iter().map(|(_, of)| of.closes)),
        text("risk_basis", &mut ranked.iter().map(|(_, of)| of.basis)),
        holders.into_column(),
        text("held_by", &mut names.iter().map(|names| Some(names.as_str()))),
        all.into_column(),
    ];
    section(
        ("overview-permissions", "Most dangerous", "The unused permissions of the highest risk, and who holds them."),
        made,
    )
}

/// The verdicts of each account.
fn accounts(summary: &Section) -> PolarsResult<Section> {
    const KEPT: [&str; 8] = [
        schema::ACCOUNT_ID,
        "account_name",
        "entities",
        "services_granted",
        "services_active",
        "services_stale",
        "services_unused",
        "services_unknown",
    ];
    let mut frame = DataFrame::empty_with_schema(summary.table.schema());
    for part in summary.table.frames() {
        frame.vstack_mut_owned(part)?;
    }
    let kept: Vec<_> = KEPT.into_iter().filter(|name| frame.get_column_index(name).is_some()).collect();
    let columns = kept.iter().map(|name| frame.column(name).cloned()).collect::<PolarsResult<_>>()?;
    section(("overview-accounts", "Accounts", "One row per account: what became of its services."), columns)
}

/// The name of the first candidate in a command: its name, if that is a plain word and no other candidate has it;
/// otherwise its ARN.
fn first_of(candidates: &Table) -> Option<String> {
    let rows = NamedRows::of(candidates);
    let (names, arns) = (rows.column(schema::ENTITY_NAME), rows.column(schema::ENTITY_ARN));
    let name = (rows.height > 0).then(|| names.text(0))??;
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.=@+".contains(c));
    let is_alone = (1..rows.height).all(|row| names.text(row) != Some(name));
    if is_plain && is_alone { Some(name) } else { arns.text(0) }.map(str::to_owned)
}

/// Suggested commands, each with what it does.
fn next(
    words: &dyn Fn(&str) -> String,
    first: Option<String>,
    has_unnamed: bool,
    is_incomplete: bool,
) -> Vec<(String, String)> {
    let of = |command: String, what: &str| (command, what.to_owned());
    let typed = |command: &str| format!("dormant {command} {}", words(command));
    let explain = first.map(|name| of(format!("{} --entity {name}", typed("explain")), "why, for one entity"));
    let unused = of(format!("{} --level action --sort risk", typed("unused")), "what could go");
    let report = of(format!("{} -o audit", typed("report")), "all reports, in a folder");
    let command = typed("check");
    // What nobody can name has to be named before anything else is done about it.
    let (to_name, check) = match (has_unnamed, is_incomplete) {
        (true, _) => (Some(of(command, "which dumps tell no entity: name it with --manifest")), None),
        (false, true) => (None, Some(of(command, "what each file is"))),
        (false, false) => (None, None),
    };
    explain.into_iter().chain(to_name).chain([unused, report]).chain(check).collect()
}

fn commands(next: Vec<(String, String)>) -> PolarsResult<Section> {
    let (commands, whats): (Vec<_>, Vec<_>) = next.into_iter().unzip();
    let made = vec![Column::new("command".into(), commands), Column::new("what".into(), whats)];
    section(("overview-next", "Next", "Commands that lead on."), made)
}

fn section((id, title, caption): (&str, &str, &str), made: Vec<Column>) -> PolarsResult<Section> {
    let table = Table::new(DataFrame::new_infer_height(made)?);
    Ok(Section {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: caption.to_owned(),
        columns: table.names().map(|name| columns::define(id, name)).collect(),
        totals: describe::totals(&ReportSpec::Entities, &table),
        remarks: Vec::new(),
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
        table,
    })
}
