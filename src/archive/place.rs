//! Files that are there whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::Builder;

use super::StoreError;
use crate::util::durable::{create_folder_inside, mode_inside, plain_permissions, sync_folder};
use crate::util::temporary::Temporary;

/// How the names of temporary files begin.
const TEMPORARY: &str = "part-";

/// Whether [`write_whole`] gives its temporary files names like this.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Writes `path` through a file in `temporary`, which lies on the same file system: synced, then renamed, so that anyone who looks,
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
    create_folder_inside(temporary).map_err(failed)?;
    let mode = mode_inside(temporary);
    let file = plain_permissions(Builder::new().prefix(TEMPORARY), mode).tempfile_in(temporary).map_err(failed)?;
    let marked = Temporary::new(file.path());
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file());
    let filled = fill(&mut out).and_then(|()| out.flush());
    // After an error the buffer is let go unwritten: dropping the writer would try to write once more.
    let _ = out.into_parts();
    filled.map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    if let Some(folder) = path.parent() {
        create_folder_inside(folder).map_err(failed)?;
    }
    marked.finish(|| file.persist(path)).map_err(|refused| failed(refused.error))?;
    path.parent().map_or(Ok(()), sync)
}

/// Makes renames and removals in `folder` last.
///
/// # Errors
/// What the system reports.
pub fn sync(folder: &Path) -> Result<(), StoreError> {
    sync_folder(folder).map_err(StoreError::io("sync the folder", folder))
}
