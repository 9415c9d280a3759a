//! All that is said on stderr, and how much of it.
//!
//! Names of files and entities are chosen by others, so every line is made [`harmless`] before a terminal sees it. Where stderr
//! is gone there is no one left to tell, so errors of writing to it are let go.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;
use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use dormant::problem::{Kind, Problem, Severity, counted};
use dormant::util::numbers::thousands;
use dormant::util::sanitize::harmless;
use dormant::util::wrap;

use super::args::GlobalArgs;

/// Shortcomings shown one by one; whoever has more of them looks at the table that `check` makes.
const MOST_LINES: usize = 20;

/// How far the lines of a long message are set in.
const INDENT: usize = 2;
/// Narrower than this no message is folded: the label has to stand on its first line.
const NARROWEST: usize = 30;

/// Ends the colors that a terminal still shows.
const RESET: &str = "\x1b[0m";

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

    /// Whether everything is told that is known about the inputs.
    pub const fn is_verbose(self) -> bool {
        self.verbose > 0
    }

    /// What a reader of the result should know.
    pub fn note(self, text: impl Display) {
        if !self.quiet {
            line(Severity::Skipped, "note", &text.to_string());
        }
    }

    /// What a reader of the result must know, because the question may not be the one that was meant.
    pub fn warning(self, text: impl Display) {
        if !self.quiet {
            line(Severity::Warning, "warning", &text.to_string());
        }
    }

    /// What was written, and what to do with it.
    pub fn done(self, text: impl Display) {
        if !self.quiet {
            line(Severity::Skipped, "written", &text.to_string());
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
        for (severity, label, text) in self.told_of(problems) {
            line(severity, label, &text);
        }
    }

    /// The lines of [`Messages::problems`]: severity, label and text of each.
    fn told_of(self, problems: &[Problem]) -> Vec<(Severity, &'static str, String)> {
        // A filter that fits nothing is told before everything else.
        let problems = || problems.iter().filter(|problem| problem.kind != Kind::UnmatchedFilter);
        let of = |severities: &'static [Severity]| problems().filter(|p| severities.contains(&p.severity()));
        let listed = if self.verbose > 0 { usize::MAX } else { MOST_LINES };
        let shortcomings = of(&[Severity::NotRead, Severity::Incomplete]);
        let more = shortcomings.clone().count().saturating_sub(listed);
        let mut lines: Vec<_> = shortcomings.take(listed).map(in_full).collect();
        if more > 0 {
            let more = thousands(more as u64);
            let text = format!("… and {more} more (run `dormant check` with the same paths)");
            lines.push((Severity::Incomplete, "not read or incomplete", text));
        }
        if self.verbose > 0 {
            lines.extend(of(&[Severity::Warning]).chain(of(&[Severity::Skipped])).map(in_full));
        } else if !self.quiet {
            // A folder that was passed by is named: it could be one that somebody wanted read.
            let is_named = |problem: &&Problem| problem.kind == Kind::OwnFolder;
            lines.extend(of(&[Severity::Warning]).filter(is_named).map(in_full));
            lines.extend(match of(&[Severity::Warning]).filter(|problem| !is_named(problem)).count() {
                0 => None,
                1 => Some((Severity::Warning, "", "1 warning about inputs (use -v to see it)".to_owned())),
                n => {
                    let warnings = counted(n, "warning", "warnings");
                    Some((Severity::Warning, "", format!("{warnings} about inputs (use -v to see them)")))
                }
            });
            let skipped =
                |others: bool| of(&[Severity::Skipped]).filter(move |p| (p.kind == Kind::OtherReport) == others);
            lines.extend(match skipped(true).count() {
                0 => None,
                1 => Some((
                    Severity::Skipped,
                    "",
                    "1 answer has rows for another report (use -v to see which)".to_owned(),
                )),
                n => {
                    let answers = counted(n, "answer", "answers");
                    Some((
                        Severity::Skipped,
                        "",
                        format!("{answers} have rows for other reports (use -v to see which)"),
                    ))
                }
            });
            lines.extend(match skipped(false).count() {
                0 => None,
                1 => Some((Severity::Skipped, "", "skipped 1 file that is not a dump (use -v to list it)".to_owned())),
                n => {
                    let files = counted(n, "file", "files");
                    Some((Severity::Skipped, "", format!("skipped {files} that are not dumps (use -v to list them)")))
                }
            });
        }
        lines
    }
}

