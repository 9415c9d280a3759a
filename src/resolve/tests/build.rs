//! Answers built by hand: `World` interns, `Draft` describes one answer, `Run` is the result of all.

use chrono::{DateTime, NaiveDate};

use crate::catalogue::Catalogue;
use crate::model::{
    Accessed, ActionRow, Answer, Claim, ClaimKind, Dump, Instant, Job, JobStatus, JobType, ListState, Mention, Rows,
    ServiceRow, Shape, Sidecar, Source, Stated, Symbol, Symbols,
};
use crate::problem::{Kind, Problem};
use crate::resolve::{Options, resolve};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/app/prod-api";
pub const ALICE: &str = "arn:aws:iam::123456789012:user/team/alice";
pub const BOB: &str = "arn:aws:iam::123456789012:user/bob";
pub const JOB: &str = "5532bfcd-df6a-5476-b8e1-b63a8afeaf5c";

/// One service row: namespace, the entity that used it last, and the total.
#[derive(Debug, Clone)]
pub struct Row {
    pub namespace: String,
    pub by: Option<String>,
    pub at: Accessed,
    pub total: u32,
    pub actions: Vec<(&'static str, Accessed)>,
}

pub fn used(namespace: &str, by: &str) -> Row {
    let at = Accessed::At(instant("2024-05-01T09:00:00Z"));
    Row { namespace: namespace.to_owned(), by: Some(by.to_owned()), at, total: 1, actions: Vec::new() }
}

pub fn unused(namespace: &str) -> Row {
    Row { namespace: namespace.to_owned(), by: None, at: Accessed::Never, total: 0, actions: Vec::new() }
}

/// Two services that `by` uses, and one that is not used.
pub fn rows_of(by: &str) -> Vec<Row> {
    vec![used("cloudwatch", by), unused("dynamodb"), used("s3", by)]
}

/// `count` services that AWS knows, from number `from` on; `by` uses the first and every tenth.
pub fn broad(from: usize, count: usize, by: &str) -> Vec<Row> {
    let names = Catalogue::builtin().namespaces().iter().skip(from).take(count);
    names.enumerate().map(|(at, (name, _))| if at % 10 == 0 { used(name, by) } else { unused(name) }).collect()
}

/// The number of services that AWS knows.
pub fn all_services() -> usize {
    Catalogue::builtin().namespaces().len()
}

pub fn instant(text: &str) -> Instant {
    Instant::from_millis(DateTime::parse_from_rfc3339(text).expect("a date").timestamp_millis())
}

pub fn midnight(year: i32, month: u32, day: u32) -> Instant {
    Instant::midnight(NaiveDate::from_ymd_opt(year, month, day).expect("a date"))
}

/// One answer, as a test describes it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub answer: Answer,
    pub rows: Option<Vec<Row>>,
}

impl Draft {
    /// A finished job of 2024-05-14 with `rows`, in a file of its own below the typed folder.
    pub fn new(path: &str, rows: Vec<Row>) -> Self {
        let job = Job {
            status: Some(JobStatus::Completed),
            job_type: Some(JobType::ServiceLevel),
            created: Some(instant("2024-05-14T10:20:30.123Z")),
            completed: Some(instant("2024-05-14T10:20:31.456Z")),
            is_truncated: Some(false),
            ..Job::default()
        };
        let answer = Answer {
            source: Source::file(path),
            locator: String::new(),
            shape: Shape::Answer,
            claim: None,
            account: None,
            beside: Vec::new(),
            stated: Stated::default(),
            job,
            list: ListState::Present,
            rows: Rows::default().into(),
        };
        Self { answer, rows: Some(rows) }
    }

    pub fn bare_list(path: &str, rows: Vec<Row>) -> Self {
        let mut draft = Self::new(path, rows);
        draft.answer.shape = Shape::BareList;
        draft.answer.job = Job::default();
        draft
    }

    pub fn without_list(path: &str, status: Option<JobStatus>) -> Self {
        let mut draft = Self::new(path, Vec::new()).job(|job| {
            job.status = status;
            job.completed = None;
        });
        draft.answer.list = ListState::Missing;
        draft
    }

