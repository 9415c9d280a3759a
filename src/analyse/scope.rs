//! What an analysis sees of one batch: the histories of its entities, and the judged rows of the present.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::decisions::gone::{lacking, removed};
use super::grants::{GrantLimits, RiskTable};
use super::groups::{Groups, MemberSets};
use super::histories::History;
use super::names::Names;
use super::rows::{RowColumns, RowsFor, may_be_pass_role};
use super::ruled::RuledServices;
use super::timeline::{Judged, RowMembers, Scratch, fold, judge_newest};
use super::{Filter, Params};
use crate::catalogue::Catalogue;
use crate::frame::build::Dictionary;
use crate::model::policy::{Grants, Holder};
use crate::model::{
    Accounts, AgeKnownBy, Credential, Decisions, DocumentsBeside, Dump, EntityDecisions, Instant, Level, Symbol,
    UnknownReason, Verdict,
};
use crate::problem::counted;
use crate::report::{GoneEntity, UnlistedEntity};

/// What all batches of a run share.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The user's parameters.
    pub params: &'a Params,
    /// Whether `--as-of` gives the date from which ages are counted: rows then have that of their dump too.
    pub is_dated_otherwise: bool,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// From symbols to categories.
    pub dictionary: &'a Dictionary,
    /// The entities that hold each policy.
    pub grants: &'a Grants,
    /// The risks of permissions.
    pub risks: &'a RiskTable,
    /// Passwords, access keys and roles.
    pub credentials: &'a [Credential],
    /// What people decided.
    pub decisions: &'a Decisions,
    /// The actions that decisions name and that a dump of any entity lists: service and action in lower case.
    pub tracked_actions: &'a FxHashSet<(String, String)>,
    /// The names of accounts, and the owners of accounts and entities.
    pub accounts: &'a Accounts,
    /// The meaning of names.
    pub names: &'a Names,
}

/// One batch, prepared: whole entities, with all their dumps.
pub struct Scope<'a> {
    /// What all batches share.
    pub context: Context<'a>,
    /// The entities that the question is about, in the order of listings.
    pub asked: &'a [History<'a>],
    /// The two sides of a diff.
    pub sides: Sides<'a>,
    /// The entities of the batch that answers about policies describe.
    pub holders: Vec<&'a Holder>,
    services: LazyFrame,
    groups: LazyFrame,
    actions: LazyFrame,
    sets: MemberSets<'a>,
    /// What is remarkable among the rows of the present.
    pub findings: Findings,
    collect: Collect,
    decided: DecidedEntities<'a>,
    /// What is ruled on the service rows of the present, after the first analysis that asks.
    pub ruled_services: OnceLock<RuledServices>,
}

/// The entries that may apply to entities, by their keys; those alone that have any.
pub type DecidedEntities<'a> = Arc<FxHashMap<&'a str, EntityDecisions<'a>>>;

/// What is remarkable among the rows of the present, in any report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The entities with contradicted rows: the file of a dump that has one, the entity, and how many rows.
    pub contradicted: Vec<(String, String, usize)>,
    /// Unused rows of entities that nothing shows to be as old as the threshold.
    pub of_unknown_age: usize,
    /// Rule 35: actions that are unused or stale as of a dump, with a later use of their service.
    pub service_used_since: usize,
    /// Rule 59: services that were used through actions which AWS does not track.
    pub used_untracked: usize,
    /// Rule 59: unused and stale rows of `iam`, which may mean `iam:PassRole`.
    pub may_be_pass_role: usize,
    /// The entities that are not there any more.
    pub gone: Vec<GoneEntity>,
    /// Rule 64: the entities that a list lacks which may have been saved with a filter.
    pub unlisted: Vec<UnlistedEntity>,
}

impl Findings {
    /// Adds those of another batch.
    pub fn add(&mut self, more: Self) {
        self.contradicted.extend(more.contradicted);
        self.of_unknown_age += more.of_unknown_age;
        self.service_used_since += more.service_used_since;
        self.used_untracked += more.used_untracked;
        self.may_be_pass_role += more.may_be_pass_role;
        self.gone.extend(more.gone);
        self.unlisted.extend(more.unlisted);
    }

