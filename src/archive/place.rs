//! Files that are there as a whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::Builder;

use super::StoreError;
use crate::util::durable::{mode_inside, sync_folder};
use crate::util::owned;
use crate::util::temporary::Temporary;

/// The folder of temporary files, below the store.
pub const FOLDER: &str = "tmp";

/// The beginning of the names of temporary files.
const TEMPORARY: &str = "part-";

/// The number of random letters and digits that follow.
const RANDOM: usize = 6;

/// Whether [`write_whole`] gives its temporary files names like this.
pub fn is_temporary(name: &str) -> bool {
    let end = name.strip_prefix(TEMPORARY);
    end.is_some_and(|end| end.len() == RANDOM && end.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Writes the file `relative` of the store `root` through a temporary file: it is synced, then renamed, so that a
/// reader sees the old file or the new one, even after a crash.
///
/// # Errors
/// What the system reports; then the file is unchanged. [`StoreError::Done`] if it is written, but might be lost in a
/// crash.
pub fn write_whole(
    root: &Path,
    relative: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let path = root.join(relative);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidInput => {
            let what = "a link or a file stands in the place of a folder on the way to it; move that away".to_owned();
            StoreError::Damaged { path: path.clone(), what }
        }
        _ => StoreError::io("write", &path)(error),
    };
    owned::create_folder_in(root, Path::new(FOLDER)).map_err(failed)?;
    let mode = mode_inside(&root.join(FOLDER));
    let temporary =
        |path: &Path| owned::create_new_in(root, &Path::new(FOLDER).join(path.file_name().unwrap_or_default()), mode);
    let make = || Builder::new().prefix(TEMPORARY).rand_bytes(RANDOM).make_in(root.join(FOLDER), temporary);
    let (file, marked) = Temporary::make(make, |file| file.path()).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file());
    let filled = fill(&mut out).and_then(|()| out.flush());
    // After an error the buffer is dropped without a write: dropping the writer would try to write once more.
    let _ = out.into_parts();
    filled.map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    if let Some(folder) = relative.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        owned::create_folder_in(root, folder).map_err(failed)?;
    }
    let name = Path::new(FOLDER).join(file.path().file_name().unwrap_or_default());
    marked.finish(|| owned::rename_in(root, &name, relative)).map_err(failed)?;
    // The temporary name no longer leads to a file.
    let _ = file.into_temp_path().keep();
    path.parent().map_or(Ok(()), |folder| sync(folder).map_err(StoreError::done))
}

/// Makes renames and removals in `folder` last.
///
/// # Errors
/// What the system reports.
pub fn sync(folder: &Path) -> Result<(), StoreError> {
    sync_folder(folder).map_err(StoreError::io("sync the folder", folder))
}
