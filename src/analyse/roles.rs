//! `compare --roles`: the same role in every account that has it. A permission nobody uses in any account can leave the
//! template from which the role is made.

use polars::prelude::*;

use super::verdict::{accessed, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope, sorted};
use crate::frame::schema::{self, ACCOUNT_ID, ENTITY_NAME, ENTITY_TYPE, LAST_ACCESSED, SERVICE_NAMESPACE};
use crate::model::{EntityKind, Level, Verdict};

const ACCOUNTS: &str = "accounts";
const USED: &str = "used";
const UNUSED: &str = "unused";

/// A role wherever it is, and a service.
const KEY: [&str; 3] = [ENTITY_TYPE, ENTITY_NAME, SERVICE_NAMESPACE];
/// Accounts, by what the role does in them.
const COUNTS: [&str; 4] = ["accounts_granted", "accounts_used", "accounts_unused", "accounts_unknown"];

/// See the module.
pub struct Roles;

impl Analysis for Roles {
    fn needs(&self) -> Needs {
        Needs::level(Level::Service)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let is_role = || col(ENTITY_TYPE).eq(lit(EntityKind::Role.as_str()));
        let rows = scope.rows(Level::Service).filter(is_role()).with_column(role_name());
        // Several permission-set roles of one name may stand in one account: used by one is used there, and unused only where
        // every one of them is.
        let by_account = rows.group_by([ENTITY_TYPE, ENTITY_NAME, SERVICE_NAMESPACE, ACCOUNT_ID].map(col)).agg([
            accessed().sum().gt(lit(0u32)).alias(USED),
            verdict_is(Verdict::Unused).sum().eq(len()).alias(UNUSED),
            col(LAST_ACCESSED).max(),
        ]);
        let count = |condition: Expr, name: &str| condition.sum().cast(DataType::UInt32).alias(name);
        let by_role = by_account.group_by(KEY.map(col)).agg([
            len().cast(DataType::UInt32).alias("accounts_granted"),
            count(col(USED), "accounts_used"),
            count(col(UNUSED), "accounts_unused"),
            count(col(USED).not().and(col(UNUSED).not()), "accounts_unknown"),
            col(LAST_ACCESSED).max(),
        ]);
        // A role that may use nothing has no row, and is in its account all the same.
        let roles = scope.present.iter().filter(|dump| dump.entity.kind == Some(EntityKind::Role));
        let names = roles.clone().map(|dump| permission_set(&dump.entity.name));
        let accounts = roles.map(|dump| dump.entity.account.as_ref().map(crate::model::AccountId::as_str));
        let present = DataFrame::new_infer_height(vec![
            StringChunked::from_iter_values(ENTITY_NAME.into(), names).cast(&schema::name())?.into_column(),
            StringChunked::from_iter_options(ACCOUNT_ID.into(), accounts).into_column(),
        ])?;
        let accounts = col(ACCOUNT_ID).n_unique().cast(DataType::UInt32).alias(ACCOUNTS);
        Ok(vec![by_role, present.lazy().group_by([col(ENTITY_NAME)]).agg([accounts])])
    }

    fn condense(&self, parts: Vec<DataFrame>) -> PolarsResult<Vec<LazyFrame>> {
        let [by_role, accounts] = <[DataFrame; 2]>::try_from(parts).expect("as many as partials gives");
        Ok(vec![summed(by_role), accounts.lazy().group_by([col(ENTITY_NAME)]).agg([col(ACCOUNTS).sum()])])
    }

    fn combine(&self, parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let [by_role, accounts] = <[LazyFrame; 2]>::try_from(self.condense(parts)?).ok().expect("as many as given");
        // Held small while they wait; shown as every count of a report is.
        let count = |name: &str| col(name).cast(DataType::Int64);
        let columns = [col(ENTITY_TYPE), col(ENTITY_NAME), count(ACCOUNTS), col(SERVICE_NAMESPACE)].into_iter();
        let columns = columns.chain(COUNTS.map(count)).chain([col(LAST_ACCESSED)]);
        let everywhere = col("accounts_unused").eq(col("accounts_granted")).alias("unused_everywhere");
        let frame = by_role
            .join(accounts, [col(ENTITY_NAME)], [col(ENTITY_NAME)], JoinArgs::new(JoinType::Left))
            .select(columns.chain([everywhere]).collect::<Vec<_>>());
        Ok(sorted(frame, &KEY).into())
    }
}

/// One row per role and service, from what several partitions counted: no two of them hold roles of one name and account.
fn summed(by_role: DataFrame) -> LazyFrame {
    let facts = COUNTS.map(|count| col(count).sum()).into_iter().chain([col(LAST_ACCESSED).max()]);
    by_role.lazy().group_by(KEY.map(col)).agg(facts.collect::<Vec<_>>())
}

/// The name under which a role is the same in every account, as [`ENTITY_NAME`]: that of most is their own.
fn role_name() -> Expr {
    let rename = |names: Column| {
        let of_accounts = names.cat32()?;
        let is_renamed = |name: Option<&str>| name.is_some_and(|name| permission_set(name) != name);
        if !of_accounts.iter_str().any(is_renamed) {
            return Ok(names);
        }
        let renamed = of_accounts.iter_str().map(|name| name.map(permission_set));
        Ok(StringChunked::from_iter_options(ENTITY_NAME.into(), renamed).cast(&schema::name())?.into_column())
    };
    col(ENTITY_NAME).map(rename, |_, field| Ok(Field::new(field.name().clone(), schema::name())))
}

/// IAM Identity Center names its roles `AWSReservedSSO_<permission set>_<hash of the account>`; any other name is itself.
pub fn permission_set(name: &str) -> &str {
    let inner = name.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_'));
    inner.map_or(name, |(set, _)| set)
}

#[cfg(test)]
mod tests {
    use super::permission_set;

    #[test]
    fn a_permission_set_is_what_stands_between_prefix_and_hash() {
        assert_eq!(permission_set("AWSReservedSSO_Read_Only_0123456789abcdef"), "Read_Only");
        assert_eq!(permission_set("AWSReservedSSO_odd"), "AWSReservedSSO_odd");
        assert_eq!(permission_set("prod-api"), "prod-api");
    }
}
