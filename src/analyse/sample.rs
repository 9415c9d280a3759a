//! The sample of an audit: rows that somebody checks by hand, chosen so that nobody can choose them.
//!
//! Each row of a population has a key: account, entity, service and action, with `|` between them. Rows are ordered by the SHA-256 of the seed, `|` and
//! the key, and the first of each stratum are the sample. It takes `sha256sum` and `sort` to make it again, and no random number.

mod actions;

use polars::prelude::*;
use sha2::{Digest, Sha256};

use super::define;
use super::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT};
use crate::frame::schema::{
    self, ACCESS_LEVEL, ACCOUNT_ID, ACTION_NAME, AS_OF, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, LAST_ACCESSED,
    LAST_ACCESSED_SOURCE, SERVICE_NAMESPACE,
};
use crate::frame::{Cell, Table, TableReader};
use crate::model::Verdict;
use crate::problem::counted;
use crate::report::{Report, SampleAsked, Section};
use crate::util::hash::hex;
use crate::util::sanitize::harmless;

pub use actions::SampledActions;

/// The id of the section.
pub const SAMPLE: &str = "sample";

const POPULATION: &str = "population";
const STRATUM: &str = "stratum";
const STRATUM_ROWS: &str = "stratum_rows";
const PLACE: &str = "place";
const SAMPLE_KEY: &str = "sample_key";
const SAMPLE_HASH: &str = "sample_hash";
/// What is copied from a row of the population, where it has it.
const TEXTS: [&str; 8] =
    [ACCOUNT_ID, ENTITY_TYPE, ENTITY_NAME, ENTITY_ARN, SERVICE_NAMESPACE, ACTION_NAME, VERDICT, LAST_ACCESSED_SOURCE];
const COUNTS: [&str; 2] = [DAYS_SINCE, OBSERVED_DAYS];
const INSTANTS: [&str; 2] = [LAST_ACCESSED, AS_OF];

/// The level of an action that the catalogue does not know.
const UNKNOWN_LEVEL: &str = "level unknown";
/// The access levels of actions, the most dangerous first.
const ACCESS_LEVELS: [&str; 6] = ["Permissions management", "Write", "Tagging", "Read", "List", UNKNOWN_LEVEL];

/// The section with the actions of the population of all grants that can be in the sample.
pub const GRANTED_ACTIONS: &str = "granted-actions";

/// The rows that are called unused or stale.
const FINDINGS: &str = "findings";
/// Everything that is granted.
const GRANTS: &str = "grants";

/// Rows of one verdict in one table; of actions, those of one access level.
struct Stratum {
    population: &'static str,
    /// The section that holds its rows.
    section: &'static str,
    verdict: Verdict,
    /// Of actions, their access level.
    access: Option<&'static str>,
}

/// The strata, in order: the findings, and all that is granted.
fn strata() -> impl Iterator<Item = Stratum> {
    let findings: &[Verdict] = &[Verdict::Unused, Verdict::Stale];
    let of_services = |population, section, verdicts: &'static [Verdict]| {
        verdicts.iter().map(move |&verdict| Stratum { population, section, verdict, access: None })
    };
    let of_actions = |population, section, verdicts: &'static [Verdict]| {
        verdicts.iter().flat_map(move |&verdict| {
            ACCESS_LEVELS.into_iter().map(move |access| Stratum { population, section, verdict, access: Some(access) })
        })
    };
    of_services(FINDINGS, "unused-services", findings)
        .chain(of_actions(FINDINGS, "unused-actions", findings))
        .chain(of_services(GRANTS, "all-services", Verdict::ALL))
        .chain(of_actions(GRANTS, GRANTED_ACTIONS, Verdict::ALL))
}

impl Stratum {
    /// "unused services", "unused actions (Write)".
    fn name(&self) -> String {
        match self.access {
            None => format!("{} services", self.verdict),
            Some(access) => format!("{} actions ({access})", self.verdict),
        }
    }

