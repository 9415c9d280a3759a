//! Some files as two runs of bytes: what stands in them but for the rows, and the rows.
//!
//! Apart, because whoever asks only what a store holds reads no rows. Within both, texts that repeat stand once and are referred to
//! by number. A list of action names stands once too: the list of one administrator is that of the next. Words of closed sets
//! stand as words, so that a later version may order a set anew.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rows;
use super::stored_file::{Document, StoredFile};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{
    Accessed, Answer, Claim, ClaimKind, EntityKind, EntityUse, Instant, Job, JobError, JobStatus, JobType, ListState,
    Mention, OrgService, OtherAnswer, OtherRows, Outcome, Rows, Shape, Sidecar, Source, Stated, Symbol, SymbolCache,
    Symbols,
};
use crate::problem::{Kind, Problem};

/// The two runs of bytes.
#[derive(Debug, Default)]
pub struct Block {
    /// Everything but rows.
    pub heads: Vec<u8>,
    /// The rows of the answers, in their order.
    pub rows: Vec<u8>,
}

/// Writes `files`; `texts` are those of the symbols in their rows.
pub fn encode(files: &[&StoredFile], texts: &[Arc<str>]) -> Block {
    let mut heads = Heads::default();
    heads.out.count(files.len());
    let mut written_rows = rows::RowsWriter::default();
    for file in files {
        heads.file(file);
        for answer in file.documents.iter().flat_map(|document| &document.answers) {
            written_rows.push(&answer.rows.open(), base(&answer.job));
        }
    }
    let name = |name: Symbol, out: &mut Writer| out.text(&texts[name.index().expect("a name") as usize]);
    Block { heads: heads.finish(), rows: written_rows.finish(name) }
}

/// Reads files without their rows.
pub fn decode_heads(heads: &[u8]) -> Result<Vec<StoredFile>, Damaged> {
    let mut heads = HeadsReader::new(heads)?;
    let files = heads.many(HeadsReader::file)?;
    if heads.reader.is_at_end() { Ok(files) } else { Err(Damaged) }
}

/// Reads files whole; names become symbols of `symbols`.
pub fn decode(heads: &[u8], rows: &[u8], symbols: &Symbols) -> Result<Vec<StoredFile>, Damaged> {
    let mut files = decode_heads(heads)?;
    let mut names = SymbolCache::new(symbols);
    let mut reader = rows::RowsReader::new(rows, |reader| Ok(names.intern(reader.text()?)))?;
    for answer in files.iter_mut().flat_map(|file| &mut file.documents).flat_map(|document| &mut document.answers) {
        answer.rows = reader.next(base(&answer.job))?.into();
    }
    if reader.is_at_end() { Ok(files) } else { Err(Damaged) }
}

/// What the dates of an answer's rows are counted from: accesses are near the job.
fn base(job: &Job) -> i64 {
    job.completed.or(job.created).map_or(0, |at| at.millis().div_euclid(1000) * 1000)
}

/// Writes everything but rows.
#[derive(Default)]
pub(super) struct Heads {
    pub out: Writer,
    texts: Vec<String>,
    numbers: FxHashMap<String, usize>,
}

impl Heads {
    pub fn finish(self) -> Vec<u8> {
        let mut whole = Writer::default();
        whole.count(self.texts.len());
        self.texts.iter().for_each(|text| whole.text(text));
        whole.0.extend(self.out.0);
        whole.0
    }

