//! Turns rows into columns.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::present::{Present, Subject};
use super::risk::Assessed;
use super::rows::{GrantRow, StatementGrant};
use super::words::{WordColumn, WordPlaces, Words};
use crate::analyse::verdict::{OBSERVED_DAYS, VERDICT, verdicts};
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{
    self, ACCOUNT_ID, ACTION_NAME, AS_OF, AWS_CONTROLLED, ENTITY, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, LAST_ACCESSED,
    SERVICE_NAME, SERVICE_NAMESPACE, SOURCE,
};
use crate::model::policy::{
    ActionEvidence, Agreement, BoundaryWord, Denied, GrantPattern, HeldPolicy, PolicyKind, ResourceScope, ResourceWord,
    Risk, RiskBasis, SinceKind, Via, ViaKind,
};
use crate::model::{EntityKind, Instant, Level, Verdict};

/// `inline`, `customer` or `aws`.
pub const POLICY_KIND: &str = "policy_kind";
/// Its name.
pub const POLICY_NAME: &str = "policy_name";
/// Its ARN.
pub const POLICY_ARN: &str = "policy_arn";
/// The way in which the entity holds it.
pub const VIA: &str = "via";
/// The group.
pub const VIA_NAME: &str = "via_name";
/// The number of the statement.
pub const STATEMENT: &str = "statement";
const GRANTED_SINCE: &str = "granted_since";
/// What the permission is worth to a person who should not have it.
pub const RISK: &str = "risk";
/// Why.
pub const RISK_CATEGORY: &str = "risk_category";
/// The escalation paths that are closed by removing it.
pub const CLOSES: &str = "closes";
/// The escalation paths that the permission is in, in the published table.
pub const PATHS: &str = "paths";
/// What the risk is based on.
pub const RISK_BASIS: &str = "risk_basis";
const ACTION_KNOWN: &str = "action_known";
const EVIDENCE_OF_ACTION: &str = "evidence_of_action";

/// The columns of the report in their order.
pub fn names(level: Level) -> impl Iterator<Item = &'static str> {
    let is_shown =
        move |name: &&str| level == Level::Action || !matches!(*name, ACTION_NAME | ACTION_KNOWN | EVIDENCE_OF_ACTION);
    NAMES.iter().copied().filter(is_shown)
}

const NAMES: [&str; 39] = [
    ACCOUNT_ID,
    ENTITY_TYPE,
    ENTITY_NAME,
    ENTITY_ARN,
    SERVICE_NAMESPACE,
    SERVICE_NAME,
    ACTION_NAME,
    VERDICT,
    LAST_ACCESSED,
    OBSERVED_DAYS,
    RISK,
    RISK_CATEGORY,
    CLOSES,
    GRANTED_SINCE,
    "granted_since_kind",
    POLICY_KIND,
    POLICY_NAME,
    POLICY_ARN,
    "policy_version",
    VIA,
    VIA_NAME,
    STATEMENT,
    "sid",
    "pattern",
    "pattern_kind",
    "resource_scope",
    "conditions",
    "deny",
    "boundary",
    "holders",
    "holders_complete",
    ACTION_KNOWN,
    EVIDENCE_OF_ACTION,
    "agreement",
    "note",
    AWS_CONTROLLED,
    AS_OF,
    SOURCE,
    RISK_BASIS,
];

/// The rows so far, column by column.
pub struct GrantColumns<'p, 'a> {
    level: Level,
    present: &'p Present<'a>,
    verdicts: Vec<Option<u8>>,
    words: Words,
    /// The entities that have rows.
    subjects: Vec<&'p Subject<'a>>,
    /// For each row, the position of its entity among them.
    subject_of: Vec<IdxSize>,
    categories: CategoryPlaces,
    texts: Vec<WordPlaces>,
    sets: Vec<Vec<Option<u8>>>,
    counts: Vec<Vec<Option<u32>>>,
    flags: Vec<Vec<Option<bool>>>,
    dates: Vec<Vec<Option<i64>>>,
    listed: Vec<Option<IdxSize>>,
    all_paths: bool,
}

