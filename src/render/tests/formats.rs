//! Golden files of the formats that people read, and what each format promises beside its cells.

use super::sample::{kinds, names, report, report_of, without_rows};
use crate::render::{Format, RenderError, RenderOptions, render};
use crate::report::Report;

fn bytes(report: &Report, format: Format, options: &RenderOptions) -> Vec<u8> {
    let mut out = Vec::new();
    render(report, format, options, &mut out).unwrap_or_else(|e| panic!("{format:?}: {e}"));
    out
}

fn text(report: &Report, format: Format, options: &RenderOptions) -> String {
    String::from_utf8(bytes(report, format, options)).expect("text formats write UTF-8")
}

#[test]
fn golden_json() {
    insta::assert_snapshot!(text(&report(), Format::Json, &RenderOptions::default()));
}

#[test]
fn golden_markdown() {
    insta::assert_snapshot!(text(&report(), Format::Md, &RenderOptions::default()));
}

#[test]
fn golden_table_wide() {
    insta::assert_snapshot!(text(&report(), Format::Table, &RenderOptions::default()));
}

#[test]
fn golden_table_in_color() {
    let options = RenderOptions { width: Some(160), color: true, ..RenderOptions::default() };
    insta::assert_snapshot!(text(&report_of(kinds()), Format::Table, &options).replace('\u{1b}', "<ESC>"));
}

#[test]
fn golden_table_too_narrow() {
    let options = RenderOptions { width: Some(80), ..RenderOptions::default() };
    insta::assert_snapshot!(text(&report(), Format::Table, &options));
}

#[test]
fn golden_csv_kinds() {
    insta::assert_snapshot!(text(&report_of(kinds()), Format::Csv, &RenderOptions::default()));
}

#[test]
fn golden_csv_names() {
    let shown = text(&report_of(names()), Format::Csv, &RenderOptions::default());
    insta::assert_snapshot!(shown.replace('\u{1b}', "<ESC>").replace('\r', "<CR>").replace('\t', "<TAB>"));
}

#[test]
fn golden_jsonl() {
    insta::assert_snapshot!(text(&report_of(kinds()), Format::Jsonl, &RenderOptions::default()));
}

#[test]
fn a_terminal_table_keeps_to_its_width() {
    for width in 20..220 {
        let options = RenderOptions { width: Some(width), ..RenderOptions::default() };
        let shown = text(&report_of(kinds()), Format::Table, &options);
        let widest = shown.lines().map(crate::util::wrap::width).max();
        assert!(widest <= Some(width.into()), "{width}: {shown}");
        // A number or a date is shown whole or not at all.
        let values = ["4294967295", "2026-04-01", "9223372036854775807"];
        assert!(shown.contains("Hidden") || values.iter().all(|value| shown.contains(value)), "{width}: {shown}");
    }
}

#[test]
fn a_table_says_which_rows_and_columns_it_leaves_out() {
    let shown = |options| text(&report_of(kinds()), Format::Table, &options);
    let few = shown(RenderOptions { limit: Some(2), ..RenderOptions::default() });
    assert!(few.contains("Showing 2 of 4 rows"), "{few}");
    let columns = vec!["verdict".to_owned(), "service".to_owned()];
    let chosen = shown(RenderOptions { columns, ..RenderOptions::default() });
    assert!(chosen.contains("verdict  service\n") && !chosen.contains("grants"), "{chosen}");
    let narrow = RenderOptions { width: Some(40), ..RenderOptions::default() };
    assert!(shown(narrow.clone()).contains("Hidden to fit 40 columns"));
    let wide = shown(RenderOptions { wide: true, ..narrow });
    assert!(!wide.contains("Hidden") && wide.contains("controlled by AWS"), "{wide}");
}

#[test]
fn markdown_says_what_it_leaves_out_and_where_it_is() {
    let options = RenderOptions { max_rows: 5, full_table_at: Some("{id}.csv".into()), ..RenderOptions::default() };
    let cut = text(&report_of(names()), Format::Md, &options);
    assert!(cut.contains("- Showing 5 of 12 rows, 7 are left out; names.csv has them all.\n"), "{cut}");
    assert_eq!(cut.lines().filter(|line| line.starts_with("| ")).count(), 1 + 1 + 5);
    let whole = text(&report_of(names()), Format::Md, &RenderOptions { max_rows: 0, ..options });
    assert_eq!(whole.lines().filter(|line| line.starts_with("| ")).count(), 1 + 1 + 12);
}

#[test]
fn no_control_character_reaches_the_eyes_of_a_person() {
    for format in [Format::Table, Format::Md] {
        let shown = text(&report(), format, &RenderOptions::default());
        let acting = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{200f}' | '\u{202e}');
        assert_eq!(shown.find(acting), None, "{format:?}: {shown:?}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for &format in Format::ALL {
        let options = RenderOptions::default();
        assert_eq!(bytes(&report_of(kinds()), format, &options), bytes(&report_of(kinds()), format, &options));
    }
}

#[test]
fn a_section_without_rows_is_written_by_every_format() {
    for &format in Format::ALL {
        let empty = bytes(&report_of(without_rows(&kinds())), format, &RenderOptions::default());
        assert_eq!(empty.is_empty(), format == Format::Jsonl, "{format:?}");
    }
}

#[test]
fn formats_of_one_table_refuse_two_sections_and_write_nothing() {
    for &format in Format::ALL {
        let mut out = Vec::new();
        let written = render(&report(), format, &RenderOptions::default(), &mut out);
        if format.holds_one_table() {
            assert!(matches!(written, Err(RenderError::NotOneTable { sections: 2, .. })), "{format:?}");
            assert!(out.is_empty());
        } else {
            written.unwrap_or_else(|e| panic!("{format:?}: {e}"));
        }
    }
}

#[test]
fn a_writer_that_fails_is_an_io_error_in_every_format() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for &format in Format::ALL {
        let failed = render(&report_of(kinds()), format, &RenderOptions::default(), &mut Closed);
        let Err(RenderError::Io(error)) = failed else { panic!("{format:?}: {failed:?}") };
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{format:?}");
    }
}

#[test]
fn spellings_lead_back_to_their_format() {
    for &format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
    assert_eq!(Format::parse("yaml"), None);
}
