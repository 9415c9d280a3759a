//! `compare --roles`: the same role in every account that has it. A permission that is not used in any account can be
//! removed from the template of the role, and "any account" is only claimed if nothing is unseen (rules 42 and 43).

use std::collections::BTreeMap;

use polars::prelude::*;

use super::entities::account;
use super::verdict::{accessed, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope, sorted, tally};
use crate::frame::schema::{
    self, ACCOUNT_ID, AWS_CONTROLLED, ENTITY, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, HIDDEN, LAST_ACCESSED, REMEDY,
    SERVICE_NAMESPACE, set_of,
};
use crate::model::{Arn, Entity, EntityKind, Level, Remedy, Verdict};

const ACCOUNTS: &str = "accounts";
const USED: &str = "used";
const UNUSED: &str = "unused";
/// Whether the role is made from a permission set.
const IS_SET: &str = "is_set";
/// For a role: the number of accounts in which an entity of its name may have more than its dumps show.
const HIDING: &str = "accounts_hiding";
/// For a role and account: the number of these entities.
const HIDDEN_ENTITIES: &str = "hidden_entities";
/// For a role and service: those of [`HIDING`] that still have a row for the service.
const HIDING_GRANTED: &str = "accounts_hiding_granted";

/// A role in all its accounts, and a service.
const KEY: [&str; 4] = [ENTITY_TYPE, ENTITY_NAME, SERVICE_NAMESPACE, IS_SET];
/// Accounts, by what the role does in them.
const COUNTS: [&str; 4] = ["accounts_granted", "accounts_used", "accounts_unused", "accounts_unknown"];

/// The report; see the module.
pub struct Roles;

