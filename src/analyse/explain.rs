//! `explain`: everything that is known about one entity, put together from the rows of the other reports on it.

use globset::GlobSet;
use polars::prelude::*;

use super::ReportSpec;
use crate::frame::{Cell, Table, schema};
use crate::model::{Instant, Level, UnknownReason};
use crate::report::{Report, Section, UNRECORDED, USED_UNDATED};

/// The reports that make up an explanation, in the order in which [`explain`] takes them.
#[must_use]
pub fn explain_specs() -> Vec<ReportSpec> {
    vec![
        ReportSpec::Entities,
        ReportSpec::Check,
        ReportSpec::List { level: Level::Service },
        ReportSpec::List { level: Level::Action },
        ReportSpec::Grants { level: Level::Service },
        ReportSpec::Grants { level: Level::Action },
        ReportSpec::Diff { level: Level::Service, all: false },
        ReportSpec::Diff { level: Level::Action, all: false },
        ReportSpec::Decisions,
        ReportSpec::Credentials,
    ]
}

/// The ids of the sections, in the same order.
const SECTIONS: [(&str, &str); 10] = [
    ("entity", "Entity"),
    ("evidence", "Evidence"),
    ("services", "Services"),
    ("actions", "Actions"),
    ("grants-of-services", "Statements that grant services"),
    ("grants-of-actions", "Statements that grant actions"),
    ("changes-of-services", "Changes of services"),
    ("changes-of-actions", "Changes of actions"),
    ("decisions", "Decisions"),
    ("credentials", "Credentials"),
];

/// The answer to a question about one entity.
#[derive(Debug)]
pub enum Explained {
    /// No document is about such an entity.
    Nobody,
    /// The name or pattern fits these: how to tell each from the others, its type and its account.
    Several(Vec<FittingEntity>),
    /// One.
    One(Box<Report>),
}

/// One of several entities that fit a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FittingEntity {
    /// Its ARN, or its name if no ARN is known.
    pub name: String,
    /// `user`, `role`, `group` or `policy`.
    pub kind: Option<String>,
    /// Its account.
    pub account: Option<String>,
}

impl FittingEntity {
    /// Whether what chooses this one chooses the other too: a dump that tells no entity has its label alone.
    #[must_use]
    pub fn fits_also(&self, other: &Self) -> bool {
        let is_same = |own: &Option<String>, its: &Option<String>| own.is_none() || own == its;
        let name = other.name.rsplit('/').next().unwrap_or_default();
        !self.name.starts_with("arn:")
            && (self.name == other.name || self.name == name)
            && is_same(&self.account, &other.account)
            && is_same(&self.kind, &other.kind)
    }
}

/// The permissions that an explanation is about: all, those of a service, or some actions.
#[derive(Debug, Clone, Default)]
pub struct AskedPermissions {
    /// `--service`, in lower case.
    pub service: Option<String>,
    /// `--action`, matched against `Action` and `namespace:Action`.
    pub actions: Option<GlobSet>,
}

impl AskedPermissions {
    fn keeps(&self, table: &Table, row: usize) -> bool {
        let service = text(table, row, schema::SERVICE_NAMESPACE).unwrap_or_default();
        let action = text(table, row, schema::ACTION_NAME);
        let is_action = |globs: &GlobSet| {
            action.as_ref().is_none_or(|action| globs.is_match(action) || globs.is_match(format!("{service}:{action}")))
        };
        self.service.as_ref().is_none_or(|asked| service.trim().eq_ignore_ascii_case(asked))
            && self.actions.as_ref().is_none_or(is_action)
    }
}

