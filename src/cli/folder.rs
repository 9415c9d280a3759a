//! What the folder of `dormant report` holds, and under which names.
//!
//! Comes in: what a run gave for [`specs`]. Goes out: the folder, whole or not at all. Apart because the names are a
//! promise to scripts: they stand here and nowhere else.

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use dormant::analyse::{self, By, ReportSpec, Sort};
use dormant::frame::Cell;
use dormant::model::{Instant, Level};
use dormant::problem::Problem;
use dormant::render::folder::{FolderWriter, write_folder};
use dormant::render::output::{OutputError, Placing};
use dormant::render::{
    AuditManifest, CsvDialect, DATA_PACKAGE, Format, RenderOptions, WrittenFile, render, write_data_package,
    write_parquet_table,
};
use dormant::report::{Engagement, Headline, Parameter, ParameterValue, Report, SampleAsked};
use dormant::run::{Outcome, Progress};
use rayon::prelude::*;

/// What the folder may hold, beside the manifest.
pub const FORMATS: &[Format] = &[Format::Csv, Format::Md, Format::Xlsx, Format::Html, Format::Parquet, Format::Json];
/// What it holds where nothing is said: JSON repeats what CSV and Parquet have, and is as large as all of them.
pub const USUAL_FORMATS: &[Format] = &[Format::Csv, Format::Md, Format::Xlsx, Format::Html, Format::Parquet];
/// What says about each input where it is and what it proves.
const SOURCES: &str = "sources";
/// The files that hold every report.
const OF_ALL: [(&str, Format); 4] = [
    ("report.md", Format::Md),
    ("report.html", Format::Html),
    ("report.xlsx", Format::Xlsx),
    ("report.json", Format::Json),
];

/// One report of the folder.
struct FolderReport {
    /// The name of its CSV file without the ending.
    stem: &'static str,
    /// How to ask for it.
    spec: ReportSpec,
    /// Why it may come without a section, and is then left out; empty where nobody asked for it.
    absent_where: &'static str,
    shown: ShownIn,
}

/// Where a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShownIn {
    /// In every format.
    Everywhere,
    /// On the page alone: rows behind its numbers that every other file has in another shape.
    OnPage,
    /// Nowhere: a sample is drawn from it.
    Nowhere,
}

/// The reports to ask for; with those of the page, if there is one, and what a sample is drawn from.
fn parts(with_page: bool, sample: Option<SampleAsked>) -> Vec<FolderReport> {
    let part = |stem, spec, absent_where| FolderReport { stem, spec, absent_where, shown: ShownIn::Everywhere };
    let page =
        |stem, level| FolderReport { shown: ShownIn::OnPage, ..part(stem, ReportSpec::Permissions { level }, "") };
    let always = "there is nothing to report on";
    // Without --decisions nobody asks for them.
    let not_asked = "";
    let one_date = "no entity has dumps of several dates";
    let mut parts = vec![
        part("summary", ReportSpec::Summary, always),
        part("services", ReportSpec::Services, always),
        part(
            "unused-services",
            ReportSpec::Unused { level: Level::Service, all_actions: false, sort: Sort::Entity },
            always,
        ),
        part(
            "unused-actions",
            ReportSpec::Unused { level: Level::Action, all_actions: false, sort: Sort::Entity },
            always,
        ),
        part("kept", ReportSpec::Kept, not_asked),
        part("decisions", ReportSpec::Decisions, not_asked),
        part("staleness", ReportSpec::Staleness { by: By::Entity, level: Level::Service, long: false }, always),
        part("compare", ReportSpec::Compare { level: Level::Service, long: true }, always),
        part("roles", ReportSpec::Roles, always),
        part("pairs", ReportSpec::Pairs { level: Level::Service }, "there are too many entities to pair"),
        part("trend", ReportSpec::Trend, one_date),
        part("diff", ReportSpec::Diff { level: Level::Service, all: false }, one_date),
        part("entities", ReportSpec::Entities, always),
        part(
            "credentials",
            ReportSpec::Credentials,
            "no input that counts says when passwords, keys or roles were used",
        ),
        part("grants", ReportSpec::Grants { level: Level::Service }, "no input is about policies"),
        part(SOURCES, ReportSpec::Check, always),
    ];
    parts.extend((with_page || sample.is_some()).then(|| page("all-services", Level::Service)));
    parts.extend(with_page.then(|| page("all-actions", Level::Action)));
    let granted = |asked| FolderReport {
        shown: ShownIn::Nowhere,
        ..part(analyse::GRANTED_ACTIONS, ReportSpec::SampledActions(asked), "")
    };
    parts.extend(sample.map(granted));
    parts
}

