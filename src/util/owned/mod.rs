//! The only way to open a file that marks or belongs to something of this program, and the only way to remove what it
//! wrote.
//!
//! A folder can come from anyone. A marker in it can be a FIFO, on which a read waits forever, a link that leads out of
//! the folder, or 8 GB of nothing. So such files are opened without following a link and without waiting; they must be
//! regular, and are read up to a ceiling. Everything below a root is reached without following a link on the way
//! ([`below`]). Only this module removes and renames, and only names that the program itself makes, in real folders.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use tempfile::NamedTempFile;

#[cfg(unix)]
mod below;
#[cfg(not(unix))]
#[path = "portable.rs"]
mod below;

/// Opens a regular file for reading. It does not open a link, a FIFO, a socket or a device, and does not wait.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if `path` is not a regular file; otherwise what the system reports.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    // Other systems have no FIFOs in folders; the type is checked first there.
    if fs::symlink_metadata(path)?.is_file() {
        let file = options.open(path)?;
        if file.metadata()?.is_file() {
            return Ok(file);
        }
    }
    Err(stranger())
}

/// The error for anything that is not a file of this program.
fn stranger() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file, or a link leads to it")
}

/// Opens a regular file or a real folder, as [`open`] does; a folder can only be locked through it.
///
/// # Errors
/// As [`open`].
pub fn open_any(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path)?.is_dir() {
        let folder = File::open(path)?;
        if folder.metadata()?.is_dir() {
            return Ok(folder);
        }
    }
    open(path)
}

/// The bytes of a file that only this user can have written: the file and `folder`, in which it lies, belong to this
/// user, and no other can write to them. With `sudo`, a home folder can be that of somebody else.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::PermissionDenied`] if others could have written it.
pub fn read_private(folder: &Path, name: &str, ceiling: u64) -> io::Result<Vec<u8>> {
    let file = open(&folder.join(name))?;
    if is_private_folder(folder) && is_private(&file.metadata()?) {
        return bounded(file, ceiling);
    }
    Err(io::ErrorKind::PermissionDenied.into())
}

/// Whether `folder` is a real folder of this user, to which no other can write.
pub fn is_private_folder(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|there| there.is_dir() && is_private(&there))
}

#[cfg(unix)]
fn is_private(there: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    there.uid() == rustix::process::geteuid().as_raw() && there.mode() & 0o022 == 0
}

/// Other systems give a home folder to its user alone.
#[cfg(not(unix))]
fn is_private(_there: &fs::Metadata) -> bool {
    true
}

/// The bytes of a regular file, opened as by [`open`].
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] if it has more than `ceiling` bytes.
pub fn read(path: &Path, ceiling: u64) -> io::Result<Vec<u8>> {
    bounded(open(path)?, ceiling)
}

fn bounded(file: File, ceiling: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(ceiling.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > ceiling {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {ceiling} bytes")));
    }
    Ok(bytes)
}

/// Opens the regular file `relative` below `root` for reading: neither a folder on the way nor the file itself may be a
/// link.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it is not such a file, or `relative` leads out of `root`; otherwise what the
/// system reports.
pub fn open_in(root: &Path, relative: &Path) -> io::Result<File> {
    below::open(root, relative)
}

/// The bytes of the regular file `relative` below `root`.
///
/// # Errors
/// As [`open_in`] and [`read`].
pub fn read_in(root: &Path, relative: &Path, ceiling: u64) -> io::Result<Vec<u8>> {
    bounded(open_in(root, relative)?, ceiling)
}

/// The length of the regular file `relative` below `root`, without opening it.
///
/// # Errors
/// As [`open_in`].
pub fn length_in(root: &Path, relative: &Path) -> io::Result<u64> {
    below::length(root, relative)
}

/// Creates the file `relative` below `root`, which must not exist, and opens it for writing and reading. `mode` counts
/// on systems that have modes.
///
/// # Errors
/// As [`open_in`]; [`io::ErrorKind::AlreadyExists`] if something is there.
pub fn create_new_in(root: &Path, relative: &Path, mode: u32) -> io::Result<File> {
    below::create_new(root, relative, mode)
}

/// Opens the regular file `relative` below `root` for writing, and creates it if it is missing.
///
/// # Errors
/// As [`open_in`].
pub fn create_in(root: &Path, relative: &Path, mode: u32) -> io::Result<File> {
    below::create(root, relative, mode)
}

/// Creates the folder `relative` below `root` and those on the way, each as open as the one that it lies in: a folder
/// in a private one is private too.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if something on the way is a link or a file; otherwise what the system reports.
pub fn create_folder_in(root: &Path, relative: &Path) -> io::Result<()> {
    below::create_folder(root, relative)
}

/// Gives the file `from` the name `to`, both below `root`, and replaces a file of that name.
///
/// # Errors
/// As [`create_folder_in`].
pub fn rename_in(root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    below::rename(root, from, to)
}

/// Gives the file or folder `from`, which this program created or moves aside, the name `to`.
///
/// # Errors
/// What the system reports.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Gives a temporary file the name `to`; an existing file is only replaced with `force`.
///
/// # Errors
/// What the system reports, for example [`io::ErrorKind::AlreadyExists`]; then the temporary file is gone.
pub fn persist(file: NamedTempFile, to: &Path, force: bool) -> io::Result<()> {
    let persisted = if force { file.persist(to) } else { file.persist_noclobber(to) };
    persisted.map(drop).map_err(|refused| refused.error)
}

/// Exchanges two folders in one step.
///
/// # Errors
/// What the system reports: not every file system can.
#[cfg(target_os = "linux")]
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    below::exchange(one, other)
}