/// The columns of texts, in the order of [`GrantColumns::texts`].
const TEXTS: [&str; 12] = [
    SERVICE_NAMESPACE,
    SERVICE_NAME,
    ACTION_NAME,
    POLICY_NAME,
    POLICY_ARN,
    "policy_version",
    VIA_NAME,
    "sid",
    "pattern",
    SOURCE,
    "note",
    CLOSES,
];
const COUNTS: [&str; 3] = [STATEMENT, "conditions", "holders"];
const FLAGS: [&str; 2] = ["holders_complete", ACTION_KNOWN];
const DATES: [&str; 1] = [GRANTED_SINCE];

/// The columns of closed sets, with their dtypes.
fn set_columns() -> [(&'static str, DataType); 11] {
    macro_rules! set {
        ($name:expr, $type:ty) => {
            ($name, schema::closed_set(<$type>::ALL.iter().map(|member| member.as_str())))
        };
    }
    [
        set!("granted_since_kind", SinceKind),
        set!(POLICY_KIND, PolicyKind),
        set!(VIA, ViaKind),
        set!("pattern_kind", GrantPattern),
        set!("resource_scope", ResourceWord),
        set!("deny", Denied),
        set!("boundary", BoundaryWord),
        set!(EVIDENCE_OF_ACTION, ActionEvidence),
        set!("agreement", Agreement),
        set!(RISK, Risk),
        set!(RISK_BASIS, RiskBasis),
    ]
}

/// The texts of the column of categories, row by row.
#[derive(Default)]
struct CategoryPlaces {
    /// The place of each text, by the bits of its categories.
    known: FxHashMap<u16, IdxSize>,
    places: Vec<Option<IdxSize>>,
}

impl CategoryPlaces {
    fn push(&mut self, risk: Option<&Assessed>, words: &mut Words) {
        let text = |risk: &Assessed| risk.categories().collect::<Vec<_>>().join(", ");
        let place =
            |risk: &Assessed| *self.known.entry(risk.category_bits()).or_insert_with(|| words.place(&text(risk)));
        self.places.push(risk.map(place));
    }
}

impl<'p, 'a> GrantColumns<'p, 'a> {
    /// No rows yet.
    pub fn new(level: Level, present: &'p Present<'a>) -> PolarsResult<Self> {
        let verdicts = present.listed.column(VERDICT)?.cat8()?.physical().iter().collect();
        Ok(Self {
            level,
            present,
            verdicts,
            words: Words::default(),
            subjects: Vec::new(),
            subject_of: Vec::new(),
            categories: CategoryPlaces::default(),
            texts: vec![WordPlaces::default(); TEXTS.len()],
            sets: vec![Vec::new(); set_columns().len()],
            counts: vec![Vec::new(); COUNTS.len()],
            flags: vec![Vec::new(); FLAGS.len()],
            dates: vec![Vec::new(); DATES.len()],
            listed: Vec::new(),
            all_paths: false,
        })
    }

    /// The same with the paths that each permission is in, whatever its verdict is.
    pub fn with_all_paths(self) -> Self {
        Self { all_paths: true, ..self }
    }

    /// Adds a row of `subject`. All rows of an entity come one after another.
    pub fn push(&mut self, subject: &'p Subject<'a>, row: &GrantRow) {
        if self.subjects.last().is_none_or(|last| !std::ptr::eq(*last, subject)) {
            self.subjects.push(subject);
        }
        self.subject_of.push(self.subjects.len() as IdxSize - 1);
        let listed = match self.level {
            Level::Service => row.listed.and_then(|listed| listed.row),
            Level::Action => row.listed_action.map(|action| action.row),
        };
        let (policy, grant) = (row.held.map(|held| &*held.policy), row.grant.as_ref());
        let evidence = self.evidence(subject, row, listed);
        self.push_texts(subject, row, policy, evidence);
        let via = match row.held.map(|held| &held.via) {
            Some(Via::Direct) => Some(ViaKind::Direct),
            Some(Via::Itself) => Some(ViaKind::Itself),
            Some(Via::Group(_)) => Some(ViaKind::Group),
            None => row.missing_group.map(|_| ViaKind::Group),
        };
        let sets = [
            grant.map(|grant| grant.since.1 as u8),
            policy.map(|policy| policy.kind as u8),
            via.map(|via| via as u8),
            grant.map(|grant| grant.breadth as u8),
            grant.map(|grant| resources(grant) as u8),
            grant.map(|grant| grant.denied as u8),
            grant.map(|grant| grant.boundary as u8),
            (self.level == Level::Action).then_some(evidence as u8),
            Some(row.agreement as u8),
            row.risk.as_ref().map(|assessed| assessed.risk as u8),
            row.risk.as_ref().map(|assessed| assessed.basis as u8),
        ];
        let counts = [
            grant.map(|grant| grant.spoken.statement.number as u32),
            grant.map(|grant| grant.spoken.statement.conditions as u32),
            policy.map(|policy| policy.holders as u32),
        ];
        let flags = [policy.and_then(|policy| policy.holders_complete), Some(row.is_known)];
        let dates = [grant.and_then(|grant| grant.since.0).map(Instant::millis)];
        self.sets.iter_mut().zip(sets).for_each(|(column, value)| column.push(value));
        self.counts.iter_mut().zip(counts).for_each(|(column, value)| column.push(value));
        self.flags.iter_mut().zip(flags).for_each(|(column, value)| column.push(value));
        self.dates.iter_mut().zip(dates).for_each(|(column, value)| column.push(value));
        self.listed.push(listed);
    }

    fn push_texts(&mut self, subject: &Subject, row: &GrantRow, policy: Option<&HeldPolicy>, evidence: ActionEvidence) {
        let statement = row.grant.as_ref().map(|grant| grant.spoken.statement);
        let service_name = row.listed.and_then(|listed| listed.name.as_deref());
        let service_name = service_name.or_else(|| self.present.catalogue.service_name(row.service));
        let via_name = match row.held.map(|held| &held.via) {
            Some(Via::Group(name)) => Some(name.as_str()),
            _ => row.missing_group,
        };
        let mut notes = row.notes.clone();
        notes.extend((!subject.has_dump).then_some("no-dump"));
        notes.extend(
            (self.level == Level::Action && is_said_to_be_tracked(self.present, row))
                .then_some("tracked-and-not-listed"),
        );
        let notes = notes.join(", ");
        // Only a permission that is shown to be unused may be removed, so only such a permission closes a path.
        let closed = row.risk.as_ref().filter(|_| self.all_paths || evidence == ActionEvidence::Unused);
        let closed = closed.map(|assessed| self.present.risks.names(&assessed.open).collect::<Vec<_>>().join(", "));
        let source = policy.map(|policy| policy.source.as_str());
        let texts = [
            Some(row.service),
            service_name,
            row.action.as_deref(),
            policy.map(|policy| policy.name.as_str()),
            policy.and_then(|policy| policy.arn.as_deref()),
            policy.and_then(|policy| policy.version.as_deref()),
            via_name,
            statement.and_then(|statement| statement.sid.as_deref()),
            row.grant.as_ref().and_then(|grant| grant.pattern).map(crate::model::policy::ActionPattern::written),
            source.or_else(|| subject.holder.map(|holder| holder.source.as_str())).filter(|source| !source.is_empty()),
            Some(notes.as_str()).filter(|notes| !notes.is_empty()),
            closed.as_deref().filter(|closed| !closed.is_empty()),
        ];
        let words = &mut self.words;
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text, words));
        self.categories.push(row.risk.as_ref(), words);
    }

    /// What is known about the use of a row's action.
    fn evidence(&self, subject: &Subject, row: &GrantRow, listed: Option<IdxSize>) -> ActionEvidence {
        if let Some(at) = listed {
            return match self.verdicts[at as usize].map(|code| Verdict::ALL[code as usize]) {
                Some(Verdict::Active) => ActionEvidence::Used,
                Some(Verdict::Stale) => ActionEvidence::Stale,
                Some(Verdict::Unused) => ActionEvidence::Unused,
                Some(Verdict::Unknown) | None => ActionEvidence::Unknown,
            };
        }
        let made = row.held.and_then(|held| held.policy.made).map(Instant::millis);
        let is_newer = made.is_some_and(|made| subject.as_of.is_none_or(|as_of| made > as_of));
        let is_one_action = row.action.as_deref().is_some_and(|action| !action.contains(['*', '?']));
        let is_untracked = row.agreement == Agreement::Ok
            && row.is_granted()
            && row.listed.is_some_and(|listed| listed.lists_actions)
            && is_one_action
            && !is_newer
            && !is_said_to_be_tracked(self.present, row);
        if is_untracked { ActionEvidence::Untracked } else { ActionEvidence::NoEvidence }
    }

    /// The rows as a frame; rows that a dump lists have its facts.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let places = IdxCa::from_iter_options("listed".into(), self.listed.iter().copied());
        let facts = self.present.listed.columns().iter().filter(|column| column.name() != VERDICT);
        let mut columns: Vec<Column> = facts.map(|column| column.take(&places)).collect::<PolarsResult<_>>()?;
        let verdict = |(listed, of): (&Option<IdxSize>, &IdxSize)| match listed {
            Some(at) => self.verdicts[*at as usize],
            None => (!self.subjects[*of as usize].has_dump).then_some(Verdict::Unknown as u8),
        };
        let of_rows = self.listed.iter().zip(&self.subject_of).map(verdict);
        columns.push(closed_column(VERDICT, &verdicts(), of_rows));
        let sets = set_columns().into_iter().zip(&self.sets);
        columns.extend(sets.map(|((name, dtype), codes)| closed_column(name, &dtype, codes.iter().copied())));
        let mut words = self.words;
        let of_subjects = places_of(&self.subjects, &mut words);
        let words = words.finish()?;
        let rows = IdxCa::from_slice("subject".into(), &self.subject_of);
        for column in columns_of(&self.subjects, &of_subjects, &words)? {
            columns.push(column.take(&rows)?);
        }
        columns.push(words.column(RISK_CATEGORY, &self.categories.places)?);
        for (name, texts) in TEXTS.iter().zip(&self.texts) {
            columns.push(words.column(name, texts.as_slice())?);
        }
        for (name, counts) in COUNTS.iter().zip(self.counts) {
            columns.push(UInt32Chunked::from_iter_options((*name).into(), counts.into_iter()).into_column());
        }
        for (name, flags) in FLAGS.iter().zip(self.flags) {
            columns.push(BooleanChunked::from_iter_options((*name).into(), flags.into_iter()).into_column());
        }
        for (name, dates) in DATES.iter().zip(self.dates) {
            columns.push(instant_column(name, dates));
        }
        DataFrame::new_infer_height(columns)
    }
}