/// The reports to ask a run for, where these formats are asked for; none stands for the usual ones.
pub fn specs(formats: &[Format], sample: Option<SampleAsked>) -> Vec<ReportSpec> {
    let formats = if formats.is_empty() { USUAL_FORMATS } else { formats };
    parts(formats.contains(&Format::Html), sample).into_iter().map(|part| part.spec).collect()
}

/// Whether a folder of reports may hold a file of this name, by its path in the folder: what one that a run left half-written is known by.
pub fn may_hold(file: &Path) -> bool {
    let Some(name) = file.to_str() else { return false };
    let is_of_all = ["manifest.json", DATA_PACKAGE].contains(&name) || OF_ALL.iter().any(|(of_all, _)| *of_all == name);
    let is_table =
        name.strip_prefix("tables/").is_some_and(|table| !table.contains('/') && table.ends_with(".parquet"));
    let stem = name.strip_suffix(".csv");
    is_of_all
        || is_table
        || stem == Some(analyse::SAMPLE)
        || parts(false, None).iter().any(|part| Some(part.stem) == stem)
}

/// What to write into the folder, and how.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// What to write, beside the manifest.
    pub formats: &'a [Format],
    /// Rows of a table in report.md; 0 for all.
    pub max_rows: usize,
    /// How CSV guards texts.
    pub csv: CsvDialect,
    /// What its maker says about the audit.
    pub engagement: &'a Engagement,
    /// The code with which the run ends, if the folder can be written.
    pub exit_code: u8,
}

/// What was written, for the person who waits.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// How many files.
    pub files: usize,
    /// The file to open.
    pub first: &'static str,
    /// Rows to review: unused or stale services, and unused or stale actions of the others.
    pub to_review: [usize; 2],
    /// The bytes of each format.
    pub sizes: Vec<(Format, u64)>,
    /// Files that this run has no content for, with the reason.
    pub left_out: Vec<String>,
}

/// Writes the folder at `path` from the answer to [`specs`], in `formats`; files are written in parallel.
///
/// # Errors
/// As [`write_folder`]; where Polars refuses.
pub fn write(
    outcome: &Outcome,
    parameters: &[Parameter],
    path: &Path,
    placing: impl Into<Placing>,
    contents: Contents<'_>,
    progress: &dyn Progress,
) -> anyhow::Result<Written> {
    progress.begin("preparing the reports", 0);
    let audit = PreparedAudit::prepare(outcome, parameters, contents)?;
    progress.begin("writing", (audit.files() + outcome.tables.len()) as u64);
    let (mut files, mut sizes) = (0, Vec::new());
    write_folder(path, placing, &mut |folder: &FolderWriter| {
        let rows = audit.write_all(folder, outcome, progress)?;
        sizes = contents.formats.iter().map(|format| (*format, bytes_of(*format, &folder.written()))).collect();
        files = manifest(folder, outcome, parameters, contents.exit_code, &rows)?;
        Ok(())
    })?;
    Ok(Written { files, first: audit.first(), to_review: audit.to_review(), sizes, left_out: audit.left_out })
}

