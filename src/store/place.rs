//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::Builder;

use super::StoreError;

/// Writes `path` through a file in `temporary`, which lies on the same file system: synced, then renamed, so that whoever looks,
/// after a crash too, sees the old file or the new one.
///
/// # Errors
/// What the system reports; then `path` is as it was.
pub fn write_whole(
    path: &Path,
    temporary: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("write", path)(error);
    fs::create_dir_all(temporary).map_err(failed)?;
    let mut builder = Builder::new();
    builder.prefix("part-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(temporary).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file());
    let filled = fill(&mut out).and_then(|()| out.flush());
    // After an error the buffer is let go unwritten: dropping the writer would try to write once more.
    let _ = out.into_parts();
    filled.map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    file.persist(path).map_err(|refused| failed(refused.error))?;
    path.parent().map_or(Ok(()), sync)
}

/// Makes renames and removals in `folder` last. Some file systems cannot sync a folder; then there is nothing more to be done.
///
/// # Errors
/// What the system reports.
pub fn sync(folder: &Path) -> Result<(), StoreError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Err(StoreError::io("sync the folder", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a file that may be gone already.
///
/// # Errors
/// What the system reports.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
