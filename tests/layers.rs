//! The picture in `docs/design.md` stays true: a room uses only what lies below it, files do not use each other, Polars stays where tables
//! are, plans are collected in `run`, the name of a public type has one meaning, and the glossary knows it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room with the rooms that it may use, its own set aside. A room that is not here fails the test.
const MAY_USE: &[(&str, &[&str])] = &[
    ("util", &[]),
    ("model", &["util"]),
    ("problem", &["model", "util"]),
    ("catalogue", &["model", "problem", "util"]),
    ("discover", &["model", "problem", "util"]),
    ("decode", &["catalogue", "discover", "model", "problem", "util"]),
    ("resolve", &["catalogue", "model", "problem", "util"]),
    ("decisions", &["model", "problem", "report", "resolve", "util"]),
    ("frame", &["catalogue", "model", "problem", "util"]),
    ("recommend", &["catalogue", "model", "problem", "util"]),
    ("report", &["frame", "model", "problem", "util"]),
    ("analyse", &["catalogue", "frame", "model", "problem", "report", "util"]),
    ("render", &["catalogue", "frame", "model", "problem", "report", "util"]),
    ("archive", &["frame", "model", "problem", "util"]),
    (
        "run",
        &[
            "analyse",
            "archive",
            "catalogue",
            "decode",
            "discover",
            "frame",
            "model",
            "problem",
            "recommend",
            "report",
            "resolve",
            "util",
        ],
    ),
    (
        "cli",
        &[
            "analyse",
            "archive",
            "catalogue",
            "decisions",
            "decode",
            "discover",
            "frame",
            "model",
            "problem",
            "recommend",
            "render",
            "report",
            "resolve",
            "run",
            "util",
        ],
    ),
];

/// Where Polars types may appear.
const POLARS: &[&str] = &[
    "src/frame/",
    "src/analyse/",
    "src/render/parquet.rs",
    "src/archive/tables.rs",
    "src/run/",
    "src/cli/sql/tables.rs",
];

/// Files that use each other all the same, and why.
const CIRCLES: &[(&[&str], &str)] = &[
    (&["archive/attributions", "archive/originals", "archive/writer"], "four halves of one `StoreWriter`"),
    (&["decode/bytes/tar_members", "decode/bytes/unpack", "decode/bytes/zip_members"], "archives lie in archives"),
    (
        &["decode/shapes", "decode/table_rows", "decode/unanswered"],
        "a cell of a table can hold a document, and an element of it none",
    ),
    (&["decode/stated", "decode/tolerant"], "a wrapped value can state something, and what is stated can be wrapped"),
    (&["resolve/infer", "resolve/piece"], "pages that are joined are inferred about once more"),
    (&["analyse/entities", "analyse/roles"], "a row of each names the role's permission set and account"),
    (
        &["cli/args", "cli/args/commands", "cli/args/sql", "cli/sql", "cli/sql/print"],
        "`sql` takes the options of the reports",
    ),
    (&["cli/settings/asked", "cli/settings/checks"], "both know the sides of a diff"),
    (&["render/xlsx/charts", "render/xlsx/cover"], "the charts stand on the cover"),
];

/// A source file without its line comments and its tests.
struct Source {
    /// Its path below the package.
    name: String,
    /// The modules that it stands in: `archive`, `tables`.
    module: Vec<String>,
    code: String,
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_str().expect("UTF-8").replace('\\', "/");
        let parts = name["src/".len()..name.len() - ".rs".len()].split('/');
        let module = parts.filter(|part| !matches!(*part, "mod" | "lib" | "main")).map(str::to_owned).collect();
        let text = fs::read_to_string(&path).expect("a readable source");
        let code = text.split("#[cfg(test)]").next().expect("a part before the tests");
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        Source { name, module, code }
    };
    let is_test = |path: &PathBuf| path.to_str().is_some_and(|p| p.contains("tests"));
    rust_files(&root.join("src")).into_iter().filter(|path| !is_test(path)).map(read).collect()
}

/// Every path of a `use` tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn paths_of(tree: &str) -> Vec<String> {
    let Some((before, group)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = group.rsplit_once('}').map_or(group, |(inside, _)| inside);
    let mut depth = 0;
    let members = inside.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    members.filter(|member| !member.is_empty()).flat_map(paths_of).map(|path| format!("{before}{path}")).collect()
}

