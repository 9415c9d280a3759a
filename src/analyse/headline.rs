//! The numbers at the beginning of every report: how much is used, stale, unused and unknown, and what is left to
//! review. Each is counted here and nowhere else, from the rows of the present and with the same functions that make
//! the lists of what could go.

use polars::prelude::*;

use super::decisions::{advisable, kept_counts};
use super::entities::INCOMPLETE;
use super::removable::{changeable, dormant};
use super::summary::{ENTITIES, NEWEST, OLDEST, dumps_by_account};
use super::verdict::{UNKNOWN_REASON, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope};
use crate::frame::schema::{self, ACCOUNT_ID, ACTIONS, AWS_CONTROLLED, MADE_AT};
use crate::frame::{Cell, Table, TableReader};
use crate::model::{Level, UnknownReason, Verdict};
use crate::report::{Headline, Permissions};

const ACCOUNTS: &str = "accounts";
const AWS: &str = "aws_controlled";
const TO_REVIEW: &str = "to_review";
const IN_NO_ACCOUNT: &str = "in_no_account";
const KEPT: &str = "kept_by_decision";
const UNDATED: &str = "undated";

/// The report; see the module. It has one row, and every column is a number or a date.
pub struct Headlines;

impl Analysis for Headlines {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let rows = |level| match level {
            Level::Service => scope.rows(Level::Service).with_column(lit(1u32).cast(DataType::UInt32).alias(ACTIONS)),
            Level::Action => scope.groups(),
        };
        let listed = |level| -> PolarsResult<LazyFrame> {
            let listed = changeable(advisable(rows(level), level, false, scope)?, scope);
            let [kept, with_service] = kept_counts(scope, level)?;
            let review = weight(lit(true)) - lit(kept + with_service).cast(DataType::Int64);
            Ok(listed
                .select([review.alias(of(level, TO_REVIEW)), lit(kept).cast(DataType::Int64).alias(of(level, KEPT))]))
        };
        let counted = |level| rows(level).select(counts(level, scope));
        let dates = |level| {
            let undated = col(MADE_AT).null_count().cast(DataType::Int64).alias(UNDATED);
            rows(level).select([col(MADE_AT).min().alias(OLDEST), col(MADE_AT).max().alias(NEWEST), undated])
        };
        Ok(vec![
            dumps_by_account(scope)?.lazy(),
            dates(Level::Service),
            dates(Level::Action),
            counted(Level::Service),
            listed(Level::Service)?,
            counted(Level::Action),
            listed(Level::Action)?,
        ])
    }

    fn combine(&self, parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let mut parts = parts.into_iter().map(IntoLazy::lazy);
        let dated: Vec<_> = parts.by_ref().take(3).collect();
        let accounts = concat_lf_diagonal(dated, UnionArgs::default())?.select([
            col(ACCOUNT_ID).drop_nulls().n_unique().cast(DataType::Int64).alias(ACCOUNTS),
            col(ENTITIES).sum(),
            col(ENTITIES).filter(col(ACCOUNT_ID).is_null()).sum().alias(IN_NO_ACCOUNT),
            col(INCOMPLETE).sum(),
            col(OLDEST).min(),
            col(NEWEST).max(),
            col(UNDATED).sum(),
        ]);
        let sums = parts.map(|part| part.select([all().as_expr().sum()]));
        let all: Vec<LazyFrame> = std::iter::once(accounts).chain(sums).collect();
        Ok(concat_lf_horizontal(all, HConcatOptions::default())?.into())
    }
}

/// The numbers in the only row of the table that [`Headlines`] makes.
#[must_use]
pub fn headline(table: &Table) -> Headline {
    let row = HeadlineRow { reader: table.reader(), names: table.names().collect() };
    let instant = |name: &str| if let Cell::Instant(at) = row.cell(name) { Some(at) } else { None };
    Headline {
        accounts: row.number(ACCOUNTS),
        entities: row.number(ENTITIES),
        in_no_account: row.number(IN_NO_ACCOUNT),
        dumps_incomplete: row.number(INCOMPLETE),
        oldest: instant(OLDEST),
        newest: instant(NEWEST),
        has_undated: row.number(UNDATED) > 0,
        services: row.permissions(Level::Service),
        actions: row.permissions(Level::Action),
    }
}

/// How many rows of a listing have this verdict: its totals and `--fail-on` both use this.
#[must_use]
pub fn rows_with(verdict: Verdict, table: &Table) -> i64 {
    let Some(column) = table.names().position(|name| name == VERDICT) else { return 0 };
    let rows = table.reader();
    let is_it = |row: &usize| rows.cell(*row, column) == Cell::Text(verdict.as_str());
    (0..table.height()).filter(is_it).count() as i64
}

struct HeadlineRow<'t> {
    reader: TableReader<'t>,
    names: Vec<&'t str>,
}

impl HeadlineRow<'_> {
    fn cell(&self, name: &str) -> Cell<'_> {
        self.names.iter().position(|of| *of == name).map_or(Cell::Null, |at| self.reader.cell(0, at))
    }

    fn number(&self, name: &str) -> i64 {
        if let Cell::Int(number) = self.cell(name) { number } else { 0 }
    }

    fn permissions(&self, level: Level) -> Permissions {
        let number = |name: &str| self.number(&of(level, name));
        let verdict = |verdict: Verdict| number(verdict.as_str());
        let reasons = UnknownReason::ALL.iter().map(|reason| (*reason, number(reason.as_str())));
        let (stale, unused) = (verdict(Verdict::Stale), verdict(Verdict::Unused));
        let (aws_controlled, to_review, kept_by_decision) = (number(AWS), number(TO_REVIEW), number(KEPT));
        Permissions {
            granted: Verdict::ALL.iter().map(|of| verdict(*of)).sum(),
            active: verdict(Verdict::Active),
            stale,
            unused,
            unknown: verdict(Verdict::Unknown),
            unknown_because: reasons.filter(|(_, count)| *count > 0).collect(),
            aws_controlled,
            listed_with_service: stale + unused - aws_controlled - to_review - kept_by_decision,
            kept_by_decision,
            to_review,
        }
    }
}

/// The column of `name` at `level`.
fn of(level: Level, name: &str) -> String {
    format!("{}_{name}", level.as_str())
}

/// How many permissions are behind the rows that meet `condition`.
fn weight(condition: Expr) -> Expr {
    when(condition).then(col(ACTIONS).cast(DataType::Int64)).otherwise(lit(0i64)).sum()
}

fn counts(level: Level, scope: &Scope) -> Vec<Expr> {
    let verdicts = Verdict::ALL.iter().map(|&verdict| weight(verdict_is(verdict)).alias(of(level, verdict.as_str())));
    let reasons = schema::closed_set(UnknownReason::ALL.iter().map(|reason| reason.as_str()));
    let is = |reason: UnknownReason| col(UNKNOWN_REASON).eq(lit(reason.as_str()).cast(reasons.clone()));
    let because = UnknownReason::ALL
        .iter()
        .map(|&reason| weight(is(reason).fill_null(lit(false))).alias(of(level, reason.as_str())));
    let is_left_out = lit(!scope.context.params.include_aws_controlled).and(dormant()).and(col(AWS_CONTROLLED));
    verdicts.chain(because).chain([weight(is_left_out).alias(of(level, AWS))]).collect()
}
