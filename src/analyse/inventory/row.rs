//! The row of one entity.

use polars::prelude::*;

use super::{ListedPermissions, is_expected};
use crate::analyse::grants::{Assessed, CLOSES, Granting, RISK, RISK_BASIS, RISK_CATEGORY, potential_of_service};
use crate::analyse::histories::{History, Speaker};
use crate::analyse::roles::permission_set;
use crate::analyse::timeline::Activity;
use crate::analyse::unused::CREATED_AT;
use crate::analyse::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT, verdicts};
use crate::analyse::{Params, Scope};
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{
    self, ACCESS_UNDATED, ACCOUNT_ID, AS_OF, AWS_CONTROLLED, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, EVIDENCE,
    IDENTIFIED_BY, LAST_ACCESSED, MADE_AT, PERMISSION_SET, REMEDY, set_of,
};
use crate::model::policy::{Held, Holder, KnownPolicies, PolicyKind, Risk, RiskBasis, Via};
use crate::model::{DAY_MS, Entity, EntityKind, Evidence, IdentifiedBy, Instant, ManagedBy, Remedy, Verdict};

/// The columns of the report, in their order.
pub const NAMES: [&str; 29] = [
    ACCOUNT_ID,
    ENTITY_TYPE,
    ENTITY_NAME,
    ENTITY_ARN,
    VERDICT,
    LAST_ACCESSED,
    DAYS_SINCE,
    OBSERVED_DAYS,
    CREATED_AT,
    "services_granted",
    "services_active",
    "services_stale",
    "services_unused",
    "services_unknown",
    "missing",
    AS_OF,
    EVIDENCE,
    IDENTIFIED_BY,
    "attached_policies",
    "inline_policies",
    "group_policies",
    "managed_by",
    PERMISSION_SET,
    AWS_CONTROLLED,
    REMEDY,
    RISK,
    RISK_CATEGORY,
    CLOSES,
    RISK_BASIS,
];

/// An entity with all that is known about it.
pub struct InventorySubject<'a> {
    /// The entity.
    pub entity: &'a Entity,
    /// All documents about it; `None` if only answers about policies name it.
    pub history: Option<&'a History<'a>>,
    /// What it holds; `None` if no answer tells.
    pub holder: Option<&'a Holder>,
    /// What its newest dump lists.
    pub permissions: &'a ListedPermissions,
    /// The last use of any of its credentials.
    pub used: Activity,
}