/// The places of the texts of each subject, column by column: account, name, ARN, key.
fn places_of(subjects: &[&Subject], words: &mut Words) -> [Vec<Option<IdxSize>>; 4] {
    let mut places = |text: fn(&Subject) -> Option<String>| -> Vec<_> {
        subjects.iter().map(|subject| text(subject).map(|text| words.place(&text))).collect()
    };
    [
        places(|subject| subject.account.clone()),
        places(|subject| Some(subject.name.clone())),
        places(|subject| subject.arn.clone()),
        places(|subject| Some(subject.key.clone())),
    ]
}

/// What the rows of an entity all say, a row for each of `subjects`.
fn columns_of(
    subjects: &[&Subject],
    places: &[Vec<Option<IdxSize>>; 4],
    words: &WordColumn,
) -> PolarsResult<Vec<Column>> {
    let texts = [ACCOUNT_ID, ENTITY_NAME, ENTITY_ARN, ENTITY].into_iter().zip(places);
    let mut columns: Vec<_> = texts.map(|(name, places)| words.column(name, places)).collect::<PolarsResult<_>>()?;
    let kinds = schema::closed_set(EntityKind::ALL.iter().map(|kind| kind.as_str()));
    columns.push(closed_column(
        ENTITY_TYPE,
        &kinds,
        subjects.iter().map(|subject| subject.kind.map(|kind| kind as u8)),
    ));
    let is_aws_controlled = subjects.iter().map(|subject| Some(subject.is_aws_controlled));
    columns.push(BooleanChunked::from_iter_options(AWS_CONTROLLED.into(), is_aws_controlled).into_column());
    columns.push(instant_column(AS_OF, subjects.iter().map(|subject| subject.as_of).collect()));
    Ok(columns)
}

const fn resources(grant: &StatementGrant) -> ResourceWord {
    match grant.spoken.statement.resources {
        ResourceScope::All => ResourceWord::All,
        ResourceScope::Some => ResourceWord::Some,
        ResourceScope::NotResource => ResourceWord::NotResource,
    }
}

/// Whether a catalogue says that AWS tracks the action, and no dump lists it.
fn is_said_to_be_tracked(present: &Present, row: &GrantRow) -> bool {
    let lists = row.listed.is_some_and(|listed| listed.lists_actions) && row.listed_action.is_none();
    let action = row.action.as_deref().unwrap_or_default();
    lists && present.catalogue.is_tracked(row.service, action) == Some(true)
}
