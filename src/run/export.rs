//! The tables behind the reports of an audit: every dump, not only the dumps that count for the present.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashSet;

use super::batch::{batches, batches_of};
use crate::analyse::{
    self, Context, History, Names, Needs, Params, Publishing, RiskTable, STATEMENT_NEEDS, entity_rows, published,
};
use crate::catalogue::Catalogue;
use crate::frame::build::{self, Dictionary};
use crate::frame::{Frames, Sink, other_operations, schema};
use crate::model::policy::{Grants, Holder};
use crate::model::{Accounts, Decisions, DocumentsBeside, Dump, Level, OtherReport};
use crate::report::InputFile;

/// Rows of the largest table that are built at a time: half a row group, since the next are built while one is encoded.
const CHUNK_ROWS: usize = 1 << 17;

/// One of these tables, which is made while it is written.
pub struct TableExport {
    /// The name of its file, without the ending.
    pub name: &'static str,
    /// Its rows.
    pub frames: Frames<'static>,
}

impl fmt::Debug for TableExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableExport").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the tables are made from.
pub struct Exporter<'e> {
    pub dumps: Arc<Vec<Dump>>,
    pub besides: Arc<Vec<DocumentsBeside>>,
    pub others: &'e [OtherReport],
    pub files: &'e [InputFile],
    pub dictionary: Arc<Dictionary>,
    pub names: Arc<Names>,
    pub grants: &'e Grants,
    /// `None` for the compiled-in one.
    pub catalogue: Option<Arc<Catalogue>>,
}

impl Exporter<'_> {
    /// The four tables, that of grant dates if policies are known, and those of other operations if there are any.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn tables(&self) -> PolarsResult<Vec<TableExport>> {
        let mut tables = vec![
            self.dumps(),
            self.published("services", Level::Service),
            self.published("actions", Level::Action),
            self.entities()?,
        ];
        if !self.grants.is_empty() {
            tables.push(self.grant_dates()?);
        }
        let of_others = [
            ("org_services", other_operations::org_services(self.others)?),
            ("service_entities", other_operations::service_entities(self.others, |_, _| true)?),
        ];
        let held = of_others.into_iter().filter(|(_, rows)| rows.height() > 0);
        tables.extend(held.map(|(name, rows)| TableExport { name, frames: Box::new(move |sink| sink(rows.clone())) }));
        Ok(tables)
    }

    fn dumps(&self) -> TableExport {
        let hashes: BTreeMap<_, _> = self.files.iter().map(|f| (f.source.clone(), f.sha256.clone())).collect();
        let dumps = Arc::clone(&self.dumps);
        let frames: Frames = Box::new(move |sink| {
            let hash = |source: &str| file_of(source, |file| hashes.get(file)).cloned().flatten();
            let all: Vec<&Dump> = dumps.iter().collect();
            all.chunks(CHUNK_ROWS).try_for_each(|some| sink(build::dumps(some, hash)?))?;
            if all.is_empty() { sink(build::dumps(&all, hash)?) } else { Ok(()) }
        });
        TableExport { name: "dumps", frames }
    }

    fn grant_dates(&self) -> PolarsResult<TableExport> {
        let catalogue = self.catalogue.as_deref().unwrap_or_else(|| Catalogue::builtin());
        let publishing = Publishing { catalogue, dictionary: &self.dictionary, names: &self.names };
        let (grants, dumps, besides) = (self.grants, self.dumps.as_slice(), self.besides.as_slice());
        let mut rows = DataFrame::empty_with_schema(&schema::GRANT_DATES);
        PolicyTables { grants, dumps, besides, publishing }
            .grant_dates(&mut |frame| rows.vstack_mut_owned(frame).map(drop))?;
        Ok(TableExport { name: "grant_dates", frames: Box::new(move |sink| sink(rows.clone())) })
    }

    fn entities(&self) -> PolarsResult<TableExport> {
        let catalogue = self.catalogue.as_deref().unwrap_or_else(|| Catalogue::builtin());
        let (dumps, besides): (Vec<_>, Vec<_>) = (self.dumps.iter().collect(), self.besides.iter().collect());
        let rows = entity_rows(&dumps, &besides, catalogue)?;
        Ok(TableExport { name: "entities", frames: Box::new(move |sink| sink(rows.clone())) })
    }

    fn published(&self, name: &'static str, level: Level) -> TableExport {
        let (dumps, besides) = (Arc::clone(&self.dumps), Arc::clone(&self.besides));
        let (dictionary, names) = (Arc::clone(&self.dictionary), Arc::clone(&self.names));
        let catalogue = self.catalogue.clone();
        let frames: Frames = Box::new(move |sink| {
            let catalogue = catalogue.as_deref().unwrap_or_else(|| Catalogue::builtin());
            let publishing = Publishing { catalogue, dictionary: &dictionary, names: &names };
            in_chunks(dumps.iter(), besides.iter(), level, |dumps, besides| {
                let histories = History::all(dumps, besides, publishing.catalogue);
                published(&publishing, &histories, level, 1, |_| Some(0))?
                    .into_iter()
                    .try_for_each(|table| sink(table.frame))
            })
        });
        TableExport { name, frames }
    }
}

