//! The published tables of policies: what every entity holds, and what each Allow statement of it grants, service by service.
//!
//! As in the tables of services, a verdict is all that is missing, since it depends on the threshold that a user asks for. The table of grant
//! dates says since when policies grant a permission at the latest, so that an engine limits a silence as the reports do.

use polars::prelude::*;

use super::columns::{GrantColumns, PATHS, POLICY_ARN, POLICY_KIND, POLICY_NAME, VIA, VIA_NAME};
use super::present::Present;
use super::rows;
use super::words::Words;
use crate::analyse::{Needs, Scope};
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{self, set_of};
use crate::model::policy::{Boundary, Grants, Held, HeldPolicy, Holder, PolicyKind, Via, ViaKind};
use crate::model::{EntityKind, Instant, Level};

/// What the scope of [`statements`] has to hold.
pub const STATEMENT_NEEDS: Needs = Needs { services: true, evidence: true, holders: true, ..Needs::NOTHING };

/// A row for each entity, service and Allow statement, as `grants` has them. The scope is one of the threshold 0, so that every silence says
/// since when it is one.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn statements(scope: &Scope) -> PolarsResult<DataFrame> {
    let present = Present::of(scope, Level::Service)?;
    let mut columns = GrantColumns::new(Level::Service, &present)?.with_all_paths();
    for subject in &present.subjects {
        rows::of(subject, &present, Level::Service, &mut |row| columns.push(subject, &row));
    }
    let mut frame = columns.finish()?;
    frame.rename("closes", PATHS.into())?;
    let frame = frame.select(schema::STATEMENTS.iter_names().map(PlSmallStr::as_str))?;
    polars_ensure!(
        **frame.schema() == **schema::STATEMENTS,
        SchemaMismatch: "built {:?}, wanted {:?}", frame.schema(), *schema::STATEMENTS
    );
    Ok(frame)
}

/// What a row has in one column.
type CellOf<T> = fn(&Attachment) -> Option<T>;

/// One row of the table of attachments.
struct Attachment<'a> {
    holder: &'a Holder,
    policy: Option<&'a HeldPolicy>,
    via: ViaKind,
    group: Option<&'a str>,
    is_boundary: bool,
}

/// A row for each policy that an entity holds or has as its permissions boundary; one without a policy where there may be one and nobody knows
/// which.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn attachments(grants: &Grants) -> PolarsResult<DataFrame> {
    let rows: Vec<Attachment> = grants.entities().flat_map(of_holder).collect();
    let mut words = Words::default();
    let texts: [(&str, CellOf<String>); 9] = [
        (schema::ENTITY, |row| Some(row.holder.entity.key.clone())),
        (schema::ENTITY_ARN, |row| Some(row.holder.arn.to_string())),
        (schema::ACCOUNT_ID, |row| row.holder.entity.account.as_ref().map(ToString::to_string)),
        (schema::ENTITY_NAME, |row| Some(row.holder.entity.name.clone())),
        (POLICY_NAME, |row| row.policy.map(|policy| policy.name.clone())),
        (POLICY_ARN, |row| row.policy.and_then(|policy| policy.arn.clone())),
        ("policy_version", |row| row.policy.and_then(|policy| policy.version.clone())),
        (VIA_NAME, |row| row.group.map(str::to_owned)),
        (schema::SOURCE, |row| Some(source(row)).filter(|source| !source.is_empty())),
    ];
    let places: Vec<(&str, Vec<Option<IdxSize>>)> = texts
        .into_iter()
        .map(|(name, of)| (name, rows.iter().map(|row| of(row).map(|text| words.place(&text))).collect()))
        .collect();
    let words = words.finish()?;
    let mut columns =
        places.iter().map(|(name, places)| words.column(name, places)).collect::<PolarsResult<Vec<_>>>()?;
    let kinds = rows.iter().map(|row| row.holder.entity.kind.map(|kind| kind as u8));
    columns.push(closed_column(schema::ENTITY_TYPE, &set_of!(EntityKind), kinds));
    let kinds = rows.iter().map(|row| row.policy.map(|policy| policy.kind as u8));
    columns.push(closed_column(POLICY_KIND, &set_of!(PolicyKind), kinds));
    columns.push(closed_column(VIA, &set_of!(ViaKind), rows.iter().map(|row| Some(row.via as u8))));
    let count = |of: fn(&HeldPolicy) -> Option<u32>| rows.iter().map(move |row| row.policy.and_then(of));
    let holders =
        UInt32Chunked::from_iter_options("holders".into(), count(|policy| u32::try_from(policy.holders).ok()));
    columns.push(holders.into_column());
    let flags: [(&str, CellOf<bool>); 4] = [
        ("is_boundary", |row| Some(row.is_boundary)),
        ("document_known", |row| Some(row.policy.is_some_and(|policy| policy.document.is_some()))),
        ("holders_complete", |row| row.policy.and_then(|policy| policy.holders_complete)),
        ("policies_complete", |row| Some(row.holder.is_complete)),
    ];
    columns.extend(
        flags
            .into_iter()
            .map(|(name, of)| BooleanChunked::from_iter_options(name.into(), rows.iter().map(of)).into_column()),
    );
    columns.push(instant_column(schema::AS_OF, rows.iter().map(|row| row.holder.as_of.map(Instant::millis)).collect()));
    let frame = DataFrame::new(rows.len(), columns)?;
    let frame = frame.select(schema::ATTACHMENTS.iter_names().map(PlSmallStr::as_str))?;
    polars_ensure!(
        **frame.schema() == **schema::ATTACHMENTS,
        SchemaMismatch: "built {:?}, wanted {:?}", frame.schema(), *schema::ATTACHMENTS
    );
    Ok(frame)
}

fn of_holder(holder: &Holder) -> Vec<Attachment<'_>> {
    let of_held = |held: &'_ Held| match &held.via {
        Via::Direct => ViaKind::Direct,
        Via::Itself => ViaKind::Itself,
        Via::Group(_) => ViaKind::Group,
    };
    let mut rows = Vec::new();
    for held in &holder.held {
        let group = match &held.via {
            Via::Group(name) => Some(name.as_str()),
            Via::Direct | Via::Itself => None,
        };
        rows.push(Attachment { holder, policy: Some(&held.policy), via: of_held(held), group, is_boundary: false });
    }
    let missing = holder.missing_groups.iter();
    rows.extend(missing.map(|group| Attachment {
        holder,
        policy: None,
        via: ViaKind::Group,
        group: Some(group),
        is_boundary: false,
    }));
    let boundary = |policy| Attachment { holder, policy, via: ViaKind::Direct, group: None, is_boundary: true };
    match &holder.boundary {
        Boundary::None => {}
        Boundary::Unknown => rows.push(boundary(None)),
        Boundary::Policy(policy) => rows.push(boundary(Some(policy))),
    }
    rows
}

fn source(row: &Attachment) -> String {
    let of_policy = row.policy.map(|policy| policy.source.clone()).filter(|source| !source.is_empty());
    of_policy.unwrap_or_else(|| row.holder.source.clone())
}
