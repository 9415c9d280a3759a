//! Where the result goes and in which format: decided before the work, so that it can be checked before the work.

use std::path::{Path, PathBuf};

use dormant::analyse::ReportSpec;
use dormant::render::output::{OutputError, Placing, Target};
use dormant::render::{CsvDialect, Format, RenderOptions, folder};
use dormant::report::Engagement;
use dormant::run::Presentation;
use dormant::util::marker::FolderKind;
use dormant::util::replaced::Replaced;
use dormant::util::temporary::LeftBehind;

use super::asked::{Asked, OutputAsked};
use super::{Refusal, Surroundings};
use crate::cli::args::OutputArgs;
use crate::cli::folder::USUAL_FORMATS;

/// Where the result goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// One report to stdout or a file.
    One {
        /// Which of the two.
        target: Target,
        /// Whether to replace a file that exists, and its permissions.
        placing: Placing,
        /// How to write it.
        format: Format,
        /// What the format needs to know.
        options: RenderOptions,
    },
    /// Findings for Security Hub into a folder.
    Findings {
        /// The folder.
        path: PathBuf,
        /// Whether to replace what it holds, and the permissions of its files.
        placing: Placing,
        /// The region of Security Hub; without it that of IAM.
        region: Option<String>,
        /// Which rows, and how CSV guards texts.
        options: RenderOptions,
    },
    /// Proposals into a folder.
    Proposals {
        /// The folder.
        path: PathBuf,
        /// Whether to replace what it holds, and the permissions of its files.
        placing: Placing,
        /// How CSV guards texts.
        csv: CsvDialect,
    },
    /// Every report into a folder.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Whether to replace what it holds, and the permissions of its files.
        placing: Placing,
        /// What to write, beside the manifest.
        formats: Vec<Format>,
        /// Rows of a table in report.md; 0 for all.
        max_rows: usize,
        /// How CSV guards texts.
        csv: CsvDialect,
        /// What its maker says about the audit.
        engagement: Engagement,
    },
}

impl Destination {
    /// Whether the result can be written there; asked before the work.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), OutputError> {
        match self {
            Self::One { target, placing, .. } => target.check(placing.force),
            Self::Findings { path, placing, .. }
            | Self::Proposals { path, placing, .. }
            | Self::Folder { path, placing, .. } => folder::check_folder(path, *placing),
        }
    }

    /// The files that the result is going to replace, or to be written into.
    pub fn replaced(&self) -> Replaced {
        match self {
            Self::One { target: Target::File(path), placing, .. }
            | Self::Findings { path, placing, .. }
            | Self::Proposals { path, placing, .. }
            | Self::Folder { path, placing, .. }
                if placing.force =>
            {
                Replaced::of(path)
            }
            Self::One { target: Target::Stdout, .. } => Replaced::of_stdout(),
            _ => Replaced::default(),
        }
    }

    /// Removes what runs that were killed left beside the output, and says what became of it: a line for each file or folder.
    pub fn clear_leftovers(&self) -> Vec<String> {
        let left = match self {
            Self::One { target: Target::Stdout, .. } => return Vec::new(),
            Self::One { target: Target::File(path), .. } => folder::clear_leftovers(path, |_| false),
            Self::Findings { path, .. } => folder::clear_leftovers(path, crate::cli::findings::may_hold),
            Self::Proposals { path, .. } => folder::clear_leftovers(path, crate::cli::proposals::may_hold),
            Self::Folder { path, .. } => folder::clear_leftovers(path, crate::cli::folder::may_hold),
        };
        told(&left)
    }
}

/// A line for each file or folder that a killed run left.
pub fn told(left: &LeftBehind) -> Vec<String> {
    let removed =
        left.removed.iter().map(|path| format!("{} is removed: a run that was killed left it", path.display()));
    let kept = left.kept.iter().map(|path| {
        format!("{} may be what a run that was killed left; look at what it holds, and remove it", path.display())
    });
    removed.chain(kept).collect()
}

/// Resolves what was typed about the output.
pub fn settle(asked: &Asked<'_>, around: &Surroundings) -> Result<Destination, Refusal> {
    match asked.output {
        OutputAsked::One(typed) => one(typed, asked, around),
        OutputAsked::Proposals { path, typed } => {
            let view = &typed.view;
            let refused = [
                (typed.format.is_some(), "--format"),
                (typed.max_rows.is_some(), "--max-rows"),
                (view.sort.is_some(), "--sort"),
                (!view.columns.is_empty(), "--columns"),
                (view.limit.is_some(), "--limit"),
                (view.wide, "--wide"),
            ];
            if let Some((_, option)) = refused.into_iter().find(|(given, _)| *given) {
                return Err(format!("recommend -o writes a folder of files: leave {option} out, or -o"));
            }
            let placing = Placing { force: typed.force, mode: typed.mode, kind: FolderKind::Proposals };
            Ok(Destination::Proposals { path: path.to_owned(), placing, csv: typed.csv_dialect.into() })
        }
        OutputAsked::Folder { path, force, mode, formats, max_rows, csv, engagement } => {
            if path == Path::new("-") {
                return Err("report writes a folder, and `-` is stdout: give -o DIR, or use a single report".into());
            }
            let formats = if formats.is_empty() { USUAL_FORMATS } else { formats };
            if max_rows.is_some() && !formats.contains(&Format::Md) {
                return Err("--max-rows is about report.md: give --formats md too, or leave it out".into());
            }
            let max_rows = max_rows.unwrap_or(ROWS_ON_TWO_PAGES);
            let placing = Placing { force, mode, kind: FolderKind::Audit };
            let (path, formats, engagement) = (path.to_owned(), formats.to_vec(), engagement.engagement());
            Ok(Destination::Folder { path, placing, formats, max_rows, csv, engagement })
        }
    }
}

