//! The cache of decoded packs changes no byte of any report, is read, is not believed when damaged, and forgets what a store forgets.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Ran, run};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const REPORTS: [&str; 9] = [
    "summary --stale-after 30d",
    "unused --level action --all-actions",
    "unused --as-of 2027-01-01 --stale-after 2y",
    "list --snapshots all --format json",
    "trend",
    "check --verbose",
    "diff --from 2026-02-01 --to 2026-08-01 --level action --all",
    "grants",
    "recommend",
];

/// A store of some samples, and a cache.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new(samples: &[&str]) -> Self {
        let home = Self { folder: TempDir::new().expect("a folder") };
        let ran = home.ask(Some("cache"), &format!("ingest --store STORE {}", samples.join(" ")));
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        home
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Runs `line` in the folder of the samples, `STORE` being that of this home, with the cache in `cache`, or with none.
    fn ask(&self, cache: Option<&str>, line: &str) -> Ran {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        let store = self.store();
        let words = line.split(' ').map(|word| if word == "STORE" { store.as_os_str() } else { word.as_ref() });
        let mut command = Command::new(env!("CARGO_BIN_EXE_dormant"));
        command.args(words).current_dir(samples).env_remove("HOME").env_remove("XDG_CACHE_HOME");
        if let Some(cache) = cache {
            command.env("XDG_CACHE_HOME", self.folder.path().join(cache));
        }
        run(&mut command)
    }

    fn report(&self, cache: Option<&str>, report: &str) -> Ran {
        let (name, options) = report.split_once(' ').unwrap_or((report, ""));
        self.ask(cache, format!("{name} STORE {options}").trim_end())
    }

    fn cached(&self) -> Vec<PathBuf> {
        let folder = self.folder.path().join("cache/dormant");
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
        files.sort();
        files
    }
}

#[test]
fn the_cache_changes_no_byte() {
    for samples in [&["estate", "two-accounts"][..], &["two-dates"], &["broken", "hostile-names"], &["truncated"]] {
        let home = Home::new(samples);
        assert_eq!(home.cached().len(), 1, "the ingest has left it");
        for report in REPORTS {
            let without = home.report(None, report);
            assert_eq!(home.report(Some("cache"), report), without, "{samples:?} {report}");
            assert_eq!(home.report(Some("fresh"), report), without, "{samples:?} {report}");
            assert_eq!(home.report(Some("fresh"), report), without, "{samples:?} {report}");
        }
    }
}

#[test]
fn another_limit_has_a_cache_of_its_own() {
    let home = Home::new(&["estate"]);
    let narrow = "summary --max-dump-rows 10";
    assert_ne!(home.report(None, narrow), home.report(None, "summary"));
    for _ in 0..2 {
        assert_eq!(home.report(Some("cache"), narrow), home.report(None, narrow));
    }
    assert_eq!(home.cached().len(), 2);
}

/// The content of a file of the cache with `from` replaced by `to`, which is as long, and the checksum that fits.
fn altered(file: &Path, from: &str, to: &str) -> Vec<u8> {
    let content = fs::read(file).expect("readable");
    let (content, _) = content.split_last_chunk::<32>().expect("a checksum");
    let mut content = content.to_vec();
    let at = content.windows(from.len()).position(|bytes| bytes == from.as_bytes()).expect("it is there");
    content[at..at + to.len()].copy_from_slice(to.as_bytes());
    let name = file.file_name().expect("a name").to_str().expect("UTF-8");
    let checksum = Sha256::new().chain_update(name).chain_update("\n").chain_update(&content).finalize();
    content.extend_from_slice(&checksum);
    content
}

#[test]
fn the_cache_is_read_and_a_damaged_one_is_made_again() {
    let home = Home::new(&["estate"]);
    let expected = home.report(None, "services");
    let [file] = home.cached().try_into().expect("one file");
    let whole = fs::read(&file).expect("readable");
    // With a checksum that fits it is believed, which shows that it is read: only its owner can write there.
    fs::write(&file, altered(&file, "Amazon S3", "Amazon Q9")).expect("written");
    assert!(home.report(Some("cache"), "services").stdout.contains("Amazon Q9"));
    let middle = whole.len() / 2;
    let flipped: Vec<u8> = whole.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == middle)).collect();
    let damaged: [&[u8]; 5] = [b"", b"x", &whole[..middle], &flipped, &whole[..whole.len() - 1]];
    for content in damaged {
        fs::write(&file, content).expect("written");
        assert_eq!(home.report(Some("cache"), "services"), expected);
        assert!(fs::read(&file).expect("readable") == whole, "it is made again");
    }
}

