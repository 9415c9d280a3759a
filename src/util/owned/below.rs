//! Names below a root, reached one folder after another. Every folder on the way is opened without following a link,
//! and every step happens in the folder that was opened: nobody can put a link in its place in between.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawMode};
use rustix::io::Errno;

use super::stranger;

/// The flags to open a file: it follows no link, waits for nothing, and takes no terminal.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// The flags to open a folder.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// A folder below a root, and a name in it.
struct OpenedPlace<'p> {
    folder: OwnedFd,
    name: &'p OsStr,
}

/// Gives a link on the way, or in the place of a file, an error of its own.
fn told(error: Errno) -> io::Error {
    if matches!(error, Errno::LOOP | Errno::NOTDIR) { stranger() } else { error.into() }
}

fn open_root(root: &Path) -> io::Result<OwnedFd> {
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    // The root is the path that the user named, whether it is a link or not.
    Ok(rustix::fs::open(root, FOLDER, Mode::empty())?)
}

fn place<'p>(
    root: &Path,
    relative: &'p Path,
    enter: impl Fn(&OwnedFd, &OsStr) -> io::Result<OwnedFd>,
) -> io::Result<OpenedPlace<'p>> {
    let mut parts = relative.components().map(|part| match part {
        Component::Normal(name) => Ok(name),
        _ => Err(stranger()),
    });
    let name = parts.next_back().ok_or_else(stranger)??;
    let folder = parts.try_fold(open_root(root)?, |folder, part| enter(&folder, part?))?;
    Ok(OpenedPlace { folder, name })
}

fn enter(folder: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    rustix::fs::openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(told)
}

/// Creates the folder `name`, as open as the folder that it lies in, unless it exists; and enters it.
fn enter_made(folder: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    let mode = Mode::from_raw_mode(rustix::fs::fstat(folder)?.st_mode & 0o777);
    match rustix::fs::mkdirat(folder, name, mode) {
        Ok(()) | Err(Errno::EXIST) => enter(folder, name),
        Err(error) => Err(error.into()),
    }
}

/// Whether it is a regular file. It is not opened to find that out: opening a device can have effects.
fn is_file(place: &OpenedPlace) -> io::Result<bool> {
    let there = rustix::fs::statat(&place.folder, place.name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(there.st_mode).is_file())
}

fn open_as(place: &OpenedPlace, flags: OFlags, mode: Mode) -> io::Result<File> {
    let file = File::from(rustix::fs::openat(&place.folder, place.name, flags | FILE, mode).map_err(told)?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(stranger()) }
}

/// The permissions of a new file. A mode has 32 bits on Linux and 16 on macOS, of which permissions take 12.
fn mode_of(permissions: u32) -> Mode {
    Mode::from_raw_mode(RawMode::from(u16::try_from(permissions & 0o7777).unwrap_or_default()))
}

/// Opens the regular file `relative` below `root` for reading.
pub(super) fn open(root: &Path, relative: &Path) -> io::Result<File> {
    let place = place(root, relative, enter)?;
    if is_file(&place)? { open_as(&place, OFlags::RDONLY, Mode::empty()) } else { Err(stranger()) }
}

/// Creates the file `relative` below `root`, which must not exist, and opens it for writing and reading.
pub(super) fn create_new(root: &Path, relative: &Path, mode: u32) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    open_as(&place(root, relative, enter)?, flags, mode_of(mode))
}

/// Opens the regular file `relative` below `root` for writing, and creates it if it is missing.
pub(super) fn create(root: &Path, relative: &Path, mode: u32) -> io::Result<File> {
    let place = place(root, relative, enter)?;
    match is_file(&place) {
        Ok(false) => return Err(stranger()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    open_as(&place, OFlags::RDWR | OFlags::CREATE, mode_of(mode))
}

/// Creates the folder `relative` below `root`, and those on the way, each as open as the one that it lies in.
pub(super) fn create_folder(root: &Path, relative: &Path) -> io::Result<()> {
    let inside = relative.join("-");
    place(root, &inside, enter_made).map(drop)
}

/// Removes the regular file `relative` below `root`.
pub(super) fn remove(root: &Path, relative: &Path) -> io::Result<()> {
    let place = place(root, relative, enter)?;
    if !is_file(&place)? {
        return Err(stranger());
    }
    Ok(rustix::fs::unlinkat(&place.folder, place.name, AtFlags::empty())?)
}

/// The length of the regular file `relative` below `root`; anything else is an error.
pub(super) fn length(root: &Path, relative: &Path) -> io::Result<u64> {
    let place = place(root, relative, enter)?;
    let there = rustix::fs::statat(&place.folder, place.name, AtFlags::SYMLINK_NOFOLLOW)?;
    let is_file = FileType::from_raw_mode(there.st_mode).is_file();
    if is_file { Ok(there.st_size.try_into().unwrap_or_default()) } else { Err(stranger()) }
}

/// Gives the file `from` the name `to`, both below `root`.
pub(super) fn rename(root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (place(root, from, enter)?, place(root, to, enter)?);
    Ok(rustix::fs::renameat(&from.folder, from.name, &to.folder, to.name)?)
}

/// Exchanges two folders in one step.
#[cfg(target_os = "linux")]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags};
    Ok(rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}
