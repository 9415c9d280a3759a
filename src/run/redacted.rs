//! The last step of a run with `--redact`: everything in its outcome that names somebody gets a pseudonym.

use std::sync::Arc;

use polars::prelude::PolarsResult;

use super::context::RunContext;
use super::error::RunError;
use super::estate::Estate;
use super::export::TableExport;
use super::request::{Outcome, Request};
use super::source::InputSides;
use crate::analyse::{self, Unmatched};
use crate::frame::{Renaming, RowBudget, renamed_frames};
use crate::model::policy::{Boundary, Held, HeldPolicy, PolicyKind, SavedInventory, Via};
use crate::model::{AccountId, Arn, Decisions, Entity, OtherRows};
use crate::problem::Kind;
use crate::report::{EstateNames, GoneEntity, InlineOwner, Redactor, Report, Section, UnlistedEntity};
use crate::util::pseudonym::PseudonymKey;

/// Refuses what cannot be redacted as a whole.
///
/// # Errors
/// If a store is among the inputs: its tables and files are there as they are, and a report is only half of it.
pub fn check(request: &Request, sides: &InputSides) -> Result<(), RunError> {
    let has_store = !sides.new.stores.is_empty() || !sides.old.stores.is_empty();
    if request.redact.is_some() && has_store {
        let what = "--redact is not for stores: `dormant store export` writes the dumps of one into a folder";
        return Err(RunError::Input(what.to_owned()));
    }
    Ok(())
}

/// A redactor that knows every name that the inputs, the decisions and the request hold; `None` if nothing is to be redacted.
///
/// # Errors
/// If the names are too many to be searched for.
pub fn redactor(
    estate: &Estate,
    decisions: &Decisions,
    context: &RunContext,
) -> Result<Option<Arc<Redactor>>, RunError> {
    let Some(key) = &context.request.redact else { return Ok(None) };
    let mut names = EstateNames::default();
    for (_, _, about) in analyse::definitions() {
        let letters = |c: char| !c.is_ascii_alphabetic();
        names.words.extend(about.split(letters).filter(|word| !word.is_empty()).map(str::to_lowercase));
    }
    names.words.extend(OWN_WORDS.iter().map(|word| (*word).to_owned()));
    names.words.extend(WORDS_OF_MESSAGES.lines().map(str::to_owned));
    names.services.extend(context.catalogue.namespaces().iter().map(|(namespace, _)| namespace.clone()));
    for text in context.symbols.texts() {
        if let Ok(arn) = Arn::parse(&text) {
            names.add_arn(&arn);
        }
    }
    let of_dumps = estate.dumps.iter().chain(&estate.old_dumps).map(|dump| &dump.entity);
    for entity in of_dumps.chain(estate.besides.iter().map(|beside| &beside.entity)) {
        add_entity(&mut names, entity);
    }
    for holder in estate.grants.holders.values() {
        add_entity(&mut names, &holder.entity);
        holder.held.iter().for_each(|held| add_held(&mut names, held));
        if let Boundary::Policy(policy) = &holder.boundary {
            add_policy(&mut names, policy);
        }
        names.secret.extend(holder.missing_groups.iter().cloned());
    }
    for credential in &estate.credentials {
        let record = &credential.record;
        names.secret.extend([&record.owner].into_iter().chain(&record.id).cloned());
        if let Some(arn) = record.arn.as_deref().and_then(|arn| Arn::parse(arn).ok()) {
            names.add_arn(&arn);
        }
    }
    for inventory in &estate.inventories {
        inventory.entities.iter().for_each(|arn| names.add_arn(arn));
    }
    for report in &estate.others {
        if let OtherRows::Entities(uses) = &report.other_answer.rows {
            uses.iter().filter_map(|of| Arn::parse(&of.arn).ok()).for_each(|arn| names.add_arn(&arn));
        }
    }
    let accounts = &estate.accounts;
    let told = accounts.names.values().chain(accounts.owners.values()).chain(accounts.owners_of_entities.values());
    names.secret.extend(told.cloned());
    estate.files.iter().for_each(|file| names.add_path(&file.source));
    let of_inputs = estate.problems.iter().filter(|problem| problem.kind != Kind::UnmatchedFilter);
    for problem in of_inputs {
        names.add_path(&problem.source);
        names.add_place(&problem.place);
    }
    add_decisions(&mut names, decisions);
    add_request(&mut names, context.request);
    made(key, names).map(Some)
}

