//! Rows about passwords and access keys, in whatever table or object they stand: the credential report in any order of
//! its columns, lists of keys, and what other tools keep of them.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Object;
use super::credentials::{last_use, names_a_place, with_its_trace};
use crate::decode::members::{is_arn_member, normal};
use crate::decode::table_text::{TableText, cell, is_header};
use crate::decode::time;
use crate::decode::tolerant::text_of;
use crate::model::policy::PolicyOperation;
use crate::model::{Accessed, Arn, CredentialKind, CredentialRecord, EntityKind, Instant, KeyPlace};

/// A row: the bare names of its members or columns, and the JSON of their values.
pub(super) struct CredentialRow(Vec<(String, String)>);

/// Names of the user in a row.
const OWNERS: [&str; 2] = ["user", "username"];
/// Objects that hold the use of a key in the row of the key. Tables have their members as columns (`AccessKeyLastUsed.Region`).
const USES: [&str; 2] = ["accesskeylastused", "lastused"];
/// The last use of a key, in the row of the key.
const DATES: [&str; 5] = [
    "accesskeylastused",
    "accesskeylastuseddate",
    "accesskeylastusedlastuseddate",
    "lastusedlastuseddate",
    "lastuseddate",
];
/// The service for which a key was used last.
const SERVICES: [&str; 5] = [
    "accesskeylastusedservice",
    "accesskeylastusedservicename",
    "lastusedservicename",
    "lastusedservice",
    "servicename",
];
/// The region in which a key was used last.
const REGIONS: [&str; 3] = ["accesskeylastusedregion", "lastusedregion", "region"];

/// The name of a column without what separates its words, and without the dots of flattened objects.
fn bare(name: &str) -> String {
    normal(name).replace(['.', '/'], "")
}

/// What the columns or members of these bare names are rows of; `None` if it is nothing about passwords or keys.
fn operation_of_names(names: &[String]) -> Option<PolicyOperation> {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    if has(&["servicenamespace"]) {
        return None;
    }
    let is_use = |name: &str| {
        let of_number = name.strip_prefix("accesskey1").or_else(|| name.strip_prefix("accesskey2"));
        of_number.is_some_and(|rest| rest.starts_with("lastused"))
    };
    let is_report =
        names.iter().any(|name| is_use(name)) || has(&["usercreationtime"]) && has(&["user"]) && has(&["arn"]);
    if is_report && (has(&OWNERS) || names.iter().any(|name| is_arn_member(name))) {
        return Some(PolicyOperation::CredentialReport);
    }
    let is_of_key = has(&["accesskeyid"]) && (has(&DATES) || has(&["lastused"]) || has(&SERVICES[..4]));
    is_of_key.then_some(PolicyOperation::AccessKeyLastUsed)
}

/// What an object is a row of. One that is only the use of a key, as `--query AccessKeyLastUsed` leaves it, has its three
/// members and no other.
pub(super) fn operation_of_object(object: &Object) -> Option<PolicyOperation> {
    // Every object of every document is asked, and nearly none has such a member.
    if !object.0.iter().any(|(name, _)| name.contains("used") || name.contains("creation")) {
        return None;
    }
    let names: Vec<String> = object.0.iter().map(|(name, _)| bare(name)).collect();
    let is_use = ["lastuseddate", "region", "servicename"].iter().all(|name| names.iter().any(|own| own == name));
    let of_use = Some(PolicyOperation::AccessKeyLastUsed).filter(|_| is_use && names.len() == 3);
    operation_of_names(&names).or(of_use)
}

impl CredentialRow {
    /// The members of an object, and those of the object in it that holds the use of a key.
    pub fn of(object: &Object) -> Self {
        let own = object.0.iter().map(|(name, value)| (bare(name), value.get().to_owned()));
        let uses = USES.iter().filter_map(|name| Some((*name, Object::parse(object.get(name)?)?)));
        let inner = uses.flat_map(|(name, object)| {
            let members =
                object.0.iter().map(|(member, value)| (format!("{name}{}", bare(member)), value.get().to_owned()));
            members.collect::<Vec<_>>()
        });
        Self(own.chain(inner).collect())
    }

    /// The cells of a row of text.
    pub fn of_cells(columns: &[String], record: &csv::StringRecord) -> Self {
        let cells =
            columns.iter().zip(record).map(|(name, value)| (name.clone(), json!(cell(value.trim())).to_string()));
        Self(cells.collect())
    }