/// The explanation made from `reports`, those of [`explain_specs`] about the entities that the filter keeps, reduced to
/// what is `asked`; nothing made after `at` is among the evidence. If a dump does not list that, `tracks` tells whether
/// AWS records the use of an action of a service, if that is known.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn explain(
    reports: &[Report],
    asked: &AskedPermissions,
    at: Option<Instant>,
    tracks: &dyn Fn(&str, &GlobSet) -> Option<bool>,
) -> PolarsResult<Explained> {
    let Some(entities) = reports[0].sections.first() else { return Ok(Explained::Nobody) };
    let text = |row: usize, name: &str| text(&entities.table, row, name);
    let candidates = (0..entities.table.height()).map(|row| FittingEntity {
        name: text(row, schema::ENTITY_ARN).or_else(|| text(row, schema::ENTITY_NAME)).unwrap_or_default(),
        kind: text(row, schema::ENTITY_TYPE),
        account: text(row, schema::ACCOUNT_ID),
    });
    let candidates: Vec<_> = candidates.collect();
    match candidates.len() {
        0 => return Ok(Explained::Nobody),
        1 => {}
        _ => return Ok(Explained::Several(candidates)),
    }
    let (arn, name) = (text(0, schema::ENTITY_ARN), text(0, schema::ENTITY_NAME));
    let mut sections = Vec::with_capacity(SECTIONS.len());
    for (report, (id, title)) in reports.iter().zip(SECTIONS) {
        for section in &report.sections {
            let mut section = match id {
                "entity" | "credentials" => section.clone(),
                "evidence" => about(section, arn.as_deref(), name.as_deref(), at)?,
                _ => reduced(section, &|table, row| asked.keeps(table, row))?,
            };
            section.remarks = unlisted(id, reports, asked, &section, tracks).into_iter().collect();
            section.remarks.extend((id == "entity" && is_used_undated(reports)).then(|| USED_UNDATED.to_owned()));
            id.clone_into(&mut section.id);
            title.clone_into(&mut section.title);
            sections.push(section);
        }
    }
    Ok(Explained::One(Box::new(Report {
        id: "explain".to_owned(),
        title: "Explanation".to_owned(),
        sections,
        ..reports[0].clone()
    })))
}

/// Whether some permission of the entity was used at a time that cannot be read.
fn is_used_undated(reports: &[Report]) -> bool {
    let lists = [&reports[2], &reports[3]].into_iter().flat_map(|list| &list.sections);
    let unreadable = UnknownReason::DateUnreadable.as_str();
    let has = |table: &Table| {
        (0..table.height()).any(|row| text(table, row, "unknown_reason").as_deref() == Some(unreadable))
    };
    lists.into_iter().any(|section| has(&section.table))
}

/// The sources that are about the entity, those made after `at` left out.
fn about(section: &Section, arn: Option<&str>, name: Option<&str>, at: Option<Instant>) -> PolarsResult<Section> {
    let as_of = section.table.names().position(|name| name == schema::AS_OF);
    let is_later = |table: &Table, row: usize| match as_of.map(|column| table.reader().cell(row, column)) {
        Some(Cell::Instant(made)) => at.is_some_and(|at| made > at),
        _ => false,
    };
    reduced(section, &|table, row| {
        if is_later(table, row) {
            return false;
        }
        let of = text(table, row, schema::ENTITY_ARN);
        if of.is_some() || arn.is_some() {
            of.as_deref() == arn
        } else {
            text(table, row, schema::ENTITY_NAME).as_deref() == name
        }
    })
}

/// The rows of the section that are kept.
fn reduced(section: &Section, keeps: &dyn Fn(&Table, usize) -> bool) -> PolarsResult<Section> {
    let table = section.table.in_memory();
    let mask: Vec<bool> = (0..table.height()).map(|row| keeps(&table, row)).collect();
    let mut frame = DataFrame::empty_with_schema(table.schema());
    for part in table.frames() {
        frame.vstack_mut_owned(part)?;
    }
    let table = Table::new(frame.filter(&BooleanChunked::from_slice("kept".into(), &mask))?);
    let totals = vec![("rows".to_owned(), table.height() as i64)];
    Ok(Section { table, totals, ..section.clone() })
}