    pub fn job(mut self, change: impl FnOnce(&mut Job)) -> Self {
        change(&mut self.answer.job);
        self
    }

    pub fn cut(self) -> Self {
        self.job(|job| (job.is_truncated, job.has_marker) = (Some(true), true))
    }

    pub fn on(self, day: &str) -> Self {
        self.job(|job| {
            job.created = Some(instant(&format!("{day}T10:20:30.123Z")));
            job.completed = Some(instant(&format!("{day}T10:20:31.456Z")));
        })
    }

    pub fn at(mut self, locator: &str) -> Self {
        locator.clone_into(&mut self.answer.locator);
        self
    }

    pub fn claims(mut self, arn: &str, kind: ClaimKind) -> Self {
        self.answer.claim = Some(Claim { text: arn.to_owned(), kind });
        self
    }

    pub fn beside(mut self, mention: Mention) -> Self {
        self.answer.beside.push(mention);
        self
    }

    pub fn below(mut self, root: &str) -> Self {
        self.answer.source.path = format!("{root}/{}", self.answer.source.path);
        self.answer.source.root = root.len();
        self
    }

    pub fn finish(mut self, symbols: &Symbols) -> Answer {
        let mut rows = Rows::default();
        for row in self.rows.unwrap_or_default() {
            for (name, accessed) in row.actions {
                let (by, region) = (Symbol::NONE, Symbol::NONE);
                rows.push_action(ActionRow { name: symbols.intern(name), accessed, by, region });
            }
            rows.push_service(ServiceRow {
                namespace: symbols.intern(&row.namespace),
                name: symbols.intern(&row.namespace.to_uppercase()),
                accessed: row.at,
                by: row.by.map_or(Symbol::NONE, |by| symbols.intern(&by)),
                region: Symbol::NONE,
                entities: Some(row.total),
                lists_actions: false,
            });
        }
        self.answer.rows = rows.into();
        self.answer
    }
}

/// The result of a run.
#[derive(Debug)]
pub struct Run {
    pub dumps: Vec<Dump>,
    pub problems: Vec<Problem>,
    pub symbols: Symbols,
}

pub fn run(drafts: Vec<Draft>) -> Run {
    run_with(drafts, &[], &Options::default())
}

pub fn run_with(drafts: Vec<Draft>, sidecars: &[Sidecar], options: &Options) -> Run {
    let symbols = Symbols::default();
    let answers = drafts.into_iter().map(|draft| draft.finish(&symbols)).collect();
    let resolved = resolve(answers, sidecars, &symbols, Catalogue::builtin(), options);
    Run { dumps: resolved.dumps, problems: resolved.problems, symbols }
}

impl Run {
    /// The only dump.
    pub fn only(&self) -> &Dump {
        assert_eq!(self.dumps.len(), 1, "{:#?}", self.summary());
        &self.dumps[0]
    }

    /// The dump that was (first) read from this path.
    pub fn from(&self, path: &str) -> &Dump {
        self.dumps.iter().find(|dump| dump.sources[0].0.path == path).unwrap_or_else(|| panic!("{:#?}", self.summary()))
    }

    pub fn kinds(&self) -> Vec<Kind> {
        self.problems.iter().map(|problem| problem.kind).collect()
    }

    pub fn problem(&self, kind: Kind) -> &Problem {
        self.problems.iter().find(|problem| problem.kind == kind).unwrap_or_else(|| panic!("{:#?}", self.problems))
    }

    pub fn namespaces(&self, dump: &Dump) -> Vec<String> {
        dump.rows
            .opened()
            .services()
            .iter()
            .map(|s| self.symbols.text(s.namespace).expect("a name").to_string())
            .collect()
    }

    fn summary(&self) -> Vec<String> {
        let line = |dump: &Dump| format!("{} {} {}", dump.entity.key, dump.evidence, dump.sources[0].0);
        self.dumps.iter().map(line).collect()
    }
}

/// The ARN, or `-`.
pub fn arn(dump: &Dump) -> &str {
    dump.entity.arn.as_ref().map_or("-", crate::model::Arn::as_str)
}