/// What the tables of policies are made from.
pub struct PolicyTables<'e> {
    pub grants: &'e Grants,
    pub dumps: &'e [Dump],
    pub besides: &'e [DocumentsBeside],
    pub publishing: Publishing<'e>,
}

impl PolicyTables<'_> {
    /// Hands over the rows of grant dates, some entities at a time; none where no policy is known.
    ///
    /// # Errors
    /// What `sink` reports, or Polars, which is a bug.
    pub fn grant_dates(&self, sink: &mut Sink) -> PolarsResult<()> {
        sink(DataFrame::empty_with_schema(&schema::GRANT_DATES))?;
        let needs = Needs { other_actions: true, ..STATEMENT_NEEDS };
        self.in_batches(needs, |context, asked, _| sink(analyse::grant_dates(&context, asked)?))
    }

    /// Hands over some entities at a time: what is known of them, and what they hold; nothing where no policy is known.
    ///
    /// # Errors
    /// What `rows` reports.
    pub fn in_batches(
        &self,
        needs: Needs,
        mut rows: impl for<'a> FnMut(Context<'a>, &'a [History<'a>], Vec<&'a Holder>) -> PolarsResult<()>,
    ) -> PolarsResult<()> {
        let Self { grants, dumps, besides, publishing: Publishing { catalogue, dictionary, names } } = *self;
        if grants.is_empty() {
            return Ok(());
        }
        let context = Context {
            // The threshold 0: every silence says since when it is one.
            params: &Params { stale_after: 0, ..Params::default() },
            is_dated_otherwise: false,
            catalogue,
            dictionary,
            grants,
            risks: &RiskTable::new(&grants.universe, catalogue),
            credentials: &[],
            decisions: &Decisions::default(),
            tracked_actions: &FxHashSet::default(),
            accounts: &Accounts::default(),
            names,
        };
        for batch in batches(dumps, &[], besides, grants, needs) {
            let unpacked = batch.unpacked();
            let batch = unpacked.batch();
            let asked = analyse::asked(&context, &batch.dumps, &batch.besides);
            rows(context, &asked, batch.holders.clone())?;
        }
        Ok(())
    }
}

/// What `known` tells about the file of `source`, which can be a member of it: `file!member`. The names of files and of
/// folders may hold the sign too.
pub(super) fn file_of<'s, T>(source: &'s str, known: impl Fn(&'s str) -> Option<T>) -> Option<T> {
    known(source).or_else(|| source.rmatch_indices('!').find_map(|(at, _)| known(&source[..at])))
}

/// Hands over some entities at a time, unpacked, as many as have about [`CHUNK_ROWS`] rows of `level`; at least once,
/// without entities if there are none.
///
/// # Errors
/// What `each` reports.
fn in_chunks<'d>(
    dumps: impl IntoIterator<Item = &'d Dump>,
    besides: impl IntoIterator<Item = &'d DocumentsBeside>,
    level: Level,
    mut each: impl FnMut(&[&Dump], &[&DocumentsBeside]) -> PolarsResult<()>,
) -> PolarsResult<()> {
    let needs = Needs { other_actions: level == Level::Action, ..Needs::NOTHING };
    for batch in batches_of(dumps, [], besides, [], needs, CHUNK_ROWS) {
        let unpacked = batch.unpacked();
        let batch = unpacked.batch();
        each(&batch.dumps, &batch.besides)?;
    }
    Ok(())
}