    pub fn text(&mut self, text: &str) {
        let number = self.numbers.get(text).copied().unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.numbers.insert(text.to_owned(), self.texts.len() - 1);
            self.texts.len() - 1
        });
        self.out.count(number);
    }

    pub fn option(&mut self, text: Option<&str>) {
        self.out.count(usize::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    pub fn instant(&mut self, at: Option<Instant>) {
        self.out.option(at, Writer::instant);
    }

    fn file(&mut self, file: &StoredFile) {
        self.text(&file.source.path);
        self.out.count(file.source.root);
        self.out.number(file.bytes);
        self.out.text(&file.sha256);
        self.out.instant(file.ingested_at);
        self.out.count(file.skipped);
        self.out.count(file.failed);
        self.problems(&file.problems);
        self.out.count(file.documents.len());
        for document in &file.documents {
            self.document(document, &file.source);
        }
    }

    fn document(&mut self, document: &Document, file: &Source) {
        let source = Source { inside: document.inside.clone(), ..file.clone() };
        self.option(document.inside.as_deref());
        self.text(document.outcome.as_str());
        self.problems(&document.problems);
        self.out.count(document.answers.len());
        for answer in &document.answers {
            debug_assert_eq!(answer.source, source);
            self.answer(answer);
        }
        self.out.count(document.sidecars.len());
        for sidecar in &document.sidecars {
            match sidecar {
                Sidecar::Generate { job_id, arn, .. } => {
                    self.out.number(0);
                    self.text(job_id);
                    self.option(arn.as_deref());
                }
                Sidecar::Entity { arn, stated, alone, .. } => {
                    self.out.number(1);
                    self.text(arn);
                    self.stated(stated);
                    self.out.number(u64::from(*alone));
                }
            }
        }
        self.out.count(document.others.len());
        for other_answer in &document.others {
            self.other_answer(other_answer);
        }
    }

    fn answer(&mut self, answer: &Answer) {
        self.text(&answer.locator);
        self.text(answer.shape.as_str());
        self.option(answer.claim.as_ref().map(|claim| claim.text.as_str()));
        if let Some(claim) = &answer.claim {
            self.text(claim.kind.as_str());
        }
        self.option(answer.account.as_deref());
        self.out.count(answer.beside.len());
        for mention in &answer.beside {
            self.text(&mention.to_string());
        }
        self.stated(&answer.stated);
        self.job(&answer.job);
        self.list(answer.list);
    }

    fn stated(&mut self, stated: &Stated) {
        self.instant(stated.created);
        self.option(stated.unreadable.as_deref());
        self.option(stated.unique_id.as_deref());
        self.instant(stated.last_used);
    }

    fn job(&mut self, job: &Job) {
        self.option(job.id.as_deref());
        self.option(job.status.map(JobStatus::as_str));
        self.option(job.job_type.map(JobType::as_str));
        self.instant(job.created);
        self.instant(job.completed);
        self.out.number(job.is_truncated.map_or(0, |truncated| 1 + u64::from(truncated)));
        self.out.number(u64::from(job.has_marker));
        self.option(job.error.as_ref().map(|error| error.code.as_str()));
        if let Some(error) = &job.error {
            self.text(&error.message);
        }
    }

    fn list(&mut self, list: ListState) {
        self.out.number(match list {
            ListState::Missing => 0,
            ListState::Null => 1,
            ListState::Present => 2,
        });
    }

    fn accessed(&mut self, accessed: Accessed) {
        match accessed {
            Accessed::Never => self.out.number(0),
            Accessed::Unreadable => self.out.number(1),
            Accessed::At(at) => {
                self.out.number(2);
                self.out.instant(at);
            }
        }
    }

    pub fn other_answer(&mut self, other_answer: &OtherAnswer) {
        self.text(&other_answer.locator);
        self.option(other_answer.stated.as_deref());
        self.job(&other_answer.job);
        self.list(other_answer.list);
        self.out.option(other_answer.accessible, |out, n| out.number(n.into()));
        self.text(other_answer.rows.kind().as_str());
        self.out.count(other_answer.rows.len());
        match &other_answer.rows {
            OtherRows::Organizations(rows) => {
                for row in rows {
                    self.text(&row.namespace);
                    self.option(row.name.as_deref());
                    self.accessed(row.accessed);
                    self.option(row.path.as_deref());
                    self.option(row.region.as_deref());
                    self.out.option(row.accounts, |out, n| out.number(n.into()));
                }
            }
            OtherRows::Entities(rows) => {
                for row in rows {
                    self.text(&row.arn);
                    self.option(row.name.as_deref());
                    self.option(row.kind.map(EntityKind::as_str));
                    self.option(row.id.as_deref());
                    self.option(row.path.as_deref());
                    self.accessed(row.accessed);
                }
            }
        }
    }

    pub fn problems(&mut self, problems: &[Problem]) {
        self.out.count(problems.len());
        for problem in problems {
            self.text(&problem.source);
            self.text(&problem.place);
            self.text(problem.kind.code());
            self.text(&problem.what);
            self.text(&problem.advice);
        }
    }
}

/// Reads what [`Heads`] writes.
pub(super) struct HeadsReader<'b> {
    texts: Vec<String>,
    pub reader: Reader<'b>,
}

