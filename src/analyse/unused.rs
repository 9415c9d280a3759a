//! `unused`: what may be taken away. The one listing on which people act, so it leaves out what its owner cannot edit, and an
//! action whose whole service is listed already.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::groups::Groups;
use super::scope::kept;
use super::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted_whole};
use crate::catalogue::Catalogue;
use crate::frame::schema::{
    self, ACCESS_LEVEL, ACTION_NAME, ACTIONS, AGE_KNOWN_BY, AS_OF, AWS_CONTROLLED, ENTITY, EVIDENCE, GRANTED_SINCE,
    IDENTIFIED_BY, LAST_ACCESSED, LAST_ACCESSED_SOURCE, MADE_AT, MEMBERS, OBSERVED_LIMIT, REMEDY, SERVICE_NAME,
    SERVICE_NAMESPACE,
};
use crate::model::{Level, Verdict};

/// The namespace as all spellings of it share it.
const SERVICE: &str = "service";

const FACTS: [&str; 8] =
    [VERDICT, LAST_ACCESSED, DAYS_SINCE, OBSERVED_DAYS, AS_OF, EVIDENCE, IDENTIFIED_BY, AWS_CONTROLLED];
const EVIDENCE_OF_IT: [&str; 5] = [OBSERVED_LIMIT, GRANTED_SINCE, AGE_KNOWN_BY, LAST_ACCESSED_SOURCE, REMEDY];

/// See the module.
pub struct Unused {
    /// Services or actions.
    pub level: Level,
    /// Keep the actions of services that are themselves stale or unused.
    pub all_actions: bool,
}

impl Analysis for Unused {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: self.level == Level::Action, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let rows = match self.level {
            Level::Service => {
                let one = lit(1u32).cast(DataType::UInt32).alias(ACTIONS);
                scope.listed(Level::Service).with_column(one)
            }
            Level::Action => kept(scope.groups(), scope.context.params),
        };
        let mut rows = rows.filter(dormant());
        if self.level == Level::Action && !self.all_actions {
            // An action's service is that of the present; where every snapshot speaks, that of its own dump.
            let key: &[&str] =
                if scope.context.params.all_snapshots { &[ENTITY, MADE_AT, SERVICE] } else { &[ENTITY, SERVICE] };
            let key = || key.iter().map(|column| col(*column)).collect::<Vec<_>>();
            let shared =
                |rows: LazyFrame| rows.with_column(scope.context.shared_spelling(SERVICE_NAMESPACE).alias(SERVICE));
            let covered = shared(scope.rows(Level::Service).filter(dormant())).select(key());
            let covers = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Anti) };
            rows = shared(rows).join(covered, key(), key(), covers);
        }
        let controlled = rows.clone().filter(col(AWS_CONTROLLED)).select([col(ENTITY), col(ACTIONS)]);
        if !scope.context.params.include_aws_controlled {
            rows = rows.filter(col(AWS_CONTROLLED).not());
        }
        let rows = match self.level {
            Level::Service => rows.select(columns(&[], &[])),
            Level::Action => {
                let frame = scope.collect(rows.select(columns(&[], &[MEMBERS])))?;
                let mut named = Groups { frame: &frame, sets: scope.sets() }.named(scope.context.dictionary)?;
                named.with_column(access_level(&named, scope.context.catalogue)?)?;
                named.lazy().select(columns(&[ACTION_NAME], &[ACCESS_LEVEL]))
            }
        };
        Ok(vec![rows, controlled])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, context: &Context) -> LazyFrame {
        sorted_whole(rows, context, self.level)
    }

    fn combine(&self, mut parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let controlled = parts.pop().expect("as many as partials gives");
        let mut remarks = Vec::new();
        if !context.params.include_aws_controlled && controlled.height() > 0 {
            remarks.push(format!(
                "{} rows of {} entities that AWS controls (service-linked roles, roles under /aws-reserved/, AWS-managed policies) \
                 are left out: their owner cannot edit them. --include-aws-controlled lists them.",
                controlled.column(ACTIONS)?.u32()?.sum().unwrap_or(0),
                controlled.column(ENTITY)?.n_unique()?,
            ));
        }
        Ok(Combined::listed(remarks))
    }
}

/// What could go: stale or unused.
fn dormant() -> Expr {
    verdict_is(Verdict::Stale).or(verdict_is(Verdict::Unused))
}

/// The columns of the report, with these for an action and at the end.
fn columns(action: &[&'static str], more: &[&'static str]) -> Vec<Expr> {
    let key = ENTITY_KEY.iter().chain(&[SERVICE_NAMESPACE, SERVICE_NAME]).chain(action);
    // The level of an action stands where it always stood, before the columns that explain the verdict.
    let (level, members): (Vec<&str>, Vec<&str>) = more.iter().partition(|column| **column == ACCESS_LEVEL);
    key.copied().chain(FACTS).chain(level).chain(EVIDENCE_OF_IT).chain(members).map(col).collect()
}

/// `List`, `Read`, `Write`, `Tagging` or `Permissions management`; null where the catalogue does not know the action.
pub fn access_level(rows: &DataFrame, catalogue: &Catalogue) -> PolarsResult<Column> {
    let (namespaces, actions) = (rows.column(SERVICE_NAMESPACE)?.cat32()?, rows.column(ACTION_NAME)?.cat32()?);
    let text = |of: &Categorical32Chunked, code| of.get_mapping().cat_to_str(code).unwrap_or_default().to_owned();
    // Each action is looked up once, not once for everyone who has it; the first place is that of those without a level.
    let mut levels: Vec<Option<&str>> = vec![None];
    let mut known: FxHashMap<(u32, u32), IdxSize> = FxHashMap::default();
    let mut look_up = |namespace, action| {
        let level = catalogue.access_level(&text(namespaces, namespace), &text(actions, action));
        let place = levels.iter().position(|known| *known == level).unwrap_or_else(|| {
            levels.push(level);
            levels.len() - 1
        });
        place as IdxSize
    };
    let places = namespaces.physical().iter().zip(actions.physical().iter()).map(|(namespace, action)| {
        let Some((namespace, action)) = namespace.zip(action) else { return 0 };
        *known.entry((namespace, action)).or_insert_with(|| look_up(namespace, action))
    });
    let places = IdxCa::from_vec(ACCESS_LEVEL.into(), places.collect());
    let levels = StringChunked::from_iter_options(ACCESS_LEVEL.into(), levels.into_iter()).cast(&schema::name())?;
    levels.into_column().take(&places)
}
