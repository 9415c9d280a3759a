//! The answers of the other operations: organizations access reports and with-entities answers.
//!
//! They are few and small, so they are read with the tolerant functions of [`tolerant`](super::tolerant), and speed
//! does not matter.

use super::flat::FlatRow;
use super::members::{Members, normal};
use super::tolerant::{self, Refusal, bad, count, date, job, list_elements, row_of, text_of};
use super::unexplained;
use super::wire::DateNotes;
use crate::model::{Accessed, EntityKind, EntityUse, Job, ListState, OrgService, OtherOperation, OtherRows};
use crate::util::sanitize::harmless;

/// What a row of a with-entities answer is read for.
const OF_ENTITIES: &[&str] = &["arn", "id", "lastauthenticated", "name", "path", "type"];

/// What an answer holds, without its place.
pub struct OtherAnswerBody {
    /// The organizations path or the service, if a member gives it.
    pub stated: Option<String>,
    /// The job's members.
    pub job: Job,
    /// Whether the list is there.
    pub list: ListState,
    /// `NumberOfServicesAccessible`.
    pub accessible: Option<u32>,
    /// The rows.
    pub rows: OtherRows,
    /// What a reader should know about its dates.
    pub dates: DateNotes,
}

/// An answer of `kind` from the members of its object.
///
/// # Errors
/// If a member holds a value that cannot be understood.
pub fn answer(members: &Members, kind: OtherOperation) -> Result<OtherAnswerBody, Refusal> {
    let own = FlatRow::of(members);
    let mut dates = DateNotes::default();
    let job = job(&own, &mut dates)?;
    let (list_name, stated) = match kind {
        OtherOperation::Organizations => ("AccessDetails", &["entitypath", "organizationspath"] as &[_]),
        OtherOperation::Entities => ("EntityDetailsList", &["servicenamespace", "service"] as &[_]),
    };
    let stated = text(&own, stated)?;
    let accessible = own.get(&["numberofservicesaccessible"]).map(count).transpose()?.flatten();
    let list = members.iter().find(|(name, _)| normal(name) == list_name.to_lowercase());
    let (state, elements) = match list.map(|(_, value)| value.get().trim()) {
        None => (ListState::Missing, Vec::new()),
        Some("null") => (ListState::Null, Vec::new()),
        Some(json) => (ListState::Present, list_elements(json, list_name)?),
    };
    let elements = elements.iter().map(|element| row_of(element.get()));
    let rows = match kind {
        OtherOperation::Organizations => {
            OtherRows::Organizations(elements.map(|row| org_service(&row?, &mut dates)).collect::<Result<_, _>>()?)
        }
        OtherOperation::Entities => {
            let rows: Vec<FlatRow> = elements.collect::<Result<_, _>>()?;
            let unexplained = unexplained::members(&rows, |name| name == "entityinfo" || OF_ENTITIES.contains(&name));
            let of_row = |row: &FlatRow| {
                let mut found = entity_use(row, &mut dates)?;
                if found.accessed == Accessed::Never && unexplained::is_in(row, &unexplained) {
                    found.accessed = dates.accessed(tolerant::OF_ANOTHER_NAME, || "a date".to_owned());
                }
                Ok(found)
            };
            OtherRows::Entities(rows.iter().map(of_row).collect::<Result<_, _>>()?)
        }
    };
    Ok(OtherAnswerBody { stated, job, list: state, accessible, rows, dates })
}

fn org_service(row: &FlatRow, dates: &mut DateNotes) -> Result<OrgService, Refusal> {
    Ok(OrgService {
        namespace: text(row, &["servicenamespace"])?.ok_or_else(|| bad("a service row has no ServiceNamespace"))?,
        name: text(row, &["servicename"])?,
        accessed: date(row.get(&["lastauthenticatedtime", "lastauthenticated"]).unwrap_or("null"), dates),
        path: text(row, &["entitypath"])?,
        region: text(row, &["region"])?,
        accounts: row.get(&["totalauthenticatedentities"]).map(count).transpose()?.flatten(),
    })
}

fn entity_use(row: &FlatRow, dates: &mut DateNotes) -> Result<EntityUse, Refusal> {
    let info = row.get(&["entityinfo"]).map(row_of).transpose()?;
    let info = info.as_ref().unwrap_or(row);
    let kind = text(info, &["type"])?;
    Ok(EntityUse {
        arn: text(info, &["arn"])?.ok_or_else(|| bad("an entity row has no Arn"))?,
        name: text(info, &["name"])?,
        kind: kind.and_then(|kind| EntityKind::parse(&kind.to_ascii_lowercase())),
        id: text(info, &["id"])?,
        path: text(info, &["path"])?,
        accessed: any_access(row, dates),
    })
}

/// The access of a row: it shows none only if a date that stands there twice is empty in both.
fn any_access(row: &FlatRow, dates: &mut DateNotes) -> Accessed {
    let own = row.0.iter().filter(|(name, _)| name == "lastauthenticated");
    let readings: Vec<Accessed> = own.map(|(_, raw)| date(raw, dates)).collect();
    readings.into_iter().find(|reading| *reading != Accessed::Never).unwrap_or(Accessed::Never)
}

/// The text of the first of `members` that is there; `None` if it is absent, null or empty.
fn text(row: &FlatRow, members: &[&str]) -> Result<Option<String>, Refusal> {
    let text = row.get(members).map(text_of).transpose()?.flatten();
    Ok(text.filter(|text| !text.is_empty()).map(|text| harmless(&text).into_owned()))
}
