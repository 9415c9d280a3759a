//! What keeps files whole or absent, for outputs and stores alike: temporary files that may become the user's own, and renames
//! that last.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::Builder;

/// Temporary files are private by default; these become the user's own. The system takes the umask from `mode`, as always.
#[cfg(unix)]
pub fn plain_permissions<'b, 'n, 's>(builder: &'b mut Builder<'n, 's>, mode: u32) -> &'b mut Builder<'n, 's> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(mode))
}

/// Temporary files are private by default; these become the user's own.
#[cfg(not(unix))]
pub fn plain_permissions<'b, 'n, 's>(builder: &'b mut Builder<'n, 's>, _mode: u32) -> &'b mut Builder<'n, 's> {
    builder
}

/// Makes renames and removals in `folder` last. Some file systems cannot sync a folder; then there is nothing more to be done.
///
/// # Errors
/// What the system reports.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Err(error),
        _ => Ok(()),
    }
}