impl Source {
    fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// The trees after `use`, without white space.
    fn use_trees(&self) -> Vec<String> {
        let declared = self.code.split('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len() + 1;
            Some((start, line))
        });
        let is_use = |line: &str| {
            let line = line.trim_start();
            let line =
                line.strip_prefix("pub").map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
            line.starts_with("use ")
        };
        let tree = |start: usize| {
            let text = &self.code[start..];
            let text = &text[text.find("use ").expect("it is a use") + "use ".len()..];
            text.split(';').next().expect("a first part").split_whitespace().collect::<String>()
        };
        declared.filter(|(_, line)| is_use(line)).map(|(start, _)| tree(start)).collect()
    }

    /// The rooms that it names, by a `use` tree, from the root of the crate, or past its own room by `super`.
    fn rooms_used(&self) -> BTreeSet<String> {
        let mut rooms = BTreeSet::new();
        let inline = self.code.match_indices("crate::").map(|(at, _)| {
            let path = &self.code[at..];
            path.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap_or_default().to_owned()
        });
        let trees = self.use_trees();
        for path in trees.iter().flat_map(|tree| paths_of(tree)).chain(inline) {
            let mut parts = path.split("::").peekable();
            let mut module = self.module.clone();
            let from_root = matches!(parts.peek(), Some(&"crate" | &"dormant"));
            if from_root {
                parts.next();
                module.clear();
            }
            let mut goes_up = from_root;
            while parts.next_if_eq(&"super").is_some() {
                goes_up = true;
                module.pop();
            }
            let first = parts.next().filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()));
            if let (true, true, Some(room)) = (goes_up, module.is_empty(), first) {
                rooms.insert(room.split_whitespace().next().unwrap_or(room).to_owned());
            }
        }
        rooms.retain(|room| self.room() != Some(room.as_str()));
        rooms
    }

    /// The public types that it declares.
    fn public_types(&self) -> Vec<&str> {
        self.code.lines().filter_map(|line| type_of(line.strip_prefix("pub ")?)).collect()
    }

    /// Every type that it declares, inside functions too.
    fn types(&self) -> Vec<&str> {
        let bare =
            |line| ["pub(super) ", "pub(crate) ", "pub "].iter().find_map(|shown| str::strip_prefix(line, shown));
        let lines = self.code.lines().map(str::trim_start);
        lines.filter_map(|line| type_of(bare(line).unwrap_or(line))).collect()
    }
}

/// The name of the type that a line declares.
fn type_of(line: &str) -> Option<&str> {
    const KINDS: [&str; 4] = ["struct ", "enum ", "trait ", "type "];
    let rest = KINDS.iter().find_map(|kind| line.strip_prefix(kind))?;
    rest.split(|c: char| !c.is_alphanumeric()).next()
}

#[test]
fn a_use_tree_is_read_whole() {
    let paths = paths_of("crate::{a,b::{c,d::e},f}");
    assert_eq!(paths, ["crate::a", "crate::b::c", "crate::b::d::e", "crate::f"]);
    let source = |name: &str, code: &str| Source {
        name: name.to_owned(),
        module: name.split('/').map(str::to_owned).collect(),
        code: code.to_owned(),
    };
    let used = |name, code| source(name, code).rooms_used().into_iter().collect::<Vec<_>>();
    assert_eq!(
        used("frame/cells", "use crate::{\n    run,\n    model::{Arn, Rows},\n};\nuse super::piece;"),
        ["model", "run"]
    );
    assert_eq!(used("frame/cells", "pub(crate) use super::super::render::Format;"), ["render"]);
    assert_eq!(used("discover", "use super::decode;\nfn f() { crate::report::title(); }"), ["decode", "report"]);
    assert_eq!(used("cli/mod", "use dormant::run::{Request, run};"), ["run"]);
}

