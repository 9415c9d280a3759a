//! The sheets of a workbook or a CSV on which it is decided, with their columns found by name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

use calamine::{Reader, Xlsx};

use super::ImportError;
use super::cells::FilledCell;
use crate::problem::{Kind, Problem};
use crate::report::people;
use crate::util::open_quote::{OPEN_QUOTE, open_quote};

/// A sheet, with the columns that an import reads.
#[derive(Debug)]
pub struct FilledSheet {
    /// Its name; a CSV has none.
    pub name: Option<String>,
    /// Where each column stands, by machine name.
    pub columns: BTreeMap<&'static str, usize>,
    /// Whether there are two columns for decisions: one of them would be lost.
    pub is_decided_twice: bool,
    /// Whether it has a column that only a table of actions has.
    pub has_access_levels: bool,
    /// The rows below the head, each with its number from 1.
    pub rows: Vec<(usize, Vec<FilledCell>)>,
}

/// The service, or the service and the action, of a row of a sheet that has rows about both.
pub const SUBJECT: &str = "service or action";
/// The columns that an import reads.
pub const READ: [&str; 15] = [
    "entity_arn",
    "entity",
    "account_id",
    "entity_type",
    "entity_name",
    "service_namespace",
    "service_name",
    "action_name",
    SUBJECT,
    "as_of",
    "decision",
    "owner",
    "due",
    "ticket",
    "comment",
];
/// Where a head may stand: below the title and what is said about the sheet.
const HEAD_WITHIN: usize = 60;
/// The columns that an import reads in which somebody decides.
const FILLED: [&str; 4] = ["decision", "due", "ticket", "comment"];
/// What a workbook may be packed and unpacked, and a CSV.
const MOST_BYTES: u64 = 512 << 20;
const MOST_UNPACKED: u64 = 2 << 30;
/// The sheets of a report on which it is decided; a long one goes on in "Unused actions (2)".
const DECIDED: [&str; 4] = ["unused services", "unused actions", "entities", "kept"];
/// The other sheets of a report. Nobody decides on them, and to read a million rows of grants takes long.
const OTHERS: [&str; 14] = [
    "workpaper",
    "summary",
    "changes",
    "services",
    "staleness",
    "compare",
    "roles",
    "pairs",
    "trend",
    "credentials",
    "grants",
    "sources",
    "problems",
    "definitions",
];
/// The sheet that shows what became of each decision.
const RECORD: &str = "decisions";

/// The sheets of `path` on which it is decided, and a problem for each that people may have decided on and that is not read.
///
/// # Errors
/// Where it cannot be read, or is no report with decisions.
pub fn read(path: &Path) -> Result<(Vec<FilledSheet>, Vec<Problem>), ImportError> {
    let failed = |what: String| ImportError::File { path: path.to_owned(), what };
    let bytes = crate::util::owned::read(path, MOST_BYTES).map_err(|error| failed(error.to_string()))?;
    let sheets =
        if bytes.starts_with(b"PK") { workbook(bytes) } else { csv(&bytes).map(|sheet| (vec![sheet], Vec::new())) };
    let (sheets, lost) = sheets.map_err(failed)?;
    if lost.is_empty() && sheets.iter().all(FilledSheet::is_record) {
        return Err(failed(
            "no sheet has a column Decision: expected report.xlsx of `dormant report`, or a sheet of it as CSV"
                .to_owned(),
        ));
    }
    let problem =
        |LostSheet { name, what, advice }| Problem::new(Kind::BadValue, path.display(), what).at(&name).advise(advice);
    Ok((sheets, lost.into_iter().map(problem).collect()))
}

/// A sheet that is not read although people may have decided on it.
struct LostSheet {
    name: String,
    what: &'static str,
    advice: &'static str,
}

/// The sheet `name` of which this was found, where people may have decided on it and it is not read: it has another name than a report
/// gives it, or its head is gone.
fn lost(name: &str, found: Option<&FilledSheet>) -> Option<LostSheet> {
    let is_decided = |name: &str| DECIDED.iter().any(|sheet| goes_on(name, sheet));
    match found {
        Some(sheet) if !is_decided(name) && !sheet.is_record() && sheet.is_filled() => Some(LostSheet {
            name: name.to_owned(),
            what: "somebody has decided on this sheet, and it has no name of a report, so it is not read",
            advice: "Call it Unused services, Unused actions, Entities or Kept, whichever it is, and import again.",
        }),
        None if is_decided(name) => Some(LostSheet {
            name: name.to_owned(),
            what: "this sheet has no column Decision beside others of a report, so it is not read",
            advice: "Bring its head back if somebody has decided on it, or delete the sheet.",
        }),
        _ => None,
    }
}

