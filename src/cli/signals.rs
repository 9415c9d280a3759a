//! What a signal ends must not stay half-written.
//!
//! Ctrl-C, `kill` and the end of a session end the run, and the temporary files and folders of its outputs go first. A limit for the length of files (`ulimit -f`)
//! is an error of writing like any other, not the end without a word that the system makes of it.

#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag,
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Clears what is temporary when a signal ends the run. A system that refuses the handler ends the run as it always does.
#[cfg(unix)]
pub fn clean_up() {
    // With any handler of its own, the process is told of the error instead of being killed.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    let ignored = ignored();
    let heard = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let Ok(mut signals) = Signals::new(heard) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            dormant::util::temporary::remove_all();
            // The shell has to see that it was the signal.
            let _ = emulate_default_handler(signal);
        }
    });
}

/// The signals that the parent wants this run to ignore, as bits: `nohup` does so for the end of a session, a shell for Ctrl-C in what it runs
/// in the background. Only Linux says which; elsewhere the end of a session is left to the system.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
}

/// Elsewhere the next run clears what is left.
#[cfg(not(unix))]
pub const fn clean_up() {}
