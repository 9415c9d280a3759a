//! What the folder of `dormant recommend -o DIR` holds. Written as every folder of this program: aside first, then renamed, with a
//! manifest by which it is known again.

use std::path::Path;

use anyhow::Result;
use dormant::recommend::files;
use dormant::render::folder::{FolderWriter, write_folder};
use dormant::render::output::Placing;
use dormant::render::{CsvDialect, Format, RenderOptions, render};
use dormant::report::Parameter;
use dormant::run::Outcome;
use dormant::util::marker::is_of_proposals;

use super::folder::manifest;
use super::messages::Messages;

/// The rows of all policies. In the page and the workbook each leads to the description of its proposal.
const ROWS: [(&str, Format); 3] = [
    ("recommendations.csv", Format::Csv),
    ("recommendations.html", Format::Html),
    ("recommendations.xlsx", Format::Xlsx),
];

/// Whether the folder may hold a file of this name, by its path in the folder: what one that a run left half-written is known by.
pub fn may_hold(file: &Path) -> bool {
    file == Path::new("manifest.json") || is_of_proposals(file)
}

/// Writes the folder, and gives the last line to show.
pub fn write(
    outcome: &Outcome,
    parameters: &[Parameter],
    path: &Path,
    placing: Placing,
    csv: CsvDialect,
    exit_code: u8,
    messages: Messages,
) -> Result<String> {
    let files = files(&outcome.recommendations);
    let options = RenderOptions { csv, ..RenderOptions::default() };
    write_folder(path, placing, &mut |folder: &FolderWriter| {
        let mut rows = Vec::new();
        for report in &outcome.reports {
            let height: usize = report.sections.iter().map(|section| section.table.height()).sum();
            for (name, format) in ROWS {
                folder.file(name, |out| render(report, format, &options, out))?;
                if format == Format::Csv {
                    rows.push((name.to_owned(), height as u64));
                }
            }
        }
        for file in &files {
            folder.file(&file.path, |out| Ok(out.write_all(file.text.as_bytes())?))?;
        }
        manifest(folder, outcome, parameters, exit_code, &rows).map(|_| ())
    })?;
    for remark in outcome.reports.iter().flat_map(|report| &report.sections).flat_map(|section| &section.remarks) {
        messages.note(remark);
    }
    let changed = outcome.recommendations.iter().filter(|of| of.change.is_some()).count();
    let all = outcome.recommendations.len();
    let open = path.join(ROWS[1].0);
    Ok(format!("proposals for {changed} of {all} policies in {}. Open {}", path.display(), open.display()))
}
