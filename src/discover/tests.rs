//! Folders made for each test; links, pipes and odd names where the system has them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A folder with empty files of the given names.
fn folder(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, name).expect("a file");
    }
    dir
}

/// The files found, as shown below `dir`.
fn shown(dir: &TempDir, found: &Discovery) -> Vec<String> {
    let prefix = format!("{}/", dir.path().display());
    found.files.iter().map(|f| f.source.path.strip_prefix(&prefix).unwrap_or(&f.source.path).to_owned()).collect()
}

fn found(paths: &[&Path]) -> Discovery {
    found_with(paths, false)
}

fn found_with(paths: &[&Path], follow_links: bool) -> Discovery {
    let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    discover(&paths, follow_links).expect("all paths exist")
}

#[test]
fn files_come_sorted_by_the_bytes_of_their_path() {
    let dir = folder(&["b.json", "a/z.json", "a.json", "B.json", "a-b/c", ".hidden"]);
    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), [".hidden", "B.json", "a-b/c", "a.json", "a/z.json", "b.json"]);
    assert!(all.problems.is_empty());
    assert!(all.files.iter().all(|f| !f.named && f.path.exists()));
    assert_eq!(all.files[4].source.logical_path(), "a/z.json");
}

#[test]
fn slashes_at_the_end_of_a_folder_change_nothing() {
    let dir = folder(&["a/z.json"]);
    let with_slash = format!("{}/", dir.path().display());
    let (plain, slashed) = (found(&[dir.path()]), found(&[Path::new(&with_slash)]));
    assert_eq!(plain.files[0].source, slashed.files[0].source);
}

#[test]
fn overlapping_arguments_list_a_file_once_in_any_order() {
    let dir = folder(&["a/x.json", "a/y.json", "b.json"]);
    let inner = dir.path().join("a");
    let file = inner.join("x.json");
    let one = found(&[dir.path(), &inner, &file]);
    let other = found(&[&file, &inner, dir.path()]);
    assert_eq!(one.files, other.files);
    assert_eq!(shown(&dir, &one), ["a/x.json", "a/y.json", "b.json"]);
    assert_eq!(one.files.iter().map(|f| f.named).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_link_to_a_file_of_the_same_walk_adds_nothing() {
    let dir = folder(&["real/m.json"]);
    symlink(dir.path().join("real/m.json"), dir.path().join("a-link.json")).expect("a link");
    symlink(dir.path().join("real"), dir.path().join("also")).expect("a link");
    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), ["real/m.json"]);
    assert!(all.problems.is_empty(), "{:?}", all.problems);
}

#[test]
fn links_out_of_the_folders_are_followed_only_if_that_is_asked_for() {
    let elsewhere = folder(&["deep/x.json", "y.json"]);
    let dir = folder(&["own.json", "in/z.json"]);
    symlink(elsewhere.path().join("deep"), dir.path().join("linked")).expect("a link");
    symlink(elsewhere.path().join("y.json"), dir.path().join("y-link.json")).expect("a link");
    let all = found_with(&[dir.path()], true);
    assert_eq!(shown(&dir, &all), ["in/z.json", "linked/x.json", "own.json", "y-link.json"]);
    assert!(all.problems.is_empty() && all.files.iter().all(|file| !file.path.is_symlink()));

    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), ["in/z.json", "own.json"]);
    let said: Vec<_> = all.problems.iter().map(|p| (p.kind, p.source.ends_with("linked"), &p.advice)).collect();
    assert_eq!(said.len(), 2);
    assert!(said.iter().all(|(kind, _, advice)| *kind == Kind::Unreadable && advice.contains("--follow-links")));
    assert!(said[0].1 && !said[1].1);
    // A link that the user typed is followed, and so is a link from one typed folder into another.
    let both = found(&[dir.path(), elsewhere.path()]);
    assert!(both.problems.is_empty());
    assert_eq!(both.files.len(), 4);
    let named = found(&[&dir.path().join("linked"), &dir.path().join("y-link.json")]);
    assert_eq!((named.files.len(), named.problems.len()), (2, 0));
    // A link to a link that leads out also leads out.
    let chained = folder(&["own.json"]);
    symlink(dir.path().join("linked"), chained.path().join("a")).expect("a link");
    symlink("a", chained.path().join("b")).expect("a link");
    assert_eq!(found(&[chained.path()]).problems.len(), 2);
}