impl Analysis for Roles {
    fn needs(&self) -> Needs {
        Needs::level(Level::Service)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let is_role = || col(ENTITY_TYPE).eq(lit(EntityKind::Role.as_str()));
        let rows = scope.rows(Level::Service).filter(is_role());
        let rows = rows.with_column(scope.context.shared_spelling(SERVICE_NAMESPACE)).with_columns([name(), is_set()]);
        // One account may have several roles of one name: a service that one of them uses is used there, and it is
        // unused only if each of them leaves it unused.
        let by_account =
            rows.group_by([ENTITY_TYPE, ENTITY_NAME, SERVICE_NAMESPACE, IS_SET, ACCOUNT_ID].map(col)).agg([
                accessed().sum().gt(lit(0u32)).alias(USED),
                verdict_is(Verdict::Unused).sum().eq(len()).alias(UNUSED),
                col(ENTITY).filter(col(HIDDEN)).n_unique().alias(HIDING_GRANTED),
                tally::passes(scope.context.params),
                col(REMEDY).to_physical().min().alias(REMEDY),
                col(LAST_ACCESSED).max(),
            ]);
        let accounts = accounts(scope)?;
        let of_account = || [ENTITY_NAME, IS_SET, ACCOUNT_ID].map(col);
        let by_account = by_account.join(
            accounts.clone().lazy(),
            of_account(),
            of_account(),
            JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) },
        );
        // An entity of the name that does not list the service may still have it.
        let all_seen = col(HIDDEN_ENTITIES).eq(col(HIDING_GRANTED));
        let unused = col(UNUSED).and(all_seen);
        let count = |condition: Expr, name: &str| condition.sum().cast(DataType::UInt32).alias(name);
        let by_role = by_account.with_column(unused.alias(UNUSED)).group_by(KEY.map(col)).agg([
            len().cast(DataType::UInt32).alias("accounts_granted"),
            count(col(USED), "accounts_used"),
            count(col(UNUSED), "accounts_unused"),
            count(col(USED).not().and(col(UNUSED).not()), "accounts_unknown"),
            count(col(HIDDEN_ENTITIES).gt(lit(0u32)), HIDING_GRANTED),
            col(tally::PASSES).sum(),
            col(REMEDY).min(),
            col(LAST_ACCESSED).max(),
        ]);
        let of_role = accounts
            .lazy()
            .group_by([ENTITY_NAME, IS_SET].map(col))
            .agg([len().cast(DataType::UInt32).alias(ACCOUNTS), count(col(HIDDEN_ENTITIES).gt(lit(0u32)), HIDING)]);
        Ok(vec![by_role, of_role])
    }

    fn condense(&self, parts: Vec<DataFrame>) -> PolarsResult<Vec<LazyFrame>> {
        let [by_role, accounts] = <[DataFrame; 2]>::try_from(parts).expect("as many as partials gives");
        let of_role = accounts.lazy().group_by([ENTITY_NAME, IS_SET].map(col));
        Ok(vec![summed(by_role), of_role.agg([col(ACCOUNTS).sum(), col(HIDING).sum()])])
    }

    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let [by_role, accounts] = <[LazyFrame; 2]>::try_from(self.condense(parts)?).ok().expect("as many as given");
        // The counts are held in small types until the end; they are shown in the type of every count of a report.
        let count = |name: &str| col(name).cast(DataType::Int64);
        let unknown = count("accounts_unknown") + count(HIDING) - count(HIDING_GRANTED);
        let can_change = col(REMEDY).neq(lit(Remedy::None as u8));
        let seen = col("accounts_unused").eq(col("accounts_granted")).and(can_change);
        let controlled = col(REMEDY).neq(lit(Remedy::EditPolicy as u8)).alias(AWS_CONTROLLED);
        let columns = [col(ENTITY_TYPE), col(ENTITY_NAME), count(ACCOUNTS), col(SERVICE_NAMESPACE)].into_iter();
        let columns = columns.chain(COUNTS.map(col)).chain([col(LAST_ACCESSED)]).chain([
            col("unused_everywhere"),
            col("unused_everywhere_seen"),
            controlled,
            remedy(),
        ]);
        let role = || [ENTITY_NAME, IS_SET].map(col);
        let frame = tally::passing(by_role, context.params)
            .join(accounts, role(), role(), JoinArgs::new(JoinType::Left))
            .with_columns(
                COUNTS[..3].iter().map(|name| count(name)).chain([unknown.alias(COUNTS[3])]).collect::<Vec<_>>(),
            )
            .with_column(seen.alias("unused_everywhere_seen"))
            .with_column(col("unused_everywhere_seen").and(col(COUNTS[3]).eq(lit(0i64))).alias("unused_everywhere"));
        Ok(sorted(frame, &KEY).select(columns.collect::<Vec<_>>()).into())
    }
}

/// [`REMEDY`] as words; until here it was a position in the set.
fn remedy() -> Expr {
    let remedies = || set_of!(Remedy);
    let words = move |places: Column| {
        let places = places.u8()?.clone();
        Ok(Categorical8Chunked::from_cats_and_dtype(places, remedies()).into_column())
    };
    col(REMEDY).map(words, move |_, field| Ok(Field::new(field.name().clone(), remedies())))
}

/// One row for each account of each role of the question: whatever its dumps show, and even without any.
fn accounts(scope: &Scope) -> PolarsResult<DataFrame> {
    let at = scope.context.params.at;
    let mut accounts: BTreeMap<(&str, bool, Option<&str>), u32> = BTreeMap::new();
    for history in scope.asked.iter().filter(|history| history.entity.kind == Some(EntityKind::Role)) {
        let set = permission_set(history.entity);
        let name = (set.unwrap_or(&history.entity.name), set.is_some(), account(history.entity));
        *accounts.entry(name).or_default() += u32::from(history.is_hidden(at));
    }
    let names = StringChunked::from_iter_values(ENTITY_NAME.into(), accounts.keys().map(|(name, ..)| *name));
    let of_accounts = StringChunked::from_iter_options(ACCOUNT_ID.into(), accounts.keys().map(|(_, _, of)| *of));
    DataFrame::new_infer_height(vec![
        names.cast(&schema::name())?.into_column(),
        BooleanChunked::from_iter_values(IS_SET.into(), accounts.keys().map(|(_, is_set, _)| *is_set)).into_column(),
        of_accounts.cast(&schema::name())?.into_column(),
        UInt32Chunked::from_iter_values(HIDDEN_ENTITIES.into(), accounts.values().copied()).into_column(),
    ])
}