    /// What belongs next to the numbers of every report.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let all = [
            (
                "Unused rows of entities that no document shows to be as old as the threshold",
                self.of_unknown_age,
                "--strict-age makes them unknown.",
            ),
            (
                "Unused and stale actions of services that were used after the dump of these actions, as a newer document shows",
                self.service_used_since,
                "It does not name the action. Collect ACTION_LEVEL each time.",
            ),
            (
                "Services that were used through none of their listed actions",
                self.used_untracked,
                "AWS does not track every action (iam:PassRole and data events such as s3:GetObject, for example): no report can \
                 show such an action to be unused.",
            ),
            (
                "Unused and stale rows of iam",
                self.may_be_pass_role,
                "AWS never records iam:PassRole; look for it in the policies.",
            ),
        ];
        let said = all.into_iter().filter(|(_, rows, _)| *rows > 0);
        let said = said.map(|(what, rows, advice)| format!("{what}: {rows}. {advice}"));
        said.chain(gone_remark(&self.gone)).chain(unlisted_remark(&self.unlisted)).collect()
    }

    fn note(&mut self, history: &History, row: &Judged, members: RowMembers, names: &Names) {
        let count = members.count();
        if row.is_service_used_since && matches!(row.verdict, Verdict::Unused | Verdict::Stale) {
            self.service_used_since += count;
        }
        if row.is_used_untracked && members == RowMembers::Service {
            self.used_untracked += 1;
        } else if members == RowMembers::Service && may_be_pass_role(row, names) {
            self.may_be_pass_role += 1;
        }
        if row.verdict == Verdict::Unused && row.age_known_by == AgeKnownBy::None {
            self.of_unknown_age += count;
        }
        if row.unknown_reason == Some(UnknownReason::Contradicted) {
            let entity = history.entity.title();
            if let Some((.., rows)) = self.contradicted.last_mut().filter(|(_, last, _)| last == entity) {
                *rows += count;
            } else {
                let file = history.speakers[row.dump].dump.sources.first();
                let file = file.map(|(source, _)| source.to_string()).unwrap_or_default();
                self.contradicted.push((file, entity.to_owned(), count));
            }
        }
    }
}

/// How many entities a remark names.
const MOST_NAMES: usize = 3;

/// Which entities are not there any more: their rows are true, and there is nothing to do about them.
fn gone_remark(gone: &[GoneEntity]) -> Option<String> {
    let named = gone.iter().take(MOST_NAMES).map(|of| format!("{} since {}", of.arn, of.since.day()));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = gone.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let are = counted(
        gone.len(),
        "entity is gone, because the list of its account does not have it",
        "entities are gone, because the list of their account does not have them",
    );
    (!gone.is_empty()).then(|| {
        format!("{are}: {named}{more}. Rows about what is gone are evidence only: no policy is to be edited for it.")
    })
}

/// Which entities may not be there any more.
fn unlisted_remark(unlisted: &[UnlistedEntity]) -> Option<String> {
    let named = unlisted.iter().take(MOST_NAMES).map(|of| format!("{} ({})", of.arn, of.place()));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = unlisted.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let are = counted(unlisted.len(), "entity is", "entities are");
    let they = if unlisted.len() == 1 { "it still exists" } else { "they still exist" };
    (!unlisted.is_empty()).then(|| {
        format!(
            "{are} not in a newer list of the account, which may have been saved with a filter: {named}{more}. Check whether \
             {they}."
        )
    })
}

/// A function that runs a plan; the caller chooses it.
pub type Collect = fn(LazyFrame) -> PolarsResult<DataFrame>;

/// The dumps on each side of a diff, usable or not.
#[derive(Debug, Clone, Default)]
pub struct Sides<'a> {
    /// The earlier side.
    pub old: Vec<&'a Dump>,
    /// The later side.
    pub new: Vec<&'a Dump>,
    /// Where the sides are two dates: by account, the end of the earlier one. A list from before it is of the earlier side.
    pub old_ends: BTreeMap<String, Instant>,
}

