//! What a signal, a kill and a limit for the length of files leave.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{answer, dormant, fifo, home, put};

/// Every hidden name in `folder`.
fn hidden(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with('.')).collect()
}

/// Runs a report and ends it by `signal` after so many milliseconds.
fn interrupted(root: &Path, arguments: &[&str], signal: &str, after: u64) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_dormant"))
        .args(arguments)
        .current_dir(root)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(after));
    let _ = Command::new("kill").args([signal, &run.id().to_string()]).stderr(std::process::Stdio::null()).status();
    run.wait().expect("it ends");
}

#[test]
fn a_signal_leaves_nothing_and_the_next_run_clears_what_a_kill_left() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    for at in 0..300 {
        put(root.join(format!("dumps/{at}.json")), answer(&format!("role-{at}")).to_string());
    }
    let report: &[&str] = &["report", "dumps", "-o", "a", "--force"];
    let list: &[&str] = &["list", "dumps", "-o", "l.csv", "--force"];
    let ingest: &[&str] = &["ingest", "dumps", "--store", "store"];
    for (at, after) in (0..30).map(|at| at * 8).enumerate() {
        let signal = ["-TERM", "-INT", "-HUP"][at / 3 % 3];
        interrupted(root, [report, list, ingest][at % 3], signal, after);
        assert_eq!(hidden(root), [] as [&str; 0], "after {signal} at {after} ms");
        let left = fs::read_dir(root.join("store/tmp")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "in the store, after {signal} at {after} ms");
    }
    for after in (0..30).map(|at| at * 8) {
        interrupted(root, report, "-KILL", after);
        let left = hidden(root);
        let next = dormant(root, report.iter().copied());
        assert_eq!((next.code, hidden(root).len()), (0, 0), "{}", next.stderr);
        assert!(left.iter().all(|name| next.stderr.contains(name.as_str())), "{left:?} is not named: {}", next.stderr);
    }
    // A folder of such a name that somebody else keeps things in stays, and is named.
    put(root.join(".a.dormant-abcdef/thesis.txt"), "mine");
    let next = dormant(root, report.iter().copied());
    assert!(next.code == 0 && next.stderr.contains(".a.dormant-abcdef"), "{}", next.stderr);
    assert!(root.join(".a.dormant-abcdef/thesis.txt").exists());
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_no_sudden_death() {
    let home = home();
    let root = home.path();
    let script = format!("ulimit -f 4; exec {} report dumps -o a", env!("CARGO_BIN_EXE_dormant"));
    let ran = Command::new("sh").args(["-c", &script]).current_dir(root).output().expect("sh runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large"), "{said}");
    assert!(!root.join("a").exists() && hidden(root).is_empty());
}

/// `nohup` makes a run ignore the end of its session, and a shell makes what it starts in the background ignore Ctrl-C.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_to_be_ignored_is_ignored() {
    let home = home();
    let root = home.path();
    fifo(&root.join("slow"));
    for (signal, code) in [("HUP", 0), ("INT", 0)] {
        let script = format!(
            "trap '' {signal}; {} list dumps slow -o l.csv --force -q & run=$!; sleep 0.3; kill -{signal} $run; sleep 0.2; echo '[]' > slow; wait $run",
            env!("CARGO_BIN_EXE_dormant")
        );
        let ran = super::program::run(Command::new("sh").args(["-c", &script]).current_dir(root));
        assert!(ran.code == code || ran.code == 3, "{signal}: {ran:?}");
        assert!(root.join("l.csv").exists());
        fs::remove_file(root.join("l.csv")).expect("removed");
    }
}