impl InventorySubject<'_> {
    /// Whether another document names the entity and nobody saved a dump of it.
    fn is_missing(&self) -> bool {
        let has_dump = self.history.is_some_and(|history| !history.dumps.is_empty());
        !has_dump && is_expected(self.entity.kind, self.entity.account.is_some())
    }

    fn created(&self) -> Option<Instant> {
        self.entity.created.or_else(|| self.holder.and_then(|holder| holder.entity.created))
    }

    /// The same, as it was known at the moment that the report is about (`--at`): a former entity of the name was created
    /// before.
    fn created_until(&self, params: &Params) -> Option<Instant> {
        let is_until = |created: &Instant| params.at.is_none_or(|at| *created <= at);
        let stated = || self.history.and_then(|history| history.documents.created(params.at));
        self.created().filter(is_until).or_else(stated)
    }

    /// Whether it was not there yet at the moment that the report is about, and no entity of its name was.
    pub fn is_of_later(&self, params: &Params) -> bool {
        let Some(at) = params.at.filter(|at| self.created() > Some(*at)) else { return false };
        let has_dump = |history: &History| history.dumps_until(Some(at)).next().is_some();
        !self.history.is_some_and(|history| has_dump(history) || history.documents.was_there(at))
    }

    fn newest(&self, params: &Params) -> Option<&Speaker<'_>> {
        self.history.and_then(|history| history.newest(params.at))
    }

    /// The moment from which ages are counted.
    pub fn as_of(&self, params: &Params) -> Option<Instant> {
        self.newest(params).and_then(|newest| newest.dump.as_of)
    }

    fn activity(&self, params: &Params) -> Activity {
        let made_at = self.newest(params).and_then(|newest| newest.dump.made_at);
        let shown = self.history.map(|history| history.documents.activity(made_at, params.at)).unwrap_or_default();
        Activity { last: shown.last.max(self.used.last), undated: shown.undated || self.used.undated }
    }

    /// An entity is active if it did anything lately. It is stale or unused only if it was seen whole: a single
    /// permission about which nothing can be concluded may have been used.
    fn verdict(&self, activity: Activity, params: &Params) -> Verdict {
        let [active, _, _, unknown] = self.permissions.counts;
        let days = self.days_since(activity, params);
        if active > 0 || days.is_some_and(|days| days < params.stale_after) {
            return Verdict::Active;
        }
        let is_seen_whole =
            self.history.is_some_and(|history| !history.is_hidden(params.at) && history.unread == (false, false));
        let has_rows = self.permissions.counts.iter().sum::<i64>() > 0;
        if !is_seen_whole || !has_rows || unknown > 0 || activity.undated || self.as_of(params).is_none() {
            Verdict::Unknown
        } else if activity.last.is_some() {
            Verdict::Stale
        } else {
            Verdict::Unused
        }
    }

    /// Whole periods of 24 hours; an access after the dump counts as 0.
    fn days_since(&self, activity: Activity, params: &Params) -> Option<i64> {
        let (last, as_of) = (activity.last?.millis(), self.as_of(params)?.millis());
        Some((as_of - last).div_euclid(DAY_MS).max(0))
    }

    /// How many policies it holds in this way; `None` if nothing tells, or only of some of them.
    fn policies(&self, is_known: fn(&KnownPolicies) -> bool, is_one: fn(&Held) -> bool) -> Option<u32> {
        let holder = self.holder.filter(|holder| holder.arn.kind() != EntityKind::Policy && is_known(&holder.known))?;
        Some(holder.held.iter().filter(|held| is_one(held)).count() as u32)
    }

    fn managed_by(&self) -> ManagedBy {
        match self.entity.remedy() {
            Remedy::EditPolicy => ManagedBy::Account,
            Remedy::DetachOrReplace => ManagedBy::Aws,
            Remedy::ChangePermissionSet => ManagedBy::IdentityCenter,
            Remedy::None => ManagedBy::Service,
        }
    }

    /// The highest risk of everything that it may do, and the paths that are closed if every permission is taken away
    /// that it is shown not to use.
    fn risk(&self, scope: &Scope) -> (Option<Assessed>, Option<String>) {
        let (universe, risks) = (&scope.context.grants.universe, scope.context.risks);
        let services = || self.permissions.services.keys();
        let Some(holder) = self.holder else {
            let highest = services().filter_map(|service| potential_of_service(service, universe, risks));
            return (Assessed::highest(highest), None);
        };
        let granting = Granting::of(holder, universe, risks);
        // A policy that is not known may grant anything in the services that the dump lists.
        let of_services =
            services().filter(|_| !holder.is_complete).filter_map(|service| granting.service(service).risk);
        let risk = Assessed::highest(granting.of_all().into_iter().chain(of_services));
        let closes = risk.as_ref().map(|assessed| {
            let is_closed = |path: &&usize| {
                let mut legs = risks.legs(**path).iter().map(|leg| universe.action(*leg));
                legs.any(|(service, action)| self.permissions.is_unused(service, action))
            };
            let closed: Vec<usize> = assessed.open.iter().filter(is_closed).copied().collect();
            risks.names(&closed).collect::<Vec<_>>().join(", ")
        });
        (risk, closes.filter(|closes| !closes.is_empty()))
    }
}

/// The rows so far, column by column.
#[derive(Default)]
pub struct InventoryColumns {
    texts: [Vec<Option<String>>; 6],
    sets: [Vec<Option<u8>>; 8],
    numbers: [Vec<Option<i64>>; 10],
    dates: [Vec<Option<i64>>; 4],
    flags: [Vec<Option<bool>>; 3],
}

const TEXTS: [&str; 6] = [ACCOUNT_ID, ENTITY_NAME, ENTITY_ARN, PERMISSION_SET, RISK_CATEGORY, CLOSES];
const NUMBERS: [&str; 10] = [
    DAYS_SINCE,
    OBSERVED_DAYS,
    "services_granted",
    "services_active",
    "services_stale",
    "services_unused",
    "services_unknown",
    "attached_policies",
    "inline_policies",
    "group_policies",
];
const DATES: [&str; 4] = [LAST_ACCESSED, CREATED_AT, AS_OF, MADE_AT];
const FLAGS: [&str; 3] = ["missing", AWS_CONTROLLED, ACCESS_UNDATED];

