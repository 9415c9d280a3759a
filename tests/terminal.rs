//! What a person at a terminal sees: no line is wider than the terminal, what identifies a row is there, and no report floods the screen.
//!
//! The program writes to a pseudo-terminal of a given width, as it does under a shell. What prints a program for another one (`sql`,
//! `collect-script`, `completions`, `man`) is left out: its lines are as long as that program wants them.
#![cfg(unix)]

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dormant::util::wrap::width;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// From a small window to the widest that people use.
const WIDTHS: [u16; 7] = [60, 80, 100, 120, 160, 200, 250];

/// The most lines that a report on the sample estate may take.
const MOST_LINES: usize = 120;

/// Every report, with the labels that identify its rows.
const REPORTS: &[(&str, &[&str])] = &[
    ("summary sample-data/estate", &["account"]),
    ("services sample-data/estate", &["service"]),
    ("unused sample-data/estate", &["entity", "account", "service", "verdict"]),
    ("unused sample-data/estate --level action", &["entity", "account", "action", "verdict"]),
    ("staleness sample-data/estate", &["entity", "account"]),
    ("staleness sample-data/estate --by service", &["service"]),
    ("staleness sample-data/estate --by service --level action", &["action"]),
    ("staleness sample-data/estate --by account", &["account"]),
    ("staleness sample-data/estate --by account --long", &["account"]),
    ("compare sample-data/estate", &["service"]),
    ("compare sample-data/estate --level action", &["action"]),
    ("compare sample-data/estate --long", &["entity", "account", "service", "last used, days"]),
    ("compare sample-data/estate --pairs", &["entity 1", "entity 2"]),
    ("compare sample-data/estate --roles", &["entity", "service"]),
    (
        "diff sample-data/estate --from 2026-02-01 --to 2026-08-01",
        &["entity", "account", "service or action", "change"],
    ),
    ("trend sample-data/estate", &["account", "dumps of"]),
    ("list sample-data/estate", &["entity", "account", "action"]),
    ("list sample-data/estate --level service", &["entity", "account", "service"]),
    ("entities sample-data/estate", &["entity", "account", "verdict"]),
    ("entities sample-data/who-grants-it", &["entity", "account", "verdict"]),
    ("credentials sample-data/who-grants-it", &["entity", "account", "credential", "verdict"]),
    ("grants sample-data/who-grants-it", &["entity", "account", "service", "policy"]),
    ("recommend sample-data/who-grants-it", &["entity", "account", "policy", "step"]),
    ("organizations tests/data/org-access-report.json", &["organizations path", "service"]),
    ("service-entities tests/data/with-entities.json", &["service", "entity", "account"]),
    ("check sample-data/estate", &["file", "result"]),
    ("check sample-data/broken", &["file", "result"]),
    ("unused sample-data/hostile-names", &["entity", "account", "service", "verdict"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `dormant` with stdout on a terminal of `columns` columns; gives what the terminal shows.
fn at_terminal(columns: u16, command: &str) -> Vec<String> {
    let (shown, code) = with_terminal(columns, command, |dormant, terminal| {
        dormant.stdout(terminal).stderr(Stdio::null());
    });
    assert!(matches!(code, Some(0 | 3)), "{command}: {code:?}\n{shown:#?}");
    shown
}

/// The same with stderr on the terminal, for a command that is refused.
fn refused_at_terminal(columns: u16, command: &str) -> Vec<String> {
    let (shown, code) = with_terminal(columns, command, |dormant, terminal| {
        dormant.stdout(Stdio::null()).stderr(terminal);
    });
    assert!(matches!(code, Some(1 | 2)), "{command}: {code:?}: {shown:#?}");
    shown
}

/// Runs `dormant` as `connect` connects it with a terminal; gives what the terminal shows, and the exit code.
fn with_terminal(columns: u16, command: &str, connect: impl Fn(&mut Command, File)) -> (Vec<String>, Option<i32>) {
    let (screen, terminal) = terminal(columns).expect("a pseudo-terminal");
    let mut dormant = Command::new(env!("CARGO_BIN_EXE_dormant"));
    dormant.args(shlex::split(command).expect("a command line")).current_dir(root()).env("NO_COLOR", "1");
    dormant.env_remove("COLUMNS").stdin(Stdio::null());
    connect(&mut dormant, terminal);
    let mut child = dormant.spawn().expect("the program starts");
    // The last end of the terminal that this process holds: when the program ends, reading does.
    drop(dormant);
    let shown = read_to_end(screen);
    let code = child.wait().expect("it ends").code();
    (shown.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect(), code)
}

/// The two ends of a new pseudo-terminal.
fn terminal(columns: u16) -> io::Result<(File, File)> {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&screen)?;
    unlockpt(&screen)?;
    let name = ptsname(&screen, Vec::new())?;
    let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
    tcsetwinsize(&terminal, Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?;
    Ok((File::from(screen), File::from(terminal)))
}

/// Linux ends a terminal that nobody writes to any more with an error, macOS with nothing.
fn read_to_end(mut screen: File) -> String {
    let (mut bytes, mut block) = (Vec::new(), [0; 1 << 14]);
    while let Ok(read @ 1..) = screen.read(&mut block) {
        bytes.extend_from_slice(&block[..read]);
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn assert_fits(lines: &[String], columns: u16, command: &str) {
    for line in lines {
        assert!(width(line) <= columns.into(), "{command} at {columns}: {} columns: {line}", width(line));
    }
}

/// The words of the headings of the first table: what stands over its rule.
fn headings(lines: &[String]) -> Option<Vec<&str>> {
    let rule = lines.iter().position(|line| line.starts_with("──"))?;
    let above = lines[..rule].iter().rev().take_while(|line| !line.is_empty());
    Some(above.flat_map(|line| line.split_whitespace()).collect())
}

#[test]
fn every_report_fits_has_its_keys_and_floods_no_screen() {
    for (command, keys) in REPORTS {
        for columns in WIDTHS {
            let lines = at_terminal(columns, command);
            assert_fits(&lines, columns, command);
            let is_estate = command.contains("estate");
            assert!(!is_estate || lines.len() <= MOST_LINES, "{command} at {columns}: {} lines", lines.len());
            let headings = headings(&lines).unwrap_or_else(|| panic!("{command} at {columns}: {lines:#?}"));
            for word in keys.iter().flat_map(|key| key.split(' ')) {
                assert!(headings.contains(&word), "{command} at {columns}: no `{word}` in {headings:?}");
            }
        }
    }
}

#[test]
fn an_overview_is_one_look_at_every_width() {
    let stories = std::fs::read_dir(root().join("sample-data")).expect("samples").map(|entry| entry.expect("an entry"));
    let stories: Vec<_> = stories.filter(|entry| entry.path().join("EXPECT.md").exists()).collect();
    assert!(stories.len() >= 14, "{stories:?}");
    for story in stories {
        let command = format!("overview sample-data/{}", story.file_name().to_str().expect("UTF-8"));
        for columns in WIDTHS {
            let lines = at_terminal(columns, &command);
            assert_fits(&lines, columns, &command);
            assert!((6..=20).contains(&lines.len()), "{command} at {columns}: {lines:#?}");
            let begins = |words: &str| lines.iter().any(|line| line.starts_with(words));
            assert!(["data:", "services:", "to review:", "inputs:", "next:"].into_iter().all(begins), "{lines:#?}");
        }
    }
}

#[test]
fn names_are_whole_where_they_fit() {
    for columns in &WIDTHS[1..] {
        let lines = at_terminal(*columns, "unused sample-data/estate");
        assert!(!lines.iter().any(|line| line.contains('…')), "{columns}: {lines:#?}");
        let row = lines.iter().find(|line| line.starts_with("role/AdminRole ")).expect("a row of the role");
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[1], "111122223333", "{row}");
    }
}

/// What the line below a table names as hidden: labels, or how many of a comparison's columns.
fn hidden(lines: &[String]) -> (Vec<String>, usize) {
    let Some(from) = lines.iter().position(|line| line.starts_with("Hidden")) else { return (Vec::new(), 0) };
    let text = lines[from..].iter().take_while(|line| !line.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let names = text.split_once(": ").and_then(|(_, rest)| rest.split_once(" (`--wide`")).expect("names").0.to_owned();
    match names.split_once(" of ") {
        Some((count, rest)) if rest.ends_with(" columns") => (Vec::new(), count.parse().expect("a number")),
        _ => (names.split(", ").map(str::to_owned).collect(), 0),
    }
}

#[test]
fn a_wider_terminal_hides_no_column_that_a_narrower_one_shows() {
    let commands = [
        "staleness sample-data/estate",
        "entities sample-data/estate",
        "unused sample-data/who-grants-it --level action",
        "compare sample-data/estate",
        "compare sample-data/estate --pairs",
        "diff sample-data/estate --from 2026-02-01 --to 2026-08-01",
        "grants sample-data/who-grants-it",
        "check sample-data/estate",
    ];
    std::thread::scope(|threads| {
        for command in commands {
            threads.spawn(move || {
                let mut before: Option<(u16, (Vec<String>, usize))> = None;
                for columns in (60..=250).step_by(5) {
                    let now = hidden(&at_terminal(columns, command));
                    if let Some((narrower, (names, count))) = before {
                        let new: Vec<_> = now.0.iter().filter(|name| !names.contains(name)).collect();
                        assert!(new.is_empty() && now.1 <= count, "{command}: {new:?} at {columns}, not at {narrower}");
                    }
                    before = Some((columns, now));
                }
            });
        }
    });
    for (command, label) in
        [("staleness sample-data/estate", "0-29 d"), ("entities sample-data/estate", "services unused")]
    {
        let (names, _) = hidden(&at_terminal(80, command));
        assert!(!names.iter().any(|name| name == label), "{command}: {names:?}");
    }
}

#[test]
fn files_are_told_apart_below_the_folder_that_all_are_in() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("a-long-folder-of-a-deep-tree").join("of-dumps-of-an-organization");
    // Without their middle they are alike.
    for team in ["Q", "Z"] {
        let path = folder.join(format!("organizational-unit-of-production-accounts-of-team-{team}"));
        std::fs::create_dir_all(&path).expect("made");
        let dump = dump_of(&format!("role/build-agent-{team}"), "SERVICE_LEVEL", &serde_json::json!([]));
        std::fs::write(path.join("build-agent-of-the-continuous-integration.json"), dump).expect("written");
    }
    let own = folder.display().to_string();
    for (command, root) in
        [("check sample-data/estate".to_owned(), "sample-data/estate"), (format!("check {own}"), &own)]
    {
        for columns in WIDTHS {
            let lines = at_terminal(columns, &command);
            assert_fits(&lines, columns, &command);
            let rule = lines.iter().position(|line| line.starts_with("──")).expect("a table");
            let rows: Vec<&String> = lines[rule + 1..].iter().take_while(|line| !line.is_empty()).collect();
            assert!(!rows.iter().any(|row| row.contains(root)), "{rows:#?}");
            if command.ends_with(&own) {
                let of_team = |team: &str| rows.iter().filter(|row| row.contains(team)).count();
                assert_eq!((of_team("team-Q/"), of_team("team-Z/")), (1, 1), "{columns}: {rows:#?}");
            } else {
                let files: Vec<_> = rows.iter().filter(|row| row.contains(".json")).collect();
                let different: std::collections::BTreeSet<_> = files.iter().collect();
                assert_eq!(different.len(), files.len(), "{columns}: {rows:#?}");
            }
        }
    }
}

/// Names as long as IAM allows them for users and roles, in the usual form of a company.
const LONG: [&str; 3] = [
    "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_1234567890abcdef",
    "role/application-production-eu-central-1-order-processing-worker-role",
    "user/firstname.lastname.of.a.contractor@a-long-company.example.com-ab",
];

/// A dump of the entity at `path`.
fn dump_of(path: &str, level: &str, services: &serde_json::Value) -> String {
    serde_json::json!({
        "EntityArn": format!("arn:aws:iam::111122223333:{path}"),
        "JobStatus": "COMPLETED",
        "JobType": level,
        "JobCreationDate": "2026-07-06T06:00:00Z",
        "JobCompletionDate": "2026-07-06T06:00:02Z",
        "IsTruncated": false,
        "ServicesLastAccessed": services,
    })
    .to_string()
}

/// A folder with a dump of each entity of [`LONG`].
fn long_names() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let services = serde_json::json!([
        {
            "ServiceName": "Amazon S3",
            "ServiceNamespace": "s3",
            "LastAuthenticated": "2026-07-01T00:00:00Z",
            "TotalAuthenticatedEntities": 1,
            "TrackedActionsLastAccessed": [{"ActionName": "PutAccountPublicAccessBlock"}],
        },
        {
            "ServiceName": "AWS Application Cost Profiler Service",
            "ServiceNamespace": "application-cost-profiler",
            "TotalAuthenticatedEntities": 0,
        },
    ]);
    for (at, path) in LONG.iter().enumerate() {
        let dump = dump_of(path, "ACTION_LEVEL", &services);
        std::fs::write(home.path().join(format!("{at}.json")), dump).expect("written");
    }
    home
}

#[test]
fn long_names_stand_whole_above_their_rows() {
    let home = long_names();
    let path = home.path().display();
    for (command, says) in [
        (format!("unused {path} --include-aws-controlled"), ["unused", "> 400 d"]),
        (
            format!("unused {path} --include-aws-controlled --level action"),
            ["s3:PutAccountPublicAccessBlock", "unused"],
        ),
        (format!("list {path}"), ["s3:PutAccountPublicAccessBlock", "unused"]),
        (format!("entities {path}"), ["active", "5 d ago"]),
        (format!("compare {path} --pairs"), ["1.0000", "111122223333"]),
        (format!("compare {path}"), ["application-cost-profiler", "unused"]),
        (format!("compare {path} --long"), ["application-cost-profiler", "unused"]),
    ] {
        for columns in WIDTHS {
            let lines = at_terminal(columns, &command);
            assert_fits(&lines, columns, &command);
            for word in says {
                assert!(lines.iter().any(|line| line.contains(word)), "{command} at {columns}: no {word}: {lines:#?}");
            }
            if columns < 80 {
                continue;
            }
            for path in LONG {
                let (kind, name) = (path.split('/').next(), path.split('/').next_back());
                let name = format!("{}/{}", kind.expect("a type"), name.expect("a name"));
                assert!(lines.iter().any(|line| line.contains(&name)), "{command} at {columns}: no {name}: {lines:#?}");
            }
            assert!(!lines.iter().any(|line| line.contains('…')), "{command} at {columns}: {lines:#?}");
        }
    }
    for columns in WIDTHS {
        let overview = at_terminal(columns, &format!("overview {path}"));
        assert_fits(&overview, columns, "overview");
        let typed = overview.iter().filter(|line| line.contains("dormant "));
        assert!(typed.clone().count() == 3 && !typed.clone().any(|line| line.contains('…')), "{overview:#?}");
    }
}

#[test]
fn a_name_wider_than_the_terminal_is_cut_and_the_table_says_where_it_is_whole() {
    // IAM allows a group so many characters.
    let name = format!("begin-{}-end", "g".repeat(118));
    let home = tempfile::tempdir().expect("a folder");
    let services =
        serde_json::json!([{"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}]);
    let dump = dump_of(&format!("group/{name}"), "SERVICE_LEVEL", &services);
    std::fs::write(home.path().join("0.json"), dump).expect("written");
    let path = home.path().display();
    for command in [format!("unused {path}"), format!("list {path} --level service"), format!("entities {path}")] {
        for columns in WIDTHS {
            let lines = at_terminal(columns, &command);
            assert_fits(&lines, columns, &command);
            let shown = lines.iter().find(|line| line.contains("group/")).unwrap_or_else(|| panic!("{lines:#?}"));
            // Both ends tell names apart.
            assert!(shown.contains("group/begin-") && shown.contains("-end"), "{command} at {columns}: {shown}");
            let is_whole = shown.contains(&name);
            assert_eq!(
                is_whole,
                usize::from(columns) >= "group/".len() + name.len(),
                "{command} at {columns}: {shown}"
            );
            let told = lines.join(" ").contains("(`--wide` shows them whole)");
            assert_eq!(told, !is_whole, "{command} at {columns}: {lines:#?}");
        }
        let wide = at_terminal(60, &format!("{command} --wide"));
        assert!(wide.iter().any(|line| line.contains(&format!("group/{name}"))), "{wide:#?}");
    }
}

#[test]
fn refusals_fit() {
    for (command, said) in [
        ("unused sample-data/estate --format xyz", "[possible values: table, csv, md, json, jsonl,"),
        ("unused sample-data/estate --json", "Use `--format json`."),
        ("diff sample-data/estate --entities AdminRole", "a similar argument exists: '--entity'"),
        ("unused sample-data/no-such-folder-anywhere-at-all-in-this-repository", "no such file or folder"),
    ] {
        for columns in WIDTHS {
            let lines = refused_at_terminal(columns, command);
            assert_fits(&lines, columns, command);
            let words = lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
            assert!(words.contains(said), "{command} at {columns}: {lines:#?}");
        }
    }
}

#[test]
fn help_fits() {
    let help = at_terminal(80, "--help");
    let listed = help.iter().take_while(|line| *line != "Options:");
    let commands = listed.filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let commands: Vec<&str> = commands
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' ') && !name.starts_with('-') && *name != "help")
        .collect();
    assert!(commands.contains(&"unused") && commands.contains(&"store"), "{commands:?}");
    for columns in WIDTHS {
        assert_fits(&at_terminal(columns, "-h"), columns, "-h");
        assert_fits(&at_terminal(columns, "--help"), columns, "--help");
        for command in &commands {
            for option in ["-h", "--help"] {
                let line = format!("{command} {option}");
                assert_fits(&at_terminal(columns, &line), columns, &line);
            }
        }
    }
}

#[test]
fn a_terminal_shows_forty_rows_and_says_so_and_a_pipe_has_all() {
    let rows = |lines: &[String]| lines.iter().filter(|line| line.contains(" 111122223333 ")).count();
    let first = at_terminal(120, "list sample-data/estate --account 111122223333");
    assert_eq!(rows(&first), 40);
    assert!(first.iter().any(|line| line.starts_with("Showing 40 of ")), "{first:#?}");
    let all = rows(&at_terminal(120, "list sample-data/estate --account 111122223333 --limit 0"));
    let piped = Command::new(env!("CARGO_BIN_EXE_dormant"))
        .args(["list", "sample-data/estate", "--account", "111122223333", "--format", "table"])
        .current_dir(root())
        .output()
        .expect("it runs");
    let piped = String::from_utf8(piped.stdout).expect("UTF-8");
    let piped: Vec<String> = piped.lines().map(str::to_owned).collect();
    assert!(all > 40 && rows(&piped) == all, "{all}, {}", rows(&piped));
    assert!(!piped.iter().any(|line| line.starts_with("Showing ")));
}

#[test]
fn rows_come_in_the_order_asked_for() {
    let column = |command: &str, at: usize| -> Vec<String> {
        let lines = at_terminal(120, command);
        let rule = lines.iter().position(|line| line.starts_with("──")).expect("a table");
        let rows = lines[rule + 1..].iter().take_while(|line| !line.is_empty());
        rows.map(|row| row.split_whitespace().nth(at).expect("a cell").to_owned()).collect()
    };
    let risks = column("unused sample-data/estate --columns risk,entity --limit 0", 0);
    let place = |risk: &String| ["critical", "high", "medium", "low", "info"].iter().position(|word| word == risk);
    let places: Vec<Option<usize>> = risks.iter().map(place).collect();
    assert!(places.is_sorted() && places.len() > 40, "{risks:?}");
    let entities = column("unused sample-data/estate --columns entity --sort entity --limit 0", 0);
    assert_ne!(entities, column("unused sample-data/estate --columns entity --limit 0", 0));
    let names = column("services sample-data/estate --columns service --sort service:desc --limit 0", 0);
    assert!(names.is_sorted_by(|a, b| a >= b), "{names:?}");
}

#[test]
fn the_store_and_the_demo_fit_too() {
    let home = tempfile::tempdir().expect("a folder");
    let store = home.path().join("store");
    let path = |path: &PathBuf| path.display().to_string();
    at_terminal(80, &format!("ingest sample-data/estate --store {}", path(&store)));
    for columns in WIDTHS {
        for command in ["unused", "trend", "store info"] {
            let command = format!("{command} {}", path(&store));
            assert_fits(&at_terminal(columns, &command), columns, &command);
        }
    }
    at_terminal(80, &format!("demo {}", path(&home.path().join("demo"))));
}
