//! All that is said on stderr, and how much of it.
//!
//! Names of files and entities are chosen by others, so every line is made [`visible`] before a terminal sees it. Where stderr
//! is gone there is no one left to tell, so errors of writing to it are let go.

use std::fmt::Display;
use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use dormant::problem::{Problem, Severity};
use dormant::render::visible;

use super::args::GlobalArgs;

/// Shortcomings shown one by one; whoever has more of them looks at the table that `check` makes.
const MOST_LINES: usize = 20;

/// How much to say.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    quiet: bool,
    verbose: u8,
}

impl Messages {
    /// As `-v` and `-q` want it.
    pub const fn new(global: &GlobalArgs) -> Self {
        Self { quiet: global.quiet, verbose: global.verbose }
    }

    /// Whether only errors and shortcomings are told.
    pub const fn is_quiet(self) -> bool {
        self.quiet
    }

    /// The end of a run that gave no report, with its causes.
    pub fn error(self, error: &anyhow::Error) {
        line(Severity::NotRead, "error", &format!("{error:#}"));
    }

    /// What a reader of the result should know.
    pub fn note(self, text: impl Display) {
        if !self.quiet {
            line(Severity::Skipped, "note", &text.to_string());
        }
    }

    /// `-vv`: the run has come to a stage.
    pub fn stage(self, stage: &str, total: u64) {
        if self.verbose >= 2 {
            line(Severity::Skipped, "stage", &format!("{stage} ({total})"));
        }
    }

    /// What was wrong with the inputs: shortcomings always, the rest counted or, with `-v`, listed.
    pub fn problems(self, problems: &[Problem]) {
        let of = |severities: &'static [Severity]| problems.iter().filter(|p| severities.contains(&p.severity()));
        let listed = if self.verbose > 0 { usize::MAX } else { MOST_LINES };
        let shortcomings = of(&[Severity::NotRead, Severity::Incomplete]);
        let more = shortcomings.clone().count().saturating_sub(listed);
        shortcomings.take(listed).for_each(problem);
        if more > 0 {
            plain(&format!("… and {more} more; run `dormant check` with the same paths"));
        }
        if self.verbose > 0 {
            of(&[Severity::Warning]).chain(of(&[Severity::Skipped])).for_each(problem);
            return;
        }
        if self.quiet {
            return;
        }
        match of(&[Severity::Warning]).count() {
            0 => {}
            1 => plain("1 warning; -v shows it"),
            n => plain(&format!("{n} warnings; -v shows them")),
        }
        match of(&[Severity::Skipped]).count() {
            0 => {}
            1 => plain("1 file skipped (no dump); -v names it"),
            n => plain(&format!("{n} files skipped (not dumps); -v lists them")),
        }
    }
}

fn problem(problem: &Problem) {
    line(problem.severity(), problem.severity().as_str(), &problem.to_string());
}

fn line(severity: Severity, label: &str, text: &str) {
    let style = match severity {
        Severity::NotRead => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        Severity::Incomplete | Severity::Warning => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
        Severity::Skipped => Style::new().bold(),
    };
    let _ = writeln!(stderr(), "{style}{label}:{style:#} {}", visible(text));
}

fn plain(text: &str) {
    let _ = writeln!(stderr(), "{}", visible(text));
}

fn stderr() -> AutoStream<io::StderrLock<'static>> {
    AutoStream::auto(io::stderr()).lock()
}
