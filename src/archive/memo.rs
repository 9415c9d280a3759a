//! What was settled, remembered: dumps without their rows in one file, and the rows by account and day.
//!
//! Settling looks at every answer that was ever kept. Most questions are about the newest, so the result of the last settling is
//! kept beside the tables, as small as the answers. It says of which answers and by which program it was made; where that is not
//! what is there, or anything of it is damaged, it is as if it were not there: the answers are settled again.

use std::collections::BTreeMap;
use std::path::Path;

use super::Store;
use super::block::{Heads, HeadsReader};
use super::names::{self, Numbered};
use super::rows::{RowsReader, RowsWriter};
use super::seal::{sealed, unsealed};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{
    AccountId, Arn, AsOfSource, Dump, Entity, EntityKind, Evidence, IdentifiedBy, JobError, JobStatus, JobType,
    OtherReport, Rows, Shape, Source, Symbol, SymbolCache,
};
use crate::problem::Problem;

/// Where the dumps lie, below the store.
pub const PATH: &str = "settled/dumps.memo";

/// The name of the files of rows.
pub const ROWS: &str = "part-0.rows";

/// All that was settled.
#[derive(Debug, Default)]
pub struct Memo {
    /// The dumps, in their order, without their rows.
    pub dumps: Vec<Remembered>,
    /// The answers of other operations, each with its problems.
    pub others: Vec<(OtherReport, Vec<Problem>)>,
    /// Every other problem.
    pub problems: Vec<Problem>,
    /// Files and members found, read, skipped, failed.
    pub counts: [usize; 4],
    /// The mark of the names that the files of rows share.
    pub names: String,
}

/// A dump without its rows.
#[derive(Debug)]
pub struct Remembered {
    /// The dump; its rows are empty.
    pub dump: Dump,
    /// Whether it says anything about actions, its rows considered.
    pub has_action_level: bool,
    /// The file that holds its rows, below the store; empty where it has none.
    pub rows: String,
    /// What that file is called by its content.
    pub fingerprint: String,
    /// Whether a question needs its rows; nothing that is kept.
    pub is_wanted: bool,
}

impl Memo {
    /// As bytes; `evidence` are the files that it was made of.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn encode(&self, evidence: &[String]) -> std::io::Result<Vec<u8>> {
        let mut heads = Heads::default();
        heads.basis(evidence);
        heads.counts(self.counts);
        heads.text(&self.names);
        heads.problems(&self.problems);
        heads.out.count(self.others.len());
        for (report, problems) in &self.others {
            heads.source(&report.other_answer.source);
            heads.other_answer(&report.other_answer);
            heads.option(report.subject.as_deref());
            heads.text(report.identified_by.as_str());
            heads.text(report.evidence.as_str());
            heads.instant(report.as_of);
            heads.option(report.duplicate_of.as_deref());
            heads.problems(problems);
        }
        heads.out.count(self.dumps.len());
        for remembered in &self.dumps {
            heads.dump(&remembered.dump);
            heads.out.number(u64::from(remembered.has_action_level));
            heads.text(&remembered.rows);
            heads.text(&remembered.fingerprint);
        }
        sealed(&heads.finish())
    }

    fn decode(bytes: &[u8], evidence: &[String]) -> Result<Self, Damaged> {
        let raw = unsealed(bytes)?;
        let mut reader = HeadsReader::new(&raw)?;
        reader.is_of(evidence)?;
        let counts = reader.counts()?;
        let names = reader.text()?;
        let problems = reader.many(HeadsReader::problem)?;
        let others = reader.many(|reader| {
            let source = reader.source()?;
            let report = OtherReport {
                other_answer: reader.other_answer(&source)?,
                subject: reader.option()?,
                identified_by: reader.word(IdentifiedBy::parse)?,
                evidence: reader.word(Evidence::parse)?,
                as_of: reader.instant()?,
                duplicate_of: reader.option()?,
            };
            Ok((report, reader.many(HeadsReader::problem)?))
        })?;
        let dumps = reader.many(|reader| {
            Ok(Remembered {
                dump: reader.dump()?,
                has_action_level: reader.flag()?,
                rows: reader.text()?,
                fingerprint: reader.text()?,
                is_wanted: false,
            })
        })?;
        if reader.reader.is_at_end() { Ok(Self { dumps, others, problems, counts, names }) } else { Err(Damaged) }
    }
}

/// The rows of `dumps` as the bytes of a file that is called `fingerprint`.
///
/// # Errors
/// What the compressor reports.
pub fn encode_rows(dumps: &[&Dump], fingerprint: &str, names: &Numbered) -> std::io::Result<Vec<u8>> {
    let mut rows = RowsWriter::default();
    for dump in dumps {
        rows.push(&dump.rows.open(), base(dump));
    }
    let mut whole = Writer::default();
    whole.text(fingerprint);
    whole.count(dumps.len());
    let mut last = 0;
    whole.0.extend(rows.finish(|name, out| names.write(name, &mut last, out)));
    sealed(&whole.0)
}

fn base(dump: &Dump) -> i64 {
    dump.made_at.map_or(0, |at| at.millis().div_euclid(1000) * 1000)
}

