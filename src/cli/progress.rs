//! How far the run is: a bar on stderr, only where a person watches. Never on stdout, never in a log.

use std::io::{self, IsTerminal};

use dormant::run::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::messages::Messages;

/// The bar, and with `-vv` a line for each stage.
pub struct Bar {
    bar: ProgressBar,
    messages: Messages,
}

impl Bar {
    /// A bar that shows itself unless stderr is no terminal or `messages` are to be few.
    pub fn new(messages: Messages) -> Self {
        let shown = io::stderr().is_terminal() && !messages.is_quiet();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bar: ProgressBar::with_draw_target(Some(0), target).with_style(style(0)), messages }
    }

    /// Takes the bar away, before anything else is written.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar, or the stage alone where nobody knows yet how many steps it has.
fn style(total: u64) -> ProgressStyle {
    let template = if total == 0 { "{msg}" } else { "{msg} [{bar:30}] {pos}/{len}" };
    ProgressStyle::with_template(template).expect("the template is a literal").progress_chars("=> ")
}

impl Progress for Bar {
    fn begin(&self, stage: &'static str, total: u64) {
        self.bar.suspend(|| self.messages.stage(stage, total));
        // Each call may draw: the words come first, and the bar last, when its length is known.
        self.bar.set_style(style(0));
        self.bar.set_message(stage);
        self.bar.set_length(total);
        self.bar.reset();
        self.bar.set_style(style(total));
    }

    fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    fn note(&self, what: String) {
        self.bar.suspend(|| self.messages.note(what));
    }
}
