//! One number, one value: what leads a report is the same on the terminal, in Markdown, in JSON, in the workbook and on the page, and it is
//! what the lists and tables add up to, on every sample and on random estates.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod estates;
#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use calamine::{Reader as _, Xlsx};
use program::dormant;
use serde_json::Value;

/// The rows of a CSV file, each with the names of its columns.
fn rows(text: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text).deserialize().map(|row| row.expect("a row")).collect()
}

fn number(cell: &str) -> i64 {
    cell.parse().expect("a number")
}

/// The block of data `id` of a page.
fn block(page: &str, id: &str) -> Value {
    let text = page.split(&format!("id=\"{id}\">")).nth(1).and_then(|rest| rest.split('<').next()).expect("a block");
    let packed = BASE64_STANDARD.decode(text).expect("base64");
    let mut json = String::new();
    flate2::read::ZlibDecoder::new(&*packed).read_to_string(&mut json).expect("deflated");
    serde_json::from_str(&json).expect("JSON")
}

/// The sentences about the result on the first sheet for reading, below the heading "Result".
fn on_the_cover(workbook: &Path) -> Vec<String> {
    let mut book: Xlsx<_> = calamine::open_workbook(workbook).expect("a workbook");
    let cover = book.worksheet_range("Summary").expect("a cover");
    let lines = cover.rows().map(|row| row.first().map(ToString::to_string).unwrap_or_default());
    lines.skip_while(|line| line != "Result").skip(1).take_while(|line| !line.is_empty()).collect()
}

/// The numbers of a sentence in their order; "none" is one of them. The reasons of what is unknown
/// come last and have no order here.
fn said(sentence: &str) -> Vec<i64> {
    let words = sentence.split([' ', '(', ')']).map(|word| word.trim_end_matches([',', ';', ':', '.']));
    let number = |word: &str| if word == "none" { Some(0) } else { word.replace(',', "").parse().ok() };
    let mut numbers: Vec<i64> = words.filter_map(number).collect();
    let verdicts = 5.min(numbers.len());
    numbers[verdicts..].sort_unstable();
    numbers
}

/// The numbers that the sentences about the result must say, in their order.
fn numbers_to_say(headline: &Value) -> Vec<Vec<i64>> {
    let levels = || ["services", "actions"].into_iter().map(|level| (level, &headline[level]));
    let levels = || levels().filter(|(level, of)| *level == "services" || of["granted"] != 0);
    let number = |of: &Value, name: &str| of[name].as_i64().expect("a number");
    let verdicts = levels().map(|(_, of)| {
        let reasons = of["unknown_because"].as_object().expect("reasons").values();
        let verdicts = ["granted", "active", "stale", "unused", "unknown"].map(|name| number(of, name));
        let mut reasons: Vec<i64> = reasons.map(|count| count.as_i64().expect("a number")).collect();
        reasons.sort_unstable();
        verdicts.into_iter().chain(reasons).collect()
    });
    let to_review = levels().map(|(_, of)| {
        let less = ["aws_controlled", "listed_with_service", "kept_by_decision"].map(|name| number(of, name));
        let sum = ["to_review", "unused", "stale"].map(|name| number(of, name));
        sum.into_iter().chain(less.into_iter().filter(|count| *count > 0)).collect()
    });
    let incomplete = number(headline, "dumps_incomplete");
    let incomplete = (incomplete > 0).then(|| vec![incomplete]);
    incomplete.into_iter().chain(verdicts).chain(to_review).collect()
}

/// What the lists, the summary and `list` say that the headline must be.
fn counted(folder: &Path, inputs: &Path) -> (BTreeMap<String, i64>, BTreeMap<&'static str, Option<String>>) {
    let table = |name: &str| rows(&fs::read(folder.join(name)).expect("a table"));
    let (mut counted, mut dated) = (BTreeMap::new(), BTreeMap::new());
    let summary = table("summary.csv");
    let sum = |column: &str| summary.iter().map(|row| number(&row[column])).sum();
    for (level, total) in [("services", "services_granted"), ("actions", "actions_tracked")] {
        counted.insert(format!("{level}/granted"), sum(total));
        for verdict in ["active", "stale", "unused", "unknown"] {
            counted.insert(format!("{level}/{verdict}"), sum(&format!("{level}_{verdict}")));
        }
        counted.insert(format!("{level}/to_review"), table(&format!("unused-{level}.csv")).len() as i64);
        let list = format!("list . --format csv --level {}", level.trim_end_matches('s'));
        for row in rows(dormant(inputs, list.split(' ')).stdout.as_bytes()) {
            if !row["unknown_reason"].is_empty() {
                *counted.entry(format!("{level}/{}", row["unknown_reason"])).or_default() += 1;
            }
            let is_left_out = matches!(&*row["verdict"], "stale" | "unused") && row["aws_controlled"] == "true";
            *counted.entry(format!("{level}/aws_controlled")).or_default() += i64::from(is_left_out);
        }
        counted.entry(format!("{level}/aws_controlled")).or_default();
    }
    let dates = |column: &str| summary.iter().map(|row| row[column].clone()).filter(|date| !date.is_empty()).collect();
    let (oldest, newest): (Vec<String>, Vec<String>) = (dates("oldest_as_of"), dates("newest_as_of"));
    dated.insert("oldest_as_of", oldest.into_iter().min());
    dated.insert("newest_as_of", newest.into_iter().max());
    counted.insert("entities".to_owned(), sum("entities"));
    counted.insert("dumps_incomplete".to_owned(), sum("dumps_incomplete"));
    counted.insert("accounts".to_owned(), summary.iter().filter(|row| !row["account_id"].is_empty()).count() as i64);
    (counted, dated)
}

