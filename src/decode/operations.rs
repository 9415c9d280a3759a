//! What a JSON object is: an answer, a row of one, a document that names an entity, or the output of another command.

use serde_json::value::RawValue;

use super::members::{Members, NormalName, is_arn_member, members as members_of, normal};
use super::policy_answers::{is_credential_table, report_content};
use super::refuse::may_hold_rows;
use super::stated;
use super::tolerant::text_of;
use crate::model::{JobError, JobStatus, OtherOperation, Source, Stated};
use crate::problem::{Kind, Problem};

/// The operation or row that an object was recognized as.
pub enum Operation {
    /// The answer of `get-service-last-accessed-details`.
    Answer,
    /// One service row.
    Row,
    /// The answer of `generate-service-last-accessed-details`: a `JobId` and nothing else.
    Generate(String),
    /// The answer of `get-role`, `get-user`, ….
    Entity {
        /// Its ARN.
        arn: String,
        /// `CreateDate` and more.
        stated: Stated,
    },
    /// The answer of `get-credential-report`: a table.
    Report(String),
    /// The answer of an operation that has a report of its own.
    OtherAnswer(OtherOperation),
    /// The error of a client.
    Error(JobError),
    /// The answer of another operation.
    Other(RefusedOperation),
}

/// An operation that answers something else than which permissions of one entity were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedOperation {
    /// It lists what Access Analyzer finds unused.
    UnusedAccessFinding,
}

impl RefusedOperation {
    const fn command(self) -> &'static str {
        match self {
            Self::UnusedAccessFinding => "accessanalyzer get-finding-v2",
        }
    }

    /// Names the operation, and the one that is needed.
    pub fn problem(self, source: &Source, place: &str) -> Problem {
        let what = format!("this is the answer of `aws {}`", self.command());
        Problem::new(Kind::WrongOperation, source, what).at(place).advise(
            "Save the response of `aws iam get-service-last-accessed-details --job-id …`, which lists services with LastAuthenticated.",
        )
    }
}

/// Whether an object is the answer of `aws sts get-caller-identity`: it tells who collects, and names no entity of an answer.
pub fn is_the_caller(members: &Members) -> bool {
    let mut names: Vec<NormalName> = members.iter().map(|(name, _)| normal(name)).collect();
    names.retain(|name| !name.ends_with("metadata"));
    names.sort_unstable();
    names.iter().map(NormalName::as_str).eq(["account", "arn", "userid"])
}

/// Recognizes an object by its members; `None` for an object that has no meaning by itself.
pub fn operation_of(members: &Members) -> Option<Operation> {
    let names: Vec<NormalName> = members.iter().map(|(name, _)| normal(name)).collect();
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("entitydetailslist") {
        return Some(Operation::OtherAnswer(OtherOperation::Entities));
    }
    if has("accessdetails") || has("numberofservicesaccessible") {
        return Some(Operation::OtherAnswer(OtherOperation::Organizations));
    }
    if has("findingdetails") || has("unusedpermissiondetails") {
        return Some(Operation::Other(RefusedOperation::UnusedAccessFinding));
    }
    if has("serviceslastaccessed") {
        return Some(Operation::Answer);
    }
    // A row of a table may repeat the members of its job.
    if has("servicenamespace") {
        return Some(Operation::Row);
    }
    if has("jobstatus") && has("errordetails") {
        return Some(Operation::OtherAnswer(OtherOperation::Organizations));
    }
    let of_job = ["jobcreationdate", "jobcompletiondate", "jobtype", "jobid", "error", "istruncated"];
    let is_of_answer =
        || names.len() == 1 || of_job.iter().any(|name| has(name)) || names.iter().any(|n| is_arn_member(n));
    if has("jobstatus") && is_of_answer() && is_status(members) {
        return Some(Operation::Answer);
    }
    let value = |name: &str| names.iter().position(|n| n == name).map(|at| members[at].1);
    if let Some(error) = client_error(value) {
        return Some(Operation::Error(error));
    }
    if let Some(job_id) = value("jobid").filter(|_| names.iter().all(|n| n == "jobid" || n.ends_with("metadata"))) {
        return Some(Operation::Generate(serde_json::from_str(job_id.get()).ok()?));
    }
    let content = value("content").filter(|_| has("reportformat") || has("generatedtime"));
    let text = content.and_then(report_content);
    if let Some(text) = text.filter(|text| has("reportformat") || is_credential_table(text)) {
        return Some(Operation::Report(text));
    }
    let of_entity = ["role", "user", "group", "policy"];
    // Any other member may be the answer itself.
    let beside = ["users", "istruncated", "marker"];
    let is_alone =
        names.iter().all(|n| [&of_entity[..], &beside].concat().contains(&n.as_str()) || n.ends_with("metadata"));
    let holder = |name: &&str| value(name).filter(|holder| is_alone && !may_hold_rows(holder.get()));
    of_entity.iter().filter_map(holder).find_map(|holder| entity(&members_of(holder.get()).ok()?))
}

/// Whether `JobStatus` holds a word of the API: other services have jobs too.
fn is_status(members: &Members) -> bool {
    let status = members.iter().find(|(name, _)| normal(name) == "jobstatus").map(|(_, value)| value.get());
    let word = status.and_then(|raw| text_of(raw).ok().flatten()).unwrap_or_default();
    JobStatus::parse(&word.to_ascii_uppercase()).is_some()
}

/// The error in `{"Error": {"Code": …, "Message": …}}`, as boto3 and version 3 of the JavaScript SDK write it, or in
/// `{"code": …, "message": …, "statusCode": …}`, as version 2 writes it.
fn client_error<'t>(value: impl Fn(&str) -> Option<&'t RawValue>) -> Option<JobError> {
    let text = |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    if let Some(inner) = value("error").and_then(|error| members_of(error.get()).ok()) {
        let inner = |name: &str| inner.iter().find(|(n, _)| normal(n) == name).map(|(_, value)| *value);
        let code = text(inner("code")).filter(|code| !code.is_empty())?;
        return Some(JobError { code, message: text(inner("message")).unwrap_or_default() });
    }
    value("statuscode")?;
    Some(JobError { code: text(value("code"))?, message: text(value("message"))? })
}

/// The entity in `{"Role": {"Arn": …, "CreateDate": …}}`, if the object has no other content.
fn entity(members: &Members) -> Option<Operation> {
    let arn = members.iter().find(|(name, _)| normal(name) == "arn")?.1;
    let arn: String = serde_json::from_str(arn.get()).ok()?;
    arn.starts_with("arn:").then(|| Operation::Entity { arn, stated: stated::of_single(members) })
}