/// The tables that an analysis reads; a table that no analysis reads is not built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set of tables: each is wanted or not, whatever the others are")]
pub struct Needs {
    /// The service rows of the present.
    pub services: bool,
    /// The action rows of the present, one by one.
    pub actions: bool,
    /// The action rows of the present, equal ones together.
    pub groups: bool,
    /// Single action rows of other dumps, in tables that the analysis builds itself.
    pub other_actions: bool,
    /// The columns that explain a verdict.
    pub evidence: bool,
    /// What answers about policies tell about the entities.
    pub holders: bool,
}

impl Needs {
    /// No table.
    pub const NOTHING: Self =
        Self { services: false, actions: false, groups: false, other_actions: false, evidence: false, holders: false };

    /// The needs of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            services: self.services || other.services,
            actions: self.actions || other.actions,
            groups: self.groups || other.groups,
            other_actions: self.other_actions || other.other_actions,
            evidence: self.evidence || other.evidence,
            holders: self.holders || other.holders,
        }
    }

    /// About how many rows the largest table from `dump` alone has.
    #[must_use]
    pub fn rows_of(self, dump: &Dump) -> usize {
        let single = self.actions || self.other_actions;
        // There is one grouped row for each service, and one for each use of an action: about as many.
        dump.rows.service_count() + if single { dump.rows.action_count() } else { dump.rows.used_count() }
    }

    /// The table of `level`.
    #[must_use]
    pub const fn level(level: Level) -> Self {
        match level {
            Level::Service => Self { services: true, ..Self::NOTHING },
            Level::Action => Self { actions: true, ..Self::NOTHING },
        }
    }

    const fn any_actions(self) -> bool {
        self.actions || self.groups
    }
}

/// The entities of a batch that the question is about.
///
/// Every document of the batch is in their histories: filters choose entities, not evidence.
pub fn asked<'d>(context: &Context<'d>, dumps: &[&'d Dump], besides: &[&'d DocumentsBeside]) -> Vec<History<'d>> {
    let mut all = History::all(dumps, besides, context.catalogue);
    all.retain(|history| context.params.filter.keeps_entity(history.entity));
    all
}

/// Judges the rows of one entity; hands each to the function that it gets.
pub type Judge<'j, 'a> = &'j dyn Fn(&'a History<'a>, &mut Scratch<'a>, &mut dyn FnMut(&Judged, RowMembers));

impl<'a> Scope<'a> {
    /// Judges the rows of the present.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn new(
        context: Context<'a>,
        asked: &'a [History<'a>],
        sides: Sides<'a>,
        needs: Needs,
        collect: Collect,
    ) -> PolarsResult<Self> {
        let rows = context.rows(asked, needs, &|history, scratch, emit| present(&context, history, scratch, emit))?;
        let RowTables { services, groups, sets, findings } = rows;
        let actions = if needs.actions {
            Groups { frame: &groups, sets: &sets }.named(context.dictionary)?
        } else {
            DataFrame::empty()
        };
        let (services, groups, actions) = (services.lazy(), groups.lazy(), actions.lazy());
        let holders = Vec::new();
        let known = asked.iter().map(|history| history.entity).filter(|_| !context.decisions.is_empty());
        let decided = known.map(|entity| (entity.key.as_str(), context.decisions.of(entity)));
        let decided = Arc::new(decided.filter(|(_, decisions)| !decisions.is_empty()).collect());
        Ok(Self {
            context,
            asked,
            sides,
            holders,
            services,
            groups,
            actions,
            sets,
            findings,
            collect,
            decided,
            ruled_services: OnceLock::new(),
        })
    }

    /// The same with the entities that answers about policies describe.
    #[must_use]
    pub fn with_holders(self, holders: Vec<&'a Holder>) -> Self {
        Self { holders, ..self }
    }

    /// The decisions about the entities that the question is about. They are looked up once: several analyses use them.
    pub fn decided(&self) -> DecidedEntities<'a> {
        Arc::clone(&self.decided)
    }

    /// Runs a plan, for results that no expression can give.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn collect(&self, plan: LazyFrame) -> PolarsResult<DataFrame> {
        (self.collect)(plan)
    }

    /// The actions of the present, equal ones together.
    pub fn groups(&self) -> LazyFrame {
        self.groups.clone()
    }

    /// The actions of the rows of [`Scope::groups`].
    pub const fn sets(&self) -> &MemberSets<'a> {
        &self.sets
    }

    /// The rows of the present at `level`, before the filters of a row's values.
    pub fn rows(&self, level: Level) -> LazyFrame {
        match level {
            Level::Service => self.services.clone(),
            Level::Action => self.actions.clone(),
        }
    }

    /// The rows of the present at `level` that all filters keep.
    pub fn listed(&self, level: Level) -> LazyFrame {
        kept(self.rows(level), self.context.params)
    }
}