/// The numbers of a headline by their names.
fn flattened(headline: &Value) -> BTreeMap<String, i64> {
    let mut flat = BTreeMap::new();
    for (name, value) in headline.as_object().expect("a headline") {
        match value {
            Value::Number(number) => drop(flat.insert(name.clone(), number.as_i64().expect("whole"))),
            Value::Object(level) => {
                for (key, value) in level {
                    if let Some(reasons) = value.as_object() {
                        let reasons = reasons.iter().map(|(reason, count)| (format!("{name}/{reason}"), count));
                        flat.extend(reasons.map(|(reason, count)| (reason, count.as_i64().expect("whole"))));
                    } else if !["listed_with_service", "kept_by_decision"].contains(&key.as_str()) {
                        flat.insert(format!("{name}/{key}"), value.as_i64().expect("whole"));
                    }
                }
            }
            _ => {}
        }
    }
    flat
}

/// Words of `text` with the white space between them made one blank: a terminal folds lines.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Holds every output of `inputs` against the others. False where nothing of it can be reported on.
fn agree(inputs: &Path) -> bool {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("audit");
    let audit =
        dormant(inputs, ["report", ".", "-o", folder.to_str().expect("UTF-8"), "--formats", "csv,md,xlsx,html"]);
    if audit.code == 1 {
        return false;
    }
    let summary = dormant(inputs, ["summary", ".", "--format", "json"]).json();
    let headline = &summary["headline"];
    let (numbers, dates) = counted(&folder, inputs);
    assert_eq!(flattened(headline), numbers, "{}", inputs.display());
    for (name, date) in dates {
        assert_eq!(headline[name].as_str(), date.as_deref(), "{name} of {}", inputs.display());
    }
    for level in ["services", "actions"] {
        let of = |name: &str| headline[level][name].as_i64().expect("a number");
        let left =
            of("unused") + of("stale") - of("aws_controlled") - of("listed_with_service") - of("kept_by_decision");
        assert_eq!(left, of("to_review"), "{level} of {}", inputs.display());
        assert!(level == "actions" || of("listed_with_service") == 0);
    }

    let page = fs::read_to_string(folder.join("report.html")).expect("a page");
    let data = block(&page, "report");
    assert_eq!(data["headline"], *headline, "the page of {}", inputs.display());
    let sentences: Vec<(String, String)> = serde_json::from_value(data["numbers"].clone()).expect("labels and texts");
    assert!(sentences.len() >= 3 && sentences.iter().any(|(label, _)| label == "to review"), "{sentences:?}");
    let result = on_the_cover(&folder.join("report.xlsx"));
    let numbers: Vec<Vec<i64>> = result.iter().map(|sentence| said(sentence)).collect();
    assert_eq!(numbers, numbers_to_say(headline), "the workbook of {}: {result:#?}", inputs.display());
    let markdown = fs::read_to_string(folder.join("report.md")).expect("Markdown");
    let terminal = unfolded(&dormant(inputs, ["summary", ".", "--format", "table"]).stdout);
    for sentence in &result {
        assert!(markdown.contains(&format!("- {sentence}")), "{sentence} in the Markdown of {}", inputs.display());
    }
    let incomplete = headline["dumps_incomplete"].as_i64().expect("a number");
    let of_all = match incomplete {
        0 => String::new(),
        1 => "; 1 incomplete dump".to_owned(),
        many => format!("; {many} incomplete dumps"),
    };
    let overview = unfolded(&dormant(inputs, ["overview", ".", "--format", "table"]).stdout);
    assert_eq!(overview.matches("incomplete").count(), usize::from(incomplete > 0), "{overview}");
    assert!(overview.contains(&of_all), "{of_all} in {overview}");
    for (label, text) in &sentences {
        assert!(terminal.contains(&format!("{label}: {text}")), "{label}: {text} in {terminal}");
    }

    for verdict in ["unused", "stale"] {
        let gate = dormant(inputs, ["unused", ".", "--fail-on", verdict, "--format", "json"]);
        let listed = gate.json()["sections"][0]["totals"][verdict].as_i64().expect("a number");
        assert_eq!(gate.code == 4, listed > 0, "{verdict} of {}", inputs.display());
        let list = rows(&fs::read(folder.join("unused-services.csv")).expect("a table"));
        assert_eq!(listed, list.iter().filter(|row| row["verdict"] == verdict).count() as i64);
    }
    true
}

#[test]
fn every_output_of_every_sample_says_the_same() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let folders = fs::read_dir(samples).expect("samples").map(|entry| entry.expect("an entry").path());
    let stories: Vec<PathBuf> = folders.filter(|path| path.join("EXPECT.md").exists()).collect();
    assert!(stories.len() >= 14, "{stories:?}");
    let empty: Vec<_> = stories.into_iter().filter(|story| !agree(story)).collect();
    assert!(empty.is_empty(), "{empty:?} cannot be reported on");
}

#[test]
fn every_output_of_random_estates_says_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let mut reported = 0;
    for seed in 0..24 {
        let inputs = home.path().join(seed.to_string());
        estates::estate(seed).write(&inputs);
        reported += u32::from(agree(&inputs));
    }
    assert!(reported > 12, "only {reported} estates can be reported on");
}
