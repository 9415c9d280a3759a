//! Names of accounts and owners next to the rows of every report that has accounts or entities.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::frame::schema::{self, ACCOUNT_ID, ENTITY_ARN};
use crate::model::Accounts;

/// The name of an account, next to its number.
const NAMES: [(&str, &str); 3] =
    [(ACCOUNT_ID, "account_name"), ("account_a", "account_name_a"), ("account_b", "account_name_b")];
/// The owner of the entity or the account of a row.
const OWNER: &str = "owner";

/// `rows` with the names of their accounts, if any name is known, and with owners, if any owner is.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn with_names(mut rows: DataFrame, accounts: &Accounts) -> PolarsResult<DataFrame> {
    if !accounts.names.is_empty() {
        for (number, name) in NAMES {
            let Some(at) = rows.get_column_index(number) else { continue };
            let column = translated(rows.column(number)?, name, |number| accounts.name(number))?;
            rows.insert_column(at + 1, column)?;
        }
    }
    if accounts.has_owners() {
        let column = |name: &str| rows.column(name).ok().map(names).transpose();
        let (account, arn) = (column(ACCOUNT_ID)?, column(ENTITY_ARN)?);
        if account.is_none() && arn.is_none() {
            return Ok(rows);
        }
        let text = |column: &Option<Column>, row: usize| -> PolarsResult<Option<String>> {
            let Some(column) = column else { return Ok(None) };
            let names = column.cat32()?;
            Ok(names.physical().get(row).and_then(|code| names.get_mapping().cat_to_str(code)).map(str::to_owned))
        };
        let owners = (0..rows.height()).map(|row| {
            let (account, arn) = (text(&account, row)?, text(&arn, row)?);
            Ok(accounts.owner(account.as_deref(), arn.as_deref()))
        });
        let owners = owners.collect::<PolarsResult<Vec<_>>>()?;
        // The owner of a decision is responsible for the permission that it is about.
        let decided = rows.column(OWNER).ok().map(names).transpose()?;
        let owners = owners.into_iter().enumerate().map(|(row, owner)| {
            let decided = text(&decided, row)?;
            Ok(decided.or_else(|| owner.map(str::to_owned)))
        });
        let owners = owners.collect::<PolarsResult<Vec<_>>>()?;
        let owners =
            Categorical32Chunked::from_str_iter(OWNER.into(), schema::name(), owners.iter().map(Option::as_deref))?;
        rows.with_column(owners.into_column())?;
    }
    Ok(rows)
}

/// A column of names as categories.
fn names(column: &Column) -> PolarsResult<Column> {
    if column.cat32().is_ok() { Ok(column.clone()) } else { column.cast(&schema::name()) }
}

/// The column `name`: the result of `of` for each name in `column`, computed once per name.
fn translated<'a>(column: &Column, name: &str, of: impl Fn(&str) -> Option<&'a str>) -> PolarsResult<Column> {
    let column = names(column)?;
    let codes = column.cat32()?;
    let mut known: FxHashMap<u32, Option<&str>> = FxHashMap::default();
    let mut look_up =
        |code: u32| *known.entry(code).or_insert_with(|| codes.get_mapping().cat_to_str(code).and_then(&of));
    let texts: Vec<_> = codes.physical().iter().map(|code| code.and_then(&mut look_up)).collect();
    Ok(Categorical32Chunked::from_str_iter(name.into(), schema::name(), texts)?.into_column())
}