    fn raws<'r>(&'r self, names: &'r [&str]) -> impl Iterator<Item = &'r str> {
        self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, raw)| raw.as_str())
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.raws(names).filter_map(|raw| text_of(raw).ok().flatten()).find(|text| !text.is_empty())
    }

    fn date(&self, names: &[&str]) -> Option<Instant> {
        self.raws(names).find_map(|raw| time::parse_json(raw).instant())
    }

    /// The ARN of the user, or of the root user.
    fn arn(&self) -> Option<String> {
        let arns =
            self.0.iter().filter(|(name, _)| is_arn_member(name)).filter_map(|(_, raw)| text_of(raw).ok().flatten());
        arns.into_iter().find(|text| text.starts_with("arn:"))
    }

    /// The name and the ARN of the owner: the row's own, or those of the user that is named around it. An empty name if
    /// nothing tells the owner.
    fn owner(&self, around: Option<&str>) -> (String, Option<String>) {
        let name = self.text(&OWNERS);
        let around =
            around.filter(|arn| user_in(arn).is_some_and(|user| name.as_ref().is_none_or(|name| *name == user)));
        let arn = self.arn().or_else(|| around.map(str::to_owned));
        let owner = name.or_else(|| arn.as_deref().and_then(user_in));
        (owner.unwrap_or_default(), arn)
    }

    /// The last use that a row of a key tells; `None` if it tells nothing about it.
    fn used(&self, dates: &[&str]) -> Option<Accessed> {
        let mut raws = self.raws(dates).peekable();
        raws.peek()?;
        // An object that holds the use is no date itself.
        let all =
            raws.filter_map(|raw| last_use(raw).filter(|use_of| !raw.starts_with('{') || use_of.instant().is_some()));
        let all: Vec<Accessed> = all.collect();
        let newest = all.iter().filter_map(|used| used.instant()).max().map(Accessed::At);
        Some(newest.or_else(|| all.into_iter().find(|used| *used == Accessed::Unreadable)).unwrap_or(Accessed::Never))
    }

    fn place(&self, names: &[&str]) -> Option<String> {
        self.text(names).filter(|word| names_a_place(word))
    }

    /// The key that a row is about, with its last use if it tells that. `around` is the ARN of the user around the row.
    pub fn key(&self, around: Option<&str>) -> CredentialRecord {
        let (owner, arn) = self.owner(around);
        let dates: Vec<&str> = DATES.into_iter().chain(["lastused"]).collect();
        with_its_trace(CredentialRecord {
            arn,
            owner,
            kind: CredentialKind::AccessKey,
            id: self.text(&["accesskeyid"]),
            place: None,
            is_active: self.text(&["status"]).map(|status| status.eq_ignore_ascii_case("active")),
            created: self.date(&["createdate"]),
            used: self.used(&dates),
            region: self.place(&REGIONS),
            service: self.place(&SERVICES),
        })
    }

    /// The password that a login profile is. It does not tell when the password was used.
    pub fn password(&self, around: Option<&str>) -> CredentialRecord {
        let (owner, arn) = self.owner(around);
        CredentialRecord {
            arn,
            owner,
            kind: CredentialKind::Password,
            id: None,
            place: None,
            is_active: Some(true),
            created: self.date(&["createdate"]),
            used: None,
            region: None,
            service: None,
        }
    }

    /// The password and the two keys of a row of the credential report. A record of a password that is not enabled, without
    /// a use, says that the user has none.
    pub fn report_row(&self, row: usize) -> Vec<CredentialRecord> {
        let (owner, arn) = self.owner(None);
        if owner.is_empty() {
            return Vec::new();
        }
        let record = |kind, is_active, created: Option<Instant>, used| CredentialRecord {
            arn: arn.clone(),
            owner: owner.clone(),
            kind,
            id: None,
            place: None,
            is_active,
            created,
            used,
            region: None,
            service: None,
        };
        let use_in = |name: &str| self.raws(&[name]).find(|raw| !matches!(*raw, "null" | "\"\"")).and_then(last_use);
        let mut all = Vec::new();
        // The root user always has a password, and the report has `not_supported` for it.
        let enabled = match self.text(&["passwordenabled"]).as_deref() {
            Some("not_supported") => Some(true),
            other => flag(other),
        };
        // Without a date of change it is as old as the user. A date that cannot be read may be as late as the report.
        let is_stated = self.place(&["passwordlastchanged"]).is_some();
        let changed = self.date(&[if is_stated { "passwordlastchanged" } else { "usercreationtime" }]);
        let used = use_in("passwordlastused");
        // A spreadsheet writes `WAHR` for `true`. The dates of a password show that there is one.
        let is_dated = || is_stated || used.is_some_and(|used| used != Accessed::Never);
        match enabled {
            Some(false) => all.push(record(CredentialKind::Password, enabled, None, None)),
            None if !is_dated() => {}
            Some(true) | None => all.push(record(CredentialKind::Password, enabled, changed, used)),
        }
        for number in [1, 2] {
            let name = |end: &str| format!("accesskey{number}{end}");
            let active = flag(self.text(&[&name("active")]).as_deref());
            let made = self.date(&[&name("lastrotated")]);
            let (region, service) = (self.place(&[&name("lastusedregion")]), self.place(&[&name("lastusedservice")]));
            let used = use_in(&name("lastuseddate"));
            let is_used = region.is_some() || service.is_some() || used.is_some_and(|used| used.instant().is_some());
            // A column pair without a key has none of these.
            if active == Some(true) || made.is_some() || is_used {
                all.push(with_its_trace(CredentialRecord {
                    region,
                    service,
                    place: Some(KeyPlace { row, number }),
                    ..record(CredentialKind::AccessKey, active, made, used)
                }));
            }
        }
        all
    }
}

