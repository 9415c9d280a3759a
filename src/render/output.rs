//! One output: standard output, or a file that is there whole or not at all.
//!
//! [`Target::check`] runs before the work, so that a mistyped path costs a second and not an hour. [`Target::write`] writes beside
//! the file, syncs and renames: whoever looks sees the old file or the new one, and a full disk leaves the old one.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub use super::place::{OutputError, Placing, check_outside_stores};
use super::place::{check_parent, existing, sync_rename, temporary_file};
use super::{Out, RenderError};
use crate::util::{durable, owned};

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Target {
    /// Whether the output can be written, asked before the work: see [`check_file`].
    ///
    /// # Errors
    /// As [`check_file`].
    pub fn check(&self, force: bool) -> Result<(), OutputError> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(path) => check_file(path, force),
        }
    }

    /// Writes what `fill` writes. A reader of standard output that has seen enough and closed the pipe is no error.
    ///
    /// # Errors
    /// As [`check_file`], once more, because time has passed; what `fill` reports; what the system reports. A file then is as it was
    /// before, and nothing is left beside it.
    pub fn write(
        &self,
        placing: impl Into<Placing>,
        fill: impl FnOnce(&mut Out) -> Result<(), RenderError>,
    ) -> Result<(), OutputError> {
        match self {
            Self::Stdout => {
                let written = fill_buffered(io::stdout(), fill);
                unless_pipe_closed(written).map_err(OutputError::render(Path::new("standard output")))
            }
            Self::File(path) => write_file(path, placing.into(), fill),
        }
    }
}

/// Checks that `path` can be written: its folder exists and takes new files, and `path` itself is no folder and, without
/// `force`, not there. Devices and pipes (`/dev/null`) may be there; they are written to, not replaced.
///
/// # Errors
/// Which of these does not hold.
pub fn check_file(path: &Path, force: bool) -> Result<(), OutputError> {
    match existing(path)? {
        Some(there) if there.is_dir() => Err(OutputError::IsFolder(path.to_owned())),
        Some(there) if is_device(&there) => Ok(()),
        Some(_) if !force => Err(OutputError::Exists(path.to_owned())),
        _ => check_parent(&behind_links(path)?),
    }
}

/// What is replaced or created: behind a link the file that it names, not the link, unless it leads nowhere.
fn behind_links(path: &Path) -> Result<PathBuf, OutputError> {
    match fs::canonicalize(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(path.to_owned())
        }
        found => found.map_err(OutputError::io("look at", path)),
    }
}

fn is_device(there: &Metadata) -> bool {
    !there.is_file() && !there.is_symlink()
}

fn write_file(
    path: &Path,
    Placing { force, mode, .. }: Placing,
    fill: impl FnOnce(&mut Out) -> Result<(), RenderError>,
) -> Result<(), OutputError> {
    check_file(path, force)?;
    let there = existing(path)?;
    if there.as_ref().is_some_and(is_device) {
        let device = File::options().write(true).open(path).map_err(OutputError::io("open", path))?;
        return unless_pipe_closed(fill_buffered(device, fill)).map_err(OutputError::render(path));
    }
    let goal = behind_links(path)?;
    let (file, temporary, plain) = temporary_file(&goal)?;
    // While it is written only its owner can read it.
    fill_buffered(file.as_file(), fill).map_err(OutputError::render(path))?;
    let permissions = match (mode, there.filter(Metadata::is_file)) {
        (Some(mode), _) => durable::permissions(&plain, mode),
        (None, Some(replaced)) => replaced.permissions(),
        (None, None) => plain,
    };
    file.as_file().set_permissions(permissions).map_err(OutputError::io("set the permissions of", path))?;
    file.as_file().sync_all().map_err(OutputError::io("write", path))?;
    match temporary.finish(|| owned::persist(file, &goal, force)) {
        Ok(()) => sync_rename(&goal),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(OutputError::Exists(path.to_owned())),
        Err(source) => Err(OutputError::Io { doing: "rename a temporary file to", path: path.to_owned(), source }),
    }
}

fn fill_buffered(
    sink: impl Write + Send,
    fill: impl FnOnce(&mut Out) -> Result<(), RenderError>,
) -> Result<(), RenderError> {
    let mut out = BufWriter::with_capacity(1 << 16, sink);
    let filled = fill(&mut out).and_then(|()| Ok(out.flush()?));
    // After an error the buffer is let go unwritten: dropping the writer would try to write once more.
    let _ = out.into_parts();
    filled
}

fn unless_pipe_closed(written: Result<(), RenderError>) -> Result<(), RenderError> {
    match written {
        Err(RenderError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_success_and_any_other_failure_is_not() {
        let failed = |kind: io::ErrorKind| unless_pipe_closed(Err(RenderError::Io(kind.into())));
        assert!(failed(io::ErrorKind::BrokenPipe).is_ok());
        assert!(failed(io::ErrorKind::StorageFull).is_err());
    }
}
