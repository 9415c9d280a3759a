//! Outputs on a real file system: whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::problem::{Kind, Problem};
use crate::render::Out;
use crate::render::folder::{check_folder, write_folder};
use crate::render::output::{OutputError, Target, check_file};
use crate::render::{AuditManifest, RenderError};
use crate::report::{InputCounts, InputFile, Parameter};

fn fill(text: &str) -> impl Fn(&mut Out) -> Result<(), RenderError> + '_ {
    move |out| Ok(out.write_all(text.as_bytes())?)
}

fn fill_then_fail(kind: io::ErrorKind) -> impl Fn(&mut Out) -> Result<(), RenderError> {
    move |out| {
        out.write_all(&vec![b'x'; 1 << 20])?;
        Err(RenderError::Io(kind.into()))
    }
}

fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn inside(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

#[test]
fn a_file_is_written_and_replaced_only_with_force() {
    let here = folder();
    let path = inside(&here, "out.csv");
    let target = Target::File(path.clone());
    target.check(false).expect("nothing there");
    target.write(false, fill("one")).expect("written");
    assert!(matches!(target.check(false), Err(OutputError::Exists(_))));
    assert!(matches!(target.write(false, fill("two")), Err(OutputError::Exists(_))));
    assert_eq!(fs::read_to_string(&path).expect("there"), "one");
    target.write(true, fill("three")).expect("replaced");
    assert_eq!(fs::read_to_string(&path).expect("there"), "three");
    assert_eq!(entries(here.path()), ["out.csv"]);
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_beside_it() {
    let here = folder();
    let target = Target::File(inside(&here, "out.csv"));
    let full = |target: &Target| target.write(true, fill_then_fail(io::ErrorKind::StorageFull));
    assert!(matches!(full(&target), Err(OutputError::Io { .. })));
    assert_eq!(entries(here.path()), [""; 0]);
    target.write(false, fill("old")).expect("written");
    assert!(full(&target).is_err());
    assert_eq!(entries(here.path()), ["out.csv"]);
    assert_eq!(fs::read_to_string(inside(&here, "out.csv")).expect("there"), "old");
}

#[test]
fn a_path_that_cannot_be_written_is_told_before_the_work() {
    let here = folder();
    fs::write(inside(&here, "file"), "").expect("written");
    assert!(matches!(check_file(here.path(), true), Err(OutputError::IsFolder(_))));
    assert!(matches!(check_file(&inside(&here, "no/out.csv"), false), Err(OutputError::NoParent { .. })));
    assert!(matches!(check_file(&inside(&here, "file/out.csv"), false), Err(OutputError::ParentIsFile { .. })));
    let message = check_file(&inside(&here, "file"), false).expect_err("exists").to_string();
    assert!(message.contains("file already exists. Use --force"), "{message}");
    assert_eq!(entries(here.path()), ["file"], "the check leaves nothing");
}

#[cfg(unix)]
#[test]
fn a_new_file_has_plain_permissions_and_a_replaced_one_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let here = folder();
    let (plain, ours) = (inside(&here, "plain"), inside(&here, "ours"));
    fs::write(&plain, "").expect("written");
    let target = Target::File(ours.clone());
    target.write(false, fill("x")).expect("written");
    assert_eq!(mode(&ours), mode(&plain));
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o600)).expect("set");
    target.write(true, fill("y")).expect("replaced");
    assert_eq!(mode(&ours), 0o600);
}

