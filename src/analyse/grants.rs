//! `grants`: which policy and which statement grants each permission, next to what the dumps tell about its use.
//!
//! There is one row per entity, permission and Allow statement that grants it. A permission that a dump lists and no
//! known policy grants has a row too, and so has a policy without its document: no grant may be missed. The verdicts
//! are those of `list`.

mod beside;
mod columns;
mod disagreement;
mod granting;
mod judge;
mod present;
mod published;
mod risk;
mod rows;
mod since;
mod totals;
mod words;

use polars::prelude::*;

use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted};
use crate::frame::schema::{ACTION_NAME, SERVICE_NAMESPACE};
use crate::model::Level;
pub use beside::{GRANTED_BY, GrantsBeside, POLICY_AUTHOR, columns as columns_beside};
pub use columns::{CLOSES, RISK, RISK_BASIS, RISK_CATEGORY};
use columns::{GrantColumns, POLICY_ARN, POLICY_KIND, POLICY_NAME, STATEMENT, VIA, VIA_NAME};
pub use disagreement::{disagreement, is_granted};
pub use granting::{Granting, with_others};
use present::Present;
pub use present::Texts;
pub use published::{STATEMENT_NEEDS, attachments, statements};
pub use risk::{Assessed, RiskTable, potential_of_service};
pub use since::GrantLimits;
pub use totals::{HOLDING, POLICY, policies_of_services, risk_columns, risks_of_accounts};

/// The report; see the module.
pub struct GrantRows {
    /// Services or actions.
    pub level: Level,
}

impl Analysis for GrantRows {
    fn needs(&self) -> Needs {
        let actions = self.level == Level::Action;
        Needs { services: true, actions, evidence: true, holders: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let present = Present::of(scope, self.level)?;
        let filter = &scope.context.params.filter;
        let mut columns = GrantColumns::new(self.level, &present)?;
        for subject in &present.subjects {
            rows::of(subject, &present, self.level, &mut |row| {
                let is_of_action = row.action.as_ref().is_none_or(|action| filter.keeps_action(row.service, action));
                if filter.keeps_service(row.service) && is_of_action {
                    columns.push(subject, &row);
                }
            });
        }
        let rows = columns.finish()?.lazy();
        let rows = match filter.row_condition() {
            Some(condition) => rows.filter(condition),
            None => rows,
        };
        let columns: Vec<_> = columns::names(self.level).map(col).collect();
        Ok(vec![rows.select(columns)])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        let permission: &[&str] = match self.level {
            Level::Service => &[SERVICE_NAMESPACE],
            Level::Action => &[SERVICE_NAMESPACE, ACTION_NAME],
        };
        let of_policy = [POLICY_KIND, POLICY_NAME, POLICY_ARN, VIA, VIA_NAME, STATEMENT];
        let keys: Vec<_> = ENTITY_KEY.iter().chain(permission).chain(&of_policy).copied().collect();
        sorted(rows.lazy(), &keys)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(vec![
            "Service control policies, resource policies and session policies are not in these files: they may narrow or \
             widen what this report shows."
                .to_owned(),
        ]))
    }
}