fn made(key: &PseudonymKey, names: EstateNames) -> Result<Arc<Redactor>, RunError> {
    let redactor = Redactor::new(key.clone(), names).map_err(|error| RunError::Input(error.to_string()))?;
    Ok(Arc::new(redactor))
}

/// The words of all sentences of this program, a line each. A role can be called `look`: a pseudonym in the place of the
/// verb of a known sentence would show its name. `tests/redaction.rs` compares the list with the source.
const WORDS_OF_MESSAGES: &str = include_str!("redacted/words.txt");

/// Names of folders, and words of columns, that are also words of the program.
const OWN_WORDS: &[&str] = &[
    "answer",
    "answers",
    "cannot",
    "count",
    "data",
    "dump",
    "dumps",
    "export",
    "file",
    "files",
    "folder",
    "group",
    "groups",
    "in",
    "input",
    "inputs",
    "inventory",
    "job",
    "kept",
    "list",
    "main",
    "new",
    "old",
    "out",
    "output",
    "policies",
    "policy",
    "report",
    "role",
    "roles",
    "sample",
    "test",
    "tests",
    "unused",
    "user",
    "users",
];

fn add_entity(names: &mut EstateNames, entity: &Entity) {
    if let Some(arn) = &entity.arn {
        names.add_arn(arn);
    } else {
        names.add_path(&entity.name);
        names.secret.insert(entity.name.clone());
    }
    names.secret.extend(entity.account.as_ref().map(AccountId::to_string));
}

fn add_held(names: &mut EstateNames, held: &Held) {
    add_policy(names, &held.policy);
    if let Via::Group(group) = &held.via {
        names.secret.insert(group.clone());
    }
}

fn add_policy(names: &mut EstateNames, policy: &HeldPolicy) {
    let of_aws = policy.kind == PolicyKind::Aws;
    if of_aws { &mut names.public } else { &mut names.secret }.insert(policy.name.clone());
    let sids = policy.document.iter().flat_map(|document| &document.statements).filter_map(|one| one.sid.clone());
    if !of_aws {
        names.secret.extend(sids);
    }
    if let Some(arn) = policy.arn.as_deref().and_then(|arn| Arn::parse(arn).ok()) {
        names.add_arn(&arn);
    }
}

fn add_decisions(names: &mut EstateNames, decisions: &Decisions) {
    for decision in decisions.all() {
        names.add_path(&decision.file);
        names.add_path(decision.entity.as_str());
        names.secret.extend(decision.entity.as_str().rsplit('/').next().map(str::to_owned));
        names.secret.insert(decision.owner.as_ref().to_owned());
        names
            .secret
            .extend([&decision.ticket, &decision.reason].into_iter().flatten().map(|text| text.as_ref().to_owned()));
    }
}

/// Captions and remarks repeat what was typed.
fn add_request(names: &mut EstateNames, request: &Request) {
    let filter = &request.params.filter;
    names.secret.extend(filter.entity_patterns.iter().chain(&filter.accounts).cloned());
    let files = request.also_used.iter().chain(&request.accounts).chain(&request.decisions);
    for path in files.chain(&request.paths).chain(&request.old_paths) {
        names.add_path(&path.to_string_lossy());
    }
}

/// The text in the place of the texts of a table.
#[derive(Debug, Clone)]
struct ColumnTexts {
    redactor: Arc<Redactor>,
    /// Whether its columns are named after entities, apart from those that name the permission.
    is_matrix: bool,
}

impl ColumnTexts {
    fn is_of_entity(&self, column: &str) -> bool {
        self.is_matrix && !matches!(column, "service_namespace" | "action_name")
    }
}

impl Renaming for ColumnTexts {
    fn column(&self, name: &str) -> String {
        if self.is_of_entity(name) { self.redactor.heading(name) } else { name.to_owned() }
    }

    fn changes(&self, column: &str) -> bool {
        !self.is_of_entity(column) && self.redactor.hides(column)
    }

    fn text(&self, column: &str, text: &str) -> String {
        self.redactor.cell(column, text)
    }
}

