//! OCSF 1.6, class 2008, *IAM Analysis Finding*: one event per line.

use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Finding;
use crate::model::Verdict;
use crate::model::policy::Risk;
use crate::render::json::JsonRow;
use crate::util::marker::TOOL;

/// The version of the schema that defines the class as it is written here.
const SCHEMA: &str = "1.6.0";

pub(super) fn write(finding: &Finding<'_>, out: &mut dyn Write) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Event<'e> {
        #[serde(flatten)]
        of_schema: &'e Value,
        unmapped: WholeRow<'e>,
    }
    let event = Event { of_schema: &event(finding), unmapped: WholeRow(finding) };
    serde_json::to_writer(&mut *out, &event)?;
    out.write_all(b"\n")
}

/// Every column of the row, with the names and types of JSON lines: nothing of the report is lost.
struct WholeRow<'f>(&'f Finding<'f>);

impl Serialize for WholeRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Finding { rows, row, .. } = self.0;
        JsonRow { columns: rows.columns, reader: &rows.reader, at: *row }.serialize(serializer)
    }
}

fn event(finding: &Finding<'_>) -> Value {
    let time = finding.as_of().millis();
    let (severity_id, severity) = severity(finding.risk());
    let decision = finding.text("decision");
    let (status_id, status) = if decision.is_some() { (2, "In Progress") } else { (1, "New") };
    let entity_type = finding.word("entity_type");
    let level = if finding.is_about_action() { "action" } else { "service" };
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2008,
        "class_name": "IAM Analysis Finding",
        "type_uid": 200_801,
        "type_name": "IAM Analysis Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "message": finding.title(),
        "metadata": {
            "version": SCHEMA,
            "profiles": ["cloud"],
            "product": { "name": TOOL, "vendor_name": TOOL, "version": env!("CARGO_PKG_VERSION") },
        },
        "cloud": { "provider": "AWS" },
        "finding_info": {
            "uid": finding.id(),
            "title": finding.title(),
            "desc": finding.description(),
            "types": [format!("{} {level}", finding.verdict.as_str())],
            "last_seen_time": time,
        },
        "resources": [{
            "uid": finding.resource(),
            "name": finding.word("entity_name"),
            "type": super::asff::type_of(&entity_type).0,
            "cloud_partition": finding.partition(),
        }],
        "permission_analysis_results": [analysis(finding)],
        "remediation": { "desc": finding.remedy() },
    });
    if let Some(account) = finding.text("account_id") {
        event["cloud"]["account"] = json!({ "uid": account, "type_id": 10, "type": "AWS Account" });
    }
    if let Some(decision) = decision {
        event["status_detail"] = json!(format!("decided: {decision}"));
    }
    event
}

/// The number and the name of a severity.
const fn severity(risk: Option<Risk>) -> (u8, &'static str) {
    match risk {
        None => (0, "Unknown"),
        Some(Risk::Info) => (1, "Informational"),
        Some(Risk::Low) => (2, "Low"),
        Some(Risk::Medium) => (3, "Medium"),
        Some(Risk::High) => (4, "High"),
        Some(Risk::Critical) => (5, "Critical"),
    }
}

/// What is stale was used, although long ago: it is not counted as unused.
fn analysis(finding: &Finding<'_>) -> Value {
    let unused = u8::from(finding.verdict == Verdict::Unused);
    let mut analysis = if finding.is_about_action() {
        json!({ "granted_privileges": [finding.permission()], "unused_privileges_count": unused })
    } else {
        json!({ "unused_services_count": unused })
    };
    if let Some(policy) = finding.text("granted_by") {
        analysis["policy"] = json!({ "name": policy });
    }
    analysis
}
