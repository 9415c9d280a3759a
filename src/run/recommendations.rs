//! Recommendations: the use of every entity is gathered batch by batch, and then all policies are seen together.

use std::collections::BTreeMap;

use globset::GlobSet;
use polars::prelude::*;

use super::analysis::Computed;
use super::batch::Batch;
use super::error::RunError;
use super::request::{Progress, RecommendRequest, Request};
use crate::analyse::{self, Context, Filter, Granting, Names, Params};
use crate::decode::policy::policy_document;
use crate::frame::Table;
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{name, set_of};
use crate::model::policy::{AdviceStep, DocumentForm, EntityUsage, Holder, PolicyKind, ReasonNone};
use crate::model::{Choice, Decisions, Dump, Entity, EntityDecisions, EntityKind, Instant, Ruling, Symbol};
use crate::recommend::{
    KeepDecisions, OpenPaths, RecommendInputs, RecommendOptions, RecommendScope, Recommendation, SymbolTexts, recommend,
};
use crate::util::threads::in_order;

/// How a request is narrowed.
struct Narrowed<'r> {
    filter: &'r Filter,
    only: Option<&'r GlobSet>,
}

impl RecommendScope for Narrowed<'_> {
    fn has_entity(&self, entity: &Entity) -> bool {
        self.filter.keeps_entity(entity)
    }

    fn has_policy(&self, _: PolicyKind, name: &str, arn: Option<&str>) -> bool {
        self.only.is_none_or(|only| only.is_match(name) || arn.is_some_and(|arn| only.is_match(arn)))
    }

    fn has_action(&self, service: &str, action: &str) -> bool {
        self.filter.keeps_service(service) && self.filter.keeps_action(service, action)
    }

    fn has_service(&self, service: &str) -> bool {
        self.filter.keeps_service(service) && self.filter.actions.is_none()
    }
}

/// What decisions keep, each as of the dump of the entity.
struct KeptPermissions<'d> {
    all: &'d Decisions,
    entities: BTreeMap<&'d str, (EntityDecisions<'d>, Option<Instant>)>,
}

impl KeepDecisions for KeptPermissions<'_> {
    fn keep(&self, entity: &Entity, service: &str, action: &str) -> bool {
        if self.all.is_empty() {
            return false;
        }
        let ruling = match self.entities.get(entity.key.as_str()) {
            Some((of, as_of)) => of.action(service, action, *as_of),
            None => self.all.of(entity).action(service, action, None),
        };
        match ruling {
            Ruling::None => false,
            // Nothing is taken away while a person still has to answer.
            Ruling::By(at) => matches!(self.all.get(at).choice, Choice::Keep | Choice::Ask),
            // Two decisions that disagree are reported elsewhere as an error; until it is corrected the action stays.
            Ruling::Tie(..) => true,
        }
    }

    fn named(&self) -> Vec<(&str, &str)> {
        let staying = self.all.all().iter().filter(|decision| decision.choice != Choice::Remove);
        let exact =
            staying.filter(|decision| !decision.action.as_deref().is_some_and(|action| action.contains(['*', '?'])));
        exact.filter_map(|decision| decision.service.as_deref().zip(decision.action.as_deref())).collect()
    }
}

impl SymbolTexts for Names {
    fn text(&self, name: Symbol) -> &str {
        Self::text(self, name)
    }
}

/// Which escalation paths are open, by what the reports on use say.
struct PathsOfReports<'c>(Context<'c>);

impl OpenPaths for PathsOfReports<'_> {
    fn open_to(&self, holder: &Holder) -> Vec<&'static str> {
        Granting::of(holder, &self.0.grants.universe, self.0.risks).open_paths().collect()
    }
}

