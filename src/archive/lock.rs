//! Who may write to a store: one writer at a time, or any number of shards, each for itself.
//!
//! A lock is a file that the operating system keeps locked for a process, and releases however the process ends.
//! Readers take no lock: every file of a store is whole at any time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::StoreError;
use super::shard::Shard;
use crate::util::durable::mode_inside;
use crate::util::owned;

/// The folder of the locks, below the store.
pub const FOLDER: &str = "locks";

/// The lock of every writer that is not a shard.
pub const WHOLE: &str = "store.lock";

/// A lock that is held as long as this value exists.
#[derive(Debug)]
pub struct Lock {
    _files: Vec<File>,
}

/// Whether a file of this name in `locks` is one that [`take`] makes.
pub fn is_named_so(name: &str) -> bool {
    let of_shard = name.strip_prefix("shard-").and_then(|name| name.strip_suffix(".lock"));
    name == WHOLE || of_shard.is_some_and(super::is_i_of_n)
}

/// Locks the store `root` for `shard`, or for a writer that is not a shard.
///
/// # Errors
/// [`StoreError::Locked`] if another process has it; otherwise what the system reports.
pub fn take(root: &Path, shard: Option<Shard>) -> Result<Lock, StoreError> {
    let folder = root.join(FOLDER);
    owned::create_folder_in(root, Path::new(FOLDER)).map_err(failed(&folder))?;
    let locked = || StoreError::Locked { root: root.to_owned() };
    let mut files = Vec::new();
    match shard {
        Some(shard) => {
            let own = format!("shard-{}-of-{}.lock", shard.number, shard.of);
            files.push(held(root, WHOLE, File::try_lock_shared, locked)?);
            files.push(held(root, &own, File::try_lock, locked)?);
        }
        None => files.push(held(root, WHOLE, File::try_lock, locked)?),
    }
    Ok(Lock { _files: files })
}

/// The error of a lock that is not a file, or that the system refuses.
fn failed(path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::InvalidInput => {
            let what = "a link or something else stands in the place of a lock; move it away".to_owned();
            StoreError::Damaged { path: path.clone(), what }
        }
        _ => StoreError::io("write", &path)(error),
    }
}

fn held(
    root: &Path,
    name: &str,
    lock: impl Fn(&File) -> Result<(), TryLockError>,
    locked: impl Fn() -> StoreError,
) -> Result<File, StoreError> {
    let path = &root.join(FOLDER).join(name);
    let relative = Path::new(FOLDER).join(name);
    let file = owned::create_in(root, &relative, mode_inside(&root.join(FOLDER))).map_err(failed(path))?;
    match lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(locked()),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
    }
}