/// The file of one pack, under the name of another.
#[test]
fn a_file_under_another_name_is_not_believed() {
    let home = Home::new(&["estate"]);
    assert_eq!(home.ask(Some("cache"), "ingest two-accounts --store STORE").code, 0);
    let expected = home.report(None, "services");
    let [one, other] = home.cached().try_into().expect("two packs");
    fs::copy(&one, &other).expect("copied");
    assert_eq!(home.report(Some("cache"), "services"), expected);
}

/// A cache that somebody puts into a store is a stranger there.
#[test]
fn a_cache_inside_a_store_is_not_believed() {
    let home = Home::new(&["estate"]);
    let expected = home.report(None, "services");
    let [file] = home.cached().try_into().expect("one file");
    let forged = altered(&file, "Amazon S3", "Amazon Q9");
    for folder in ["", "cache", "cache/dormant", "originals"] {
        let folder = home.store().join(folder);
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join(file.file_name().expect("a name")), &forged).expect("written");
    }
    assert_eq!(home.report(None, "services").stdout, expected.stdout);
}

#[test]
fn what_a_store_forgets_leaves_the_cache() {
    let home = Home::new(&["two-accounts"]);
    let before = home.cached();
    assert_eq!(before.len(), 1);
    let ran = home.ask(Some("cache"), "store forget STORE --account 111122223333");
    assert_eq!(ran.code, 0, "{ran:?}");
    let after = home.cached();
    assert!(after.len() == 1 && after != before, "{after:?}");
    let content = fs::read(&after[0]).expect("readable");
    assert!(!content.windows(12).any(|bytes| bytes == b"111122223333"));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_cache_and_a_link_is_not_followed() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new(&["estate"]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let [file] = home.cached().try_into().expect("one file");
    assert_eq!((mode(file.parent().expect("a folder")), mode(&file)), (0o700, 0o600));
    let elsewhere = home.folder.path().join("elsewhere");
    let forged = altered(&file, "Amazon S3", "Amazon Q9");
    fs::rename(&file, &elsewhere).expect("moved");
    fs::write(&elsewhere, forged).expect("written");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
    assert!(!home.report(Some("cache"), "services").stdout.contains("Amazon Q9"));
}

#[test]
#[cfg(unix)]
fn a_cache_that_another_user_could_have_written_is_not_believed() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let home = Home::new(&["estate"]);
    let [file] = home.cached().try_into().expect("one file");
    let folder = file.parent().expect("a folder").to_owned();
    let forge = || {
        let forged = altered(&file, "Amazon S3", "Amazon Q9");
        fs::write(&file, forged).expect("written");
    };
    let shows_it = || home.report(Some("cache"), "services").stdout.contains("Amazon Q9");
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("allowed");
    forge();
    assert!(shows_it(), "a cache of this user is read");
    for path in [&folder, &file] {
        let mode = fs::metadata(path).expect("there").permissions().mode();
        allow(path, mode | 0o020);
        assert!(!shows_it(), "a group could have written {}", path.display());
        allow(path, mode);
    }
    // A link that is put in the place of the folder can lead to files that came with a repository.
    let elsewhere = home.folder.path().join("elsewhere");
    fs::rename(&folder, &elsewhere).expect("moved");
    symlink(&elsewhere, &folder).expect("a link");
    assert!(!shows_it(), "a link in the place of the folder");
    fs::remove_file(&folder).expect("removed");
    fs::rename(&elsewhere, &folder).expect("moved");
    // Only root gives files away: as with the home folder of somebody else under sudo.
    for path in [&folder, &file] {
        if chown(path, Some(65534), None).is_ok() {
            assert!(!shows_it(), "{} is of another user", path.display());
            chown(path, Some(0), None).expect("taken back");
        }
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_no_reason_to_fail() {
    let home = Home::new(&["estate"]);
    fs::write(home.folder.path().join("blocked"), "a file").expect("written");
    assert_eq!(home.report(Some("blocked"), "services"), home.report(None, "services"));
}