fn in_full(problem: &Problem) -> (Severity, &'static str, String) {
    (problem.severity(), problem.severity().as_str(), problem.to_string())
}

/// The end of a run that gave no report, with its causes.
pub fn error(error: &anyhow::Error) {
    line(Severity::NotRead, "error", &format!("{error:#}"));
}

/// What may be typed in place of what cannot be answered. It is told with `--quiet`, too: it is the way on.
pub fn choice(text: &str) {
    line(Severity::Skipped, "choose", text);
}

/// A condition that the user gave, and that ends the run with an exit code of its own. It is told with `--quiet`, too: it is the reason.
pub fn met(condition: &str) {
    line(Severity::NotRead, "met", condition);
}

/// A refusal in the words of the parser of arguments, its long lines folded.
pub fn refusal(answer: &clap::Error) {
    let stderr = io::stderr();
    let width = width_of(&stderr);
    let mut stderr = AutoStream::auto(stderr).lock();
    for line in answer.render().ansi().to_string().lines() {
        for line in folded_colors(line, width) {
            let _ = writeln!(stderr, "{line}");
        }
    }
}

/// The parts of a line with colors that stand on lines of their own, no wider than `width`; all but the first are set in.
fn folded_colors(line: &str, width: Option<usize>) -> Vec<String> {
    let plain = |text: &str| strip_str(text).to_string();
    let Some(width) = width.filter(|width| wrap::width(&plain(line)) > *width) else { return vec![line.to_owned()] };
    let lead = line.chars().take_while(|c| *c == ' ').count();
    let indent = " ".repeat(lead + INDENT);
    let room = width.max(NARROWEST).saturating_sub(indent.len());
    let (mut lines, mut last) = (Vec::new(), " ".repeat(lead));
    let mut is_new = true;
    for word in line.trim_start().split(' ') {
        let mut word = Cow::Borrowed(word);
        if !is_new && wrap::width(&plain(&last)) + 1 + wrap::width(&plain(&word)) > width.max(NARROWEST) {
            lines.push(std::mem::replace(&mut last, indent.clone()));
            is_new = true;
        }
        if wrap::width(&plain(&word)) > room {
            // A break inside a color would show half of its code. What is broken has no color.
            let mut pieces = wrap::wrap(&plain(&word), room);
            word = pieces.pop().unwrap_or_default().into();
            for piece in pieces {
                lines.push(std::mem::replace(&mut last, indent.clone()) + &piece + RESET);
            }
        }
        if !is_new {
            last.push(' ');
        }
        last.push_str(&word);
        is_new = false;
    }
    lines.push(last);
    lines
}

fn line(severity: Severity, label: &str, text: &str) {
    let style = match severity {
        Severity::NotRead => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        Severity::Incomplete | Severity::Warning => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
        Severity::Skipped => Style::new().bold(),
    };
    let stderr = io::stderr();
    let width = width_of(&stderr);
    let mut stderr = AutoStream::auto(stderr).lock();
    for (at, line) in folded(label, &harmless(text), width).iter().enumerate() {
        let _ = match line
            .strip_prefix(label)
            .and_then(|rest| rest.strip_prefix(':'))
            .filter(|_| at == 0 && !label.is_empty())
        {
            Some(rest) => writeln!(stderr, "{style}{label}:{style:#}{rest}"),
            None => writeln!(stderr, "{line}"),
        };
    }
}

/// How wide the terminal is that stderr is; none where it is something else, in which a line is a message.
fn width_of(stderr: &io::Stderr) -> Option<usize> {
    if !stderr.is_terminal() {
        return None;
    }
    super::columns(terminal_size::terminal_size_of(stderr)).map(usize::from)
}