/// The reports of a run, ready to be written in each format.
struct PreparedAudit {
    /// Those that have a CSV file.
    present: Vec<Report>,
    /// All of them as one.
    whole: Report,
    /// The same with the rows behind the numbers of the page.
    page: Report,
    /// The same with the numbers beside the entities of the workbook, where there is one.
    workbook: Option<Report>,
    /// The files that hold every report.
    of_all: Vec<(&'static str, Format)>,
    /// Files that have no content, with the reason.
    left_out: Vec<String>,
    options: RenderOptions,
    has_csv: bool,
}

impl PreparedAudit {
    fn prepare(outcome: &Outcome, parameters: &[Parameter], contents: Contents<'_>) -> anyhow::Result<Self> {
        let Contents { formats, max_rows, csv, engagement, .. } = contents;
        let NamedReports { mut present, of_page, of_sample, left_out } =
            named(&outcome.reports, formats, engagement.sample);
        for section in
            present.iter_mut().flat_map(|report| &mut report.sections).filter(|section| section.id == SOURCES)
        {
            analyse::with_hashes(section, &outcome.sources)?;
        }
        // The first of its rows are those by their true names: nobody could draw them again from an audit with other names.
        let of_sample = if outcome.redactor.is_some() { Vec::new() } else { of_sample };
        if let Some(asked) = engagement.sample {
            let section = analyse::sample(&[present.as_slice(), &of_page, &of_sample].concat(), asked)?;
            let like = present.first().cloned();
            present.extend(like.map(|report| Report { sections: vec![section], ..report }));
        }
        let whole = whole_report(outcome, &present, parameters, engagement)?;
        let mut page = whole.clone();
        page.sections.extend(of_page.iter().flat_map(|report| report.sections.iter().cloned()));
        // Every row of two lists is counted for it.
        let workbook = formats.contains(&Format::Xlsx).then(|| of_workbook(&whole)).transpose()?;
        let has_csv = formats.contains(&Format::Csv);
        let full_table_at = has_csv.then(|| "{id}.csv".to_owned());
        let of_all: Vec<_> = OF_ALL.into_iter().filter(|(_, format)| formats.contains(format)).collect();
        let beside = of_all.iter().filter(|(_, format)| *format != Format::Md).map(|(name, _)| *name).collect();
        let options = RenderOptions { max_rows, full_table_at, beside, csv, ..RenderOptions::default() };
        Ok(Self { present, whole, page, workbook, of_all, left_out, options, has_csv })
    }

    /// How many files are written from the reports, beside tables and lists of files.
    fn files(&self) -> usize {
        let csv = if self.has_csv { self.present.iter().map(|report| report.sections.len()).sum() } else { 0 };
        self.of_all.len() + csv
    }

