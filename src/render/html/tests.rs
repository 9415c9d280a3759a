//! What holds for the bytes of a page; what a browser makes of them is tested in `tests/page/`.

use std::io::Read;

use flate2::read::ZlibDecoder;
use polars::prelude::{Column, DataFrame};
use serde_json::Value;

use super::*;
use crate::frame::Table;
use crate::render::tests::sample;

fn page(report: &Report, options: &RenderOptions) -> String {
    let mut out = Vec::new();
    write(report, options, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("a page is UTF-8")
}

/// The content of a data block.
fn unpacked(page: &str, id: &str) -> Option<Vec<u8>> {
    let (_, after) = page.split_once(&format!("<script type=\"application/octet-stream\" id=\"{id}\">"))?;
    let (text, _) = after.split_once("</script>").expect("a block ends");
    let packed = BASE64_STANDARD.decode(text).expect("base64");
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("deflate");
    Some(bytes)
}

fn json(page: &str, id: &str) -> Value {
    serde_json::from_slice(&unpacked(page, id).expect("the block is there")).expect("JSON")
}

#[test]
fn neither_script_nor_style_can_end_its_element() {
    for (text, element) in [(SCRIPT, "script"), (STYLE, "style")] {
        let text = text.to_ascii_lowercase();
        assert!(!text.is_empty() && !text.contains(&format!("</{element}")), "{element}");
        // Either would change how the rest of a script element is read.
        assert!(!text.contains("<!--") && !text.contains("<script"), "{element}");
    }
}

#[test]
fn a_title_stays_text() {
    assert_eq!(escaped("</title><script>&\u{202e}"), "&lt;/title&gt;&lt;script&gt;&amp;\\u{202e}");
}

#[test]
fn outside_its_blocks_a_page_has_no_word_of_its_data() {
    let page = page(&sample::report(), &RenderOptions::default());
    for name in sample::HOSTILE.iter().filter(|name| name.len() > 3) {
        assert!(!page.contains(name), "{name}");
    }
    let strings = json(&page, "strings");
    for name in sample::HOSTILE {
        assert!(strings.as_array().expect("a list").contains(&name.into()), "{name}");
    }
}

#[test]
fn a_section_too_long_keeps_its_head_and_names_what_has_all_rows() {
    let rows = vec![1_i64; MOST_ROWS + 1];
    let frame = DataFrame::new(rows.len(), vec![Column::new("grants".into(), rows)]).expect("one column");
    let mut section = sample::names();
    section.columns.remove(0);
    section.table = Table::new(frame);
    section.totals = vec![("grants".into(), 1_000_001)];
    let options = RenderOptions { full_table_at: Some("{id}.csv".into()), ..RenderOptions::default() };
    let page = page(&sample::report_of(section), &options);
    let head = &json(&page, "report")["sections"][0];
    assert_eq!(head["block"], Value::Null);
    assert_eq!(head["instead"], "names.csv has all");
    assert_eq!(head["rows"], MOST_ROWS + 1);
    assert_eq!(head["totals"][0][1], 1_000_001);
    assert!(unpacked(&page, "rows-0").is_none());
}

#[test]
fn files_of_other_programs_are_counted_and_not_listed() {
    let page = page(&sample::report(), &RenderOptions::default());
    let report = json(&page, "report");
    assert_eq!(report["skipped"], 3);
    assert_eq!(report["not_read"]["rows"], 4);
}

/// A section of services with these verdicts, none of an entity that AWS controls.
fn services(id: &str, verdicts: &[&str]) -> crate::report::Section {
    let names = ["verdict", "aws_controlled"];
    let column = |name: &str| crate::report::Column {
        name: name.into(),
        kind: crate::report::ColumnKind::Text,
        about: String::new(),
    };
    let cells = vec![
        Column::new("verdict".into(), verdicts),
        Column::new("aws_controlled".into(), vec![false; verdicts.len()]),
    ];
    let table = Table::new(DataFrame::new(verdicts.len(), cells).expect("columns of one height"));
    crate::report::Section { id: id.into(), columns: names.map(column).into(), table, ..sample::names() }
}

#[test]
fn rows_that_another_section_has_travel_once() {
    let heads = |verdicts: &[&str]| {
        let mut report = sample::report_of(services("unused-services", verdicts));
        report.sections.push(services("all-services", &["active", "unused", "stale", "unknown"]));
        let page = page(&report, &RenderOptions::default());
        (json(&page, "report")["sections"].clone(), page)
    };
    let (sections, page) = heads(&["unused", "stale"]);
    assert_eq!((&sections[0]["within"], &sections[0]["block"]), (&"all-services".into(), &Value::Null));
    assert!(unpacked(&page, "rows-0").is_none() && unpacked(&page, "rows-1").is_some());
    // Where the rows are not those of the other section, they travel by themselves.
    let (sections, page) = heads(&["unused"]);
    assert_eq!((&sections[0]["within"], &sections[0]["block"]), (&Value::Null, &"rows-0".into()));
    assert!(unpacked(&page, "rows-0").is_some());
}