/// Other systems have no such step.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes the regular file `relative` below `root`; `false` if there is none.
///
/// # Errors
/// As [`open_in`].
pub fn remove(root: &Path, relative: &Path) -> io::Result<bool> {
    match below::remove(root, relative) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Removes `folder` if it is a real and empty folder; returns whether it did.
pub fn remove_empty(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|there| there.is_dir()) && fs::remove_dir(folder).is_ok()
}

/// Removes `path`, a temporary file or folder that this program created. A folder is only removed if every file in it
/// is a regular one and `is_ours`, by its path below the folder.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if something is not ours; otherwise what the system reports.
pub fn remove_temporary(path: &Path, is_ours: impl Fn(&Path) -> bool) -> io::Result<()> {
    let there = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        there => there?,
    };
    if !there.is_dir() {
        let name = Path::new(path.file_name().unwrap_or_default());
        return remove(path.parent().unwrap_or(Path::new("")), name).map(drop);
    }
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in walkdir::WalkDir::new(path).contents_first(true) {
        let entry = entry?;
        let relative = entry.path().strip_prefix(path).unwrap_or(entry.path()).to_owned();
        match entry.file_type() {
            kind if kind.is_dir() => folders.push(entry.into_path()),
            kind if kind.is_file() && is_ours(&relative) => files.push(relative),
            _ => {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it holds a file that is not of this program"));
            }
        }
    }
    for file in &files {
        remove(path, file)?;
    }
    folders.iter().try_for_each(fs::remove_dir)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn fifo(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
    }

    #[test]
    fn only_a_regular_file_is_opened() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::write(at("file"), "text").expect("written");
        symlink(at("file"), at("link")).expect("a link");
        fifo(&at("fifo"));
        assert_eq!(read(&at("file"), 4).expect("read"), b"text");
        assert_eq!(read(&at("file"), 3).expect_err("too large").kind(), io::ErrorKind::FileTooLarge);
        for name in ["link", "fifo", "."] {
            assert_eq!(open(&at(name)).expect_err(name).kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        assert_eq!(open(&at("nothing")).expect_err("missing").kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nothing_outside_is_removed() {
        let home = tempfile::tempdir().expect("a folder");
        let (root, outside) = (home.path().join("root"), home.path().join("outside"));
        for folder in [&root, &outside] {
            fs::create_dir(folder).expect("made");
            fs::write(folder.join("file"), "text").expect("written");
        }
        symlink(&outside, root.join("link")).expect("a link");
        assert!(!remove(&root, Path::new("nothing")).expect("not there"));
        for name in ["../outside/file", "link/file", "link"] {
            remove(&root, Path::new(name)).expect_err(name);
        }
        for name in ["../outside/file", "link/file", "link", "/etc/hostname", ".", ""] {
            let name = Path::new(name);
            assert_eq!(open_in(&root, name).expect_err("refused").kind(), io::ErrorKind::InvalidInput, "{name:?}");
            assert_eq!(length_in(&root, name).expect_err("refused").kind(), io::ErrorKind::InvalidInput, "{name:?}");
            create_in(&root, name, 0o600).expect_err("refused");
            create_new_in(&root, name, 0o600).expect_err("refused");
            if name != Path::new("link") {
                rename_in(&root, Path::new("file"), name).expect_err("refused");
            }
        }
        create_folder_in(&root, Path::new("link/new")).expect_err("refused");
        assert!(!outside.join("new").exists() && fs::read(outside.join("file")).expect("there") == b"text");
        create_folder_in(&root, Path::new("a/b")).expect("made");
        create_folder_in(&root, Path::new("a/b")).expect("there");
        create_new_in(&root, Path::new("a/b/c"), 0o600).expect("made");
        create_new_in(&root, Path::new("a/b/c"), 0o600).expect_err("there");
        rename_in(&root, Path::new("a/b/c"), Path::new("a/d")).expect("renamed");
        assert_eq!(read_in(&root, Path::new("a/d"), u64::MAX).expect("read"), b"");
        assert!(!remove_empty(&root.join("link")) && outside.join("file").exists() && root.join("link").exists());
        assert!(remove(&root, Path::new("file")).expect("removed") && !root.join("file").exists());
    }
}
