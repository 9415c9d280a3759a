//! `unused`: what may be taken away. The one listing on which people act, so it leaves out what its owner cannot edit, and an
//! action whose whole service is listed already.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, history, sorted_whole};
use crate::catalogue::Catalogue;
use crate::frame::groups::Groups;
use crate::frame::schema::{
    self, ACTION, ACTION_NAME, ACTIONS, AS_OF, DUMP, ENTITY, EVIDENCE, IDENTIFIED_BY, LAST_ACCESSED, MANAGED, SERVICE,
    SERVICE_NAME, SERVICE_NAMESPACE,
};
use crate::model::{Level, Verdict};

const ACCESS_LEVEL: &str = "access_level";

/// See the module.
pub struct Unused {
    /// Services or actions.
    pub level: Level,
    /// Keep the actions of services that are themselves stale or unused.
    pub all_actions: bool,
}

impl Analysis for Unused {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: self.level == Level::Action, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let dormant = || verdict_is(Verdict::Stale).or(verdict_is(Verdict::Unused));
        let rows = match self.level {
            Level::Service => scope.rows(Level::Service).with_column(lit(1u32).cast(DataType::UInt32).alias(ACTIONS)),
            Level::Action => scope.groups(),
        };
        let mut rows = rows.filter(dormant());
        if self.level == Level::Action && !self.all_actions {
            // An action's service is that of the present; where every snapshot speaks, that of its own dump.
            let (services, of) = if scope.context.params.all_snapshots {
                (scope.context.services_by_dump(scope.grouped())?, DUMP)
            } else {
                (scope.all_rows(Level::Service), ENTITY)
            };
            let key = [col(of), col(SERVICE_NAMESPACE)];
            let covered = services.filter(dormant()).select(key.clone());
            rows = rows.join(covered, key.clone(), key, JoinArgs::new(JoinType::Anti));
        }
        let managed = rows.clone().filter(col(MANAGED)).select([col(ENTITY), col(ACTIONS).cast(DataType::UInt32)]);
        if !scope.context.params.include_managed {
            rows = rows.filter(col(MANAGED).not());
        }
        let facts = [VERDICT, LAST_ACCESSED, DAYS_SINCE, OBSERVED_DAYS, AS_OF, EVIDENCE, IDENTIFIED_BY, MANAGED];
        let columns = |action: &[&'static str], more: &[&'static str]| -> Vec<Expr> {
            let key = ENTITY_KEY.iter().chain(&[SERVICE_NAMESPACE, SERVICE_NAME]);
            key.chain(action).chain(&facts).chain(more).map(|c| col(*c)).collect()
        };
        let of_history = history::columns(scope);
        let rows = match self.level {
            Level::Service => history::with_history(rows, scope, self.level)?.select(columns(&[], of_history)),
            Level::Action => {
                let frame = scope.collect(rows.select(columns(&[], &[ENTITY, DUMP, SERVICE, ACTION])))?;
                let groups = Groups { frame: &frame, dumps: scope.grouped() };
                let mut named = groups.named(scope.context.dictionary)?;
                named.with_column(access_level(&named, scope.context.catalogue)?)?;
                let last = [of_history, &[ACCESS_LEVEL]].concat();
                history::with_history(named.lazy(), scope, self.level)?.select(columns(&[ACTION_NAME], &last))
            }
        };
        Ok(vec![rows, managed])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, context: &Context) -> LazyFrame {
        sorted_whole(rows, context, self.level)
    }

    fn combine(&self, mut parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let managed = parts.pop().expect("as many as partials gives");
        let mut remarks = Vec::new();
        if !context.params.include_managed && managed.height() > 0 {
            remarks.push(format!(
                "{} rows of {} roles that AWS manages (service-linked, /aws-reserved/) are left out: their owner cannot edit \
                 them. --include-managed keeps them.",
                managed.column(ACTIONS)?.u32()?.sum().unwrap_or(0),
                managed.column(ENTITY)?.n_unique()?,
            ));
        }
        Ok(Combined::listed(remarks))
    }
}

/// `List`, `Read`, `Write`, `Tagging` or `Permissions management`; null where the catalogue does not know the action.
fn access_level(rows: &DataFrame, catalogue: &Catalogue) -> PolarsResult<Column> {
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