/// Rule 33, or with `--snapshots all` every dump by itself.
pub fn present<'a>(
    context: &Context<'a>,
    history: &'a History<'a>,
    scratch: &mut Scratch<'a>,
    mut emit: &mut dyn FnMut(&Judged, RowMembers),
) {
    let question = &history.question(context.params);
    if !context.params.all_snapshots {
        return judge_newest(&history.documents, question, context.names, scratch, &mut emit);
    }
    fold(&history.documents, question, context.names, scratch, |timeline, by| timeline.snapshots(by, &mut emit));
}

/// Judged rows of both levels.
pub struct RowTables<'a> {
    /// A row for each service.
    pub services: DataFrame,
    /// A row for each action, or for all of a class.
    pub groups: DataFrame,
    /// The actions of the groups.
    pub sets: MemberSets<'a>,
    /// What is remarkable among all of them.
    pub findings: Findings,
}

impl<'a> Context<'a> {
    /// The names in `column`, each in the spelling that all its spellings share.
    pub fn shared_spelling(&self, column: &str) -> Expr {
        self.names.shared(column)
    }

    /// The rows that `judge` gives for each of `asked`, without those that `--service` and `--action` exclude.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn rows(&self, asked: &'a [History<'a>], needs: Needs, judge: Judge<'_, 'a>) -> PolarsResult<RowTables<'a>> {
        let of = RowsFor { params: self.params, names: self.names, evidence: needs.evidence };
        let mut rows = Collecting {
            services: RowColumns::new(of),
            groups: RowColumns::new(of),
            sets: MemberSets::default(),
            keys: KeyFilter::new(&self.params.filter, self.names),
            needs,
            findings: Findings::default(),
        };
        let mut scratch = Scratch::new(!needs.any_actions());
        for history in asked {
            let gone = gone(history, self);
            rows.findings.unlisted.extend(unlisted(history, self).filter(|_| gone.is_none()));
            rows.findings.gone.extend(gone);
            let starts = (rows.services.start_entity(history), rows.groups.start_entity(history));
            let mut push = |row: &Judged, members: RowMembers| rows.push((history, starts), row, members);
            let limits = GrantLimits::new(self, history.entity);
            judge(history, &mut scratch, &mut |row, members| {
                let is_wanted = if members == RowMembers::Service { needs.services } else { needs.any_actions() };
                // What is in no table needs no dates: to look for those of ten million actions takes longer than all the rest.
                if is_wanted { limits.limited(row, members, &mut push) } else { push(row, members) }
            });
        }
        rows.sets.close(scratch.layouts.into_classes());
        Ok(RowTables {
            services: rows.services.finish(Level::Service, self.dictionary)?,
            groups: rows.groups.finish(Level::Action, self.dictionary)?,
            sets: rows.sets,
            findings: rows.findings,
        })
    }
}

/// The entity, if the newest list of its account does not have it and no document shows a use after that list.
fn gone(history: &History, context: &Context) -> Option<GoneEntity> {
    let since = removed(history, context)?;
    let at = context.params.at;
    let made_at = history.newest(at)?.dump.made_at;
    let is_used_since = history.documents.activity(made_at, at).last.is_some_and(|last| last > since);
    let entity = history.entity;
    let account = entity.account.as_ref().map(ToString::to_string);
    // A policy that AWS manages is in the list of an account only while it is attached.
    let arn = entity.arn.as_ref().filter(|arn| arn.account().is_some())?.to_string();
    (!is_used_since).then_some(GoneEntity { arn, account, since })
}