/// Why the requested permission is not in a list.
fn unlisted(
    id: &str,
    reports: &[Report],
    asked: &AskedPermissions,
    section: &Section,
    tracks: &dyn Fn(&str, &GlobSet) -> Option<bool>,
) -> Option<String> {
    let evidence = reports[0].sections.first().and_then(|entity| text(&entity.table, 0, schema::EVIDENCE));
    let is_whole = matches!(evidence.as_deref(), Some("complete" | "empty"));
    let unseen = "The newest dump is not whole, and does not list it: nobody can say whether it is granted.";
    let is_empty = section.table.height() == 0;
    let contrary = || contrary(id, reports, asked);
    match (id, &asked.service, &asked.actions) {
        ("services", Some(service), _) if is_empty && is_whole => Some(match contrary() {
            None => format!("{service} is not granted: the newest dump is whole and does not list it."),
            Some(why) => format!("The newest dump is whole and does not list {service}, but {why}."),
        }),
        ("services", Some(_), _) if is_empty => Some(unseen.to_owned()),
        ("actions", service, Some(actions)) if is_empty => {
            let listed = reports[3].sections.first().is_some_and(|all| {
                let of_service = AskedPermissions { service: service.clone(), actions: None };
                (0..all.table.height()).any(|row| of_service.keeps(&all.table, row))
            });
            Some(match service.as_deref().and_then(|service| tracks(service, actions)) {
                _ if !listed => "No dump lists actions of it: AWS tracks none of the service, or the dumps are of the level SERVICE_LEVEL.".to_owned(),
                Some(false) => UNRECORDED.to_owned(),
                Some(true) if is_whole => match contrary() {
                    None => "The action is not granted: AWS tracks it, and the whole list of the service's actions lacks it.".to_owned(),
                    Some(why) => format!("AWS tracks the action, and the whole list of the service's actions lacks it, but {why}."),
                },
                Some(true) => unseen.to_owned(),
                None if is_granted(id, reports, asked) => "A policy that it holds grants the action, and the dump does not list it: AWS does not track every action, and nothing here says whether it is used. --service-reference PATH with AWS's own files shows which it tracks.".to_owned(),
                None => "The dump does not list the action: it is not granted, or AWS does not track it. --service-reference PATH with AWS's own files shows which.".to_owned(),
            })
        }
        _ => None,
    }
}

/// Whether a known policy grants the requested permission.
fn is_granted(id: &str, reports: &[Report], asked: &AskedPermissions) -> bool {
    let Some(section) = reports[if id == "services" { 4 } else { 5 }].sections.first() else { return false };
    let grants = &section.table;
    (0..grants.height()).any(|row| asked.keeps(grants, row) && text(grants, row, "deny").as_deref() != Some("whole"))
}

/// What speaks against the whole list that does not have the permission: policies, or a use that no list explains.
fn contrary(id: &str, reports: &[Report], asked: &AskedPermissions) -> Option<String> {
    if is_granted(id, reports, asked) {
        return Some(
            "a policy that it holds grants it: one of the two is older, and nobody can say whether it is granted"
                .to_owned(),
        );
    }
    let listed = [&reports[2], &reports[3]].into_iter().filter_map(|list| list.sections.first());
    let newest = |table: &Table| (0..table.height()).filter_map(|row| instant(table, row, schema::LAST_ACCESSED)).max();
    let explained = listed.filter_map(|section| newest(&section.table)).max();
    let used = instant(&reports[0].sections.first()?.table, 0, schema::LAST_ACCESSED);
    let used = used.filter(|used| Some(*used) > explained)?;
    Some(format!("the entity was used at {used}, which no list explains: nobody can say whether it is granted"))
}

fn instant(table: &Table, row: usize, name: &str) -> Option<Instant> {
    let column = table.names().position(|of| of == name)?;
    if let Cell::Instant(at) = table.reader().cell(row, column) { Some(at) } else { None }
}

fn text(table: &Table, row: usize, name: &str) -> Option<String> {
    let column = table.names().position(|of| of == name)?;
    if let Cell::Text(text) = table.reader().cell(row, column) { Some(text.to_owned()) } else { None }
}