#[test]
fn no_room_uses_one_above_it() {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut found = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let Some(below) = may_use.get(room) else {
            found.push(format!("{}: the room `{room}` is not in the picture", source.name));
            continue;
        };
        let used = source.rooms_used();
        let strays = used.iter().filter(|used| !below.contains(&used.as_str()));
        found.extend(strays.map(|used| format!("{} uses `{used}`", source.name)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn polars_stays_where_tables_are() {
    let uses = |code: &str| code.contains("polars::") || code.contains("polars_io::");
    let strays: Vec<_> = sources()
        .into_iter()
        .filter(|source| uses(&source.code) && !POLARS.iter().any(|place| source.name.starts_with(place)))
        .map(|source| source.name)
        .collect();
    assert!(strays.is_empty(), "{strays:?} use Polars");
}

#[test]
fn plans_are_collected_in_run() {
    let collects = |code: &str| code.contains("LazyFrame::collect") || code.contains(".lazy().collect()");
    let strays: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.room() != Some("run") && collects(&source.code))
        .map(|source| source.name)
        .collect();
    assert!(strays.is_empty(), "{strays:?} collect a plan");
}

/// A reader who knows what `Entity` is must not meet another one, not even a private one.
#[test]
fn a_name_of_a_public_type_has_one_meaning() {
    let sources = sources();
    let public: BTreeSet<&str> = sources.iter().flat_map(Source::public_types).collect();
    let mut places: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for source in &sources {
        for name in source.types().into_iter().filter(|name| public.contains(name)) {
            let is_new = places.entry(name).or_default().insert(&source.name);
            found.extend((!is_new).then_some(name));
        }
    }
    found.extend(places.iter().filter(|(_, places)| places.len() > 1).map(|(name, _)| *name));
    assert!(found.is_empty(), "{:#?}", places.into_iter().filter(|(name, _)| found.contains(name)).collect::<Vec<_>>());
}

/// The glossary of `docs/design.md`: each word once, in order, with a type that there is.
#[test]
fn every_word_of_the_glossary_has_its_type() {
    let design = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design.md")).expect("the design");
    let glossary =
        design.split("\n## Glossary\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a glossary");
    let rows = glossary.lines().filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    assert!(rows.len() >= 25, "{rows:?}");
    let words: Vec<_> = rows.iter().map(|row| row[0]).collect();
    assert!(words.is_sorted_by(|a, b| a < b), "{words:?}");
    let sources = sources();
    for row in &rows {
        let name = row[2].trim_matches('`');
        let of_a_macro = format!("    {name} {{");
        let is_declared = |source: &Source| {
            source.public_types().contains(&name)
                || (source.code.contains("closed_set! {") && source.code.lines().any(|line| line == of_a_macro))
        };
        assert!(sources.iter().any(is_declared), "there is no type {name} for {}", row[0]);
    }
}

/// Which files use which: by the path of a module. A use of a module above is one of the room itself.
fn uses(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeSet<String> = sources.iter().map(|source| source.module.join("/")).collect();
    let used = |source: &Source| -> BTreeSet<String> {
        let own = source.module.join("/");
        let targets = source.use_trees().into_iter().flat_map(|tree| paths_of(&tree)).filter_map(|path| {
            let mut parts: Vec<&str> = path.split("::").collect();
            let mut module: Vec<&str> = source.module.iter().map(String::as_str).collect();
            match parts[0] {
                "crate" | "dormant" => module.clear(),
                "super" | "self" => {}
                _ if modules.contains(&[&own, "/", parts[0]].concat()) => {}
                _ => return None,
            }
            while matches!(parts.first(), Some(&("crate" | "dormant" | "super" | "self"))) {
                if parts.remove(0) == "super" {
                    module.pop();
                }
            }
            module.extend(parts.iter().map(|part| part.split(" as ").next().unwrap_or(part)));
            (1..=module.len()).rev().map(|length| module[..length].join("/")).find(|name| modules.contains(name))
        });
        targets.filter(|target| *target != own && !own.starts_with(&format!("{target}/"))).collect()
    };
    sources.iter().map(|source| (source.module.join("/"), used(source))).collect()
}

/// Everything that `from` reaches.
fn reached<'u>(uses: &'u BTreeMap<String, BTreeSet<String>>, from: &'u str) -> BTreeSet<&'u str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        next.extend(uses[module].iter().map(String::as_str).filter(|module| reached.insert(*module)));
    }
    reached
}

#[test]
fn no_files_use_each_other() {
    let sources = sources();
    let uses = uses(&sources);
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|name| (name.as_str(), reached(&uses, name))).collect();
    let circles: BTreeSet<Vec<&str>> = reached
        .iter()
        .filter(|(name, reached)| reached.contains(*name))
        .map(|(name, to)| to.iter().copied().filter(|other| reached[other].contains(name)).collect())
        .collect();
    let known: BTreeSet<Vec<&str>> = CIRCLES.iter().map(|(files, _)| files.to_vec()).collect();
    assert_eq!(circles, known, "a circle that is gone leaves the list; a new one is opened");
}

#[test]
fn the_library_does_not_print() {
    let prints = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("];
    let found: Vec<_> =
        sources().into_iter().filter(|source| prints.iter().any(|p| source.code.contains(p))).map(|s| s.name).collect();
    assert!(found.is_empty(), "{found:?} print");
}