    /// Writes everything but the manifest; gives the files of rows and how many rows each has.
    fn write_all(
        &self,
        folder: &FolderWriter,
        outcome: &Outcome,
        progress: &dyn Progress,
    ) -> Result<Vec<(String, u64)>, OutputError> {
        let one_of_all = |(name, format): &(&'static str, Format)| {
            let report = match format {
                Format::Html => &self.page,
                Format::Xlsx => self.workbook.as_ref().unwrap_or(&self.whole),
                _ => &self.whole,
            };
            progress.open(name);
            folder.file(name, |out| render(report, *format, &self.options, out)).inspect(|()| progress.close(name))
        };
        let bare = || -> Result<_, OutputError> {
            let csv = self.has_csv.then(|| write_csv(folder, &self.present, &self.options, progress));
            let mut rows = csv.transpose()?.unwrap_or_default();
            rows.extend(tables(folder, outcome, progress)?);
            Ok(rows)
        };
        // A thread of its own: one of rayon's that waits for Polars takes up the workbook meanwhile, so that the page, which only one
        // thread can write, began when everything else was written.
        let (of_page, others): (Vec<_>, Vec<_>) =
            self.of_all.iter().partition(|(_, format)| *format == Format::Html && rayon::current_num_threads() > 1);
        let (rows, others, page) = thread::scope(|scope| {
            let page = scope.spawn(|| of_page.into_iter().try_for_each(one_of_all));
            let (rows, others) = rayon::join(bare, || others.into_par_iter().try_for_each(one_of_all));
            (rows, others, page.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let rows = rows?;
        others?;
        page?;
        if self.has_csv && self.present.iter().any(|report| !report.sections.is_empty()) {
            let (written, csv) = (folder.written(), self.options.csv);
            folder.file(DATA_PACKAGE, |out| Ok(write_data_package(&self.whole, &written, csv, out)?))?;
        }
        Ok(rows)
    }

    /// The file to open.
    fn first(&self) -> &'static str {
        let opened = [Format::Html, Format::Xlsx, Format::Md, Format::Json];
        let first = opened.iter().find_map(|format| self.of_all.iter().find(|(_, of)| of == format));
        first.map_or("manifest.json", |(name, _)| name)
    }

    fn to_review(&self) -> [usize; 2] {
        let sections = self.whole.sections.iter();
        ["unused-services", "unused-actions"]
            .map(|id| sections.clone().find(|section| section.id == id).map_or(0, |section| section.table.height()))
    }
}

/// The bytes of all files of `format`.
fn bytes_of(format: Format, written: &[WrittenFile]) -> u64 {
    let is_of = |path: &str| Path::new(path).extension().is_some_and(|of| of == format.extension());
    let files = written.iter().filter(|file| file.path != DATA_PACKAGE && is_of(&file.path));
    files.map(|file| file.bytes).sum()
}

/// The problems as an audit has them, with the paths of its list of inputs.
fn problems(outcome: &Outcome) -> &[Problem] {
    outcome.reports.first().map_or(&outcome.problems, |report| &report.problems)
}

/// Writes the manifest, last: it lists every other file. Gives the number of files with it.
pub fn manifest(
    folder: &FolderWriter,
    outcome: &Outcome,
    parameters: &[Parameter],
    exit_code: u8,
    rows: &[(String, u64)],
) -> Result<usize, OutputError> {
    let files = &folder.written();
    let of_rows = dates_of_rows(&outcome.reports);
    let manifest = AuditManifest {
        parameters,
        exit_code,
        headline: outcome.headline.as_ref().or(Some(&of_rows)),
        inputs: outcome.inputs,
        problems: problems(outcome),
        input_files: &outcome.sources,
        rows,
        files,
    };
    folder.file("manifest.json", |out| Ok(manifest.write(out)?))?;
    Ok(files.len() + 1)
}

/// Where nothing counts everything: from when to when the dumps of the rows are.
fn dates_of_rows(reports: &[Report]) -> Headline {
    let sections = reports.iter().flat_map(|report| &report.sections);
    let dates = sections.flat_map(|section| {
        let column = section.columns.iter().position(|column| column.name == "as_of");
        let reader = section.table.reader();
        let date = |row| if let Cell::Instant(at) = reader.cell(row, column?) { Some(at) } else { None };
        (0..section.table.height()).filter_map(date).collect::<Vec<_>>()
    });
    let dates: Vec<Instant> = dates.collect();
    Headline { oldest: dates.iter().min().copied(), newest: dates.iter().max().copied(), ..Headline::default() }
}

/// The reports of a run under the names of their files.
#[derive(Default)]
struct NamedReports {
    /// Those that have content.
    present: Vec<Report>,
    /// Those that the page has beside them.
    of_page: Vec<Report>,
    /// What a sample is drawn from, in addition to these.
    of_sample: Vec<Report>,
    /// Files that have no content, with the reason.
    left_out: Vec<String>,
}

/// The reports that have content, under the names of their files, which are also the ids that report.md refers to; and what is left
/// out.
fn named(reports: &[Report], formats: &[Format], sample: Option<SampleAsked>) -> NamedReports {
    let mut named = NamedReports::default();
    for (part, report) in parts(formats.contains(&Format::Html), sample).into_iter().zip(reports) {
        if report.sections.is_empty() {
            let reason = Some(part.absent_where).filter(|reason| !reason.is_empty());
            named.left_out.extend(reason.map(|reason| format!("{}.csv is left out: {reason}", part.stem)));
            continue;
        }
        let mut report = report.clone();
        for section in &mut report.sections {
            part.stem.clone_into(&mut section.id);
        }
        let of_its_kind = match part.shown {
            ShownIn::Everywhere => &mut named.present,
            ShownIn::OnPage => &mut named.of_page,
            ShownIn::Nowhere => &mut named.of_sample,
        };
        of_its_kind.push(report);
    }
    named
}

/// Every section under one title, with the workpaper.
fn whole_report(
    outcome: &Outcome,
    present: &[Report],
    parameters: &[Parameter],
    engagement: &Engagement,
) -> anyhow::Result<Report> {
    let wanted = analyse::overview_specs();
    let of_spec = |spec: &ReportSpec| {
        parts(true, engagement.sample)
            .iter()
            .zip(&outcome.reports)
            .find(|(part, _)| part.spec == *spec)
            .map(|(_, report)| report.clone())
    };
    let reports: Vec<Report> = wanted.iter().filter_map(of_spec).collect();
    let (headline, sources) = (outcome.headline.as_ref(), &outcome.sources);
    let mut workpaper = analyse::workpaper(engagement.clone(), &reports, headline, sources, &outcome.inventories)?;
    let without = outcome.accounts_without_dump.iter();
    // Who asks for some kinds or entities does not test the others.
    if parameters.iter().any(|asked| ["type", "entity"].contains(&asked.name) && asked.value != ParameterValue::Usual) {
        workpaper.completeness.untested.clear();
    }
    workpaper.completeness.inventories_left_out = outcome.inventories_left_out;
    workpaper.completeness.accounts_without_dump = without.map(|(id, name)| format!("{id} ({name})")).collect();
    Ok(Report {
        id: "report".to_owned(),
        title: engagement.title.clone().unwrap_or_else(|| "IAM access audit".to_owned()),
        parameters: parameters.to_vec(),
        headline: outcome.headline.clone(),
        sections: present.iter().flat_map(|report| report.sections.iter().cloned()).collect(),
        inputs: outcome.inputs,
        newest_dump: outcome.reports.iter().filter_map(|report| report.newest_dump).max(),
        problems: problems(outcome).to_vec(),
        workpaper: Some(Box::new(workpaper)),
    })
}

/// The report as the workbook has it: beside each entity stands how many of its rows are to be reviewed.
fn of_workbook(whole: &Report) -> anyhow::Result<Report> {
    let mut workbook = whole.clone();
    let lists = ["unused-services", "unused-actions"].map(|id| whole.sections.iter().find(|section| section.id == id));
    for section in workbook.sections.iter_mut().filter(|section| section.id == "entities") {
        analyse::with_rows_to_review(section, lists)?;
    }
    Ok(workbook)
}

/// Each report as CSV; gives the file and the number of rows of each.
fn write_csv(
    folder: &FolderWriter,
    reports: &[Report],
    options: &RenderOptions,
    progress: &dyn Progress,
) -> Result<Vec<(String, u64)>, OutputError> {
    let file = |report: &Report| -> Result<Vec<(String, u64)>, OutputError> {
        let mut rows = Vec::new();
        for section in &report.sections {
            let name = format!("{}.csv", section.id);
            progress.open(&name);
            folder.file(&name, |out| render(report, Format::Csv, options, out))?;
            progress.close(&name);
            rows.push((name, section.table.height() as u64));
        }
        Ok(rows)
    };
    let rows: Vec<_> = reports.par_iter().map(file).collect::<Result<_, OutputError>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// Each of the three tables as Parquet; gives the file and the number of rows of each.
fn tables(
    folder: &FolderWriter,
    outcome: &Outcome,
    progress: &dyn Progress,
) -> Result<Vec<(String, u64)>, OutputError> {
    let mut rows = Vec::with_capacity(outcome.tables.len());
    for table in &outcome.tables {
        let file = format!("tables/{}.parquet", table.name);
        progress.open(&file);
        let height = folder.file(&file, |out| write_parquet_table(&table.frames, out))?;
        progress.close(&file);
        rows.push((file, height));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dormant::run::Silent;

    use super::*;
    use crate::cli::sample_for_tests::{outcome, report};

    const ENGAGEMENT: &Engagement = &Engagement { title: None, reference: None, prepared_by: None, sample: None };

    const fn contents(max_rows: usize) -> Contents<'static> {
        Contents { formats: FORMATS, max_rows, csv: CsvDialect::Excel, engagement: ENGAGEMENT, exit_code: 0 }
    }

    /// What every folder holds, `kept`, `decisions`, `pairs`, `trend`, `diff`, `credentials` and `grants` set aside.
    const ALWAYS: [&str; 18] = [
        "compare.csv",
        "datapackage.json",
        "entities.csv",
        "manifest.json",
        "report.html",
        "report.json",
        "report.md",
        "report.xlsx",
        "roles.csv",
        "services.csv",
        "sources.csv",
        "staleness.csv",
        "summary.csv",
        "tables/actions.parquet",
        "tables/dumps.parquet",
        "tables/services.parquet",
        "unused-actions.csv",
        "unused-services.csv",
    ];

    fn files_in(folder: &Path) -> Vec<String> {
        let mut files = Vec::new();
        for below in ["", "tables"] {
            for entry in fs::read_dir(folder.join(below)).expect("a folder") {
                let entry = entry.expect("an entry");
                if entry.file_type().expect("a type").is_file() {
                    let path = Path::new(below).join(entry.file_name());
                    files.push(path.to_str().expect("UTF-8").replace('\\', "/"));
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn each_report_has_its_file_and_what_has_no_content_is_named() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("audit");
        let reports = parts(true, None).into_iter().map(|part| match part.stem {
            "pairs" | "trend" | "diff" | "credentials" | "grants" | "kept" | "decisions" => {
                Report { sections: Vec::new(), ..report(&[]) }
            }
            _ => report(&["unused", "stale"]),
        });
        let written = write(&outcome(reports.collect()), &[], &folder, false, contents(1), &Silent).expect("written");
        assert_eq!(files_in(&folder), ALWAYS);
        assert!(ALWAYS.iter().all(|file| may_hold(Path::new(file))));
        assert!(
            !["notes.csv", "a/summary.csv", "x.json", "tables/a/b.parquet"]
                .iter()
                .any(|file| may_hold(Path::new(file)))
        );
        assert_eq!(written.files, ALWAYS.len());
        assert_eq!(written.left_out.len(), 5);
        assert!(written.left_out[0].starts_with("pairs.csv is left out"), "{:?}", written.left_out);

        let csv = fs::read_to_string(folder.join("unused-services.csv")).expect("a file");
        assert_eq!(csv, "service_namespace,verdict\ns3,unused\ns3,stale\n");
        let page = fs::read_to_string(folder.join("report.md")).expect("a file");
        assert!(page.contains("unused-actions.csv (2)"), "{page}");
    }

    #[test]
    fn a_folder_is_replaced_only_by_force() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("audit");
        let all = outcome(parts(true, None).iter().map(|_| report(&["unused"])).collect());
        let first = write(&all, &[], &folder, false, contents(200), &Silent).expect("written");
        assert_eq!((first.files, first.left_out.len()), (ALWAYS.len() + 7, 0));
        assert!(write(&all, &[], &folder, false, contents(200), &Silent).is_err());
        assert!(write(&all, &[], &folder, true, contents(200), &Silent).is_ok());
    }
}
