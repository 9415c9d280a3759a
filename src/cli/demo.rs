//! `demo`: the sample organization in a folder, so that a first report needs neither a clone nor an AWS account.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::args::DemoArgs;
use super::messages::Messages;
use dormant::render::output::check_outside_stores;

/// `sample-data/estate`, packed by `tools/demo-archive`: 440 KB in 9 KB.
const ESTATE: &[u8] = include_bytes!("demo/estate.tar.zst");

/// Unpacks the samples into a folder that is new or empty.
pub fn demo(args: &DemoArgs, messages: Messages) -> Result<()> {
    let dir = &args.dir;
    refuse_what_is_in_use(dir)?;
    check_outside_stores(dir)?;
    let files = unpack(dir)?;
    messages.note(format!("{files} files in {}: an invented organization, two accounts at three dates", dir.display()));
    messages.note(format!("EXPECT.md there says what is planted; next: dormant report {} -o audit", dir.display()));
    Ok(())
}

/// A folder that holds anything is somebody's, and a report on it would be about more than the samples.
fn refuse_what_is_in_use(dir: &Path) -> Result<()> {
    let holds_something = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            bail!("{} is not a folder; name one that is new or empty", dir.display())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot look into {}", dir.display())),
    };
    if holds_something {
        bail!("{} is not empty, and nothing in it is touched; name a folder that is new or empty", dir.display());
    }
    Ok(())
}

/// Writes every file of the archive and says how many there are. A file that has appeared meanwhile is an error, not replaced.
fn unpack(dir: &Path) -> Result<usize> {
    let failed = |path: PathBuf| format!("cannot write {}", path.display());
    fs::create_dir_all(dir).with_context(|| failed(dir.to_owned()))?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(ESTATE)?);
    archive.set_overwrite(false);
    archive.set_preserve_mtime(false);
    let mut files = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = dir.join(entry.path()?);
        entry.unpack_in(dir).with_context(|| failed(path))?;
        files += usize::from(entry.header().entry_type().is_file());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every file below `folder`, by its path there.
    fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry"));
        let files = entries.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| {
                let name = entry.path().strip_prefix(folder).expect("below the folder").to_owned();
                (name, fs::read(entry.path()).expect("a readable file"))
            })
            .collect()
    }

    #[test]
    fn the_archive_is_the_sample_estate() {
        let dir = tempfile::tempdir().expect("a folder");
        let unpacked = unpack(dir.path()).expect("room on the disk");
        let samples = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/estate"));
        assert_eq!(unpacked, samples.len(), "run tools/demo-archive");
        assert!(files(dir.path()) == samples, "sample-data/estate has changed: run tools/demo-archive");
    }

    #[test]
    fn a_folder_that_holds_anything_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let own = dir.path().join("EXPECT.md");
        fs::write(&own, "mine").expect("written");
        assert!(refuse_what_is_in_use(dir.path()).is_err());
        // Also where the file appears after the look.
        assert!(unpack(dir.path()).is_err());
        assert_eq!(fs::read_to_string(&own).expect("still there"), "mine");
    }
}