    /// Whether a row of its section belongs to it.
    fn has(&self, columns: &Places<'_>, reader: &TableReader<'_>, row: usize) -> bool {
        columns.text(reader, row, VERDICT).as_deref() == Some(self.verdict.as_str())
            && self.access.is_none_or(|access| {
                columns.text(reader, row, ACCESS_LEVEL).as_deref().unwrap_or(UNKNOWN_LEVEL) == access
            })
    }
}

/// A row that is chosen.
struct Chosen {
    row: usize,
    key: String,
    hash: [u8; 32],
}

/// The rows of a stratum: how many there are, and the first of them by their hashes.
fn chosen(section: &Section, stratum: &Stratum, asked: SampleAsked) -> (i64, Vec<Chosen>) {
    let columns = Places::of(&section.table);
    let reader = section.table.reader();
    let mut all = 0;
    let mut first: Vec<Chosen> = Vec::new();
    for row in 0..section.table.height() {
        if !stratum.has(&columns, &reader, row) {
            continue;
        }
        // Where only the first rows of the stratum are there, each says how many it has.
        let counted = columns.cell(&reader, row, STRATUM_ROWS);
        all = if let Cell::Int(counted) = counted { counted } else { all + 1 };
        let key = columns.key(&reader, row);
        let hash = hash_of(asked.seed, &key);
        let place = first.partition_point(|there| (&there.hash, &there.key) <= (&hash, &key));
        if place < asked.rows {
            first.insert(place, Chosen { row, key, hash });
            first.truncate(asked.rows);
        }
    }
    (all, first)
}

/// The columns of a table by their names.
struct Places<'t>(Vec<&'t str>);

impl<'t> Places<'t> {
    fn of(table: &'t Table) -> Self {
        Self(table.names().collect())
    }

    fn cell<'c>(&self, reader: &TableReader<'c>, row: usize, name: &str) -> Cell<'c> {
        self.0.iter().position(|of| *of == name).map_or(Cell::Null, |at| reader.cell(row, at))
    }

    fn text(&self, reader: &TableReader<'_>, row: usize, name: &str) -> Option<String> {
        match self.cell(reader, row, name) {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }

    /// What the row is about, written as in the files; an entity without a known ARN by its name.
    fn key(&self, reader: &TableReader<'_>, row: usize) -> String {
        let text = |name: &str| self.text(reader, row, name);
        let entity = text(ENTITY_ARN).or_else(|| text(ENTITY_NAME));
        let parts = [text(ACCOUNT_ID), entity, text(SERVICE_NAMESPACE), text(ACTION_NAME)];
        key_of(parts.each_ref().map(Option::as_deref))
    }
}

/// The key of a row: account, entity, service and action, as the files spell them.
fn key_of(parts: [Option<&str>; 4]) -> String {
    parts.map(|part| part.map(harmless).unwrap_or_default()).join("|")
}

/// What rows are ordered by.
fn hash_of(seed: u64, key: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_string()).chain_update("|").chain_update(key).finalize().into()
}

/// The columns of the sample so far.
#[derive(Default)]
struct SampleColumns {
    population: Vec<&'static str>,
    stratum: Vec<String>,
    all: Vec<i64>,
    place: Vec<i64>,
    texts: [Vec<Option<String>>; TEXTS.len()],
    counts: [Vec<Option<i64>>; COUNTS.len()],
    instants: [Vec<Option<i64>>; INSTANTS.len()],
    key: Vec<String>,
    hash: Vec<String>,
}

impl SampleColumns {
    fn push(&mut self, stratum: &Stratum, all: i64, section: &Section, chosen: Vec<Chosen>) {
        let (columns, reader) = (Places::of(&section.table), section.table.reader());
        for (place, Chosen { row, key, hash }) in (1..).zip(chosen) {
            self.population.push(stratum.population);
            self.stratum.push(stratum.name());
            self.all.push(all);
            self.place.push(place);
            for (name, texts) in TEXTS.iter().zip(&mut self.texts) {
                texts.push(columns.text(&reader, row, name));
            }
            for (name, counts) in COUNTS.iter().zip(&mut self.counts) {
                let count = columns.cell(&reader, row, name);
                counts.push(if let Cell::Int(count) = count { Some(count) } else { None });
            }
            for (name, instants) in INSTANTS.iter().zip(&mut self.instants) {
                let at = columns.cell(&reader, row, name);
                instants.push(if let Cell::Instant(at) = at { Some(at.millis()) } else { None });
            }
            self.key.push(key);
            self.hash.push(hex(&hash));
        }
    }

