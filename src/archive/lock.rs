//! Who may write to a store: one at a time, or any number of shards, each its own.
//!
//! A lock is a file that the operating system holds locked for a process, and lets go whatever way that ends. Readers take none:
//! every file of a store is whole at any time.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::StoreError;
use super::shard::Shard;
use crate::util::durable::create_folder_inside;
#[cfg(unix)]
use crate::util::durable::mode_inside;

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _files: Vec<File>,
}

/// Whether a file of this name in `locks` is one that [`take`] makes.
pub fn is_named_so(name: &str) -> bool {
    name == "store.lock" || (name.starts_with("shard-") && name.split('.').next_back() == Some("lock"))
}

/// Takes the store `root` for `shard`, or for all that writes but shards.
///
/// # Errors
/// [`StoreError::Locked`] where another process has it; what the system reports.
pub fn take(root: &Path, shard: Option<Shard>) -> Result<Lock, StoreError> {
    let folder = root.join("locks");
    create_folder_inside(&folder).map_err(StoreError::io("write", &folder))?;
    let whole = folder.join("store.lock");
    let locked = || StoreError::Locked { root: root.to_owned() };
    let mut files = Vec::new();
    match shard {
        Some(shard) => {
            files.push(held(&whole, File::try_lock_shared, locked)?);
            files.push(held(
                &folder.join(format!("shard-{}-of-{}.lock", shard.number, shard.of)),
                File::try_lock,
                locked,
            )?);
        }
        None => files.push(held(&whole, File::try_lock, locked)?),
    }
    Ok(Lock { _files: files })
}

fn held(
    path: &Path,
    lock: impl Fn(&File) -> Result<(), TryLockError>,
    locked: impl Fn() -> StoreError,
) -> Result<File, StoreError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode_inside(path.parent().unwrap_or(path)));
    let file = options.open(path).map_err(StoreError::io("write", path))?;
    match lock(&file) {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(locked()),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path)(error)),
    }
}
