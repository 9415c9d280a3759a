//! What the folder of `dormant unused --format asff -o DIR` holds: files of findings, as many in each as one call of Security Hub takes,
//! and the rows that they are made of.

use std::path::Path;

use anyhow::Result;
use dormant::problem::counted;
use dormant::render::folder::{FolderWriter, write_folder};
use dormant::render::output::Placing;
use dormant::render::{CsvDialect, Format, RenderOptions, asff_files, render, write_asff};
use dormant::report::{Parameter, Report};
use dormant::run::Outcome;
use dormant::util::marker::{FINDING_ROWS, is_of_findings};

use super::folder::manifest;
use super::messages::Messages;

/// Whether the folder may hold a file of this name, by its path in the folder: what one that a run left half-written is known by.
pub fn may_hold(file: &Path) -> bool {
    file == Path::new("manifest.json") || is_of_findings(file)
}

/// How the folder is written.
pub struct FindingsFolder<'a> {
    /// The folder.
    pub path: &'a Path,
    /// Whether to replace what it holds, and the permissions of its files.
    pub placing: Placing,
    /// How CSV guards texts.
    pub csv: CsvDialect,
    /// The region of Security Hub.
    pub region: Option<&'a str>,
}

impl FindingsFolder<'_> {
    /// Writes the findings of `reports`, and gives the last line to show.
    pub fn write(
        &self,
        outcome: &Outcome,
        reports: &[Report],
        parameters: &[Parameter],
        exit_code: u8,
        messages: Messages,
    ) -> Result<String> {
        let options = RenderOptions { csv: self.csv, ..RenderOptions::default() };
        let sections = || reports.iter().flat_map(|report| &report.sections);
        let (mut findings, mut written, mut left_out) = (0, 0, 0);
        write_folder(self.path, self.placing, &mut |folder: &FolderWriter| {
            let mut rows = Vec::new();
            for report in reports {
                folder.file(FINDING_ROWS, |out| render(report, Format::Csv, &options, out))?;
            }
            for section in sections() {
                rows.push((FINDING_ROWS.to_owned(), section.table.height() as u64));
                let (files, without_account) = asff_files(section);
                for file in &files {
                    folder.file(&file.path, |out| Ok(write_asff(section, file, self.region, out)?))?;
                }
                written = files.len();
                findings = files.iter().map(dormant::render::AsffFile::findings).sum();
                left_out = without_account;
            }
            manifest(folder, outcome, parameters, exit_code, &rows).map(|_| ())
        })?;
        for remark in sections().flat_map(|section| &section.remarks) {
            messages.note(remark);
        }
        if left_out > 0 {
            let rows = counted(left_out, "row has", "rows have");
            messages.note(format!(
                "{rows} no account, and Security Hub takes none without: only {FINDING_ROWS} lists them"
            ));
        }
        let findings = counted(findings, "finding", "findings");
        Ok(format!("{findings} in {} of {}", counted(written, "file", "files"), self.path.display()))
    }
}
