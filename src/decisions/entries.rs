//! Rows that somebody filled in, and the entries that they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cells::FilledCell;
use super::sheets::{FilledSheet, SUBJECT};
use super::{DecisionImport, ImportError};
use crate::model::{
    AccountId, Arn, Choice, DAY_MS, Day, DecidedEntity, Decision, Decisions, Entity, EntityKind, Instant,
};
use crate::problem::{Kind, Problem};

/// What an entry is about: the account where no ARN says it, the entity, and in lower case the service and the action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecidedRow {
    pub account: Option<AccountId>,
    pub entity: String,
    pub service: Option<String>,
    pub action: Option<String>,
}

/// A row in which somebody has decided.
#[derive(Debug, Clone)]
pub struct Filled {
    about: DecidedRow,
    entity: Entity,
    /// As the report writes them.
    spelt: (Option<String>, Option<String>),
    choice: Choice,
    owner: Option<String>,
    due: Option<Day>,
    ticket: Option<String>,
    comment: Option<String>,
    as_of: Option<Day>,
    file: PathBuf,
    place: String,
}

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// What it is about.
    pub about: DecidedRow,
    /// The service and the action as the report writes them.
    pub spelt: (Option<String>, Option<String>),
    /// What was decided.
    pub decision: Decision,
    /// The number of the entry that says something else about it.
    pub replaces: Option<usize>,
}

