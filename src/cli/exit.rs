//! Exit codes: the one place that names them. `--help`, the man page and the tests all read this table.

use std::process::ExitCode;

use dormant::archive::StoreError;
use dormant::problem::{Problem, Severity};
use dormant::render::output::OutputError;
use dormant::run::RunError;

/// How a run ended, for the script that started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The report is written, and every input was understood.
    Complete,
    /// There is no report.
    Failed,
    /// The command line cannot be obeyed.
    Usage,
    /// The report is written, but it does not rest on everything that was given.
    Incomplete,
    /// The report is written, and a `--fail-on` condition is met.
    ConditionMet,
}

impl Exit {
    /// Every way to end, by ascending code.
    pub const ALL: [Self; 5] = [Self::Complete, Self::Failed, Self::Usage, Self::Incomplete, Self::ConditionMet];

    /// The number that the operating system is given.
    pub const fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::ConditionMet => 4,
        }
    }

    /// What the number says, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Complete => "report complete",
            Self::Failed => "failed: no report",
            Self::Usage => "usage error: the command line is wrong",
            Self::Incomplete => {
                "report written; some inputs were not read or are incomplete (--strict: or have warnings)"
            }
            Self::ConditionMet => "report written; a --fail-on condition is met",
        }
    }

    /// How a run ends whose report is written. A condition that the user asked about beats incomplete inputs.
    pub fn of_report(condition_met: bool, inputs_fell_short: bool) -> Self {
        match (condition_met, inputs_fell_short) {
            (true, _) => Self::ConditionMet,
            (false, true) => Self::Incomplete,
            (false, false) => Self::Complete,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Whether what was asked for is done, or a part of it, although something failed: then it would be wrong to end as if nothing had changed.
pub fn is_done(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let is_written = cause.downcast_ref::<OutputError>().is_some_and(OutputError::is_written);
        let store_has_changed = cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_done);
        is_written || store_has_changed || cause.downcast_ref::<RunError>().is_some_and(RunError::is_done)
    })
}

/// How a run ends that gave this error. A file of decisions is part of what was typed.
pub fn of_error(error: &anyhow::Error) -> Exit {
    let is_typed =
        |cause: &(dyn std::error::Error + 'static)| matches!(cause.downcast_ref(), Some(RunError::Decisions(_)));
    match error {
        _ if is_done(error) => Exit::Incomplete,
        _ if error.chain().any(is_typed) => Exit::Usage,
        _ => Exit::Failed,
    }
}

/// How often an input fell short of what the user gave it for: not read or incomplete, and with `strict` also a warning.
pub fn short_inputs(problems: &[Problem], strict: bool) -> u64 {
    let falls_short = |problem: &&Problem| match problem.severity() {
        Severity::NotRead | Severity::Incomplete => true,
        Severity::Warning => strict,
        Severity::Skipped => false,
    };
    problems.iter().filter(falls_short).count() as u64
}

/// The table for `--help` and the man page.
pub fn table() -> String {
    let rows = Exit::ALL.map(|exit| format!("  {}  {}", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use dormant::problem::Kind;

    use super::*;

    fn problem(kind: Kind) -> Problem {
        Problem::new(kind, "dumps/a.json", "something is wrong.")
    }

    #[test]
    fn codes_are_the_documented_ones() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_condition_beats_incomplete_inputs() {
        assert_eq!(Exit::of_report(true, true), Exit::ConditionMet);
        assert_eq!(Exit::of_report(true, false), Exit::ConditionMet);
        assert_eq!(Exit::of_report(false, true), Exit::Incomplete);
        assert_eq!(Exit::of_report(false, false), Exit::Complete);
    }

    #[test]
    fn foreign_files_never_count_and_warnings_only_when_strict() {
        assert_eq!(short_inputs(&[problem(Kind::Foreign)], true), 0);
        assert_eq!(short_inputs(&[problem(Kind::FutureAccess)], false), 0);
        assert_eq!(short_inputs(&[problem(Kind::FutureAccess)], true), 1);
        assert_eq!(short_inputs(&[problem(Kind::Foreign), problem(Kind::BrokenJson)], false), 1);
        assert_eq!(short_inputs(&[problem(Kind::Pending), problem(Kind::Pending)], false), 2);
    }
}