/// The entity, if a newer list of its kind does not have it and no document shows a use after that list.
fn unlisted(history: &History, context: &Context) -> Option<UnlistedEntity> {
    let list = lacking(history, context)?;
    let at = context.params.at;
    let made_at = history.newest(at)?.dump.made_at;
    let is_used_since = history.documents.activity(made_at, at).last.is_some_and(|last| last > list.made_at);
    let account = history.entity.account.as_ref().map(ToString::to_string);
    let arn = history.entity.arn.as_ref()?.to_string();
    let (list, made_at) = (list.operation.as_str(), list.made_at);
    (!is_used_since).then_some(UnlistedEntity { arn, account, list, made_at })
}

/// The rows of a batch while they are added.
struct Collecting<'r, 'a> {
    services: RowColumns<'r, 'a>,
    groups: RowColumns<'r, 'a>,
    sets: MemberSets<'a>,
    keys: KeyFilter<'r>,
    needs: Needs,
    findings: Findings,
}

impl<'a> Collecting<'_, 'a> {
    /// Adds a row of an entity; its dumps begin at these positions of the two tables.
    fn push(&mut self, (history, starts): (&History<'a>, (usize, usize)), row: &Judged, members: RowMembers) {
        if members == RowMembers::Service {
            self.sets.start_service(row.service);
        }
        if !self.keys.keeps_service(row.service) {
            return;
        }
        let is_wanted = if members == RowMembers::Service { self.needs.services } else { self.needs.any_actions() };
        if is_wanted {
            self.findings.note(history, row, members, self.keys.names);
        }
        match members {
            RowMembers::Service if self.needs.services => self.services.push_service(history, starts.0, row),
            RowMembers::Class { .. } if self.keys.chooses_actions() => members.each(Symbol::NONE, |action| {
                self.push_action((history, starts.1), &Judged { action, ..*row }, RowMembers::Action);
            }),
            RowMembers::Action | RowMembers::Class { .. } => self.push_action((history, starts.1), row, members),
            RowMembers::Service => {}
        }
    }

    fn push_action(&mut self, of: (&History<'a>, usize), row: &Judged, members: RowMembers) {
        let is_single = members == RowMembers::Action;
        if self.needs.any_actions() && (!is_single || self.keys.keeps_action(row.service, row.action)) {
            self.groups.push_actions(of, row, members, &mut self.sets);
        }
    }
}

/// `--service` and `--action`, decided once per name.
pub struct KeyFilter<'f> {
    filter: &'f Filter,
    names: &'f Names,
    services: FxHashMap<Symbol, bool>,
    actions: FxHashMap<(Symbol, Symbol), bool>,
}

impl<'f> KeyFilter<'f> {
    /// A filter that has decided nothing yet.
    pub fn new(filter: &'f Filter, names: &'f Names) -> Self {
        let (services, actions) = Default::default();
        Self { filter, names, services, actions }
    }

    const fn chooses_actions(&self) -> bool {
        self.filter.actions.is_some()
    }

    /// `--service`.
    pub fn keeps_service(&mut self, service: Symbol) -> bool {
        let Self { filter, names, services, .. } = self;
        filter.services.is_empty()
            || *services.entry(service).or_insert_with(|| filter.keeps_service(names.text(service)))
    }

    /// `--action`.
    pub fn keeps_action(&mut self, service: Symbol, action: Symbol) -> bool {
        let Self { filter, names, actions, .. } = self;
        let is_kept = || filter.keeps_action(names.text(service), names.text(action));
        filter.actions.is_none() || *actions.entry((service, action)).or_insert_with(is_kept)
    }
}

/// The rows that pass the filters of a row's values.
pub fn kept(rows: LazyFrame, params: &Params) -> LazyFrame {
    match params.filter.row_condition() {
        Some(condition) => rows.filter(condition),
        None => rows,
    }
}
