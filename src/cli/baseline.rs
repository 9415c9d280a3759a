//! `--baseline`: which findings were there before, in an older audit or on a date of the same inputs. A finding that was not is new.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dormant::analyse::{ReportSpec, Sort};
use dormant::frame::Cell;
use dormant::model::{Instant, Level};
use dormant::problem::counted;
use dormant::report::{Report, Section};
use dormant::run::{self, Request};
use dormant::util::marker::{Audit, Closely};
use dormant::util::sanitize::harmless;

use super::args::RedactArgs;
use super::messages::Messages;
use super::progress::Bar;
use super::settings::Settings;

/// What findings are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// The folder of an older audit.
    Audit(PathBuf),
    /// The same inputs, as they were known then.
    Date(Instant),
}

/// The columns that identify the entity and the permission of a finding.
const KEY: [&str; 6] = ["account_id", "entity_type", "entity_name", "entity_arn", "service_namespace", "action_name"];

/// How many new findings are named.
const NAMED: usize = 5;

/// The findings that were there before.
#[derive(Debug, Default)]
struct Before {
    known: BTreeSet<Finding>,
}

/// An entity and a permission; a service has no action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// A policy of AWS has the same ARN in every account.
    account: String,
    entity: String,
    service: String,
    action: String,
}

impl Finding {
    /// From the values of [`KEY`].
    fn of([account, kind, name, arn, service, action]: [&str; 6]) -> Self {
        let entity = if arn.is_empty() { format!("{kind}/{name}") } else { arn.to_owned() };
        let [service, action] = [service, action].map(|text| text.trim().to_lowercase());
        Self { account: account.to_owned(), entity, service, action }
    }

    fn shown(&self) -> String {
        let action = if self.action.is_empty() { String::new() } else { format!(":{}", self.action) };
        let account = if self.entity.contains(&self.account) { "" } else { &self.account };
        format!("{account} {} {}{action}", self.entity, self.service).trim_start().to_owned()
    }
}

impl Before {
    /// An action was there before too where its whole service was.
    fn holds(&self, finding: &Finding) -> bool {
        let of_service = || Finding { action: String::new(), ..finding.clone() };
        self.known.contains(finding) || !finding.action.is_empty() && self.known.contains(&of_service())
    }

    fn add_section(&mut self, section: &Section) {
        self.known.extend(findings(section));
    }
}

/// How many findings `reports`, those of the specs of `settings`, list that were not there before; says which.
///
/// # Errors
/// Where the older audit cannot be read or is not as it was written, or the inputs cannot be read once more.
pub fn count_new(settings: &Settings, reports: &[Report], messages: Messages) -> Result<u64> {
    let Some(baseline) = &settings.baseline else { return Ok(0) };
    let before = match baseline {
        Baseline::Audit(folder) => of_audit(folder, &settings.redact)?,
        Baseline::Date(at) => of_date(settings, *at, messages)?,
    };
    let specs = settings.request.specs.iter().zip(reports);
    let listed = specs.filter(|(spec, _)| matches!(spec, ReportSpec::Unused { .. }));
    let listed = listed.flat_map(|(_, report)| &report.sections).flat_map(findings);
    let (mut all, mut new) = (0, Vec::new());
    for finding in listed {
        all += 1;
        if !before.holds(&finding) {
            new.push(finding);
        }
    }
    let than = match baseline {
        Baseline::Audit(folder) => format!("in {}", folder.display()),
        Baseline::Date(at) => format!("at {at}"),
    };
    let named: Vec<String> = new.iter().take(NAMED).map(Finding::shown).collect();
    let more = if new.len() > NAMED { format!(" and {} more", new.len() - NAMED) } else { String::new() };
    let which = if named.is_empty() { String::new() } else { format!(": {}{more}", named.join(", ")) };
    messages.note(format!("{} of {} were not there {than}{which}", new.len(), counted(all, "finding", "findings")));
    Ok(new.len() as u64)
}

fn findings(section: &Section) -> Vec<Finding> {
    let at = KEY.map(|name| section.columns.iter().position(|column| column.name == name));
    let reader = section.table.reader();
    let text = |row, column: Option<usize>| match column.map(|column| reader.cell(row, column)) {
        // As it is in a file.
        Some(Cell::Text(text)) => harmless(text),
        _ => Cow::Borrowed(""),
    };
    let finding = |row| {
        let texts = at.map(|column| text(row, column));
        Finding::of(texts.each_ref().map(|text| &**text))
    };
    (0..section.table.height()).map(finding).collect()
}

/// The findings of an audit, if its files are as they were written, and its names are those of this run.
fn of_audit(folder: &Path, redact: &RedactArgs) -> Result<Before> {
    let Some(audit) = Audit::at(folder) else {
        bail!("{} is not the folder of an audit: --baseline takes one, or a date", folder.display());
    };
    let has_key = redact.redact_key.is_some();
    if audit.is_redacted() && !(redact.redact && has_key) {
        bail!(
            "the audit in {} is redacted: give --redact and the --redact-key with which it was made, or an audit with names",
            folder.display()
        );
    }
    if redact.redact && !audit.is_redacted() {
        bail!(
            "this run is redacted, and the audit in {} has names: leave --redact out, or give an audit that was made with \
             the same --redact-key",
            folder.display()
        );
    }
    let mut before = Before::default();
    for name in ["unused-services.csv", "unused-actions.csv"] {
        if !audit.files().any(|file| file == Path::new(name)) {
            bail!("the audit in {} has no {name}: make it with --formats csv", folder.display());
        }
        if !audit.wrote(folder, Path::new(name), Closely::Content) {
            bail!("{name} in {} is not as the audit wrote it: `dormant verify` says what differs", folder.display());
        }
        before.known.extend(of_file(&folder.join(name)).with_context(|| format!("cannot read {name} of the audit"))?);
    }
    Ok(before)
}

fn of_file(path: &Path) -> Result<Vec<Finding>> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let at = KEY.map(|name| header.iter().position(|column| column == name));
    let finding = |row: csv::StringRecord| {
        let value = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default();
        // A text that a spreadsheet could run has an apostrophe in front.
        Finding::of(at.map(value).map(|text| text.strip_prefix('\'').unwrap_or(text)))
    };
    reader.into_records().map(|row| Ok(finding(row?))).collect()
}

/// The findings of the same inputs as they were known then. An action of a service that was a finding itself was there too.
fn of_date(settings: &Settings, at: Instant, messages: Messages) -> Result<Before> {
    let earlier = |level| ReportSpec::Unused { level, all_actions: level == Level::Action, sort: Sort::Entity };
    let wanted = |level| {
        let is_of = |spec: &ReportSpec| matches!(spec, ReportSpec::Unused { level: of, .. } if *of == level);
        settings.request.specs.iter().any(is_of).then(|| earlier(level))
    };
    let mut request = Request {
        specs: Level::ALL.iter().filter_map(|level| wanted(*level)).collect(),
        audit: false,
        tables: false,
        hash_inputs: false,
        ..settings.request.clone()
    };
    request.params.at = Some(at);
    request.saying.as_of = None;
    let bar = Bar::new(messages);
    let outcome = run::run(&request, &bar);
    bar.clear();
    let mut before = Before::default();
    let outcome = outcome?;
    // Every finding is new then.
    for nothing in outcome.unmatched.iter().filter(|one| one.option == "--at") {
        messages.warning(format!("--baseline: {}", nothing.sentence()));
    }
    outcome.reports.iter().flat_map(|report| &report.sections).for_each(|section| before.add_section(section));
    Ok(before)
}
