//! Last-accessed data within something else: a table in the output of a notebook, in a fence of Markdown or in a program, a file in
//! a patch, a document in base64 in a longer text. Nothing of it is read, and it is refused, so that it is not lost in silence.

use super::byte_dump;
use super::coded;
use super::document::{self, TextPiece};
use super::members::normal;
use super::refuse::{self, Refused, ends_like_prose, is_other_text_of_rows};
use crate::problem::Kind;
use crate::util::marker::OF_REPORTS;

/// Recognizes it in the text of a document that is called `name`, and `mentions` the API or not.
pub fn recognize(name: &str, text: &str, mentions: bool) -> Option<Refused> {
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    if mentions && patched(text).is_some_and(|text| is_other_text_of_rows(&text)) {
        return wrong(
            "this is a patch of a file with last-accessed data",
            "Apply the patch, and save the resulting file.",
        );
    }
    if mentions && holds_table(text) {
        return wrong(
            "it contains a table of accesses, and nothing of it was used",
            "Save the table as a CSV file of its own.",
        );
    }
    if mentions && holds_quoted_rows(text) {
        return wrong(
            "it quotes last-accessed data, with `>` before each line, and nothing of that was used",
            "Save the quoted JSON as a file of its own, without the marks.",
        );
    }
    if holds_console_table(text) {
        return wrong(
            "it contains a table of the IAM console, which has neither namespaces nor times; nothing of it was used",
            "Save the answer of `aws iam get-service-last-accessed-details`.",
        );
    }
    // Statements of SQL and notebooks hold data, too.
    let may_be_fixture = ends_like_prose(name) && ![".sql", ".ipynb"].iter().any(|end| name.ends_with(end));
    if !may_be_fixture && coded::holds_rows(text) {
        let what = "a text in base64 or hex in it holds last-accessed data; nothing of it was used";
        return wrong(what, "Save that text as a file of its own, or what the client prints, unchanged.");
    }
    if !may_be_fixture && coded::holds_packed(text) {
        return wrong(
            coded::PACKED,
            "Unpack it (xz, zstd, bzip2, lz4, 7-Zip, RAR), and save what is in it as a file of its own.",
        );
    }
    if !spelt_rows(text).is_empty() {
        return wrong(
            "it is a dump of bytes, as xxd, hexdump and od print them, and these spell last-accessed data; nothing of it was used",
            "Save the file itself; `xxd -r` makes it from a dump of xxd.",
        );
    }
    refuse::encrypted(name, text)
}

/// The texts with last-accessed data that a dump of bytes in `text` spells.
pub fn spelt_rows(text: &str) -> Vec<String> {
    let holds = |text: &String| refuse::may_hold_rows(text) || refuse::describes_entities(text);
    byte_dump::spelt(text).into_iter().filter(holds).collect()
}

/// The lines that a patch adds, takes away or leaves, without their marks, in files that are not programs or prose; `None` if the text is no
/// patch.
fn patched(text: &str) -> Option<String> {
    let mut lines = text.lines().peekable();
    let (mut out, mut is_patch, mut is_data) = (String::new(), false, false);
    while let Some(line) = lines.next() {
        if let Some(name) =
            line.strip_prefix("+++ ").filter(|_| lines.peek().is_some_and(|next| next.starts_with("@@ ")))
        {
            is_patch = true;
            is_data = !ends_like_prose(name.split('\t').next().unwrap_or_default().trim());
        } else if let Some(content) =
            line.strip_prefix(['+', '-', ' ']).filter(|_| is_data && !line.starts_with("--- "))
        {
            out.push_str(content);
            out.push('\n');
        }
    }
    is_patch.then_some(out)
}

/// Whether a text quotes JSON with last-accessed data, as mails and Markdown do: `> {"ServicesLastAccessed": …`.
fn holds_quoted_rows(text: &str) -> bool {
    let quoted = text.lines().filter_map(|line| line.trim_start().strip_prefix('>'));
    let quoted = quoted.map(|line| line.trim_start_matches(['>', ' '])).collect::<Vec<_>>().join("\n");
    let is_row = |piece: TextPiece| matches!(piece, TextPiece::Value(json) if refuse::holds_accesses(json));
    document::pieces(&quoted).into_iter().any(is_row)
}

/// Rows below a header that are looked at: services are in the order of the alphabet, and the first ones may be silent.
const MOST_ROWS: usize = 500;

/// Whether a program or a text for people holds a table of accesses: a header with names of the API, and a row below it with an ARN or a
/// date. It may be the output of a notebook, or be in a fence of Markdown.
pub fn holds_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !is_rule(line)).collect();
    let between = [Some(','), Some(';'), Some('\t'), Some('|'), None];
    // Every line of a file of another program is looked at.
    let may_be_header = |line: &str| line.contains("amespace") || line.contains("AMESPACE");
    let mut at = 0;
    while at < lines.len() {
        let (header, rows) = (lines[at], &lines[at + 1..]);
        at += 1;
        if !may_be_header(header) {
            continue;
        }
        for between in between {
            let seen = rows_below(header, rows, between);
            if seen.is_filled {
                return true;
            }
            // No row is looked at again.
            at += seen.silent;
        }
    }
    false
}