impl<'b> HeadsReader<'b> {
    /// Reads the table of texts.
    pub fn new(heads: &'b [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(heads);
        let texts = reader.list(|r| r.text().map(str::to_owned))?;
        Ok(Self { texts, reader })
    }

    pub fn str(&mut self) -> Result<&str, Damaged> {
        let number = self.reader.size()?;
        self.texts.get(number).map(String::as_str).ok_or(Damaged)
    }

    pub fn text(&mut self) -> Result<String, Damaged> {
        self.str().map(str::to_owned)
    }

    pub fn flag(&mut self) -> Result<bool, Damaged> {
        match self.reader.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    pub fn option(&mut self) -> Result<Option<String>, Damaged> {
        if self.flag()? { self.text().map(Some) } else { Ok(None) }
    }

    pub fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, Damaged> {
        parse(self.str()?).ok_or(Damaged)
    }

    pub fn word_option<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Damaged> {
        if self.flag()? { self.word(parse).map(Some) } else { Ok(None) }
    }

    pub fn instant(&mut self) -> Result<Option<Instant>, Damaged> {
        self.reader.option(Reader::instant)
    }

    fn small(&mut self) -> Result<Option<u32>, Damaged> {
        self.reader.option(|reader| u32::try_from(reader.number()?).map_err(|_| Damaged))
    }

    /// As many as a count says.
    pub fn many<T>(&mut self, mut take: impl FnMut(&mut Self) -> Result<T, Damaged>) -> Result<Vec<T>, Damaged> {
        let count = self.reader.count()?;
        (0..count).map(|_| take(self)).collect()
    }

    fn file(&mut self) -> Result<StoredFile, Damaged> {
        let path = self.text()?;
        let root = self.reader.size()?;
        if !path.is_char_boundary(root) {
            return Err(Damaged);
        }
        let source = Source { path, inside: None, root };
        let bytes = self.reader.number()?;
        let sha256 = self.reader.text()?.to_owned();
        let ingested_at = self.reader.instant()?;
        let (skipped, failed) = (self.reader.size()?, self.reader.size()?);
        let problems = self.many(Self::problem)?;
        let documents = self.many(|reader| reader.document(&source))?;
        Ok(StoredFile { source, bytes, sha256, ingested_at, documents, skipped, failed, problems })
    }

    fn document(&mut self, file: &Source) -> Result<Document, Damaged> {
        let inside = self.option()?;
        let source = Source { inside: inside.clone(), ..file.clone() };
        let outcome = self.word(Outcome::parse)?;
        let problems = self.many(Self::problem)?;
        let answers = self.many(|reader| reader.answer(&source))?;
        let sidecars = self.many(|reader| reader.sidecar(&source))?;
        let others = self.many(|reader| reader.other_answer(&source))?;
        Ok(Document { inside, outcome, answers, sidecars, others, problems })
    }

    fn answer(&mut self, source: &Source) -> Result<Answer, Damaged> {
        let locator = self.text()?;
        let shape = self.word(Shape::parse)?;
        let claim = match self.option()? {
            Some(text) => Some(Claim { text, kind: self.word(ClaimKind::parse)? }),
            None => None,
        };
        let account = self.option()?;
        let beside = self.many(|reader| reader.word(Mention::parse))?;
        let stated = self.stated()?;
        let job = self.job()?;
        let list = self.list()?;
        let (source, rows) = (source.clone(), Rows::default().into());
        Ok(Answer { source, locator, shape, claim, account, beside, stated, job, list, rows })
    }

    fn sidecar(&mut self, source: &Source) -> Result<Sidecar, Damaged> {
        let source = source.clone();
        if self.flag()? {
            Ok(Sidecar::Entity { source, arn: self.text()?, stated: self.stated()?, alone: self.flag()? })
        } else {
            Ok(Sidecar::Generate { source, job_id: self.text()?, arn: self.option()? })
        }
    }

    fn stated(&mut self) -> Result<Stated, Damaged> {
        let (created, unreadable) = (self.instant()?, self.option()?);
        Ok(Stated { created, unreadable, unique_id: self.option()?, last_used: self.instant()? })
    }

    fn job(&mut self) -> Result<Job, Damaged> {
        Ok(Job {
            id: self.option()?,
            status: self.word_option(JobStatus::parse)?,
            job_type: self.word_option(JobType::parse)?,
            created: self.instant()?,
            completed: self.instant()?,
            is_truncated: match self.reader.number()? {
                0 => None,
                1 => Some(false),
                2 => Some(true),
                _ => return Err(Damaged),
            },
            has_marker: self.flag()?,
            error: match self.option()? {
                Some(code) => Some(JobError { code, message: self.text()? }),
                None => None,
            },
        })
    }

    fn list(&mut self) -> Result<ListState, Damaged> {
        match self.reader.number()? {
            0 => Ok(ListState::Missing),
            1 => Ok(ListState::Null),
            2 => Ok(ListState::Present),
            _ => Err(Damaged),
        }
    }

    fn accessed(&mut self) -> Result<Accessed, Damaged> {
        match self.reader.number()? {
            0 => Ok(Accessed::Never),
            1 => Ok(Accessed::Unreadable),
            2 => self.reader.instant().map(Accessed::At),
            _ => Err(Damaged),
        }
    }

    pub fn other_answer(&mut self, source: &Source) -> Result<OtherAnswer, Damaged> {
        let locator = self.text()?;
        let stated = self.option()?;
        let job = self.job()?;
        let list = self.list()?;
        let accessible = self.small()?;
        let is_of_organization = match self.word(crate::model::OtherOperation::parse)? {
            crate::model::OtherOperation::Organizations => true,
            crate::model::OtherOperation::Entities => false,
        };
        let rows = if is_of_organization {
            OtherRows::Organizations(self.many(Self::org_service)?)
        } else {
            OtherRows::Entities(self.many(Self::entity_use)?)
        };
        Ok(OtherAnswer { source: source.clone(), locator, stated, job, list, accessible, rows })
    }

    fn org_service(&mut self) -> Result<OrgService, Damaged> {
        Ok(OrgService {
            namespace: self.text()?,
            name: self.option()?,
            accessed: self.accessed()?,
            path: self.option()?,
            region: self.option()?,
            accounts: self.small()?,
        })
    }

    fn entity_use(&mut self) -> Result<EntityUse, Damaged> {
        Ok(EntityUse {
            arn: self.text()?,
            name: self.option()?,
            kind: self.word_option(EntityKind::parse)?,
            id: self.option()?,
            path: self.option()?,
            accessed: self.accessed()?,
        })
    }

    pub fn problem(&mut self) -> Result<Problem, Damaged> {
        Ok(Problem {
            source: self.text()?,
            place: self.text()?,
            kind: self.word(Kind::parse)?,
            what: self.text()?,
            advice: self.text()?,
        })
    }
}
