//! What was settled, remembered: dumps without their rows in one file, and the rows by account and day.
//!
//! Settling looks at every answer that was ever kept. Most questions are about the newest, so the result of the last settling is
//! kept beside the tables, as small as the answers. It says of which answers and by which program it was made; where that is not
//! what is there, or anything of it is damaged, it is as if it were not there: the answers are settled again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flate2::Crc;

use super::Store;
use super::block::{Heads, HeadsReader};
use super::names::{self, Numbered};
use super::rows::{RowsReader, RowsWriter};
use super::segment::unpacked;
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{
    AccountId, Arn, AsOfSource, Dump, Entity, EntityKind, Evidence, IdentifiedBy, JobError, JobStatus, JobType, Rows,
    Shape, SiblingReport, Source, Symbol, SymbolCache,
};
use crate::problem::Problem;

/// Of what settling gives for the same answers; whoever changes that between two versions of the program raises it.
pub const RULES: u32 = 2;

/// Where the dumps lie, below the store.
pub const PATH: &str = "settled/dumps.memo";

/// The name of the files of rows.
pub const ROWS: &str = "part-0.rows";

/// zstd's scale from 1 to 22.
const LEVEL: i32 = 9;

/// All that was settled.
#[derive(Debug, Default)]
pub struct Memo {
    /// The dumps, in their order, without their rows.
    pub dumps: Vec<Remembered>,
    /// The answers of sibling operations, each with its problems.
    pub siblings: Vec<(SiblingReport, Vec<Problem>)>,
    /// Every other problem.
    pub problems: Vec<Problem>,
    /// Files and members found, read, skipped, failed.
    pub counts: [usize; 4],
    /// The id of the names that the files of rows share.
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
        self.counts.iter().for_each(|count| heads.out.count(*count));
        heads.text(&self.names);
        heads.problems(&self.problems);
        heads.out.count(self.siblings.len());
        for (report, problems) in &self.siblings {
            heads.source(&report.sibling.source);
            heads.sibling(&report.sibling);
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
        let siblings = reader.many(|reader| {
            let source = reader.source()?;
            let report = SiblingReport {
                sibling: reader.sibling(&source)?,
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
        if reader.reader.is_at_end() { Ok(Self { dumps, siblings, problems, counts, names }) } else { Err(Damaged) }
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
        Memo::decode(&fs::read(self.root.join(PATH)).ok()?, &evidence).ok()
    }

    /// Gives the rows of their file to `dumps`, which are all that the memo has of it, in its order; `shared` are the symbols of
    /// the list that is called `names` in the memo. `false` where the file is not the one that the memo means.
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
    let raw = unsealed(&fs::read(path).ok()?).ok()?;
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

/// Compressed, with the length before it and a checksum of both.
pub(super) fn sealed(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut sealed = (raw.len() as u64).to_le_bytes().to_vec();
    sealed.extend(zstd::bulk::compress(raw, LEVEL)?);
    Ok(checked(sealed))
}

pub(super) fn unsealed(bytes: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (length, packed) = unchecked(bytes)?.split_first_chunk::<8>().ok_or(Damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| Damaged)?;
    unpacked(packed, length)
}

/// With a checksum behind it.
pub(super) fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = sum(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

pub(super) fn unchecked(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (body, written) = bytes.split_last_chunk::<4>().ok_or(Damaged)?;
    if sum(body) == u32::from_le_bytes(*written) { Ok(body) } else { Err(Damaged) }
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl Heads {
    /// Of what follows: the program, and the files of answers and sayings that it was made of.
    pub(super) fn basis(&mut self, evidence: &[String]) {
        self.text(env!("CARGO_PKG_VERSION"));
        self.out.number(RULES.into());
        self.out.count(evidence.len());
        for name in evidence {
            self.text(name);
        }
    }

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
    /// Passes over the basis, where it is this program and `evidence`.
    pub(super) fn is_of(&mut self, evidence: &[String]) -> Result<(), Damaged> {
        let is_current = self.str()? == env!("CARGO_PKG_VERSION") && self.reader.number()? == u64::from(RULES);
        if is_current && self.many(HeadsReader::text)? == evidence { Ok(()) } else { Err(Damaged) }
    }

    pub(super) fn counts(&mut self) -> Result<[usize; 4], Damaged> {
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = self.reader.size()?;
        }
        Ok(counts)
    }

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
