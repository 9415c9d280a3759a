//! Tables of accesses between tags: in a page, and in a sheet of a workbook.

use super::members::normal;
use super::projected::is_projected;
use super::quoted;
use super::refuse::{Refused, WEB_PAGE, WORKBOOK, names_the_api};
use crate::problem::Kind;

/// Recognizes a table of accesses in a page or in a sheet of a workbook, which a table of text would be refused for.
pub fn table_in(text: &str) -> Option<Refused> {
    let start: String = text.trim_start().chars().take(512).collect::<String>().to_ascii_lowercase();
    if !start.starts_with('<') {
        return None;
    }
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    if start.contains("<sst") || start.contains("<worksheet") || start.contains("<table:") {
        return are_cells_of_accesses(text).then(|| wrong(WORKBOOK, "Save the sheet as CSV.")).flatten();
    }
    let advice = "Save what the client prints: `aws iam … --output json`.";
    tables_of_page(text)
        .iter()
        .any(|table| is_projected(table) || quoted::holds_console_table(table))
        .then(|| wrong(WEB_PAGE, advice))
        .flatten()
}

/// The texts between the tags of a document, in their order.
fn texts_between_tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').filter_map(|part| part.split_once('>').map(|(_, text)| text.trim())).filter(|text| !text.is_empty())
}

/// Whether the texts of a sheet are those of accesses: the ARN of an entity, a service, and a column that tells of the last access. Dates are
/// numbers in a sheet, and may be in another part of it.
fn are_cells_of_accesses(text: &str) -> bool {
    let (mut has_arn, mut has_service, mut has_column) = (false, false, false);
    for cell in texts_between_tags(text) {
        let name = normal(cell);
        has_arn |= cell.starts_with("arn:aws") && cell.contains(":iam:");
        has_service |= name == "service" || name.contains("servicename");
        has_column |= name.starts_with("last") && ["access", "auth", "used"].iter().any(|word| name.contains(word));
    }
    has_column && has_service && (has_arn || names_the_api(text))
}

/// The tables of a page, each as lines of cells.
fn tables_of_page(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let starts: Vec<usize> = lower.match_indices("<table").map(|(at, _)| at).collect();
    let ends = |at: &usize| lower[*at..].find("</table").map_or(text.len(), |end| at + end);
    starts.iter().map(|at| lines_of_table(&text[*at..ends(at)])).collect()
}

fn lines_of_table(table: &str) -> String {
    let mut lines = String::new();
    for part in table.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        match tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "/tr" => lines.push('\n'),
            "/td" | "/th" => lines.push('|'),
            _ => lines.push_str(text.trim()),
        }
    }
    lines
}