/// The rows of `sheet` in which somebody has decided. What is not understood is a problem.
///
/// # Errors
/// Where a cell holds a formula, or the columns that say what a row is about are missing.
pub fn of_sheet(
    sheet: &FilledSheet,
    path: &Path,
    asked: &DecisionImport,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Filled>, ImportError> {
    let refused = |what: String| ImportError::File { path: path.to_owned(), what };
    let has = |names: &[&str]| names.iter().all(|name| sheet.columns.contains_key(name));
    let of_sheet = sheet.name.as_ref().map_or_else(String::new, |name| format!(" on the sheet {name}"));
    if !has(&["entity_arn"]) && !has(&["account_id", "entity_type", "entity_name"]) && !has(&["account_id", "entity"]) {
        return Err(refused(format!(
            "the column ARN (entity_arn) is missing{of_sheet}: which entity a row is about is unknown"
        )));
    }
    if sheet.is_decided_twice {
        return Err(refused(format!("there are two columns Decision{of_sheet}: delete one of them")));
    }
    let is_of_entities = sheet.name.as_ref().is_some_and(|name| name.to_lowercase().starts_with("entities"));
    if !is_of_entities && !has(&["service_namespace"]) {
        return Err(refused(format!("the column Service (service_namespace) is missing{of_sheet}")));
    }
    let has_actions = |name: &String| ["unused actions", "kept"].iter().any(|of| name.to_lowercase().starts_with(of));
    // A CSV has no name: what only actions have tells it.
    let has_actions = sheet.has_access_levels || sheet.name.as_ref().is_some_and(has_actions);
    if has_actions && !has(&["action_name"]) {
        return Err(refused(format!("the column Action (action_name) is missing{of_sheet}")));
    }
    let mut filled = Vec::new();
    for (number, row) in &sheet.rows {
        for column in sheet.columns.keys() {
            if sheet.cell(row, column) == Some(&FilledCell::Formula) {
                let place = sheet.place(*number, column);
                return Err(refused(format!(
                    "{place} holds a formula, which is not read: write what it shows as a value"
                )));
            }
        }
        match of_row(sheet, (*number, row), path, asked) {
            Ok(of_row) => filled.extend(of_row),
            Err((column, what)) => {
                let problem = Problem::new(Kind::BadValue, path.display(), what).at(sheet.place(*number, column));
                problems.push(problem.advise("Correct the cell, and import again."));
            }
        }
    }
    Ok(filled)
}

/// The row, where somebody has decided in it; else the column in which something is wrong, and what.
fn of_row(
    sheet: &FilledSheet,
    (number, row): (usize, &[FilledCell]),
    path: &Path,
    asked: &DecisionImport,
) -> Result<Option<Filled>, (&'static str, String)> {
    let text = |column: &str| sheet.cell(row, column).map(FilledCell::text).filter(|text| !text.is_empty());
    let decision = text("decision");
    let (ticket, comment) = (text("ticket"), text("comment"));
    let due = sheet.cell(row, "due").filter(|cell| !cell.is_empty());
    // The owner of an entity may stand there by itself.
    if decision.is_none() && ticket.is_none() && comment.is_none() && due.is_none() {
        return Ok(None);
    }
    let choice = decision.as_deref().map_or(Ok(Choice::Ask), |text| {
        let what = || format!("{text:?} is not a decision: write keep, remove or ask");
        Choice::parse(&text.to_lowercase()).ok_or_else(|| ("decision", what()))
    })?;
    let day = |cell: &FilledCell| {
        cell.day().ok_or_else(|| ("due", format!("{:?} is not a day such as 2026-07-06", cell.text())))
    };
    let due = due.map(day).transpose()?;
    let entity = entity(sheet, row)?;
    let spelt = (text("service_namespace"), text("action_name"));
    is_about_one(sheet, &spelt, text(SUBJECT).as_deref())?;
    is_named_so(spelt.0.as_deref(), text("service_name").as_deref(), &asked.services)?;
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    // The ARN of a policy that AWS manages is the same in every account.
    let account = entity.account.clone().filter(|_| entity.arn.as_ref().is_none_or(|arn| arn.account().is_none()));
    let name = || entity.kind.map_or_else(|| entity.name.clone(), |kind| format!("{kind}/{}", entity.name));
    let about = DecidedRow {
        account,
        entity: entity.arn.as_ref().map_or_else(name, ToString::to_string),
        service: lower(&spelt.0),
        action: lower(&spelt.1).map(|action| action.rsplit(':').next().unwrap_or_default().to_owned()),
    };
    let spelt = (spelt.0, spelt.1.map(|action| action.rsplit(':').next().unwrap_or_default().to_owned()));
    Ok(Some(Filled {
        about,
        entity,
        spelt,
        choice,
        owner: text("owner"),
        due,
        ticket,
        comment,
        as_of: sheet.cell(row, "as_of").and_then(FilledCell::day),
        file: path.to_owned(),
        place: sheet.place(number, "decision"),
    }))
}

/// A row is about one permission: an empty cell would make it one about all of them, and so would a wildcard. Only a row that shows the
/// service itself as its subject is about the whole service.
fn is_about_one(
    sheet: &FilledSheet,
    (service, action): &(Option<String>, Option<String>),
    subject: Option<&str>,
) -> Result<(), (&'static str, String)> {
    if let Some(subject) = subject {
        return is_about_subject((service.as_deref(), action.as_deref()), subject);
    }
    let cells = [("service_namespace", service), ("action_name", action)];
    for (column, cell) in cells.into_iter().filter(|(column, _)| sheet.columns.contains_key(*column)) {
        let Some(cell) = cell else {
            return Err((column, "is empty: which permission the row is about is unknown".to_owned()));
        };
        if cell.contains(['*', '?']) {
            return Err((column, format!("{cell:?} has a wildcard: a row is about one permission")));
        }
    }
    let of_action = action.as_deref().and_then(|action| action.split_once(':')).map(|(service, _)| service);
    let is_other = |of: &&str| service.as_deref().is_some_and(|service| !service.eq_ignore_ascii_case(of));
    match of_action.filter(is_other) {
        Some(other) => Err(("action_name", format!("is an action of {other}, and the row is about another service"))),
        None => Ok(()),
    }
}

/// Whether the name of the service is no other service's: somebody corrected one of the two cells, or only some columns were sorted. A name that
/// nobody knows may be a new one.
fn is_named_so(
    service: Option<&str>,
    name: Option<&str>,
    known: &[(String, String)],
) -> Result<(), (&'static str, String)> {
    let Some((service, name)) = service.zip(name) else { return Ok(()) };
    let is_called_so = |(namespace, known): &&(String, String)| {
        name.eq_ignore_ascii_case(known) || name.eq_ignore_ascii_case(namespace)
    };
    let mut called = known.iter().filter(is_called_so).map(|(namespace, _)| namespace).peekable();
    let is_of_another = called.peek().is_some() && !called.any(|namespace| namespace.eq_ignore_ascii_case(service));
    if is_of_another && !name.eq_ignore_ascii_case(service) {
        let what =
            format!("{name:?} is not what the column Service says: which permission the row is about is unknown");
        return Err(("service_name", what));
    }
    Ok(())
}

/// On a sheet with rows about services and about actions, an empty action is an answer only if the subject is a service.
fn is_about_subject(
    (service, action): (Option<&str>, Option<&str>),
    subject: &str,
) -> Result<(), (&'static str, String)> {
    let is_it = match (service, action) {
        (Some(service), None) => subject.eq_ignore_ascii_case(service) && !subject.contains(['*', '?', ':']),
        (Some(service), Some(action)) => {
            let action = action.rsplit(':').next().unwrap_or_default();
            subject.eq_ignore_ascii_case(&format!("{service}:{action}")) && !subject.contains(['*', '?'])
        }
        (None, _) => false,
    };
    if is_it {
        return Ok(());
    }
    Err((
        SUBJECT,
        format!(
            "{subject:?} is not what the columns Service and Action say: which permission the row is about is unknown"
        ),
    ))
}

/// Which entity a row is about.
fn entity(sheet: &FilledSheet, row: &[FilledCell]) -> Result<Entity, (&'static str, String)> {
    let text = |column: &str| sheet.cell(row, column).map(FilledCell::text).filter(|text| !text.is_empty());
    let arn =
        text("entity_arn").map(|text| Arn::parse(&text).map_err(|error| ("entity_arn", format!("{text:?} {error}"))));
    let arn = arn.transpose()?;
    let account = account(sheet.cell(row, "account_id"), arn.as_ref())?;
    if let Some(arn) = arn {
        is_called_so(sheet, row, &arn)?;
        return Ok(Entity { account: arn.account().cloned().or(account), ..Entity::of(arn) });
    }
    let shown = text("entity");
    let of_shown = shown.as_deref().and_then(|shown| shown.split_once('/'));
    let kind = text("entity_type").or_else(|| of_shown.map(|(kind, _)| kind.to_owned()));
    let name = text("entity_name").or_else(|| of_shown.map(|(_, name)| name.to_owned()));
    let Some((kind, name)) = kind.zip(name) else {
        return Err(("entity_arn", "which entity the row is about is unknown".to_owned()));
    };
    let kind = EntityKind::parse(&kind.to_lowercase())
        .ok_or_else(|| ("entity_type", format!("{kind:?} is not a type of entity")))?;
    // No name in IAM has one: it is the name of a file.
    if name.contains(['*', '?', '[', ']', '{', '}']) {
        return Err(("entity_name", format!("{name:?} has a wildcard: a row is about one entity")));
    }
    Ok(Entity {
        key: format!("{kind}/{name}"),
        arn: None,
        account,
        kind: Some(kind),
        name,
        created: None,
        creation_unreadable: false,
        partition: None,
    })
}

/// Whether the text of a cell means the entity.
type IsIt<'i> = &'i dyn Fn(&str) -> bool;

/// Whether what else a row says of its entity is what the ARN says: where only some columns were sorted, it is about another one.
fn is_called_so(sheet: &FilledSheet, row: &[FilledCell], arn: &Arn) -> Result<(), (&'static str, String)> {
    if arn.name().contains(['*', '?']) {
        return Err(("entity_arn", format!("{:?} has a wildcard: a row is about one entity", arn.as_str())));
    }
    let (kind, name) = (arn.kind().to_string(), arn.name());
    let (short, long) = (format!("{kind}/{name}"), format!("{kind}{}{name}", arn.path()));
    // A spreadsheet makes a number or a date of a name that looks like one.
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(|number| name.parse() == Ok(number));
    let named: [(&'static str, IsIt); 3] = [
        ("entity", &|text| text == short || text == long),
        ("entity_type", &|text| text.eq_ignore_ascii_case(&kind)),
        ("entity_name", &|text| text == name || is_number(text)),
    ];
    for (column, is_it) in named {
        let Some(FilledCell::Text(text)) = sheet.cell(row, column).filter(|cell| !cell.is_empty()) else { continue };
        if !is_it(text) {
            return Err((
                column,
                format!("{text:?} is not what the ARN says: which entity the row is about is unknown"),
            ));
        }
    }
    Ok(())
}

/// The account of a row. A spreadsheet takes the zeros from the front of a number: only an ARN can bring them back.
fn account(cell: Option<&FilledCell>, arn: Option<&Arn>) -> Result<Option<AccountId>, (&'static str, String)> {
    let Some(cell) = cell.filter(|cell| !cell.is_empty()) else { return Ok(None) };
    let text = cell.text();
    let account = AccountId::parse(&format!("{text:0>12}"));
    let wrong = |what: &str| Err(("account_id", format!("{text:?} {what}")));
    match (account, arn.and_then(Arn::account)) {
        (Some(account), Some(of_arn)) if account == *of_arn => Ok(Some(account)),
        (_, Some(_)) => wrong("is not the account of the ARN"),
        (Some(account), None) if text.len() == 12 => Ok(Some(account)),
        _ => wrong("is not an account number of 12 digits: a spreadsheet has taken zeros away"),
    }
}

/// One row about each permission. Where two differ, those of `prefer` go first.
///
/// # Errors
/// Where two differ and neither goes first: all such pairs.
pub fn agreed(rows: Vec<Filled>, prefer: Option<&Path>) -> Result<Vec<Filled>, ImportError> {
    let mut by_row: BTreeMap<DecidedRow, Vec<Filled>> = BTreeMap::new();
    for row in rows {
        by_row.entry(row.about.clone()).or_default().push(row);
    }
    let mut agreed = Vec::new();
    let mut contradictions = Vec::new();
    for rows in by_row.into_values() {
        let of_preferred = rows.iter().find(|row| prefer == Some(row.file.as_path()));
        let first = of_preferred.unwrap_or(&rows[0]);
        match rows.iter().find(|row| !row.says_the_same(first)) {
            Some(other) if of_preferred.is_none() => contradictions.push(format!(
                "{} of {} says {}, and {} of {} says {}",
                first.place,
                first.file.display(),
                first.shown(),
                other.place,
                other.file.display(),
                other.shown()
            )),
            _ => agreed.push(first.clone()),
        }
    }
    if contradictions.is_empty() {
        return Ok(agreed);
    }
    Err(ImportError::Contradiction(format!(
        "{}. Nothing is written: correct one of each two, or give --prefer FILE",
        contradictions.join("; ")
    )))
}

/// The rows of the sheet Decisions that say what neither the file nor another sheet says: nobody imports them, so each is named.
pub fn lost(recorded: &[Filled], filled: &[Filled], asked: &DecisionImport, known: &Decisions) -> Vec<Problem> {
    // An entry that has run out decides nothing, and the file says it all the same.
    let is_in_file =
        |row: &Filled| ruling(&row.entity, &row.about, known, None).is_some_and(|decision| row.is_of(decision));
    let is_known = |row: &Filled| is_in_file(row) || matches!(row.written(asked, known), Ok(None));
    let filled: BTreeMap<&DecidedRow, &Filled> = filled.iter().map(|row| (&row.about, row)).collect();
    let is_lost = |row: &&Filled| {
        let of_sheet = filled.get(&row.about);
        !is_known(row) && of_sheet.is_none_or(|other| !other.says_the_same(row) && is_known(other))
    };
    recorded.iter().filter(is_lost).map(Filled::not_imported).collect()
}

impl Filled {
    fn not_imported(&self) -> Problem {
        let what = "the row says what no other sheet says, and the sheet Decisions is not imported";
        let problem = Problem::new(Kind::BadValue, self.file.display(), what).at(&self.place);
        problem.advise("Decide in the row of the permission on another sheet, or in the file of decisions.")
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let said = |row: &Self| (row.choice, row.owner.clone(), row.due, row.ticket.clone(), row.comment.clone());
        said(self) == said(other)
    }

    fn shown(&self) -> String {
        let words = [Some(self.choice.to_string()), self.owner.clone(), self.due.map(|day| day.to_string())];
        let words = words.into_iter().chain([self.ticket.clone(), self.comment.clone()]);
        words.flatten().collect::<Vec<_>>().join(", ")
    }

    /// The entry that the row is; none where the decisions that there are say the same.
    ///
    /// # Errors
    /// Where it lacks what a decision needs.
    pub fn written(&self, asked: &DecisionImport, known: &Decisions) -> Result<Option<NewEntry>, Problem> {
        let as_of = self.as_of.map(Day::end);
        let ruling = ruling(&self.entity, &self.about, known, as_of);
        if ruling.is_some_and(|decision| self.is_of(decision)) {
            return Ok(None);
        }
        let replaces = known.all().iter().position(|decision| self.about.is_of(decision));
        let before = replaces.map(|at| &known.all()[at]);
        // What has run out is decided again, and not changed.
        let same_choice = before.filter(|before| before.choice == self.choice && !before.is_expired(as_of));
        let decided = same_choice.and_then(|before| before.decided).or(asked.decided).or(self.as_of);
        let later = |day: Day| Instant::from_millis(day.start().millis() + asked.expires_after * DAY_MS).day();
        let is_kept = self.choice == Choice::Keep;
        let stays_permanent = same_choice.is_some_and(|before| is_kept && before.expires.is_none());
        let missing = |what: &str| {
            let problem = Problem::new(Kind::BadValue, self.file.display(), what).at(&self.place);
            Err(problem.advise("Complete the row, and import again."))
        };
        let Some(owner) = self.owner.clone().or_else(|| asked.owner.clone()) else {
            return missing("the decision has no owner: fill in the column Owner, or give --owner NAME");
        };
        if is_kept && self.comment.is_none() {
            return missing("a decision to keep needs a reason: fill in the column Comment");
        }
        if decided.is_none() {
            return missing("the day of the decision is unknown: give --decided DATE");
        }
        let expires =
            self.due.or_else(|| decided.map(later)).filter(|_| is_kept && !(stays_permanent && self.due.is_none()));
        if let Some((last, day)) = expires.zip(decided).filter(|(last, day)| last < day) {
            return missing(&format!(
                "the decision to keep would end on {last}, before the day on which it was made ({day}): correct the Due date"
            ));
        }
        let decision = Decision {
            account: self.about.account.clone(),
            entity: self
                .entity
                .arn
                .clone()
                .map_or_else(|| DecidedEntity::Text(self.about.entity.clone()), DecidedEntity::Arn)
                .into(),
            service: self.about.service.as_deref().map(Into::into),
            action: self.about.action.as_deref().map(Into::into),
            choice: self.choice,
            reason: self.comment.as_deref().map(Into::into),
            owner: owner.into(),
            decided,
            expires,
            due: self.due.filter(|_| !is_kept),
            ticket: self.ticket.as_deref().map(Into::into),
            file: "".into(),
            line: 0,
        };
        Ok(Some(NewEntry { about: self.about.clone(), spelt: self.spelt.clone(), decision, replaces }))
    }

    /// Whether the row says what the decision says: a report fills it in so.
    fn is_of(&self, decision: &Decision) -> bool {
        let owner = self.owner.as_deref().unwrap_or(&decision.owner);
        decision.choice == self.choice
            && *decision.owner == *owner
            && (decision.due_day() == self.due || (self.due.is_none() && decision.choice == Choice::Keep))
            && decision.ticket.as_deref() == self.ticket.as_deref()
            && decision.reason.as_deref() == self.comment.as_deref()
    }
}

/// What decides about the row already.
fn ruling<'d>(
    entity: &Entity,
    about: &DecidedRow,
    known: &'d Decisions,
    as_of: Option<Instant>,
) -> Option<&'d Decision> {
    let of = known.of(entity);
    let ruling = match (&about.service, &about.action) {
        (None, _) => of.entity(as_of),
        (Some(service), None) => of.service(service, as_of),
        (Some(service), Some(action)) => of.action(service, action, as_of),
    };
    ruling.entry().map(|at| known.get(at))
}

impl DecidedRow {
    /// Whether the entry is about this and nothing else.
    fn is_of(&self, decision: &Decision) -> bool {
        let account = decision.account.as_ref().filter(|_| !matches!(*decision.entity, DecidedEntity::Arn(_)));
        decision.entity.as_str() == self.entity
            && account == self.account.as_ref()
            && decision.service.as_deref() == self.service.as_deref()
            && decision.action.as_deref() == self.action.as_deref()
    }
}