    fn finish(self) -> PolarsResult<Table> {
        let mut columns = vec![
            Column::new(POPULATION.into(), self.population),
            Column::new(STRATUM.into(), self.stratum),
            Column::new(STRATUM_ROWS.into(), self.all),
            Column::new(PLACE.into(), self.place),
        ];
        let [account, kind, name, arn, service, action, verdict, source] = self.texts;
        let text = |name: &str, texts: Vec<Option<String>>| Column::new(name.into(), texts);
        for (name, texts) in TEXTS.iter().zip([account, kind, name, arn, service, action, verdict]) {
            columns.push(text(name, texts));
        }
        let mut instants = INSTANTS
            .iter()
            .zip(self.instants)
            .map(|(name, instants)| Column::new((*name).into(), instants).cast(&schema::instant()));
        columns.extend(instants.next().transpose()?);
        columns.extend(COUNTS.iter().zip(self.counts).map(|(name, counts)| Column::new((*name).into(), counts)));
        columns.extend(instants.next().transpose()?);
        columns.push(text(LAST_ACCESSED_SOURCE, source));
        columns.extend([text(SAMPLE_KEY, self.key.into_iter().map(Some).collect())]);
        columns.push(Column::new(SAMPLE_HASH.into(), self.hash));
        Ok(Table::new(DataFrame::new_infer_height(columns)?))
    }
}

/// The sample of `reports`, and what it was drawn from.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn sample(reports: &[Report], asked: SampleAsked) -> PolarsResult<Section> {
    let mut rows = SampleColumns::default();
    let mut drawn = Vec::new();
    for stratum in strata() {
        let mut sections = reports.iter().flat_map(|report| &report.sections);
        let Some(section) = sections.find(|section| section.id == stratum.section) else { continue };
        let (all, first) = chosen(section, &stratum, asked);
        if all == 0 && stratum.access.is_some() {
            continue;
        }
        drawn.push((stratum.population, all, format!("{} of {all} {}", first.len(), stratum.name())));
        rows.push(&stratum, all, section, first);
    }
    let of = |population| {
        let drawn = drawn.iter().filter(|(of, ..)| *of == population).map(|(.., drawn)| drawn.as_str());
        drawn.collect::<Vec<_>>().join(", ")
    };
    let size = |population| {
        let of = || drawn.iter().filter(|(of, ..)| *of == population);
        let rows: i64 = of().map(|(_, all, _)| *all).sum();
        let rows = counted(usize::try_from(rows).unwrap_or_default(), "row", "rows");
        format!("{rows} in {}", counted(of().count(), "stratum", "strata"))
    };
    let has_actions = reports.iter().flat_map(|report| &report.sections).any(|section| section.id == GRANTED_ACTIONS);
    let granted = if has_actions {
        "all services that entities are granted and all actions that dumps list for them"
    } else {
        "all services that entities are granted"
    };
    let table = rows.finish()?;
    Ok(Section {
        id: SAMPLE.to_owned(),
        title: "Sample".to_owned(),
        caption: "One row per sampled permission, to be checked by hand.".to_owned(),
        columns: table.names().map(|name| define(SAMPLE, name)).collect(),
        totals: vec![("rows".to_owned(), table.height() as i64)],
        remarks: vec![
            format!(
                "Rows of each stratum are ordered by the SHA-256 of the seed {}, | and the key (account|entity|service|action); the first {} are taken.",
                asked.seed, asked.rows
            ),
            format!(
                "There are two populations: the findings, which are the rows of unused services and unused actions ({}); and the grants, which are \
                 {granted} ({}).",
                size(FINDINGS),
                size(GRANTS)
            ),
            format!("Findings: {}.", of(FINDINGS)),
            format!("Grants: {}.", of(GRANTS)),
        ],
        table,
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    })
}
