//! How far the run is: a bar on stderr, only where a person watches. Never on stdout, never in a log.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dormant::run::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::messages::Messages;

/// How often the seconds of a stage are drawn again: who waits for one long step sees that the program works.
const TICK: Duration = Duration::from_millis(500);

/// The bar, and with `-vv` a line for each stage.
pub struct Bar {
    drawn: ProgressBar,
    /// The files that are begun and not done, in the order in which they were begun.
    open: Mutex<Vec<String>>,
    messages: Messages,
}

impl Bar {
    /// A bar that shows itself unless stderr is no terminal or `messages` are to be few.
    pub fn new(messages: Messages) -> Self {
        let shown = io::stderr().is_terminal() && !messages.is_quiet();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let drawn = ProgressBar::with_draw_target(Some(0), target).with_style(style(0));
        Self { drawn, open: Mutex::default(), messages }
    }

    /// Changes which files are open, and shows them.
    fn with_open(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut open);
        self.drawn.set_message(open.join(", "));
    }

    /// Takes the bar away, before anything else is written.
    pub fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

/// A bar, or the stage alone where nobody knows yet how many steps it has.
fn style(total: u64) -> ProgressStyle {
    let template =
        if total == 0 { "{prefix} {elapsed}" } else { "{prefix} [{bar:30}] {pos}/{len} {elapsed} {wide_msg}" };
    ProgressStyle::with_template(template).expect("the template is a literal").progress_chars("=> ")
}

impl Progress for Bar {
    fn begin(&self, stage: &'static str, total: u64) {
        self.drawn.suspend(|| self.messages.stage(stage, total));
        // Each call may draw: the words come first, and the bar last, when its length is known.
        self.drawn.set_style(style(0));
        self.drawn.set_prefix(stage);
        self.drawn.set_length(total);
        self.drawn.reset();
        self.drawn.set_style(style(total));
        if !self.drawn.is_hidden() {
            self.drawn.enable_steady_tick(TICK);
        }
    }

    fn advance(&self, steps: u64) {
        self.drawn.inc(steps);
    }

    fn open(&self, file: &str) {
        self.with_open(|open| open.push(file.to_owned()));
    }

    fn close(&self, file: &str) {
        self.with_open(|open| open.retain(|other| other != file));
        self.drawn.inc(1);
    }

    fn note(&self, what: String) {
        self.drawn.suspend(|| self.messages.note(what));
    }
}