/// The outcome with pseudonyms.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn redacted(outcome: Outcome, redactor: &Arc<Redactor>, budget: &RowBudget) -> PolarsResult<Outcome> {
    let reports = outcome.reports.iter().map(|report| of_report(report, redactor, budget));
    let reports = reports.collect::<PolarsResult<_>>()?;
    let texts = ColumnTexts { redactor: Arc::clone(redactor), is_matrix: false };
    let of_table = |TableExport { name, frames }| TableExport { name, frames: renamed_frames(frames, texts.clone()) };
    let mut decisions = outcome.decisions;
    if let Some(decisions) = &mut decisions {
        decisions.problems = decisions.problems.iter().map(|problem| redactor.problem(problem)).collect();
    }
    let of_account = |(id, name): &(String, String)| (redactor.name(id), redactor.name(name));
    Ok(Outcome {
        reports,
        tables: outcome.tables.into_iter().map(of_table).collect(),
        problems: outcome.problems.iter().map(|problem| redactor.problem(problem)).collect(),
        sources: outcome.sources.iter().map(|file| redactor.input_file(file)).collect(),
        inventories: outcome.inventories.into_iter().map(|inventory| of_inventory(inventory, redactor)).collect(),
        accounts_without_dump: outcome.accounts_without_dump.iter().map(of_account).collect(),
        unmatched: outcome.unmatched.into_iter().map(|one| of_unmatched(one, redactor)).collect(),
        decisions,
        redactor: Some(Arc::clone(redactor)),
        ..outcome
    })
}

fn of_report(report: &Report, redactor: &Arc<Redactor>, budget: &RowBudget) -> PolarsResult<Report> {
    let sections = report.sections.iter().map(|section| of_section(section, redactor, budget));
    Ok(Report {
        sections: sections.collect::<PolarsResult<_>>()?,
        problems: report.problems.iter().map(|problem| redactor.problem(problem)).collect(),
        ..report.clone()
    })
}

fn of_section(section: &Section, redactor: &Arc<Redactor>, budget: &RowBudget) -> PolarsResult<Section> {
    let is_matrix = section.id == "compare" && section.columns.iter().all(|column| column.name != "entity_arn");
    let texts = ColumnTexts { redactor: Arc::clone(redactor), is_matrix };
    let columns = section.columns.iter().map(|column| {
        let name = texts.column(&column.name);
        let about = column.about.replace(&column.name, &name);
        crate::report::Column { name, about, kind: column.kind }
    });
    let of_unseen = |(entity, account): &(String, Option<String>)| {
        (redactor.identity(entity), account.as_deref().map(|account| redactor.name(account)))
    };
    let of_gone = |gone: &GoneEntity| {
        let (arn, account) = of_unseen(&(gone.arn.clone(), gone.account.clone()));
        GoneEntity { arn, account, since: gone.since }
    };
    let of_unlisted = |one: &UnlistedEntity| {
        let (arn, account) = of_unseen(&(one.arn.clone(), one.account.clone()));
        UnlistedEntity { arn, account, ..one.clone() }
    };
    let of_inline = |policy: &InlineOwner| InlineOwner {
        holder: redactor.arn(&policy.holder),
        name: redactor.name(&policy.name),
        owner: (policy.owner.0, redactor.name(&policy.owner.1)),
    };
    Ok(Section {
        inline_owners: section.inline_owners.iter().map(of_inline).collect(),
        gone: section.gone.iter().map(of_gone).collect(),
        unlisted: section.unlisted.iter().map(of_unlisted).collect(),
        caption: redactor.sentence(&section.caption),
        columns: columns.collect(),
        table: section.table.renamed(&texts, budget)?,
        remarks: section.remarks.iter().map(|remark| redactor.sentence(remark)).collect(),
        unseen_entities: section.unseen_entities.iter().map(of_unseen).collect(),
        ..section.clone()
    })
}

fn of_inventory(inventory: SavedInventory, redactor: &Redactor) -> SavedInventory {
    let account = inventory.account.and_then(|account| AccountId::parse(&redactor.name(account.as_str())));
    let entities = inventory.entities.iter().filter_map(|arn| Arn::parse(&redactor.arn(arn.as_str())).ok());
    SavedInventory { account, entities: entities.collect(), ..inventory }
}

/// The name that was typed stays: no input holds it.
fn of_unmatched(one: Unmatched, redactor: &Redactor) -> Unmatched {
    let is_of_aws = !matches!(one.option, "--entity" | "--account");
    let nearest = one.nearest.into_iter();
    Unmatched { nearest: nearest.map(|name| if is_of_aws { name } else { redactor.name(&name) }).collect(), ..one }
}