impl Store {
    /// What the last settling gave, where it was made of the answers that are there, by this program.
    #[must_use]
    pub fn memo(&self) -> Option<Memo> {
        let evidence = self.evidence_files().ok()?;
        Memo::decode(&crate::util::owned::read(&self.root.join(PATH), 1 << 32).ok()?, &evidence).ok()
    }

    /// Gives the rows of their file to `dumps`, which are all that the memo has of it, in its order; `shared` are the symbols of
    /// the list that has the mark `names` of the memo. `false` where the file is not the one that the memo means.
    #[must_use]
    pub fn recall(
        &self,
        file: &str,
        dumps: &mut [&mut Remembered],
        shared: &[Symbol],
        cache: &mut SymbolCache,
    ) -> bool {
        recalled(&self.root.join(file), dumps, shared, cache).is_some()
    }
}

fn recalled(path: &Path, dumps: &mut [&mut Remembered], shared: &[Symbol], cache: &mut SymbolCache) -> Option<()> {
    let raw = unsealed(&crate::util::owned::read(path.as_ref(), 1 << 32).ok()?).ok()?;
    let mut reader = Reader::new(&raw);
    let fingerprint = reader.text().ok()?;
    if dumps.iter().any(|dump| dump.fingerprint != fingerprint) || reader.size().ok()? != dumps.len() {
        return None;
    }
    let mut last = 0;
    let mut reader = RowsReader::new(reader.rest(), |reader| names::read(reader, &mut last, shared, cache)).ok()?;
    for dump in dumps {
        dump.dump.rows = reader.next(base(&dump.dump)).ok()?.into();
    }
    reader.is_at_end().then_some(())
}

/// The dumps of each file of rows.
pub fn by_file(dumps: &mut [Remembered]) -> BTreeMap<String, Vec<&mut Remembered>> {
    let mut files: BTreeMap<String, Vec<&mut Remembered>> = BTreeMap::new();
    for dump in dumps.iter_mut().filter(|dump| !dump.rows.is_empty()) {
        files.entry(dump.rows.clone()).or_default().push(dump);
    }
    files
}

impl Heads {
    fn source(&mut self, source: &Source) {
        self.text(&source.path);
        self.option(source.inside.as_deref());
        self.out.count(source.root);
    }

    fn places(&mut self, places: &[(Source, String)]) {
        self.out.count(places.len());
        for (source, locator) in places {
            self.source(source);
            self.text(locator);
        }
    }

    fn dump(&mut self, dump: &Dump) {
        let entity = &dump.entity;
        self.text(&entity.key);
        self.option(entity.arn.as_ref().map(Arn::as_str));
        self.option(entity.account.as_ref().map(AccountId::as_str));
        self.option(entity.kind.map(EntityKind::as_str));
        self.text(&entity.name);
        self.instant(entity.created);
        self.text(dump.identified_by.as_str());
        self.text(dump.shape.as_str());
        self.option(dump.job_type.map(JobType::as_str));
        self.option(dump.job_status.map(JobStatus::as_str));
        for at in [dump.created_at, dump.made_at, dump.as_of] {
            self.instant(at);
        }
        self.text(dump.as_of_source.as_str());
        self.text(dump.evidence.as_str());
        self.out.number(dump.pages.into());
        self.option(dump.error.as_ref().map(|error| error.code.as_str()));
        if let Some(error) = &dump.error {
            self.text(&error.message);
        }
        self.places(&dump.sources);
        self.places(&dump.duplicates);
        self.out.count(dump.notes.len());
        dump.notes.iter().for_each(|note| self.text(note));
    }
}

impl HeadsReader<'_> {
    fn source(&mut self) -> Result<Source, Damaged> {
        let source = Source { path: self.text()?, inside: self.option()?, root: self.reader.size()? };
        if source.path.is_char_boundary(source.root) { Ok(source) } else { Err(Damaged) }
    }

    fn places(&mut self) -> Result<Vec<(Source, String)>, Damaged> {
        self.many(|reader| Ok((reader.source()?, reader.text()?)))
    }

    fn dump(&mut self) -> Result<Dump, Damaged> {
        let entity = Entity {
            key: self.text()?,
            arn: self.word_option(|text| Arn::parse(text).ok())?,
            account: self.word_option(AccountId::parse)?,
            kind: self.word_option(EntityKind::parse)?,
            name: self.text()?,
            created: self.instant()?,
        };
        Ok(Dump {
            entity,
            identified_by: self.word(IdentifiedBy::parse)?,
            shape: self.word(Shape::parse)?,
            job_type: self.word_option(JobType::parse)?,
            job_status: self.word_option(JobStatus::parse)?,
            created_at: self.instant()?,
            made_at: self.instant()?,
            as_of: self.instant()?,
            as_of_source: self.word(AsOfSource::parse)?,
            evidence: self.word(Evidence::parse)?,
            pages: u32::try_from(self.reader.number()?).map_err(|_| Damaged)?,
            error: match self.option()? {
                Some(code) => Some(JobError { code, message: self.text()? }),
                None => None,
            },
            rows: Rows::default().into(),
            sources: self.places()?,
            duplicates: self.places()?,
            notes: self.many(Self::text)?,
        })
    }
}