#[cfg(unix)]
#[test]
fn a_link_is_written_through_and_a_device_written_to() {
    let here = folder();
    let (file, link) = (inside(&here, "file"), inside(&here, "link"));
    fs::write(&file, "old").expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    Target::File(link.clone()).write(true, fill("new")).expect("replaced");
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&file).expect("there"), "new");
    let null = Target::File(PathBuf::from("/dev/null"));
    null.check(false).expect("a device may be there");
    null.write(false, fill("x")).expect("written");
    assert!(!Path::new("/dev/null").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_and_a_full_device_are_told() {
    let path = Path::new("/proc/out.csv");
    assert!(matches!(check_file(path, false), Err(OutputError::ReadOnly { .. })));
    assert!(matches!(check_folder(path, false), Err(OutputError::ReadOnly { .. })));
    let full = Target::File(PathBuf::from("/dev/full")).write(false, fill("x"));
    let Err(OutputError::Io { source, .. }) = full else { panic!("{full:?}") };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
}

/// A folder as the report command writes it.
fn write_report(path: &Path, force: bool, text: &str) -> Result<(), OutputError> {
    write_folder(path, force, &mut |folder| {
        folder.file("services.csv", fill(text))?;
        folder.file("tables/dumps.csv", fill("dumps"))?;
        let manifest = AuditManifest {
            parameters: &[Parameter::text("stale_after_days", "stale after", "90 days".into())],
            exit_code: 3,
            headline: None,
            inputs: InputCounts { found: 2, read: 1, skipped: 1, failed: 0 },
            problems: &[Problem::new(Kind::Foreign, "b", "it is something else.")],
            input_files: &["/dumps/a/b.json", "a.json", "/dumps/c.json"].map(|source| InputFile {
                source: source.into(),
                root: if source.starts_with('/') { 6 } else { 0 },
                bytes: 3,
                sha256: None,
            }),
            rows: &[("services.csv".into(), 1)],
            files: &folder.written(),
        };
        folder.file("manifest.json", |out| Ok(manifest.write(out)?))
    })
}

#[test]
fn a_folder_is_written_whole() {
    let here = folder();
    let out = inside(&here, "out");
    check_folder(&out, false).expect("nothing there");
    write_report(&out, false, "services").expect("written");
    assert_eq!(entries(here.path()), ["out"]);
    assert_eq!(entries(&out), ["manifest.json", "services.csv", "tables"]);
    insta::assert_snapshot!(fs::read_to_string(out.join("manifest.json")).expect("there"));
}

#[test]
fn a_folder_that_fails_half_way_leaves_what_was_there() {
    let here = folder();
    let out = inside(&here, "out");
    let half = |force| {
        write_folder(&out, force, &mut |folder| {
            folder.file("services.csv", fill("new"))?;
            folder.file("unused.csv", fill_then_fail(io::ErrorKind::StorageFull))
        })
    };
    let message = half(false).expect_err("the disk is full").to_string();
    assert!(message.contains("out/unused.csv") && !message.contains(".out.tmp"), "names the wanted path: {message}");
    assert_eq!(entries(here.path()), [""; 0]);
    write_report(&out, false, "old").expect("written");
    half(true).expect_err("the disk is full");
    assert_eq!(entries(here.path()), ["out"]);
    assert_eq!(fs::read_to_string(out.join("services.csv")).expect("there"), "old");
}

#[test]
fn force_replaces_only_an_empty_folder_or_one_of_ours() {
    let here = folder();
    let out = inside(&here, "out");
    write_report(&out, false, "old").expect("written");
    assert!(matches!(write_report(&out, false, "new"), Err(OutputError::Exists(_))));
    fs::write(out.join("notes.csv"), "").expect("written");
    assert!(matches!(write_report(&out, true, "new"), Err(OutputError::HoldsOther { .. })));
    fs::remove_file(out.join("notes.csv")).expect("removed");
    write_report(&out, true, "new").expect("replaced");
    assert_eq!(entries(here.path()), ["out"]);
    assert_eq!(entries(&out), ["manifest.json", "services.csv", "tables"]);
    assert_eq!(fs::read_to_string(out.join("services.csv")).expect("there"), "new");

    let empty = inside(&here, "empty");
    fs::create_dir(&empty).expect("made");
    assert!(matches!(check_folder(&empty, false), Err(OutputError::Exists(_))));
    write_report(&empty, true, "new").expect("replaced");

    for (name, manifest) in [("photos", None), ("webapp", Some(r#"{"tool": "webpack"}"#)), ("broken", Some("{"))] {
        let theirs = inside(&here, name);
        fs::create_dir(&theirs).expect("made");
        fs::write(theirs.join("precious"), "").expect("written");
        if let Some(text) = manifest {
            fs::write(theirs.join("manifest.json"), text).expect("written");
        }
        assert!(matches!(write_report(&theirs, true, "new"), Err(OutputError::NotOurs(_))), "{name}");
        assert!(theirs.join("precious").exists());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_work() {
    let here = folder();
    fs::write(inside(&here, "file"), "").expect("written");
    assert!(matches!(check_folder(&inside(&here, "file"), true), Err(OutputError::IsFile(_))));
    assert!(matches!(check_folder(&inside(&here, "no/out"), true), Err(OutputError::NoParent { .. })));
    assert!(matches!(check_folder(&inside(&here, "file/out"), true), Err(OutputError::ParentIsFile { .. })));
    assert_eq!(entries(here.path()), ["file"], "the check leaves nothing");
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let here = folder();
    for name in ["../x", "/x", "", "a/../../x", "."] {
        let written = write_folder(&inside(&here, "out"), false, &mut |folder| folder.file(name, fill("x")));
        assert!(matches!(written, Err(OutputError::BadName(_))), "{name}");
    }
    assert_eq!(entries(here.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_folder_has_plain_permissions_and_a_replaced_one_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let here = folder();
    let (plain, out) = (inside(&here, "plain"), inside(&here, "out"));
    fs::create_dir(&plain).expect("made");
    fs::write(plain.join("file"), "").expect("written");
    write_report(&out, false, "x").expect("written");
    assert_eq!(mode(&out), mode(&plain));
    assert_eq!(mode(&out.join("services.csv")), mode(&plain.join("file")));
    fs::set_permissions(&out, fs::Permissions::from_mode(0o700)).expect("set");
    write_report(&out, true, "y").expect("replaced");
    assert_eq!(mode(&out), 0o700, "a private folder stays private");
}