/// Rows of a table in report.md where nothing else is said: it is read on two pages.
const ROWS_ON_TWO_PAGES: usize = 5;

/// Rows that a terminal shows where nothing else is said: what can be taken in at one look.
const ROWS_ON_A_TERMINAL: usize = 40;

fn one(typed: &OutputArgs, asked: &Asked<'_>, around: &Surroundings) -> Result<Destination, Refusal> {
    let presentation = asked.presentation;
    let file = typed.output.as_deref().filter(|path| *path != Path::new("-"));
    let to_stdout = file.is_none();
    if to_stdout && (typed.force || typed.mode.is_some()) {
        return Err("--force and --mode are about a file, and `-o -` writes to stdout: leave them out".into());
    }
    let to_terminal = to_stdout && around.stdout_is_terminal;
    let format = match (typed.format, file) {
        (Some(format), _) => format,
        (None, Some(path)) => format_of_name(path, &asked.specs)?,
        (None, None) if to_terminal || presentation != Presentation::Reports => Format::Table,
        (None, None) => Format::Csv,
    };
    fits(format, typed, asked, to_stdout, to_terminal)?;
    let usual = RenderOptions::default();
    let limit = typed.view.limit.or((to_terminal && format == Format::Table).then_some(ROWS_ON_A_TERMINAL));
    let options = RenderOptions {
        max_rows: typed.max_rows.unwrap_or(usual.max_rows),
        full_table_at: None,
        beside: Vec::new(),
        width: around.columns.filter(|_| to_terminal),
        limit: limit.filter(|rows| *rows > 0),
        wide: typed.view.wide,
        columns: typed.view.columns.clone(),
        csv: typed.csv_dialect.into(),
        color: to_stdout && around.stdout_takes_color,
        today: to_terminal.then_some(around.today),
    };
    let placing = Placing { force: typed.force, mode: typed.mode, ..Placing::default() };
    if format == Format::Asff {
        let path = file.ok_or("asff is written into a folder: give -o DIR")?.to_owned();
        let region = asked.security_hub_region.map(str::to_owned);
        let placing = Placing { kind: FolderKind::Findings, ..placing };
        return Ok(Destination::Findings { path, placing, region, options });
    }
    Ok(Destination::One {
        target: file.map_or(Target::Stdout, |path| Target::File(path.to_owned())),
        placing,
        format,
        options,
    })
}

/// Refuses options that the format has no use for.
fn fits(
    format: Format,
    typed: &OutputArgs,
    asked: &Asked<'_>,
    to_stdout: bool,
    to_terminal: bool,
) -> Result<(), Refusal> {
    if asked.presentation != Presentation::Reports && !matches!(format, Format::Table | Format::Md | Format::Json) {
        return Err(format!("overview and explain are written as table, md or json, not as {}", format.as_str()));
    }
    if to_stdout && format.needs_file() {
        return Err(format!("{} is written to a file: give -o FILE", format.as_str()));
    }
    if to_terminal && format.is_binary() {
        return Err(format!("{} is not for a terminal: give -o FILE, or send stdout elsewhere", format.as_str()));
    }
    if typed.max_rows.is_some() && format != Format::Md {
        return Err("--max-rows is about Markdown: give --format md too, or leave it out".into());
    }
    if typed.view.wide && !is_for_people(format) {
        return Err(format!("--wide is about tables, and {} has every column: leave it out", format.as_str()));
    }
    if format.is_of_findings() && !typed.view.columns.is_empty() {
        return Err(format!("{} makes a finding of the whole row: leave --columns out", format.as_str()));
    }
    if asked.security_hub_region.is_some() && format != Format::Asff {
        return Err("--security-hub-region is about asff: give --format asff too, or leave it out".into());
    }
    Ok(())
}

/// Whether the format has labels in words and a choice of columns.
pub const fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Table | Format::Md)
}

/// What other programs take after `--output`: the format here that is most like it.
fn format_elsewhere(word: &str) -> Option<Format> {
    Some(match word.to_ascii_lowercase().as_str() {
        "table" | "text" | "txt" | "list" | "plain" | "pretty" | "wide" => Format::Table,
        "markdown" | "md" | "html" => Format::Md,
        "yaml" | "yml" | "json" => Format::Json,
        "ndjson" | "json-lines" | "jsonlines" | "jsonl" => Format::Jsonl,
        "csv" | "tsv" | "line" => Format::Csv,
        "excel" | "xls" | "xlsx" => Format::Xlsx,
        _ => return None,
    })
}

/// The format that the name of a file asks for; CSV where it has no ending. A file that is named like a format is what someone types who
/// knows `--output json` from other programs.
fn format_of_name(path: &Path, specs: &[ReportSpec]) -> Result<Format, Refusal> {
    let typed = path.to_str().unwrap_or_default();
    if let Some(format) = Format::parse(typed).or_else(|| format_elsewhere(typed)) {
        let name = format.as_str();
        return Err(format!(
            "`{typed}` is a format, and -o takes a file: did you mean --format {name}? For a file of that name give ./{typed}"
        ));
    }
    let Some(ending) = path.extension() else { return Ok(Format::Csv) };
    let known = Format::ALL.iter().copied().find(|format| ending.eq_ignore_ascii_case(format.extension()));
    known.ok_or_else(|| {
        let taken = if matches!(specs, [ReportSpec::Unused { .. }]) { Format::OF_UNUSED } else { Format::ALL };
        let formats: Vec<&str> = taken.iter().map(|format| format.as_str()).collect();
        format!("no format is known by the ending of {}: give --format {}", path.display(), formats.join("|"))
    })
}
