//! Keeps files whole or absent, for outputs and stores alike: temporary files that may become the user's own, and
//! renames that last.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::Path;

use tempfile::Builder;

/// Temporary files are private by default; these get the permissions of the user's own files. As always, the system
/// applies the umask to `mode`.
#[cfg(unix)]
pub fn plain_permissions<'b, 'n, 's>(builder: &'b mut Builder<'n, 's>, mode: u32) -> &'b mut Builder<'n, 's> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(Permissions::from_mode(mode))
}

/// Temporary files are private by default; these get the permissions of the user's own files.
#[cfg(not(unix))]
pub fn plain_permissions<'b, 'n, 's>(builder: &'b mut Builder<'n, 's>, _mode: u32) -> &'b mut Builder<'n, 's> {
    builder
}

/// The permissions `plain`, with `mode` instead of their own mode.
#[cfg(unix)]
#[must_use]
pub fn permissions(_plain: &Permissions, mode: u32) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(mode)
}

/// Other systems have no mode.
#[cfg(not(unix))]
#[must_use]
pub fn permissions(plain: &Permissions, _mode: u32) -> Permissions {
    plain.clone()
}

/// Creates `folder`, which only its owner can enter. The folders above it are created too, as open as the umask allows.
///
/// # Errors
/// What the system reports.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    folder_builder(0o700).create(folder)
}

/// The mode of a new file in `folder`: those who may read the folder may read the file.
#[must_use]
pub fn mode_inside(folder: &Path) -> u32 {
    mode_above(&folder.join("file")) & 0o666
}

#[cfg(unix)]
fn mode_above(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let above = path
        .ancestors()
        .skip(1)
        .find_map(|folder| fs::metadata(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok());
    above.map_or(0o700, |there| there.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_above(_path: &Path) -> u32 {
    0o777
}

#[cfg(unix)]
fn folder_builder(mode: u32) -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(mode);
    builder
}

#[cfg(not(unix))]
fn folder_builder(_mode: u32) -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    builder
}

/// Makes renames and removals in `folder` last. Some file systems cannot sync a folder; then nothing more can be done.
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