fn workbook(bytes: Vec<u8>) -> Result<(Vec<FilledSheet>, Vec<LostSheet>), String> {
    let broken = |error: &dyn std::fmt::Display| format!("this workbook cannot be read: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).map_err(|error| broken(&error))?;
    // OpenDocument has this member, and a workbook of Excel does not.
    if archive.index_for_name("content.xml").is_some() {
        return Err(
            "this is an OpenDocument spreadsheet (.ods). Save it as .xlsx in your spreadsheet program".to_owned()
        );
    }
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).map_err(|error| broken(&error))?.size());
    }
    if unpacked > MOST_UNPACKED {
        return Err(format!("this workbook has more than {} GiB unpacked", MOST_UNPACKED >> 30));
    }
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let (mut sheets, mut not_read) = (Vec::new(), Vec::new());
    for name in book.sheet_names() {
        if OTHERS.iter().any(|sheet| goes_on(&name, sheet)) {
            continue;
        }
        let range = book.worksheet_range(&name).map_err(|error| broken(&error))?;
        let formulas = book.worksheet_formula(&name).map_err(|error| broken(&error))?;
        let start = formulas.start().unwrap_or_default();
        let is_formula = |(_, _, text): &(usize, usize, &String)| !text.is_empty();
        let formulas: BTreeSet<(usize, usize)> = formulas
            .used_cells()
            .filter(is_formula)
            .map(|(row, column, _)| (row + start.0 as usize, column + start.1 as usize))
            .collect();
        let (row, column) = range.start().map_or((0, 0), |(row, column)| (row as usize, column as usize));
        let cells = range.rows().enumerate().map(|(down, cells)| {
            let cell = |(right, data)| {
                let is_formula = formulas.contains(&(row + down, column + right));
                if is_formula { FilledCell::Formula } else { FilledCell::of_workbook(data) }
            };
            (row + down + 1, cells.iter().enumerate().map(cell).collect())
        });
        let found = sheet(Some(name.clone()), cells.collect());
        not_read.extend(lost(&name, found.as_ref()));
        let is_of_report = DECIDED.iter().chain([&RECORD]).any(|sheet| goes_on(&name, sheet));
        sheets.extend(found.filter(|_| is_of_report));
    }
    Ok((sheets, not_read))
}

/// Whether a sheet of this name is `sheet`, or goes on with it.
fn goes_on(name: &str, sheet: &str) -> bool {
    name.to_lowercase().strip_prefix(sheet).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// A sheet that was saved as CSV, with the separator of the country.
fn csv(bytes: &[u8]) -> Result<FilledSheet, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "this file is not UTF-8: save the sheet as \"CSV UTF-8\"".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    let rows = |separator: u8| {
        if let Some(line) = open_quote(text, separator) {
            return Err(format!("line {line}: {OPEN_QUOTE}"));
        }
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
        let records = reader.records().map(|record| {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(1, |position| position.line() as usize);
            Ok((line, record.iter().map(FilledCell::of_csv).collect()))
        });
        records.collect::<Result<Vec<_>, String>>()
    };
    for separator in *b",;\t" {
        if let Some(sheet) = sheet(None, rows(separator)?) {
            return Ok(sheet);
        }
    }
    Err("there is no column Decision".to_owned())
}

/// The sheet, where it has a head with a column for decisions.
fn sheet(name: Option<String>, rows: Vec<(usize, Vec<FilledCell>)>) -> Option<FilledSheet> {
    let heads = rows.iter().take(HEAD_WITHIN).map(|(_, cells)| columns(cells));
    let (at, columns) = heads.enumerate().find(|(_, columns)| columns.contains_key("decision") && columns.len() > 2)?;
    let is_decision = |cell: &&FilledCell| cell.text().trim().eq_ignore_ascii_case("decision");
    let is_decided_twice = rows[at].1.iter().filter(is_decision).count() > 1;
    let has_access_levels = rows[at].1.iter().any(|cell| folded(&cell.text()) == folded("access_level"));
    let rows = rows.into_iter().skip(at + 1).filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
    Some(FilledSheet { name, columns, is_decided_twice, has_access_levels, rows })
}

/// The text of a head, as it is compared.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('_', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The columns by the texts of a head: as in files, or as people see them.
fn columns(head: &[FilledCell]) -> BTreeMap<&'static str, usize> {
    let mut columns = BTreeMap::new();
    for (at, cell) in head.iter().enumerate() {
        let text = folded(&cell.text());
        let is_it = |name: &&&str| text == folded(name) || text == folded(&people::label(name));
        if let Some(name) = READ.iter().find(is_it) {
            // What stands beside the decision, at the end, comes before what a report knew already.
            match *name {
                "owner" | "due" | "ticket" | "comment" => *columns.entry(*name).or_insert(at) = at,
                name => drop(columns.entry(name).or_insert(at)),
            }
        }
    }
    columns
}

impl FilledSheet {
    /// Whether the sheet shows what was decided, row by row, and is not for deciding.
    pub fn is_record(&self) -> bool {
        self.name.as_deref().is_some_and(|name| goes_on(name, RECORD))
    }

    /// Whether somebody has decided on it.
    fn is_filled(&self) -> bool {
        let names_entities = ["entity_arn", "entity", "entity_name"].iter().any(|name| self.columns.contains_key(name));
        let is_filled = |(_, row): &(usize, Vec<FilledCell>)| {
            FILLED.iter().any(|column| self.cell(row, column).is_some_and(|cell| !cell.is_empty()))
        };
        names_entities && self.rows.iter().any(is_filled)
    }

    /// The cell of a column in a row; an empty one where there is none.
    pub fn cell<'r>(&self, row: &'r [FilledCell], column: &str) -> Option<&'r FilledCell> {
        self.columns.get(column).and_then(|at| row.get(*at))
    }

    /// How people find a cell: `Unused services!H12`, or the line of a CSV.
    pub fn place(&self, row: usize, column: &str) -> String {
        let Some(name) = &self.name else { return format!("line {row}, {column}") };
        let Some(mut at) = self.columns.get(column).copied() else { return format!("{name}, row {row}") };
        let mut letters = String::new();
        loop {
            letters.insert(0, char::from(b'A' + (at % 26) as u8));
            if at < 26 {
                return format!("{name}!{letters}{row}");
            }
            at = at / 26 - 1;
        }
    }
}
