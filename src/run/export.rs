//! The tables behind the reports of an audit: every dump, not only those that speak for the present.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use polars::prelude::*;

use super::batch::Batch;
use crate::frame::build::{self, Dictionary};
use crate::frame::{Frames, other_operations};
use crate::model::{Dump, OtherReport, SpillFile};
use crate::report::InputFile;

/// Rows of the largest table that are built at a time.
const CHUNK_ROWS: usize = 1 << 18;

/// One of these tables, made when it is written.
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

/// What the tables are made of.
pub struct Exporter<'e> {
    pub dumps: Arc<Vec<Dump>>,
    pub others: &'e [OtherReport],
    pub files: &'e [InputFile],
    pub dictionary: Arc<Dictionary>,
    pub room: Arc<SpillFile>,
}

impl Exporter<'_> {
    /// The three tables, and those of other operations where there are any.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn tables(&self) -> PolarsResult<Vec<TableExport>> {
        let hashes: BTreeMap<_, _> = self.files.iter().map(|f| (f.source.clone(), f.sha256.clone())).collect();
        let of_dumps = move |dumps: &[&Dump], _: &Dictionary| {
            build::dumps(dumps, |source| hashes.get(source.split('!').next()?).cloned().flatten())
        };
        let mut tables = vec![
            self.of_dumps("dumps", |_| true, |_| 1, of_dumps),
            self.of_dumps("services", |d| d.evidence.is_usable(), |d| d.rows.service_count(), build::services),
            self.of_dumps("actions", |d| d.evidence.is_usable(), |d| d.rows.action_count(), build::actions),
        ];
        let of_others = [
            ("org_services", other_operations::org_services(self.others)?),
            ("entities_by_service", other_operations::entities_by_service(self.others, |_, _| true)?),
        ];
        let held = of_others.into_iter().filter(|(_, rows)| rows.height() > 0);
        tables.extend(held.map(|(name, rows)| TableExport { name, frames: Box::new(move |sink| sink(rows.clone())) }));
        Ok(tables)
    }

    fn of_dumps(
        &self,
        name: &'static str,
        shown: fn(&Dump) -> bool,
        rows: fn(&Dump) -> usize,
        build: impl Fn(&[&Dump], &Dictionary) -> PolarsResult<DataFrame> + Send + Sync + 'static,
    ) -> TableExport {
        let (dumps, dictionary, room) = (Arc::clone(&self.dumps), Arc::clone(&self.dictionary), Arc::clone(&self.room));
        let frames: Frames = Box::new(move |sink| {
            let shown: Vec<&Dump> = dumps.iter().filter(|dump| shown(dump)).collect();
            in_chunks(&shown, rows, &room, |some| sink(build(some, &dictionary)?))
        });
        TableExport { name, frames }
    }
}

/// Hands over some of the dumps at a time, so many as have about [`CHUNK_ROWS`] rows, and these fetched from `room`; once at least, with
/// none where there are none.
///
/// # Errors
/// What `each` reports, or that rows could not be fetched.
pub fn in_chunks(
    dumps: &[&Dump],
    rows: impl Fn(&Dump) -> usize,
    room: &SpillFile,
    mut each: impl FnMut(&[&Dump]) -> PolarsResult<()>,
) -> PolarsResult<()> {
    let mut each = |some: &[&Dump]| {
        let fetched = Batch { dumps: some.to_vec(), ..Batch::default() }.fetched();
        // Rows that could not be fetched count as none.
        room.check().map_err(|failure| polars_err!(ComputeError: "{failure}"))?;
        each(&fetched.batch().dumps)
    };
    let (mut start, mut held) = (0, 0);
    for (at, dump) in dumps.iter().enumerate() {
        let more = rows(dump);
        if held > 0 && held + more > CHUNK_ROWS {
            each(&dumps[start..at])?;
            (start, held) = (at, 0);
        }
        held += more;
    }
    each(&dumps[start..])
}
