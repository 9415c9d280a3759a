//! `dormant verify`: an audit is as its manifest has it, or what differs is named.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;

use program::{Ran, answer, dormant, put};

fn audit(home: &Path) {
    put(home.join("dumps/a.json"), answer("a").to_string());
    put(home.join("dumps/b.json"), answer("b").to_string());
    assert_eq!(dormant(home, ["report", "dumps", "-o", "audit"]).code, 0);
}

fn verify(home: &Path) -> Ran {
    dormant(home, ["verify", "audit"])
}

#[test]
fn an_audit_that_nobody_touched_is_as_it_was_written() {
    let home = tempfile::tempdir().expect("a folder");
    audit(home.path());
    let ran = verify(home.path());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("are as they were written, and 2 inputs as they were read"), "{}", ran.stderr);
    // Somewhere else, without the inputs.
    let other = tempfile::tempdir().expect("a folder");
    fs::rename(home.path().join("audit"), other.path().join("audit")).expect("moved");
    let ran = verify(other.path());
    assert!(ran.code == 0 && ran.stderr.contains("none of 2 inputs is here to be compared"), "{ran:?}");
    // A user who says where the inputs are wants them to be compared.
    let ran = dormant(other.path(), ["verify", "audit", "--inputs", "nowhere"]);
    assert!(ran.code == 1 && ran.stderr.contains("the input `nowhere/a.json` is missing"), "{ran:?}");
}

#[test]
fn every_difference_is_named() {
    type Change = fn(&Path);
    let cases: [(Change, &str); 6] = [
        (|home| put(home.join("audit/summary.csv"), "account_id\n"), "`summary.csv` was changed"),
        (|home| fs::remove_file(home.join("audit/report.xlsx")).expect("removed"), "`report.xlsx` is missing"),
        (|home| put(home.join("audit/notes.txt"), "mine"), "`notes.txt` is not of this audit"),
        (|home| put(home.join("dumps/a.json"), answer("c").to_string()), "the input `dumps/a.json` was changed"),
        (|home| fs::remove_file(home.join("dumps/a.json")).expect("removed"), "the input `dumps/a.json` is missing"),
        // Of the same length.
        (
            |home| {
                let path = home.join("audit/report.md");
                let text = fs::read_to_string(&path).expect("text");
                fs::write(path, text.replacen("IAM", "iam", 1)).expect("written");
            },
            "`report.md` was changed",
        ),
    ];
    for (change, wanted) in cases {
        let home = tempfile::tempdir().expect("a folder");
        audit(home.path());
        change(home.path());
        let ran = verify(home.path());
        assert!(ran.code == 1 && ran.stderr.contains(wanted), "{wanted}\n{ran:?}");
        assert!(ran.stderr.contains("audit is not as it was written: 1 difference"), "{}", ran.stderr);
    }
}

#[test]
fn what_is_no_audit_is_said_to_be_none() {
    let home = tempfile::tempdir().expect("a folder");
    audit(home.path());
    assert!(dormant(home.path(), ["verify", "dumps"]).stderr.contains("dumps is not an audit"));
    assert_eq!(dormant(home.path(), ["verify", "nowhere"]).code, 1);
    assert_eq!(dormant(home.path(), ["ingest", "dumps", "--store", "store"]).code, 0);
    let ran = dormant(home.path(), ["verify", "store"]);
    assert!(ran.code == 1 && ran.stderr.contains("Run `dormant store verify store`"), "{ran:?}");
}

/// A manifest shows what acts on a terminal, and bytes that are not UTF-8, as escapes: such a name was no path that could be opened.
#[test]
#[cfg(unix)]
fn inputs_with_names_that_are_shown_as_escapes_are_compared() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("in \u{2601}\u{fe0f}");
    let names: [&[u8]; 6] = [
        b"Z\xfcrich.json",
        "\u{2601}\u{fe0f}.json".as_bytes(),
        "\u{202e}x.json".as_bytes(),
        b"a\nb.json",
        b"a\\b.json",
        b"\\u{61}.json",
    ];
    for (at, name) in names.iter().enumerate() {
        put(folder.join(OsStr::from_bytes(name)), answer(&format!("role{at}")).to_string());
    }
    let ran = dormant(home.path(), ["report", "in \u{2601}\u{fe0f}", "-o", "audit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = verify(home.path());
    assert!(ran.code == 0 && ran.stderr.contains("6 inputs as they were read"), "{ran:?}");
    // A file that is called like the escape is another one.
    put(folder.join("\u{2601}\\u{fe0f}.json"), "{}");
    assert_eq!(verify(home.path()).code, 0);
    for (at, name) in names.iter().enumerate() {
        let path = folder.join(OsStr::from_bytes(name));
        put(&path, answer(&format!("role{}", at + 1)).to_string());
        let ran = verify(home.path());
        assert!(ran.code == 1 && ran.stderr.contains("was changed") && ran.stderr.contains("1 difference"), "{ran:?}");
        fs::remove_file(&path).expect("removed");
        let ran = verify(home.path());
        assert!(ran.code == 1 && ran.stderr.contains("is missing"), "{ran:?}");
        put(&path, answer(&format!("role{at}")).to_string());
    }
    assert_eq!(dormant(home.path(), ["verify", "audit", "--inputs", "in \u{2601}\u{fe0f}"]).code, 0);
}
