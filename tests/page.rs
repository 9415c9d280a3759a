//! `report.html` in a real browser: runs `tests/page/` with Node and Chromium, which `tests/run` installs; and holds the built
//! script and style against their sources in `web/`. Without Node, Chromium or the locked packages this fails, it does not pass.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `npm` in `folder`; what it says goes into the message where it fails.
fn npm(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("npm");
    command.current_dir(folder).args(arguments);
    command.env("DORMANT", env!("CARGO_BIN_EXE_dormant")).env("SAMPLES", root().join("sample-data"));
    let output = command.output().unwrap_or_else(|e| panic!("npm, which tests/run installs with Node: {e}"));
    assert!(
        output.status.success(),
        "npm {} in {}:\n{}{}",
        arguments.join(" "),
        folder.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "needs Node and Chromium: tests/run"]
fn the_page_works_in_chromium() {
    npm(&root().join("tests/page"), &["test", "--silent"]);
}

#[test]
#[ignore = "needs Node and Chromium: tests/run"]
fn the_built_assets_are_what_the_sources_give() {
    npm(&root().join("web"), &["run", "--silent", "check"]);
}