/// The lines of a message, no wider than `width`; all but the first are set in.
fn folded(label: &str, text: &str, width: Option<usize>) -> Vec<String> {
    let whole = if label.is_empty() { text.to_owned() } else { format!("{label}: {text}") };
    let Some(width) = width.filter(|width| wrap::width(&whole) > *width) else { return vec![whole] };
    let mut lines = wrap::wrap(&whole, width.saturating_sub(INDENT).max(NARROWEST));
    lines.iter_mut().skip(1).for_each(|line| line.insert_str(0, &" ".repeat(INDENT)));
    lines
}

#[cfg(test)]
mod tests {
    use dormant::problem::Kind;

    use super::*;

    fn told(quiet: bool, verbose: u8, problems: &[Problem]) -> Vec<String> {
        let lines = Messages { quiet, verbose }.told_of(problems);
        lines.into_iter().flat_map(|(_, label, text)| folded(label, &text, None)).collect()
    }

    fn of_each() -> Vec<Problem> {
        [Kind::BrokenJson, Kind::Pending, Kind::FutureAccess, Kind::Foreign]
            .map(|kind| Problem::new(kind, "a.json", "is so"))
            .to_vec()
    }

    #[test]
    fn shortcomings_are_always_told_and_the_rest_counted() {
        let counted = [
            "not read: a.json: is so",
            "incomplete: a.json: is so",
            "1 warning about inputs (use -v to see it)",
            "skipped 1 file that is not a dump (use -v to list it)",
        ];
        assert_eq!(told(false, 0, &of_each()), counted);
        assert_eq!(told(true, 0, &of_each()), counted[..2]);
        assert_eq!(told(false, 1, &of_each()).len(), 4);
        assert!(told(false, 0, &[]).is_empty());
        let other = Problem::new(Kind::OtherReport, "b.json", "is so");
        assert_eq!(told(false, 0, &[other]), ["1 answer has rows for another report (use -v to see which)"]);
    }

    #[test]
    fn a_message_fits_the_terminal_and_loses_no_word() {
        let text = "1 dump does not name its entity; dormant inferred it from the last caller. Use --no-infer to turn this off.";
        assert_eq!(folded("note", text, None), [format!("note: {text}")]);
        for width in [40, 60, 80, 200] {
            let lines = folded("note", text, Some(width));
            assert!(lines.iter().all(|line| wrap::width(line) <= width), "{width}: {lines:?}");
            assert!(lines[0].starts_with("note: ") && lines[1..].iter().all(|line| line.starts_with("  ")));
            let words: Vec<_> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
            assert_eq!(words, format!("note: {text}").split_whitespace().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_refusal_fits_the_terminal_and_loses_no_word() {
        let red =
            "\x1b[1m\x1b[31merror:\x1b[0m invalid value '\x1b[33mxyz\x1b[0m' for '\x1b[1m--format <FORMAT>\x1b[0m'";
        assert_eq!(folded_colors(red, None), [red]);
        let long = format!("  [possible values: table, csv, md, {}, json]", "name/".repeat(30));
        for text in [red, &long] {
            let all = strip_str(text).to_string().replace(' ', "");
            for width in [30, 40, 44, 60, 80, 200] {
                let lines: Vec<String> =
                    folded_colors(text, Some(width)).iter().map(|line| strip_str(line).to_string()).collect();
                assert!(lines.iter().all(|line| wrap::width(line) <= width), "{width}: {lines:?}");
                assert_eq!(lines.concat().replace(' ', ""), all);
            }
        }
    }

    #[test]
    fn a_flood_is_cut_and_said_to_be() {
        let flood = vec![Problem::new(Kind::CutOff, "a.json", "ends in the middle."); MOST_LINES + 5];
        let lines = told(false, 0, &flood);
        assert_eq!(lines.len(), MOST_LINES + 1);
        assert!(lines[MOST_LINES].contains("5 more"), "{}", lines[MOST_LINES]);
        assert_eq!(told(false, 1, &flood).len(), flood.len());
    }
}
