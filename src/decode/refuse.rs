//! What cannot be read, by name, with the way to save it right: text that is no JSON, but that somebody meant to be a dump.

use std::collections::BTreeSet;

use super::members::normal;
use crate::problem::Kind;

/// What a text was recognised as, and what to do about it.
pub struct Refused {
    /// The kind of problem.
    pub kind: Kind,
    /// What it is.
    pub what: &'static str,
    /// How to save it right.
    pub advice: &'static str,
}

const SAVE_JSON: &str = "Save it again with `--output json`.";

/// Whether a text speaks of last-accessed data at all; what does not is another program's file.
pub fn mentions_dump(text: &str) -> bool {
    let words =
        ["ServicesLastAccessed", "SERVICESLASTACCESSED", "ServiceLastAccessed", "LastAuthenticated", "JobStatus"];
    let other_spellings = ["ServiceNamespace", "service_namespace", "serviceNamespace", "services_last_accessed"];
    words.iter().chain(&other_spellings).any(|word| text.contains(word))
}

/// Whether a text holds last-accessed data, in whatever shape: words that stand in nothing else that lies about.
pub fn holds_accesses(text: &str) -> bool {
    [
        "LastAuthenticated",
        "lastAuthenticated",
        "last_authenticated",
        "ServicesLastAccessed",
        "TrackedActionsLastAccessed",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Whether a text may hold an answer or rows of one, so that an ARN in it is perhaps only that of an access.
pub fn may_hold_rows(text: &str) -> bool {
    let namespaces = ["ServiceNamespace", "serviceNamespace", "service_namespace", "services_last_accessed"];
    holds_accesses(text) || namespaces.iter().any(|word| text.contains(word))
}

/// Recognises a text that mentions last-accessed data, or the error of a client; `None` where it is somebody else's file.
pub fn recognise(text: &str) -> Option<Refused> {
    let start = text.trim_start();
    let has = |needle: &str| text.contains(needle);
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    if is_client_error(text) {
        return Some(client_error());
    }
    if !mentions_dump(text) {
        return None;
    }
    if has("SERVICESLASTACCESSED\t") {
        return wrong("this is the CLI's text output, which has no member names", SAVE_JSON);
    }
    if start.starts_with("---") && has("|") && has("+--") || start.starts_with("----------") {
        return wrong("this is the CLI's table output, made for the eye", SAVE_JSON);
    }
    if start.starts_with('<') {
        return wrong("this is XML, the answer as it travels", "Save what a client prints: `aws iam … --output json`.");
    }
    if start.starts_with("{'") || start.starts_with("[{'") || has("datetime.datetime(") {
        return wrong(
            "this is Python's print of a dict, not JSON",
            "Save it with `json.dump(answer, file, default=str)` instead of print().",
        );
    }
    if start.starts_with("&{") || start.starts_with("{Job") || has("(*types.") || has("ResultMetadata:{") {
        return wrong("this is Go's %+v print of a struct, not JSON", "Save it with `json.Marshal(answer)`.");
    }
    if has("JobStatus: '") || has("[Object]") || has("[Array]") {
        return wrong("this is what console.log prints, not JSON", "Save it with `JSON.stringify(answer)`.");
    }
    if has("@{ServiceName=") || has("System.Object[]") {
        return wrong("PowerShell cut the nested rows off", "Save it again with `ConvertTo-Json -Depth 10`.");
    }
    if text.lines().any(|line| line.trim() == "..." || line.trim() == "…") {
        return wrong("this is an example with `...` in it, not an answer", "Save what the client prints, unchanged.");
    }
    if PRINTED.iter().any(|mark| has(mark)) {
        return wrong("this is what a program prints of its objects, not JSON", SAVE_JSON);
    }
    if members_assigned(text) {
        return wrong("this is another language's print of an object, not JSON", SAVE_JSON);
    }
    if members_on_lines(text) {
        let what = if start.starts_with('{') {
            "this is a program's print of an object, not JSON: its names have no quotes"
        } else {
            "this is YAML"
        };
        return wrong(what, SAVE_JSON);
    }
    if is_drawn_table(text) {
        return wrong("this is a table made for the eye", "Save it again as JSON or CSV.");
    }
    None
}

/// The error of a client, in whatever shape it was saved.
pub const fn client_error() -> Refused {
    Refused {
        kind: Kind::ClientError,
        what: "this is the error message of a client, not an answer",
        advice: "Run `aws iam generate-service-last-accessed-details` again and fetch the answer as the same caller.",
    }
}

/// What stands in the errors of clients and in nothing else.
const ERRORS: &[&str] = &["An error occurred (", "Unable to locate credentials", "ExpiredToken"];

/// What stands in the errors of clients, and perhaps in a program or a page about them: these are longer.
const SHORT_ERRORS: &[&str] = &[
    "(Service: AmazonIdentityManagement",
    "(Service: Iam",
    "<ErrorResponse",
    "Amazon.IdentityManagement.Model.NoSuchEntity",
    "Could not connect to the endpoint URL",
    "Error executing \"GetServiceLastAccessedDetails",
    "Error loading SSO Token",
    "Error when retrieving credentials",
    "IAM::Errors::",
    "NoSuchEntity: ",
    "NoSuchEntityException: ",
    "Parameter validation failed",
    "Partial credentials found",
    "Rate exceeded",
    "SSL validation failed for",
    "The SSO session associated",
    "The config profile (",
    "Token has expired and refresh failed",
    "Unable to parse config file",
    "You must specify a region",
    "aws: [ERROR]",
    "aws: error:",
    "command not found: aws",
    "operation error IAM:",
    "sh: aws: ",
    "timeout on endpoint URL",
];
const LONGEST_ERROR: usize = 4096;

/// What a shell calls the client that it does not find, in whatever language the rest is.
const NOT_FOUND: &[&str] = &["'aws'", "\"aws\"", "aws :", "aws.exe"];
const LONGEST_NOT_FOUND: usize = 600;

/// Whether a text that is no JSON is what a client or a shell said instead of an answer.
pub fn is_client_error(text: &str) -> bool {
    let shorter = |most: usize| text.len() < most && !text.starts_with("#!");
    let any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    any(ERRORS)
        || shorter(LONGEST_ERROR) && any(SHORT_ERRORS)
        || shorter(LONGEST_NOT_FOUND)
            && NOT_FOUND.iter().any(|mark| text.lines().next().is_some_and(|l| l.contains(mark)))
}

/// How objects of the API's classes begin where a program prints them.
const PRINTED: &[&str] = &[
    "#<struct Aws::IAM::Types",
    "GetServiceLastAccessedDetailsOutput {",
    "GetServiceLastAccessedDetailsOutput)(",
    "GetServiceLastAccessedDetailsResponse(",
    "GetServiceLastAccessedDetailsResult(",
    "ServiceLastAccessed {",
    "ServiceLastAccessed(",
];

/// Members of an answer and its rows.
const MEMBERS: &[&str] = &[
    "IsTruncated",
    "JobCompletionDate",
    "JobCreationDate",
    "JobStatus",
    "JobType",
    "LastAuthenticated",
    "LastAuthenticatedEntity",
    "ServiceName",
    "ServiceNamespace",
    "ServicesLastAccessed",
    "TotalAuthenticatedEntities",
];

/// Whether lines of YAML, or of a print without quotes, give values to two members at least: `JobStatus: COMPLETED`. A program or a
/// page that mentions them does not.
fn members_on_lines(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '+');
    at_least_two(text.lines().filter_map(|line| {
        let (name, value) = line.trim_start().trim_start_matches("- ").split_once(':')?;
        let member = member(name)?;
        let value = value.trim();
        let is_value = match value.chars().next() {
            None => member == "ServicesLastAccessed",
            Some(first) if first.is_ascii_digit() || matches!(first, '"' | '\'' | '[' | '{') => true,
            // A word that ends the line stands for itself in YAML, and for something else in a program.
            Some(_) => value.chars().all(is_word),
        };
        is_value.then_some(member)
    }))
}

/// Whether two members at least are given values as other languages print it: `"JobStatus" => "COMPLETED"`, `JobStatus = "COMPLETED"`.
fn members_assigned(text: &str) -> bool {
    at_least_two(text.split(['\n', ',', '{', '(']).filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_arrow = value.starts_with('>');
        let value = value.trim_start_matches('>').trim();
        let is_value = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '['))
            || is_arrow && !value.is_empty() && !value.contains('$');
        member(name.trim_matches(|c: char| !c.is_ascii_alphanumeric())).filter(|_| is_value)
    }))
}

fn member(name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|member| normal(member) == normal(name)).copied()
}

fn at_least_two(members: impl Iterator<Item = &'static str>) -> bool {
    members.collect::<BTreeSet<_>>().len() >= 2
}

/// Whether a line names two columns, and the line below it only underlines them.
fn is_drawn_table(text: &str) -> bool {
    let is_rule = |line: &str| {
        let is_drawn = |c: char| "-+|:= ".contains(c) || ('\u{2500}'..='\u{257f}').contains(&c);
        (line.contains("---") || line.contains("───")) && line.trim().chars().all(is_drawn)
    };
    let names = |line: &str| {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| member(word).is_some()).count() >= 2
    };
    let lines: Vec<_> = text.lines().collect();
    lines.windows(2).any(|pair| names(pair[0]) && is_rule(pair[1]))
}
