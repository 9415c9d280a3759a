//! The files that an output is going to replace, so that none of them is a file that the run reads.
//!
//! They are compared by what the system knows them by, and not by their names: one file can have several names, through
//! links, `..`, or a file system that ignores case.

use std::collections::BTreeSet;
use std::fs;
#[cfg(unix)]
use std::io;
use std::path::{Path, PathBuf};

/// What the system knows a file by: the device and the number on it.
#[cfg(unix)]
type Identity = (u64, u64);

/// Other systems: the path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

/// The identity of the regular file at `path`, links followed; `None` if there is none. `-` is standard input, which the
/// shell may have opened from a file.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::fd::AsFd;
    if path == Path::new("-") { opened(io::stdin().as_fd()) } else { of_file(&fs::metadata(path).ok()?) }
}

#[cfg(unix)]
fn of_file(there: &fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    there.is_file().then(|| (there.dev(), there.ino()))
}

/// The identity of the regular file that a stream leads to.
#[cfg(unix)]
fn opened(stream: std::os::fd::BorrowedFd<'_>) -> Option<Identity> {
    of_file(&fs::File::from(stream.try_clone_to_owned().ok()?).metadata().ok()?)
}

#[cfg(unix)]
fn stdout() -> Option<Identity> {
    use std::os::fd::AsFd;
    opened(io::stdout().as_fd())
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::canonicalize(path).ok().filter(|path| path.is_file())
}

/// Other systems do not tell which file a stream leads to.
#[cfg(not(unix))]
fn stdout() -> Option<Identity> {
    None
}

/// The files that an output is going to replace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    output: PathBuf,
    files: BTreeSet<Identity>,
}

impl Replaced {
    /// The file at `output`, or every file in the folder there; none if nothing is there.
    #[must_use]
    pub fn of(output: &Path) -> Self {
        let below = walkdir::WalkDir::new(output).follow_root_links(true).into_iter().flatten();
        Self { output: output.to_owned(), files: below.filter_map(|entry| identity(entry.path())).collect() }
    }

    /// The file to which the shell has sent standard output.
    #[must_use]
    pub fn of_stdout() -> Self {
        Self { output: "standard output".into(), files: stdout().into_iter().collect() }
    }

    /// The output, as it was given.
    #[must_use]
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Whether the file at `path` is among them.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        !self.files.is_empty() && identity(path).is_some_and(|identity| self.files.contains(&identity))
    }

    /// Whether the file at `path`, or a file in the folder there, is among them.
    #[must_use]
    pub fn holds_any_of(&self, path: &Path) -> bool {
        !self.files.is_empty() && !self.files.is_disjoint(&Self::of(path).files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_under_every_name() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("audit")).expect("made");
        for name in ["audit/a.csv", "b.csv"] {
            fs::write(at(name), "x").expect("written");
        }
        let of_folder = Replaced::of(&at("audit"));
        assert!(of_folder.holds(&at("audit/../audit/a.csv")) && of_folder.holds_any_of(home.path()));
        assert!(!of_folder.holds(&at("b.csv")) && !of_folder.holds(&at("audit")) && !of_folder.holds(&at("none")));
        assert!(!Replaced::of(&at("none")).holds_any_of(home.path()));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("b.csv"), at("link")).expect("a link");
            fs::hard_link(at("b.csv"), at("twin")).expect("a hard link");
            let of_link = Replaced::of(&at("link"));
            assert!(of_link.holds(&at("b.csv")) && of_link.holds(&at("twin")) && !of_link.holds(&at("audit/a.csv")));
        }
    }
}