/// Whether a text holds a table as the console shows it: a header with `Service` or `Action` and `Last accessed`, and a row below it
/// that tells when. It is evidence in a form that cannot be used, and no other program's data.
pub fn holds_console_table(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !is_rule(line)).collect();
    // Every line of a file of another program is looked at.
    let may_be_header = |line: &str| line.contains("ccessed") || line.contains("CCESSED");
    let is_of_table = |at: usize, between: char| {
        let names = cells(lines[at], Some(between));
        let is_of_report = names.iter().any(|name| OF_REPORTS.contains(name) || *name == OF_OTHER_REPORTS);
        let names: Vec<_> = names.into_iter().map(normal).collect();
        let is_named =
            names.iter().any(|name| matches!(name.as_str(), "service" | "servicename" | "action" | "actionname"));
        let Some(column) = names.iter().position(|name| name == "lastaccessed").filter(|_| is_named && !is_of_report)
        else {
            return false;
        };
        let rows = lines[at + 1..].iter().take(MOST_ROWS).map(|row| cells(row, Some(between)));
        rows.take_while(|row| row.len() == names.len()).any(|row| tells_when(row[column]))
    };
    let headers = (0..lines.len()).filter(|at| may_be_header(lines[*at]));
    headers.into_iter().any(|at| [',', ';', '\t', '|'].into_iter().any(|between| is_of_table(at, between)))
}

/// Whether a cell of the console tells when something was used.
fn tells_when(cell: &str) -> bool {
    let cell = cell.to_lowercase();
    is_date(&cell)
        || matches!(cell.as_str(), "today" | "yesterday")
        || cell.ends_with(" ago")
        || cell.starts_with("not accessed")
}

/// Whether a line of a table only separates others.
fn is_rule(line: &str) -> bool {
    line.contains("--") && line.chars().all(|c| "|:-+ ".contains(c))
}

/// Whether a cell begins with a day: `2026-05-01`.
fn is_date(cell: &str) -> bool {
    let is_digit = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    cell.get(..10).is_some_and(|day| day.bytes().enumerate().all(is_digit))
}

/// A column of `organizations` and `service-entities`, which have no other that only reports have.
const OF_OTHER_REPORTS: &str = "days_since";

/// The rows below a header.
#[derive(Default)]
struct RowsBelow {
    /// Whether one of them has an ARN or a date.
    is_filled: bool,
    /// How many have neither.
    silent: usize,
}

fn rows_below(header: &str, rows: &[&str], between: Option<char>) -> RowsBelow {
    let names = cells(header, between);
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
    let names_service = names.iter().any(|name| normal(name) == "servicenamespace");
    let names_access = names.iter().any(|name| tells_access(&normal(name)));
    // Blanks between cells leave out the empty ones.
    let fits = |row: &[&str]| row.len() == names.len() || between.is_none() && row.len() + 1 >= names.len();
    let is_filled = |cell: &&str| cell.starts_with("arn:aws") || is_date(cell);
    // The reports of this program have such columns, too, and are no evidence.
    let is_of_report = |name: &&str| OF_REPORTS.contains(name) || *name == OF_OTHER_REPORTS;
    let is_report = names.iter().any(is_of_report);
    if is_report || !names_service || !names_access || !names.iter().all(is_name) {
        return RowsBelow::default();
    }
    let rows = rows.iter().take(MOST_ROWS).map(|row| cells(row, between)).take_while(|row| fits(row));
    let mut silent = 0;
    for row in rows {
        if row.iter().any(is_filled) {
            return RowsBelow { is_filled: true, silent };
        }
        silent += 1;
    }
    RowsBelow { is_filled: false, silent }
}

/// The cells of a line, without quotes and without the bars around it; blanks separate them where nothing else does.
fn cells(line: &str, between: Option<char>) -> Vec<&str> {
    let line = line.trim();
    let cells: Vec<&str> = match between {
        Some('|') => {
            let line = line.strip_prefix('|').unwrap_or(line);
            line.strip_suffix('|').unwrap_or(line).split('|').collect()
        }
        Some(between) => line.split(between).collect(),
        None => line.split_whitespace().collect(),
    };
    cells.into_iter().map(|cell| cell.trim().trim_matches(['"', '`', '\''])).collect()
}

/// Whether a column of this name tells when or whether something was used.
fn tells_access(name: &str) -> bool {
    ["lastauthenticated", "lastaccessed", "lastused", "totalauthenticated"].iter().any(|start| name.starts_with(start))
}
