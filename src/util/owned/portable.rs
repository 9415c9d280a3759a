//! The same for systems that cannot open a name in an open folder: every folder on the way is checked first.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::stranger;

/// The path of `relative` below `root`, if every folder on the way is a real one.
fn place(root: &Path, relative: &Path) -> io::Result<PathBuf> {
    let mut folder = root.to_owned();
    for part in relative.parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        if !fs::symlink_metadata(&folder)?.is_dir() {
            return Err(stranger());
        }
    }
    let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if is_plain && relative.file_name().is_some() { Ok(root.join(relative)) } else { Err(stranger()) }
}

/// The path of `relative` below `root`, if that is a regular file.
fn file(root: &Path, relative: &Path) -> io::Result<PathBuf> {
    let path = place(root, relative)?;
    if fs::symlink_metadata(&path)?.is_file() { Ok(path) } else { Err(stranger()) }
}

pub(super) fn open(root: &Path, relative: &Path) -> io::Result<File> {
    File::open(file(root, relative)?)
}

pub(super) fn create_new(root: &Path, relative: &Path, _mode: u32) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).open(place(root, relative)?)
}

pub(super) fn create(root: &Path, relative: &Path, _mode: u32) -> io::Result<File> {
    let path = match file(root, relative) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => place(root, relative),
        found => found,
    };
    File::options().read(true).write(true).create(true).truncate(false).open(path?)
}

pub(super) fn create_folder(root: &Path, relative: &Path) -> io::Result<()> {
    let mut folder = PathBuf::new();
    for part in relative.components() {
        folder.push(part);
        match fs::create_dir(place(root, &folder)?) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    place(root, &relative.join("-")).map(drop)
}

pub(super) fn remove(root: &Path, relative: &Path) -> io::Result<()> {
    fs::remove_file(file(root, relative)?)
}

pub(super) fn length(root: &Path, relative: &Path) -> io::Result<u64> {
    Ok(fs::symlink_metadata(file(root, relative)?)?.len())
}

pub(super) fn rename(root: &Path, from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(place(root, from)?, place(root, to)?)
}