/// One row per role and service, from the counts of several batches: no two of them hold roles of one name and account.
fn summed(by_role: DataFrame) -> LazyFrame {
    let sums = COUNTS.into_iter().chain([HIDING_GRANTED, tally::PASSES]).map(|count| col(count).sum());
    let facts = sums.chain([col(REMEDY).min(), col(LAST_ACCESSED).max()]);
    by_role.lazy().group_by(KEY.map(col)).agg(facts.collect::<Vec<_>>())
}

/// The permission set of each row, if it has one, from its ARN.
fn set_of_arn(arns: &Column) -> PolarsResult<Vec<Option<String>>> {
    let mut known: BTreeMap<u32, Option<String>> = BTreeMap::new();
    let arns = arns.cat32()?;
    let set = |code: u32| {
        let arn = Arn::parse(arns.get_mapping().cat_to_str(code)?).ok()?;
        arn.permission_set().map(str::to_owned)
    };
    Ok(arns.physical().iter().map(|code| known.entry(code?).or_insert_with_key(|code| set(*code)).clone()).collect())
}

/// The name under which a role is the same in every account, as [`ENTITY_NAME`]: for most roles, their own name.
fn name() -> Expr {
    let rename = |columns: &mut [Column]| {
        let sets = set_of_arn(&columns[1])?;
        if sets.iter().all(Option::is_none) {
            return Ok(columns[0].clone());
        }
        let names = columns[0].cat32()?.iter_str().zip(&sets).map(|(name, set)| set.as_deref().or(name));
        Ok(StringChunked::from_iter_options(ENTITY_NAME.into(), names).cast(&schema::name())?.into_column())
    };
    col(ENTITY_NAME).map_many(rename, &[col(ENTITY_ARN)], |_, _| Ok(Field::new(ENTITY_NAME.into(), schema::name())))
}

fn is_set() -> Expr {
    let flag = |arns: Column| {
        let sets = set_of_arn(&arns)?;
        Ok(BooleanChunked::from_iter_values(IS_SET.into(), sets.iter().map(Option::is_some)).into_column())
    };
    col(ENTITY_ARN).map(flag, |_, _| Ok(Field::new(IS_SET.into(), DataType::Boolean))).alias(IS_SET)
}

/// The permission set of IAM Identity Center from which a role is made (rule 56).
pub fn permission_set(entity: &Entity) -> Option<&str> {
    entity.arn.as_ref().and_then(Arn::permission_set)
}

/// Account and name: roles with equal ones may be taken for the same, so they must stay together.
#[must_use]
pub fn together(entity: &Entity) -> (Option<&str>, String) {
    let name = permission_set(entity).unwrap_or(&entity.name);
    (account(entity), name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_set_is_known_by_path_and_digits() {
        let set = |name: &str| {
            let arn = Arn::parse(&format!("arn:aws:iam::123456789012:role/{name}")).expect("an ARN");
            arn.permission_set().map(str::to_owned)
        };
        let reserved = |name: &str| set(&format!("aws-reserved/sso.amazonaws.com/eu-west-1/{name}"));
        assert_eq!(reserved("AWSReservedSSO_Read_Only_0123456789abcdef").as_deref(), Some("Read_Only"));
        assert_eq!(reserved("AWSReservedSSO_odd"), None);
        assert_eq!(reserved("AWSReservedSSO_Short_0123"), None);
        assert_eq!(set("AWSReservedSSO_Read_Only_0123456789abcdef"), None, "not where AWS makes them");
    }
}
