//! What a signal ends must not stay half-written.
//!
//! Ctrl-C and `kill` end the run, and the temporary files and folders of its outputs go first. A limit for the length of files (`ulimit -f`)
//! is an error of writing like any other, not the end without a word that the system makes of it.

#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGXFSZ},
    flag,
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Clears what is temporary when a signal ends the run. A system that refuses the handler ends the run as it always does.
#[cfg(unix)]
pub fn clean_up() {
    // With any handler of its own, the process is told of the error instead of being killed.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            dormant::util::temporary::remove_all();
            // The shell has to see that it was the signal.
            let _ = emulate_default_handler(signal);
        }
    });
}

/// Elsewhere the next run clears what is left.
#[cfg(not(unix))]
pub const fn clean_up() {}