/// A recommendation for each policy.
///
/// # Errors
/// If a proposal does not pass its check, which is a bug.
pub fn recommendations(
    batches: &[Batch],
    context: Context,
    request: &Request,
    progress: &dyn Progress,
) -> Result<Vec<Recommendation>, RunError> {
    // A filter chooses the proposals, never the facts that they rest on; and for an entity of unknown age silence
    // proves nothing.
    let params = Params {
        filter: Filter::default(),
        strict_age: true,
        at: None,
        all_snapshots: false,
        ..request.params.clone()
    };
    let context = Context { params: &params, ..context };
    progress.begin("analysing", batches.len() as u64);
    let of_batch = |batch: &Batch| -> Vec<EntityUsage> {
        let unpacked = batch.unpacked();
        let batch = unpacked.batch();
        let dumps: Vec<&Dump> = batch.dumps.clone();
        let histories = analyse::asked(&context, &dumps, &batch.besides);
        let usages = analyse::usages(&context, &histories);
        progress.advance(1);
        usages
    };
    let usages: Vec<EntityUsage> = in_order(batches, of_batch).into_iter().flatten().collect();
    let RecommendRequest { style, protect, service_level, include_recovery, applied_by, only, with_rows } =
        &request.recommend;
    let scope = Narrowed { filter: &request.params.filter, only: only.as_ref() };
    let of = |usage: &'_ EntityUsage| context.decisions.of(&usage.entity);
    let decided = usages.iter().filter(|_| !context.decisions.is_empty());
    let entities = decided.map(|usage| (usage.entity.key.as_str(), (of(usage), usage.as_of))).collect();
    let decided = KeptPermissions { all: context.decisions, entities };
    let inputs = RecommendInputs {
        grants: context.grants,
        catalogue: context.catalogue,
        usages: &usages,
        names: context.names,
        paths: &PathsOfReports(context),
        parse: |json| policy_document(json).map_err(|error| error.to_string()),
    };
    let options = RecommendOptions {
        stale_after: params.stale_after,
        style: *style,
        protect,
        with_rows: *with_rows,
        service_level: *service_level,
        include_recovery: *include_recovery,
        applied_by: applied_by.as_ref(),
        decisions: &decided,
        scope: &scope,
    };
    Ok(recommend(&inputs, &options)?)
}

/// The recommendations as a table.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn computed(made: &[Recommendation]) -> PolarsResult<Computed> {
    let text = |column: &str, of: &dyn Fn(&Recommendation) -> Option<&str>| -> PolarsResult<Column> {
        Ok(Categorical32Chunked::from_str_iter(column.into(), name(), made.iter().map(of))?.into_column())
    };
    let count = |column: &str, of: &dyn Fn(&Recommendation) -> Option<usize>| {
        let counts = made.iter().map(|of_one| of(of_one).map(|count| count as i64));
        Int64Chunked::from_iter_options(column.into(), counts).into_column()
    };
    let entity = |of: &'_ Recommendation| of.entity.clone();
    let kinds = made.iter().map(|of| entity(of).map(|entity| entity.kind as u8));
    let filled = |text: &'_ str| !text.is_empty();
    let frame = DataFrame::new_infer_height(vec![
        text("account_id", &|of| of.account.as_deref())?,
        closed_column("entity_type", &set_of!(EntityKind), kinds),
        text("entity_name", &|of| of.entity.as_ref().map(|entity| entity.name.as_str()))?,
        text("entity_arn", &|of| of.entity.as_ref().map(|entity| entity.arn.as_str()))?,
        closed_column("policy_kind", &set_of!(PolicyKind), made.iter().map(|of| Some(of.policy_kind as u8))),
        text("policy_name", &|of| Some(&of.policy_name))?,
        text("policy_arn", &|of| of.policy_arn.as_deref())?,
        closed_column("step", &set_of!(AdviceStep), made.iter().map(|of| Some(of.step as u8))),
        count("actions_before", &|of| Some(of.actions_before)),
        count("actions_removed", &|of| Some(of.actions_removed)),
        count("services_removed", &|of| Some(of.services_removed)),
        count("kept_untracked", &|of| Some(of.kept_untracked)),
        count("kept_dependent", &|of| Some(of.kept_dependent)),
        count("kept_decision", &|of| Some(of.kept_decision)),
        text("closes_wildcard", &|of| Some(of.closes_wildcard).filter(|word| filled(word)))?,
        count("size_before", &|of| Some(of.size_before)),
        count("size_after", &|of| of.size_after),
        count("limit", &|of| Some(of.limit)),
        text("closes_paths", &|of| Some(of.closes_paths.as_str()).filter(|paths| filled(paths)))?,
        closed_column("reason_none", &set_of!(ReasonNone), made.iter().map(|of| of.reason_none.map(|why| why as u8))),
        closed_column("form", &set_of!(DocumentForm), made.iter().map(|of| of.form.map(|form| form as u8))),
        count("holders", &|of| Some(of.holders)),
        text("folder", &|of| Some(of.folder.as_str()).filter(|folder| filled(folder)))?,
        instant_column("as_of", made.iter().map(|of| of.as_of.map(Instant::millis)).collect()),
        count("parts", &|of| Some(of.parts).filter(|parts| *parts > 0)),
    ])?;
    let remark = "Resource policies, service control policies and session policies are not in these files. Read docs/recommend.md \
                  before you apply anything.";
    Ok(Computed { remarks: vec![remark.to_owned()], ..Table::new(frame).into() })
}
