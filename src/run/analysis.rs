//! Runs every analysis over every batch, batches in parallel: the plans of the analyses are collected here.

use polars::prelude::*;
use rayon::prelude::*;

use super::batch::{Batch, Diffed};
use super::request::Progress;
use crate::analyse::{self, Analysis, Context, Findings, Needs, Scope, with_names};
use crate::frame::listing::{self, Listed};
use crate::frame::{RowBudget, Table};
use crate::model::Dump;
use crate::util::threads::in_order;

/// How many batches are analyzed before their results are condensed: many for each thread, so that no thread waits long
/// for another.
const BATCHES_AT_A_TIME: usize = 16;

/// A table, and what belongs next to it.
#[derive(Debug)]
pub struct Computed {
    pub table: Table,
    pub remarks: Vec<String>,
    pub unseen_entities: Vec<(String, Option<String>)>,
}

impl From<Table> for Computed {
    fn from(table: Table) -> Self {
        Self { table, remarks: Vec::new(), unseen_entities: Vec::new() }
    }
}

/// What the batches have given for one analysis so far.
#[derive(Default)]
struct Given {
    /// Rows of a listing, in the order of the batches.
    listed: Vec<Listed>,
    /// Every other contribution, the rows of the batches below one another.
    stacked: Vec<DataFrame>,
}

impl Given {
    fn add(&mut self, more: Self) -> PolarsResult<()> {
        self.listed.extend(more.listed);
        if self.stacked.is_empty() {
            self.stacked = more.stacked;
            return Ok(());
        }
        self.stacked.iter_mut().zip(more.stacked).try_for_each(|(above, below)| above.vstack_mut_owned(below).map(drop))
    }
}

/// What one analysis gives for one batch.
fn given_by(analysis: &dyn Analysis, scope: &Scope, context: Context, budget: &RowBudget) -> PolarsResult<Given> {
    let mut given = Given::default();
    let mut partials = analysis.partials(scope)?.into_iter().map(LazyFrame::collect);
    if let Some(lead) = analysis.listed_by() {
        let rows = partials.next().expect("a listing has rows")?;
        let rows = analysis.in_order(rows, &context).collect()?;
        given.listed.push(Listed::new(&with_names(rows, context.accounts)?, lead, budget)?);
    }
    given.stacked = partials.collect::<PolarsResult<_>>()?;
    Ok(given)
}

/// What one analysis makes of all batches together.
fn combined(analysis: &dyn Analysis, given: Given, context: Context, budget: &RowBudget) -> PolarsResult<Computed> {
    let combined = analysis.combine(given.stacked, &context)?;
    let in_order = |rows| analysis.in_order(rows, &context).collect();
    let table = match combined.frame {
        Some(frame) => Table::new(with_names(frame.collect()?, context.accounts)?),
        None => listing::table(given.listed, in_order, budget)?,
    };
    Ok(Computed { table, remarks: combined.remarks, unseen_entities: combined.unseen_entities })
}

/// Runs every analysis over every batch, batches in parallel, and combines the results; `None` for a report without an
/// analysis.
pub fn analyse_all(
    analyses: &[Option<Box<dyn Analysis>>],
    needs: Needs,
    batches: &[Batch],
    diffed: &Diffed,
    context: Context,
    budget: &RowBudget,
    progress: &dyn Progress,
) -> PolarsResult<(Vec<Option<Computed>>, Findings)> {
    let wanted: Vec<&dyn Analysis> = analyses.iter().flatten().map(AsRef::as_ref).collect();
    if wanted.is_empty() {
        return Ok((analyses.iter().map(|_| None).collect(), Findings::default()));
    }
    progress.begin("analysing", batches.len() as u64);
    let of_batch = |batch: &Batch| -> PolarsResult<(Vec<Given>, Findings)> {
        let unpacked = batch.unpacked();
        let batch = unpacked.batch();
        // Both sides of a diff are one set of documents.
        let pool: Vec<&Dump> = batch.dumps.iter().chain(&batch.old).copied().collect();
        let asked = analyse::asked(&context, &pool, &batch.besides);
        let scope = Scope::new(context, &asked, diffed.sides(&batch), needs, LazyFrame::collect)?;
        let scope = scope.with_holders(batch.holders.clone());
        let given = wanted.iter().map(|analysis| given_by(*analysis, &scope, context, budget));
        let given = given.collect::<PolarsResult<_>>()?;
        progress.advance(1);
        Ok((given, scope.findings))
    };
    let mut findings = Findings::default();
    let mut all: Vec<Given> = wanted.iter().map(|_| Given::default()).collect();
    let at_a_time = BATCHES_AT_A_TIME.next_multiple_of(rayon::current_num_threads());
    for some in batches.chunks(at_a_time) {
        // In the order of the batches, not of the threads.
        for given in in_order(some, of_batch) {
            let (given, found) = given?;
            findings.add(found);
            all.iter_mut().zip(given).try_for_each(|(all, more)| all.add(more))?;
        }
        // If all batches fit into one group, nothing has to be condensed.
        if batches.len() <= at_a_time {
            break;
        }
        for (analysis, given) in wanted.iter().zip(&mut all) {
            let condensed = analysis.condense(std::mem::take(&mut given.stacked))?.into_iter();
            given.stacked = condensed.map(LazyFrame::collect).collect::<PolarsResult<_>>()?;
        }
    }
    let combined = wanted.into_par_iter().zip(all).map(|(analysis, given)| combined(analysis, given, context, budget));
    let combined: Vec<_> = combined.collect::<PolarsResult<_>>()?;
    let mut combined = combined.into_iter();
    Ok((analyses.iter().map(|analysis| analysis.as_ref().and_then(|_| combined.next())).collect(), findings))
}
