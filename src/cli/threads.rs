//! `--threads N`, for both pools of threads that a run has.
//!
//! Ours (rayon) can be built with N. Polars builds its own, once, from the environment variable `POLARS_MAX_THREADS`; and since
//! changing the environment of a running process is unsafe, and unsafe is forbidden here, the program starts itself once more
//! with the variable set. On Unix the new image takes the place of this process; elsewhere this process waits and hands on how
//! the other ended. It happens before any input is opened, so stdin is still whole.

use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Read by Polars when it first needs a thread.
const POLARS_VARIABLE: &str = "POLARS_MAX_THREADS";

/// Sees to it that the run has `threads` threads. `Some` is the end of the run, which another process has done.
///
/// # Errors
/// Where a pool cannot be built, or the program not be started once more.
pub fn settle(threads: Option<NonZeroUsize>) -> Result<Option<ExitCode>> {
    let Some(threads) = threads else { return Ok(None) };
    let wanted = threads.to_string();
    if std::env::var_os(POLARS_VARIABLE).as_deref() == Some(OsStr::new(&wanted)) {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
            .with_context(|| format!("cannot start {wanted} threads: give a smaller --threads"))?;
        return Ok(None);
    }
    let program = std::env::current_exe().context("cannot find this program's file, which --threads needs")?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).env(POLARS_VARIABLE, &wanted);
    run_instead(again).map(Some).context("cannot start this program once more, which --threads needs")
}

/// Returns only where it fails.
#[cfg(unix)]
fn run_instead(mut again: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(again.exec())
}

#[cfg(not(unix))]
fn run_instead(mut again: Command) -> std::io::Result<ExitCode> {
    let code = again.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or_else(|| super::exit::Exit::Failed.into(), ExitCode::from))
}
