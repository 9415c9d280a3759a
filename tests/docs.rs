//! The documentation is true: the columns that it defines are those that come out, and its commands end and print as it says.
//!
//! `TRYCMD=overwrite cargo test --release --test docs` writes what the commands of the guides print into the pages, as it does for the
//! recorded sessions.

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
    shell_in(root(), line)
}

fn shell_in(folder: &Path, line: &str) -> (i32, String) {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_dormant"));
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", binary.parent().expect("a folder").display());
    let mut bash = Command::new("bash");
    bash.args(["-c", line]).env("PATH", path).env("LC_ALL", "C").current_dir(folder);
    let output = bash.output().expect("bash");
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
        ("## entities", "entities"),
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

/// The pages of which every command is run, from top to bottom, in one folder per page.
const PAGES: [&str; 10] = [
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/organization.md",
    "docs/how-to/auditor.md",
    "docs/how-to/findings.md",
    "docs/how-to/ci.md",
    "docs/how-to/data.md",
    "docs/how-to/two-dates.md",
    "docs/how-to/athena.md",
    "docs/how-to/outsiders.md",
];

/// What commands hold that need a package registry, an AWS account or an engine, and what tries them instead.
const ELSEWHERE: [(&str, &str); 5] = [
    ("pip install dormant", "tools/try-packages"),
    ("sh collect.sh", "tests/collect/run"),
    ("python3 collect.py ", "tests/collect/run"),
    ("cat schema.sql unused.sql | duckdb", "tests/sql"),
    ("aws s3 sync ", "nothing: it needs an account"),
];

/// One page on its way: what its commands have left in `folder`, and the text with what they print.
struct Session {
    folder: tempfile::TempDir,
    text: String,
    /// How the last command ended.
    code: i32,
    elsewhere: Vec<&'static str>,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, text: String::new(), code: 0, elsewhere: Vec::new() }
    }

    /// Runs a command. What needs more than this machine leaves what its guide goes on with.
    fn run(&mut self, command: &str) -> String {
        let known = ELSEWHERE.iter().find(|(part, _)| command.contains(part));
        let instead = match (known, command.rsplit(' ').next()) {
            (Some((part, _)), Some(last)) if part.contains("collect") => {
                // Without a folder it is one of `dumps`, which the guide reads.
                let dir = if last == "collect.sh" { "dumps" } else { last };
                format!("test -e {dir} || dormant demo {dir}")
            }
            (Some(_), _) => "true".to_owned(),
            (None, _) => command.to_owned(),
        };
        self.elsewhere.extend(known.map(|(part, _)| *part));
        // `$?` is how the command before this one ended; both streams show as they do on a terminal.
        let line = format!("exec 2>&1; (exit {}); {instead}", self.code);
        let (code, printed) = shell_in(self.folder.path(), &line);
        self.code = code;
        printed
    }

    /// Goes through a page. In a block `console` the lines after a prompt are what is printed; in a block `sh` each line succeeds.
    fn read(&mut self, page: &str) {
        let mut block = "";
        for line in page.lines() {
            let command = line.strip_prefix("$ ").filter(|_| block == "console");
            if block != "console" || command.is_some() || line == "```" {
                self.text.push_str(line);
                self.text.push('\n');
            }
            match (block, command, line.strip_prefix("```")) {
                ("", _, Some(opened)) => block = opened,
                (_, _, Some(_)) => block = "",
                ("console", Some(command), _) => {
                    let printed = self.run(command);
                    self.text.push_str(&printed);
                }
                ("sh", ..) => {
                    let printed = self.run(line);
                    assert_eq!(self.code, 0, "{line}: {printed}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_command_of_the_guides_does_what_they_say() {
    let mut elsewhere = Vec::new();
    for name in PAGES {
        let page = read(name);
        let mut session = Session::new();
        session.read(&page);
        if std::env::var("TRYCMD").is_ok_and(|wish| wish == "overwrite") {
            fs::write(root().join(name), &session.text).expect("the page is ours");
        } else {
            let differing = session.text.lines().zip(page.lines()).find(|(printed, said)| printed != said);
            assert!(session.text == page, "{name}: TRYCMD=overwrite writes what is printed; first: {differing:?}");
        }
        elsewhere.extend(session.elsewhere);
    }
    let unused: Vec<_> = ELSEWHERE.iter().filter(|(part, _)| !elsewhere.contains(part)).collect();
    assert!(unused.is_empty(), "no guide has these any more: {unused:?}");
}

/// What the commands of the reference pages take: the demo as `dumps`, and what the pages before a command would have left.
const PREPARED: &str = r#"dormant demo dumps && dormant report dumps -o audit --formats xlsx --sample 5 --seed 7 &&
printf '%s\n' 'path,entity_arn' 'AdminRole.json,arn:aws:iam::111122223333:role/AdminRole' > owners.csv &&
printf '%s\n' '[[decision]]' 'entity = "role/AdminRole"' 'decision = "remove"' 'owner = "ops"' 'decided = 2026-07-06' > decisions.toml"#;

/// What reads a line of the reference pages in place of the engine or of AWS.
const NOT_HERE: [(&str, &str); 2] = [("| duckdb", "tests/sql"), ("s3a://", "tests/sql")];

#[test]
fn every_command_of_the_reference_runs() {
    let pages = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<_> = pages.filter(|page| page.extension().is_some_and(|ending| ending == "md")).collect();
    pages.sort();
    // `tests/evidence.rs` runs the first, the test above the second.
    pages.retain(|page| !["evidence.md", "exit-codes.md"].iter().any(|name| page.ends_with(name)));
    let mut ran = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("UTF-8");
        let folder = tempfile::tempdir().expect("a folder");
        let (code, said) = shell_in(folder.path(), &format!("exec 2>&1; {PREPARED}"));
        assert_eq!(code, 0, "{said}");
        let commands =
            text.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with("dormant "));
        for command in commands.filter(|command| NOT_HERE.iter().all(|(part, _)| !command.contains(part))) {
            let (code, said) = shell_in(folder.path(), &format!("exec 2>&1; {command}"));
            // The gate of a pipeline may close: that is what it is for.
            let gate = command.contains("--fail-on") && code == 4;
            assert!(code == 0 || gate, "{}: `{command}` ends with {code}: {said}", page.display());
            ran += 1;
        }
    }
    assert!(ran > 20, "{ran} commands");
}

#[test]
fn every_guide_is_run_and_found() {
    let index = read("docs/index.md");
    let guides =
        fs::read_dir(root().join("docs/how-to")).expect("guides").map(|entry| entry.expect("an entry").file_name());
    for guide in guides.map(|name| format!("how-to/{}", name.to_string_lossy())) {
        assert!(PAGES.contains(&format!("docs/{guide}").as_str()), "{guide} is not run");
        assert!(index.contains(&format!("({guide})")), "docs/index.md does not lead to {guide}");
    }
    for page in fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path()) {
        let name = page.file_name().expect("a name").to_string_lossy();
        let is_led_to = name == "index.md" || index.contains(&format!("({name})"));
        assert!(
            is_led_to || page.extension().is_none_or(|ending| ending != "md"),
            "docs/index.md does not lead to {name}"
        );
    }
}

#[test]
fn the_recording_is_what_is_printed() {
    let (code, said) = shell(&format!("exec 2>&1; python3 -B tools/record {} --check", env!("CARGO_BIN_EXE_dormant")));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn every_difference_between_systems_is_listed() {
    let page = read("docs/portable.md");
    let files = walkdir::WalkDir::new(root().join("src")).into_iter().map(|entry| entry.expect("an entry"));
    let mut missing = Vec::new();
    for file in files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs")) {
        let text = fs::read_to_string(file.path()).expect("UTF-8");
        let is_special = |line: &str| {
            line.contains("cfg")
                && !line.contains("test")
                && ["unix", "windows", "target_os"].iter().any(|system| line.contains(system))
        };
        let name = file.path().strip_prefix(root().join("src")).expect("below src").display().to_string();
        if name.contains("tests") {
            continue;
        }
        if text.lines().any(is_special) && !page.contains(&format!("`{name}`")) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "docs/portable.md does not list {missing:?}");
}
