//! The one way to open a file that marks or belongs to something of this program, and the one way to remove what it wrote.
//!
//! A folder can come from anybody. A marker in it can be a FIFO, on which a read waits for ever, a link that leads out of the folder,
//! or 8 GB of nothing. So such files are opened without following a link and without waiting, have to be regular, and are read up to a
//! ceiling. Only this file removes anything: a name that the program itself makes, in a real folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file for reading. Neither a link nor a FIFO, socket or device is opened, and nothing is waited for.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if `path` is not a regular file; else what the system reports.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    // Elsewhere the type is asked for first; there are no FIFOs in folders.
    if fs::symlink_metadata(path)?.is_file() {
        let file = options.open(path)?;
        if file.metadata()?.is_file() {
            return Ok(file);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
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

/// The bytes of a regular file, opened as by [`open`].
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] if it has more than `ceiling` bytes.
pub fn read(path: &Path, ceiling: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(ceiling + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > ceiling {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {ceiling} bytes")));
    }
    Ok(bytes)
}

/// Whether every folder from `root` down to the one that holds `relative` is a real folder (or is not there yet), and `relative` has
/// only plain names: so that neither a link nor `..` leads out of `root`.
pub fn is_inside(root: &Path, relative: &Path) -> bool {
    let is_plain = relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let mut folder = root.to_owned();
    let mut above = relative.parent().into_iter().flat_map(Path::components);
    is_plain
        && above.all(|part| {
            folder.push(part);
            fs::symlink_metadata(&folder).map_or_else(|e| e.kind() == io::ErrorKind::NotFound, |there| there.is_dir())
        })
}

/// Removes the regular file `relative` below `root`; `false` if there is none.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if it is no regular file inside `root` (see [`is_inside`]); else what the system reports.
pub fn remove(root: &Path, relative: &Path) -> io::Result<bool> {
    let path = root.join(relative);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
        Ok(there) if there.is_file() && is_inside(root, relative) => {}
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file of this folder")),
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// Removes `folder` if it is a real folder with nothing in it; says whether it did.
pub fn remove_empty(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|there| there.is_dir()) && fs::remove_dir(folder).is_ok()
}

/// Removes `path`, a temporary file or folder that this program made. Of a folder nothing is removed unless every file in it is a regular
/// one and `is_ours`, by its path below the folder.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] if something is not ours; else what the system reports.
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
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a FIFO");
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
        assert!(!remove_empty(&root.join("link")) && outside.join("file").exists() && root.join("link").exists());
        assert!(remove(&root, Path::new("file")).expect("removed") && !root.join("file").exists());
    }
}