/// The columns of closed sets, with their dtypes.
fn sets() -> [(&'static str, DataType); 8] {
    [
        (ENTITY_TYPE, set_of!(EntityKind)),
        (VERDICT, verdicts()),
        (EVIDENCE, set_of!(Evidence)),
        (IDENTIFIED_BY, set_of!(IdentifiedBy)),
        ("managed_by", set_of!(ManagedBy)),
        (REMEDY, set_of!(Remedy)),
        (RISK, set_of!(Risk)),
        (RISK_BASIS, set_of!(RiskBasis)),
    ]
}

impl InventoryColumns {
    /// Adds the row of `subject`.
    pub fn push(&mut self, subject: &InventorySubject, scope: &Scope) {
        let params = scope.context.params;
        let (entity, activity) = (subject.entity, subject.activity(params));
        let verdict = subject.verdict(activity, params);
        let speaker = subject.newest(params);
        // A dump without rows shows at least that it exists.
        let dump = speaker.map(|newest| newest.dump).or_else(|| subject.history?.dumps_until(params.at).last());
        let (risk, closes) = subject.risk(scope);
        let created = subject.created_until(params);
        let has_rows = speaker.is_some();
        let count = |count: i64| has_rows.then_some(count);
        let [active, stale, unused, unknown] = subject.permissions.counts;
        let texts = [
            entity.account.as_ref().map(ToString::to_string),
            Some(entity.name.clone()),
            entity.arn.as_ref().map(ToString::to_string),
            permission_set(entity).map(str::to_owned),
            risk.as_ref().map(|assessed| assessed.categories().collect::<Vec<_>>().join(", ")),
            closes,
        ];
        let sets = [
            entity.kind.map(|kind| kind as u8),
            Some(verdict as u8),
            dump.map(|dump| dump.evidence as u8),
            dump.map(|dump| dump.identified_by as u8),
            Some(subject.managed_by() as u8),
            Some(entity.remedy() as u8),
            risk.as_ref().map(|assessed| assessed.risk as u8),
            risk.as_ref().map(|assessed| assessed.basis as u8),
        ];
        let attached = |held: &Held| held.via == Via::Direct && held.policy.kind != PolicyKind::Inline;
        let inline = |held: &Held| held.via == Via::Direct && held.policy.kind == PolicyKind::Inline;
        let of_groups = |held: &Held| matches!(held.via, Via::Group(_));
        let policies = [
            subject.policies(|known| known.attached, attached),
            subject.policies(|known| known.inline, inline),
            subject.policies(|known| known.of_groups, of_groups),
        ];
        let watched = subject.permissions.watched.filter(|_| verdict == Verdict::Unused);
        let [attached, inline, of_groups] = policies.map(|count| count.map(i64::from));
        let numbers = [
            subject.days_since(activity, params),
            watched,
            count(active + stale + unused + unknown),
            count(active),
            count(stale),
            count(unused),
            count(unknown),
            attached,
            inline,
            of_groups,
        ];
        let made_at = speaker.and_then(|newest| newest.dump.made_at);
        let dates = [activity.last, created, subject.as_of(params), made_at].map(|at| at.map(Instant::millis));
        let flags = [subject.is_missing(), entity.is_aws_controlled(), activity.undated].map(Some);
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.push(text));
        self.sets.iter_mut().zip(sets).for_each(|(column, member)| column.push(member));
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
        self.dates.iter_mut().zip(dates).for_each(|(column, date)| column.push(date));
        self.flags.iter_mut().zip(flags).for_each(|(column, flag)| column.push(flag));
    }

    /// The rows as a frame.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn finish(self) -> PolarsResult<DataFrame> {
        let mut columns = Vec::new();
        for (name, texts) in TEXTS.into_iter().zip(&self.texts) {
            let texts = texts.iter().map(Option::as_deref).map(|text| text.filter(|text| !text.is_empty()));
            columns.push(Categorical32Chunked::from_str_iter(name.into(), schema::name(), texts)?.into_column());
        }
        let sets = sets().into_iter().zip(self.sets);
        columns.extend(sets.map(|((name, dtype), members)| closed_column(name, &dtype, members)));
        let numbers = NUMBERS.into_iter().zip(self.numbers);
        columns
            .extend(numbers.map(|(name, numbers)| {
                Int64Chunked::from_iter_options(name.into(), numbers.into_iter()).into_column()
            }));
        columns.extend(DATES.into_iter().zip(self.dates).map(|(name, dates)| instant_column(name, dates)));
        let flags = FLAGS.into_iter().zip(self.flags);
        columns.extend(
            flags.map(|(name, flags)| BooleanChunked::from_iter_options(name.into(), flags.into_iter()).into_column()),
        );
        DataFrame::new_infer_height(columns)
    }
}