#[test]
fn files_after_a_linked_folder_are_still_their_own() {
    let elsewhere = folder(&["x.json", "in/x.json"]);
    let dir = folder(&["in/x.json", "x.json", "z/x.json"]);
    symlink(elsewhere.path(), dir.path().join("linked")).expect("a link");
    let names = ["in/x.json", "linked/in/x.json", "linked/x.json", "x.json", "z/x.json"];
    assert_eq!(shown(&dir, &found_with(&[dir.path()], true)), names);
    assert_eq!(shown(&dir, &found(&[dir.path()])), ["in/x.json", "x.json", "z/x.json"]);
}

#[test]
fn hard_links_are_files_of_their_own() {
    let dir = folder(&["one.json"]);
    fs::hard_link(dir.path().join("one.json"), dir.path().join("two.json")).expect("a hard link");
    assert_eq!(shown(&dir, &found(&[dir.path()])), ["one.json", "two.json"]);
}

#[test]
fn what_the_walk_cannot_enter_is_a_problem_and_the_walk_goes_on() {
    let dir = folder(&["a.json", "sub/z.json"]);
    symlink(dir.path(), dir.path().join("sub/loop")).expect("a link");
    symlink("nowhere", dir.path().join("broken")).expect("a link");
    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), ["a.json", "sub/z.json"]);
    let kinds: Vec<Kind> = all.problems.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [Kind::Unreadable, Kind::Unreadable]);
    assert!(all.problems[0].source.ends_with("/broken"));
    assert!(all.problems[1].source.ends_with("/sub/loop") && all.problems[1].what.contains("link back"));
}

#[test]
fn special_files_are_passed_by_and_said() {
    let dir = folder(&["a.json"]);
    let _socket = UnixListener::bind(dir.path().join("socket")).expect("a socket");
    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), ["a.json"]);
    assert_eq!(all.problems.len(), 1);
    assert_eq!(all.problems[0].kind, Kind::Foreign);
}

#[test]
fn a_typed_path_that_leads_nowhere_is_fatal() {
    let dir = folder(&["a.json"]);
    let absent = dir.path().join("absent\n.json");
    let error = discover(&[dir.path().to_owned(), absent], false).expect_err("it does not exist");
    assert!(matches!(&error, DiscoverError::Missing { path } if path.ends_with("absent\\n.json")), "{error}");
    let through_a_file = dir.path().join("a.json/b");
    assert!(matches!(discover(&[through_a_file], false), Err(DiscoverError::Unreadable { .. })));
    assert!(discover(&[PathBuf::new()], false).is_err());
}

#[test]
fn standard_input_is_one_source() {
    let all = found(&[Path::new("-"), Path::new("-")]);
    assert_eq!(all.files, [Found { source: Source::file("-"), path: "-".into(), named: true }]);
}

#[test]
fn odd_names_are_shown_harmlessly_and_still_open() {
    let dir = folder(&[]);
    let names: [&[u8]; 4] = [b"a\nb", b"esc\x1b[2J", b"not\xffutf8", "rtl\u{202e}x".as_bytes()];
    for name in names {
        fs::write(dir.path().join(OsStr::from_bytes(name)), "x").expect("a file");
    }
    let all = found(&[dir.path()]);
    assert_eq!(shown(&dir, &all), ["a\\nb", "esc\\u{1b}[2J", "not\\xFFutf8", "rtl\\u{202e}x"]);
    assert!(all.files.iter().all(|f| fs::read(&f.path).is_ok()));
}

#[test]
fn accents_and_quotes_stay_as_they_are() {
    assert_eq!(printable("Zu\u{308}rich's “été” \u{1f512}".as_bytes()), "Zu\u{308}rich's “été” \u{1f512}");
}

proptest! {
    #[test]
    fn different_names_are_shown_differently(a in prop::collection::vec(any::<u8>(), 0..8), b in prop::collection::vec(any::<u8>(), 0..8)) {
        prop_assert_eq!(a == b, printable(&a) == printable(&b));
        prop_assert!(!printable(&a).chars().any(char::is_control));
    }
}

#[test]
fn a_path_of_windows_is_shown_with_slashes_and_its_drive() {
    assert_eq!(shown_with('\\', br"C:\dumps\111122223333\a.json"), "C:/dumps/111122223333/a.json");
    assert_eq!(shown_with('\\', br"\\server\share\a.json"), "//server/share/a.json");
    assert_eq!(shown_with('\\', br"dumps\roles/a.json"), "dumps/roles/a.json");
    // On other systems a backslash is a character of the name.
    assert_eq!(shown_with('/', br"dumps\a.json"), r"dumps\\a.json");
}
