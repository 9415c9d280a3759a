//! The documentation is true: the columns that it defines are those that come out, and its commands end as it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a line of shell in the project, with this build of `dormant` on the PATH.
fn shell(line: &str) -> (i32, String) {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_dormant"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", binary.parent().expect("a folder").display());
    let output = Command::new("bash").args(["-c", line]).env("PATH", path).current_dir(root()).output().expect("bash");
    (output.status.code().expect("a code"), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The columns that the tables of the section `heading` define, in order.
fn defined(reports: &str, heading: &str) -> Vec<String> {
    let start = reports.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let section = &reports[start + heading.len() + 2..];
    let section = section.find("\n#").map_or(section, |end| &section[..end]);
    let rows = section.lines().skip_while(|line| *line != "| column | meaning |").skip(2);
    let names = rows.take_while(|line| line.starts_with('|')).filter_map(|row| row.split('|').nth(1));
    // The second code span of a name is a second name.
    names.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_column_is_defined_in_its_place() {
    let reports = read("docs/reports.md");
    let cases = [
        ("## summary", "summary"),
        ("## services", "services"),
        ("## unused", "unused --level action"),
        ("### compare --pairs", "compare --pairs"),
        ("### compare --roles", "compare --roles"),
        ("## trend", "trend"),
        ("## list", "list"),
        ("## check", "check"),
        ("## diff", "diff --from 2026-02-01 --to 2026-08-01"),
    ];
    for (heading, command) in cases {
        let (_, csv) = shell(&format!("dormant {command} sample-data/estate --format csv 2>/dev/null"));
        let header: Vec<_> = csv.lines().next().expect("a header").split(',').map(str::to_owned).collect();
        let columns: Vec<_> = defined(&reports, heading).into_iter().filter(|name| name != "change").collect();
        let header: Vec<_> = header.into_iter().filter(|name| name != "change").collect();
        assert_eq!(header, columns, "{heading}");
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = read("README.md");
    let mut shown = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = &block[..block.find("```").expect("a block ends")];
        let (command, expected) = block.split_once('\n').expect("a command and what it prints");
        let command = command.strip_prefix("$ ").expect("a prompt");
        let (_, printed) = shell(&format!("{command} 2>/dev/null"));
        assert_eq!(printed, expected, "{command}");
        shown += 1;
    }
    assert!(shown > 0, "README.md shows nothing");
}

#[test]
fn exit_codes_are_as_documented() {
    let page = read("docs/exit-codes.md");
    let lines: Vec<_> = page.lines().map(str::trim).collect();
    let mut seen = Vec::new();
    for window in lines.windows(3) {
        let [command, "$ echo $?", code] = window else { continue };
        let command = command.strip_prefix("$ ").expect("a prompt");
        let code: i32 = code.parse().expect("a code");
        assert_eq!(shell(&format!("{command} 2>/dev/null")).0, code, "{command}");
        seen.push(code);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3, 4], "each code is shown once at least");
}
