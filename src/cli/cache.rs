//! Where this user's cache is.

use std::env;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use dormant::run::DecodeCache;

/// The folder `dormant` in `XDG_CACHE_HOME`, or else in `~/.cache`; `None` if neither is named.
pub fn of_this_user() -> Option<DecodeCache> {
    let named = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(DecodeCache::new(folder.join("dormant"), this_build()?))
}

/// Names the program that runs: two builds of one version have another length or date.
fn this_build() -> Option<String> {
    let file = env::current_exe().ok()?.metadata().ok()?;
    let changed = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), file.len(), changed.as_nanos()))
}
