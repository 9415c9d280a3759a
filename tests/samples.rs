//! Every story of `sample-data/`: each `console` and `rows` block of its `EXPECT.md` is run in the story's folder, and must say
//! what stands there. The format is explained in `sample-data/README.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

struct Block {
    line: usize,
    kind: Kind,
    arguments: Vec<String>,
    exit_code: i32,
    expected: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The whole of stdout.
    Console,
    /// The columns of CSV that the block names, by their names.
    Rows { ordered: bool },
}

fn blocks(markdown: &str) -> Vec<Block> {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let kind = match lines[at].trim() {
            "```console" => Kind::Console,
            "```rows" => Kind::Rows { ordered: true },
            "```rows unordered" => Kind::Rows { ordered: false },
            _ => {
                at += 1;
                continue;
            }
        };
        let end = at + lines[at..].iter().position(|l| l.trim() == "```").expect("a block ends");
        let command = lines[at + 1].strip_prefix("$ dormant ").expect("a block begins with `$ dormant …`");
        let arguments = shlex::split(command).expect("a command with its quotes closed");
        let mut body = &lines[at + 2..end];
        let mut exit_code = 0;
        if let Some(code) = body.first().and_then(|l| l.strip_prefix("? ")) {
            exit_code = code.trim().parse().expect("an exit code");
            body = &body[1..];
        }
        let expected = body.iter().map(|l| (*l).to_owned()).collect();
        blocks.push(Block { line: at + 1, kind, arguments, exit_code, expected });
        at = end + 1;
    }
    blocks
}

/// The columns of `csv` that `names` lists, in that order, with their header; a column that is missing is empty.
fn columns(csv: &str, names: &csv::StringRecord) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("CSV").clone();
    let places: Vec<_> = names.iter().map(|name| header.iter().position(|known| known == name)).collect();
    let records = reader.records().map(|record| record.expect("CSV"));
    std::iter::once(header.clone())
        .chain(records)
        .map(|record| {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            let cells = places.iter().map(|place| place.and_then(|at| record.get(at)).unwrap_or_default());
            writer.write_record(cells).expect("in memory");
            String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8").trim_end().to_owned()
        })
        .collect()
}

/// What differs, in words; nothing where the block holds.
fn difference(block: &Block, story: &Path) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_dormant")).args(&block.arguments).current_dir(story).output().expect("runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code();
    if code != Some(block.exit_code) {
        return Some(format!("exit code {code:?}, expected {}\nstderr: {stderr}", block.exit_code));
    }
    let (mut found, mut expected) = match block.kind {
        Kind::Console => (stdout.lines().map(str::to_owned).collect(), block.expected.clone()),
        Kind::Rows { .. } => {
            let text = block.expected.join("\n");
            let names = csv::Reader::from_reader(text.as_bytes()).headers().expect("a header").clone();
            (columns(&stdout, &names), columns(&text, &names))
        }
    };
    if block.kind == (Kind::Rows { ordered: false }) {
        found.sort();
        expected.sort();
    }
    (found != expected).then(|| {
        let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).cloned().collect();
        let extra: Vec<_> = found.iter().filter(|line| !expected.contains(line)).cloned().collect();
        format!("missing:\n  {}\nunexpected:\n  {}\nstderr: {stderr}", missing.join("\n  "), extra.join("\n  "))
    })
}

#[test]
fn every_story_says_what_it_was_made_to_say() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let mut stories: Vec<_> =
        fs::read_dir(&samples).expect("sample-data").map(|e| e.expect("an entry").path()).collect();
    stories.retain(|path| path.join("EXPECT.md").exists());
    stories.sort();
    assert!(stories.len() >= 14, "only {} stories found", stories.len());
    let mut failures = Vec::new();
    let mut run = 0;
    for story in &stories {
        let name = story.file_name().and_then(|n| n.to_str()).expect("a name");
        let found = blocks(&fs::read_to_string(story.join("EXPECT.md")).expect("readable"));
        assert!(!found.is_empty(), "{name}/EXPECT.md holds nothing to check");
        for block in &found {
            run += 1;
            if let Some(difference) = difference(block, story) {
                failures.push(format!(
                    "{name}/EXPECT.md:{}: dormant {}\n{difference}",
                    block.line,
                    block.arguments.join(" ")
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {run} blocks fail\n\n{}", failures.len(), failures.join("\n\n"));
}
