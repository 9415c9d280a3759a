//! The AWS Security Finding Format, for `aws securityhub batch-import-findings`. A call takes at most 100 findings, all of them of the
//! account that makes it: so a file holds as many, and each account has files of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Finding, UnusedRows, shortened};
use crate::frame::Cell;
use crate::model::AccountId;
use crate::model::policy::Risk;
use crate::render::cell;
use crate::report::{ColumnKind, Section};
use crate::util::marker::TOOL;

/// The most findings that one call takes.
const FINDINGS_OF_A_CALL: usize = 100;

/// The most characters of what the format limits.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const RECOMMENDATION: usize = 512;
const RESOURCE: usize = 512;
const PRODUCT_FIELD: usize = 1024;
/// The most product fields of a finding.
const PRODUCT_FIELDS: usize = 50;

/// A file of findings: its path in the folder, and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsffFile {
    /// `111122223333/001.asff.json`.
    pub path: String,
    rows: Vec<usize>,
}

impl AsffFile {
    /// How many findings it holds.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.rows.len()
    }
}

/// The files that hold the findings of `section`, and how many findings no file holds because their account is not known.
#[must_use]
pub fn asff_files(section: &Section) -> (Vec<AsffFile>, usize) {
    let rows = UnusedRows::of(section);
    let mut accounts: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
    let mut left_out = 0;
    for finding in rows.findings() {
        // Only such an account names a folder, and AWS knows no other.
        match AccountId::parse(&finding.word("account_id")) {
            Some(account) => accounts.entry(account).or_default().push(finding.row),
            None => left_out += 1,
        }
    }
    let of_account = |(account, rows): (&AccountId, &Vec<usize>)| {
        let file = |(number, rows): (usize, &[usize])| AsffFile {
            path: format!("{account}/{:03}.asff.json", number + 1),
            rows: rows.to_vec(),
        };
        rows.chunks(FINDINGS_OF_A_CALL).enumerate().map(file).collect::<Vec<_>>()
    };
    (accounts.iter().flat_map(of_account).collect(), left_out)
}

/// Writes the findings of `file` as one list. `region` is that of Security Hub; without it the region in which the IAM of the partition is.
///
/// # Errors
/// What `out` reports.
pub fn write_asff(section: &Section, file: &AsffFile, region: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let rows = UnusedRows::of(section);
    out.write_all(b"[")?;
    for (at, finding) in file.rows.iter().filter_map(|row| rows.finding(*row)).enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &in_asff(&finding, region))?;
    }
    out.write_all(b"\n]\n")
}

/// The words of `CloudFormation` and of Security Hub for the type of an entity.
pub(super) fn type_of(entity_type: &str) -> (&'static str, &'static str) {
    match entity_type {
        "user" => ("AWS::IAM::User", "AwsIamUser"),
        "role" => ("AWS::IAM::Role", "AwsIamRole"),
        "group" => ("AWS::IAM::Group", "AwsIamGroup"),
        "policy" => ("AWS::IAM::Policy", "AwsIamPolicy"),
        _ => ("Other", "Other"),
    }
}

fn in_asff(finding: &Finding<'_>, region: Option<&str>) -> Value {
    let mut time = String::new();
    cell::push(&mut time, Cell::Instant(finding.as_of()), ColumnKind::Instant);
    let (account, partition) = (finding.word("account_id"), finding.partition());
    let region = region.unwrap_or_else(|| region_of_iam(&partition));
    let label = match finding.risk() {
        // There is no word for what is not known.
        Some(Risk::Info) | None => "INFORMATIONAL",
        Some(Risk::Low) => "LOW",
        Some(Risk::Medium) => "MEDIUM",
        Some(Risk::High) => "HIGH",
        Some(Risk::Critical) => "CRITICAL",
    };
    let kind = if finding.is_about_action() { "action" } else { "service" };
    let facts: Map<String, Value> = finding
        .facts()
        .take(PRODUCT_FIELDS)
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (format!("{TOOL}/{name}"), Value::from(shortened(&value, PRODUCT_FIELD).into_owned())))
        .collect();
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": finding.id(),
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        "ProductName": TOOL,
        "GeneratorId": format!("{TOOL}/{}-{kind}", finding.verdict.as_str()),
        "AwsAccountId": account,
        "Types": [format!("Software and Configuration Checks/AWS Security Best Practices/{} permission", finding.verdict.as_str())],
        "CreatedAt": time,
        "UpdatedAt": time,
        "Severity": { "Label": label },
        "Title": shortened(&finding.title(), TITLE),
        "Description": shortened(&finding.description(), DESCRIPTION),
        "Remediation": { "Recommendation": { "Text": shortened(finding.remedy(), RECOMMENDATION) } },
        "ProductFields": facts,
        "Resources": [{
            "Type": type_of(&finding.word("entity_type")).1,
            "Id": shortened(&finding.resource(), RESOURCE),
            "Partition": partition,
        }],
        "RecordState": "ACTIVE",
    })
}

/// The region in which AWS runs IAM, by the partition.
fn region_of_iam(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        _ => "us-east-1",
    }
}
