//! The published table of grant dates: since when policies grant a permission, where that ends its silence.
//!
//! It is sparse: most permissions are granted for longer than their silence lasts. An engine joins it to the tables of
//! services and actions, and so limits a silence as the reports do.

use polars::prelude::*;

use super::Context;
use super::grants::GrantLimits;
use super::histories::History;
use super::scope::present;
use super::timeline::Scratch;
use crate::frame::columns::instant_column;
use crate::frame::schema;

/// A row for each service and action of `histories` that policies began to grant within its silence: rule 25 with the dates of policies. The
/// context is one of the threshold 0, so that every silence counts.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn grant_dates<'a>(context: &Context<'a>, histories: &'a [History<'a>]) -> PolarsResult<DataFrame> {
    let (mut entities, mut dates) = (Vec::new(), Vec::new());
    let (mut services, mut actions) = (Vec::new(), Vec::new());
    let mut scratch = Scratch::new(false);
    for history in histories {
        let limits = GrantLimits::new(context, history.entity);
        if limits.are_none() {
            continue;
        }
        present(context, history, &mut scratch, &mut |row, members| {
            limits.dates(row, members, |action, since| {
                entities.push(history.entity.key.as_str());
                services.push(row.service);
                actions.push(action);
                dates.push(Some(since.millis()));
            });
        });
    }
    let entities = entities.into_iter().map(Some);
    let columns = vec![
        Categorical32Chunked::from_str_iter(schema::ENTITY.into(), schema::name(), entities)?.into_column(),
        context.dictionary.column(schema::SERVICE_NAMESPACE, services)?,
        context.dictionary.column(schema::ACTION_NAME, actions)?,
        instant_column(schema::POLICY_SINCE, dates),
    ];
    let frame = DataFrame::new_infer_height(columns)?;
    polars_ensure!(
        **frame.schema() == **schema::GRANT_DATES,
        SchemaMismatch: "built {:?}, wanted {:?}", frame.schema(), *schema::GRANT_DATES
    );
    Ok(frame)
}
