//! Reports compared with the truth: `tests/simulation/` lets accounts live with a log of every call, saves what IAM answers about them,
//! and looks in the log for a use of what a report calls unused.

use std::path::Path;
use std::process::{Command, Output};

fn simulation(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulation");
    let mut python = Command::new("python3");
    python.env("PYTHONDONTWRITEBYTECODE", "1").arg("run.py").arg(env!("CARGO_BIN_EXE_dormant")).args(arguments);
    python.current_dir(folder).output().expect("python3 is needed; tests/run installs it")
}

#[test]
#[ignore = "needs Python: tests/run"]
fn nothing_that_was_used_is_called_unused() {
    let output = simulation(&[]);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let end = said.char_indices().nth(6000).map_or(said.len(), |(at, _)| at);
    assert!(output.status.success(), "{}", &said[..end]);
}

/// The checks see a fault: an IAM that forgets accesses makes dormant deny what the log has.
#[test]
#[ignore = "needs Python: tests/run"]
fn forgotten_accesses_fail_each_check_of_use() {
    let output = simulation(&["--seeds", "0:2", "--hide-accesses"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for kind in
        ["used, and called unused", "used, and the entity is called unused", "recommend takes away what was used"]
    {
        assert!(said.contains(kind), "{kind}: not in\n{said}");
    }
}