/// Whether a text is a table with rows about passwords or access keys.
pub fn is_credential_table(text: &str) -> bool {
    columns_of(text).is_some()
}

/// The table, the names of its columns, and what its rows are.
fn columns_of(text: &str) -> Option<(TableText<'_>, Vec<String>, PolicyOperation)> {
    // Every text of another program is looked at, and a reader of tables is dear.
    let may_be = ["ccess", "CCESS", "reation", "REATION"].iter().any(|part| text.contains(part));
    if !may_be || !text.contains('\n') {
        return None;
    }
    let table = TableText::of(text)?;
    let names: Vec<String> = table.reader(true).headers().ok()?.iter().map(bare).collect();
    let operation = operation_of_names(&names)?;
    Some((table, names, operation))
}

/// Reads a table about passwords and access keys, such as the credential report, the CSV that IAM makes: which operation
/// tells it, how many rows it has, and their credentials; `None` for any other text.
pub fn credential_table(text: &str) -> Option<(PolicyOperation, usize, Vec<CredentialRecord>)> {
    let (table, mut names, operation) = columns_of(text)?;
    let mut rows = 0;
    let mut credentials = Vec::new();
    for record in table.reader(true).records().filter_map(Result::ok) {
        rows += 1;
        // The columns of a report that was appended to another one, as `cat` does, may be in another order.
        if is_header(&record, &names, bare) {
            names = record.iter().map(bare).collect();
            continue;
        }
        let row = CredentialRow::of_cells(&names, &record);
        match operation {
            PolicyOperation::CredentialReport => credentials.extend(row.report_row(rows)),
            _ => credentials.push(row.key(None)),
        }
    }
    Some((operation, rows, credentials))
}

/// The text of a report that a member holds: in base64, plain, or as Python prints bytes.
fn report_text(packed: &str) -> String {
    if let Ok(bytes) = BASE64_STANDARD.decode(packed.as_bytes()) {
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let quoted =
        ['\'', '"'].iter().find_map(|quote| packed.strip_prefix('b')?.strip_prefix(*quote)?.strip_suffix(*quote));
    quoted.map_or(packed.to_owned(), |text| text.replace("\\r", "").replace("\\n", "\n"))
}

/// The text of a report in a member: as text, as its lines, or as its bytes, as `JSON.stringify` writes a buffer (`{"type": "Buffer", "data":
/// […]}`) and a typed array (`{"0": 117, "1": 115}`).
pub fn report_content(content: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Lines(Vec<String>),
        Bytes(Vec<u8>),
        Buffer { data: Vec<u8> },
        ByPlace(BTreeMap<String, u8>),
    }
    let bytes = match serde_json::from_str(content.get()).ok()? {
        Content::Text(text) => return Some(report_text(&text)),
        Content::Lines(lines) => return Some(lines.join("\n")),
        Content::Bytes(bytes) | Content::Buffer { data: bytes } => bytes,
        Content::ByPlace(bytes) => {
            let placed = bytes.into_iter().map(|(place, byte)| Some((place.parse().ok()?, byte)));
            placed.collect::<Option<BTreeMap<usize, u8>>>()?.into_values().collect()
        }
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The report inside the answer of `get-credential-report`.
pub(super) fn packed_report(object: &Object) -> Option<(usize, Vec<CredentialRecord>)> {
    let (_, rows, credentials) = credential_table(&report_content(object.get("content")?)?)?;
    Some((rows, credentials))
}

/// The name of the user that an ARN is of.
fn user_in(arn: &str) -> Option<String> {
    Arn::parse(arn).ok().filter(|arn| arn.kind() == EntityKind::User).map(|arn| arn.name().to_owned())
}

fn flag(text: Option<&str>) -> Option<bool> {
    text.and_then(|text| text.to_ascii_lowercase().parse().ok())
}
