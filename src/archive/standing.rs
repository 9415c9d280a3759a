//! Standing reports: those for which nothing has to be said, ready before anyone asks.
//!
//! Each is a file of its own beside what was settled, made when that was, and believed where that would be: of exactly the answers
//! and sayings that are there, by this program. Else it is as if it were not there.

use super::Store;
use super::block::{Heads, HeadsReader};
use super::seal::{checked, sealed, unchecked, unsealed};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::problem::Problem;

/// How the names of their files end.
pub const EXTENSION: &str = "report";

/// What is kept of a report beside its rows, which are as `frame::saved` writes them.
#[derive(Debug)]
pub struct Standing {
    /// Files and members found, read, skipped, failed.
    pub counts: [usize; 4],
    /// Every problem that is told with it, sorted.
    pub problems: Vec<Problem>,
    /// What belongs beside its numbers.
    pub remarks: Vec<String>,
}

/// Where the report `name` lies, below the store.
#[must_use]
pub fn path(name: &str) -> String {
    format!("settled/{name}.{EXTENSION}")
}

impl Standing {
    /// As bytes, with the `runs` of its table; `evidence` are the files that it was made of.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn encode(&self, runs: &[Vec<u8>], evidence: &[String]) -> std::io::Result<Vec<u8>> {
        let mut heads = Heads::default();
        heads.basis(evidence);
        heads.counts(self.counts);
        heads.problems(&self.problems);
        heads.out.count(self.remarks.len());
        self.remarks.iter().for_each(|remark| heads.text(remark));
        let heads = sealed(&heads.finish())?;
        let mut whole = Writer::default();
        for run in std::iter::once(&heads).chain(runs) {
            whole.count(run.len());
            whole.0.extend_from_slice(run);
        }
        Ok(checked(whole.0))
    }

    fn decode<'b>(bytes: &'b [u8], evidence: &[String]) -> Result<(Self, Vec<&'b [u8]>), Damaged> {
        let mut whole = Reader::new(unchecked(bytes)?);
        let length = whole.count()?;
        let heads = unsealed(whole.bytes(length)?)?;
        let mut heads = HeadsReader::new(&heads)?;
        heads.is_of(evidence)?;
        let counts = heads.counts()?;
        let problems = heads.many(HeadsReader::problem)?;
        let remarks = heads.many(HeadsReader::text)?;
        if !heads.reader.is_at_end() {
            return Err(Damaged);
        }
        let mut runs = Vec::new();
        while !whole.is_at_end() {
            let length = whole.count()?;
            runs.push(whole.bytes(length)?);
        }
        Ok((Self { counts, problems, remarks }, runs))
    }
}

impl Store {
    /// The report `name` and what `read` makes of its rows, where it is kept and was made of the answers that are there, by this
    /// program.
    pub fn standing<T>(&self, name: &str, read: impl FnOnce(&[&[u8]]) -> Option<T>) -> Option<(Standing, T)> {
        let evidence = self.evidence_files().ok()?;
        let bytes = crate::util::owned::read(&self.root.join(path(name)), 1 << 32).ok()?;
        let (standing, runs) = Standing::decode(&bytes, &evidence).ok()?;
        Some((standing, read(&runs)?))
    }

    /// The file of the report `name`, where it is what would be made of `evidence` again.
    #[must_use]
    pub fn still_standing(&self, name: &str, evidence: &[String]) -> Option<Vec<u8>> {
        let bytes = crate::util::owned::read(&self.root.join(path(name)), 1 << 32).ok()?;
        Standing::decode(&bytes, evidence).is_ok().then_some(bytes)
    }
}
