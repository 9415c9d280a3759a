//! Files and folders under a temporary name, until they get their final name.
//!
//! A run that ends in the middle must leave nothing half-written behind. While a temporary file or folder exists, it is
//! listed here, so that [`remove_all`] removes it when a signal ends the run; and this process holds a lock on it,
//! which the system releases however the process ends. So a later run can tell what a killed run left ([`left_behind`])
//! from what another one is still writing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::owned;

/// The text between the name of an output and the random end of its temporary name: `.audit.dormant-x7Fd2k`.
const MARK: &str = ".dormant-";

/// The number of random letters and digits at the end of a temporary name.
const RANDOM: usize = 6;

/// The beginning of the temporary names for `path`. They are hidden, and in the same folder, so that a rename never
/// leaves the file system.
#[must_use]
pub fn prefix(path: &Path) -> String {
    format!(".{}{MARK}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Every temporary file and folder of this process.
static LIVE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn live() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks a file or folder as temporary for as long as this value exists.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    /// The lock, if the system and the file system have locks.
    _lock: Option<File>,
}

impl Temporary {
    /// Creates a temporary file or folder; `path_of` gives its path. A signal waits until it is created and listed.
    ///
    /// # Errors
    /// What `make` reports.
    pub fn make<T>(make: impl FnOnce() -> io::Result<T>, path_of: impl Fn(&T) -> &Path) -> io::Result<(T, Self)> {
        let mut live = live();
        let made = make()?;
        let path = path_of(&made).to_owned();
        live.insert(path.clone());
        let lock = locked(&path);
        Ok((made, Self { path, _lock: lock }))
    }

    /// Takes the step that gives it its final name. A signal waits until the step is done; after that it is no longer
    /// temporary.
    pub fn finish<T>(&self, step: impl FnOnce() -> T) -> T {
        let mut live = live();
        live.remove(&self.path);
        step()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        live().remove(&self.path);
    }
}

/// Opens and locks it, unless another process holds the lock, it is a link, or this system has no locks.
fn locked(path: &Path) -> Option<File> {
    let file = owned::open_any(path).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Removes every temporary file and folder of this process, and lets no thread finish one after that: for the last
/// moment of a run that a signal ends.
pub fn remove_all() {
    let live = live();
    for path in live.iter() {
        remove(path);
    }
    std::mem::forget(live);
}

/// Removes what other threads may still write. A folder gets another temporary name first: then a thread can no longer
/// create anything in it under the old name. Without that, one in some hundred signals to a busy run left a folder that
/// a thread had filled or created again.
fn remove(path: &Path) {
    let moved = if path.is_dir() { moved_away(path).ok() } else { None };
    // A file that a thread was just creating needs one more try.
    for _ in 0..8 {
        if owned::remove_temporary(moved.as_deref().unwrap_or(path), |_| true).is_ok() {
            break;
        }
    }
}

/// Gives a temporary folder another temporary name, and returns it.
fn moved_away(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = &name[..name.rfind(MARK).map_or(0, |at| at + MARK.len())];
    let other = tempfile::Builder::new().prefix(prefix).tempdir_in(path.parent().unwrap_or(Path::new(".")))?.keep();
    owned::rename(path, &other)?;
    Ok(other)
}

/// What happened to the temporary files and folders that a killed run left next to an output.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Removed.
    pub removed: Vec<PathBuf>,
    /// Left alone, because something in them is not what this program writes, or the system refused.
    pub kept: Vec<PathBuf>,
}

/// Removes what killed runs left next to `path`: only a name that this program makes and that no process holds locked;
/// and a folder only if every file in it `is_ours`, by its path there.
#[must_use]
pub fn left_behind(path: &Path, is_ours: impl Fn(&Path) -> bool) -> LeftBehind {
    let mut left = LeftBehind::default();
    let Some(parent) = path.parent() else { return left };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let prefix = prefix(path);
    let is_temporary = |name: &str| {
        name.strip_prefix(&prefix)
            .is_some_and(|end| end.len() == RANDOM && end.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    let names = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names.filter(|name| name.to_str().is_some_and(is_temporary)).collect();
    names.sort();
    for path in names.iter().map(|name| parent.join(name)) {
        let Some(_lock) = locked(&path) else { continue };
        match owned::remove_temporary(&path, &is_ours) {
            Ok(()) => left.removed.push(path),
            Err(_) => left.kept.push(path),
        }
    }
    left
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        let outside = at("outside");
        fs::create_dir(&outside).expect("made");
        for name in
            [".a.dormant-aaaaaa", ".a.dormant-bbbbbb", ".a.dormant-cccccc", ".a.dormant-short", ".a.dormant-aa/aaa"]
        {
            fs::create_dir_all(at(name).join("tables")).expect("made");
            fs::write(at(name).join("tables/x.parquet"), "x").expect("written");
        }
        fs::write(at(".a.dormant-bbbbbb/thesis.txt"), "mine").expect("written");
        fs::write(outside.join("x.parquet"), "mine").expect("written");
        symlink(&outside, at(".a.dormant-eeeeee")).expect("a link");
        fs::write(at(".a.dormant-ffffff"), "half").expect("written");
        fs::write(at(".b.dormant-ffffff"), "of another output").expect("written");
        let (_, alive) = Temporary::make(|| Ok(at(".a.dormant-cccccc")), PathBuf::as_path).expect("made");
        let is_ours = |file: &Path| file.extension().is_some_and(|end| end == "parquet");
        let left = left_behind(&at("a"), is_ours);
        assert_eq!(left.removed, [at(".a.dormant-aaaaaa"), at(".a.dormant-ffffff")]);
        assert_eq!(left.kept, [at(".a.dormant-bbbbbb")]);
        for there in [
            ".a.dormant-bbbbbb/thesis.txt",
            ".a.dormant-cccccc/tables/x.parquet",
            ".a.dormant-short",
            ".b.dormant-ffffff",
        ] {
            assert!(at(there).exists(), "{there}");
        }
        assert!(at(".a.dormant-eeeeee").is_symlink() && outside.join("x.parquet").exists());
        drop(alive);
        assert_eq!(left_behind(&at("a"), is_ours).removed, [at(".a.dormant-cccccc")]);
    }

    #[test]
    fn a_folder_that_threads_still_fill_is_removed() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join(".a.dormant-aaaaaa");
        for _ in 0..50 {
            fs::create_dir(&folder).expect("made");
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let folder = &folder;
                    scope.spawn(move || {
                        for at in 0.. {
                            if fs::write(folder.join(format!("{thread}-{at}")), "x").is_err() {
                                break;
                            }
                        }
                    });
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
                remove(&folder);
            });
            assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 0);
        }
    }
}
