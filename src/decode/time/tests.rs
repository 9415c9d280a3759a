//! Each known spelling, each that is refused, and two properties over all the others.

use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use proptest::prelude::*;

use super::*;

/// 2024-05-14T09:00:00Z.
const NINE: i64 = 1_715_677_200_000;
/// 2024-05-14T10:20:30.123Z.
const TWENTY_PAST: i64 = 1_715_682_030_123;

fn at(ms: i64) -> DateReading {
    DateReading::At(Instant::from_millis(ms))
}

fn no_offset(ms: i64) -> DateReading {
    DateReading::AtNoOffset(Instant::from_millis(ms))
}

/// What a row of the table expects: the first word of its second column, and whether a missing zone is flagged.
fn expected(cell: &str) -> Option<DateReading> {
    let word = cell.split([' ', ',', ':']).next().expect("split gives one part at least");
    if matches!(word, "ambiguous" | "invalid") {
        return None;
    }
    if word == "never" {
        return Some(DateReading::Never);
    }
    let stamp = cell.split([' ', ',']).next().expect("split gives one part at least");
    let ms = DateTime::parse_from_rfc3339(stamp).expect("an instant").timestamp_millis();
    Some(if cell.contains("no zone") { no_offset(ms) } else { at(ms) })
}

#[test]
fn every_row_of_the_table_of_spellings_reads_as_it_says() {
    let tables =
        [include_str!("../../../tests/data/timestamps.tsv"), include_str!("../../../tests/data/timestamps-more.tsv")];
    let rows = tables.iter().flat_map(|table| table.lines()).filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for row in rows {
        let mut cells = row.split('\t');
        let (raw, cell) = (cells.next().expect("a value"), cells.next().expect("an expectation"));
        let reading = parse_json(raw);
        match expected(cell) {
            Some(wanted) => assert_eq!(reading, wanted, "{raw}"),
            None => assert!(matches!(reading, DateReading::Unreadable(_)), "{raw} read as {reading:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 25 + 102);
}

#[test]
fn texts_with_an_offset_are_instants() {
    let nine = [
        "2024-05-14T09:00:00z",
        "2024-05-14t09:00:00Z",
        "2024-05-14T09:00:00+0000",
        "2024-05-14T09:00:00+00",
        "2024-05-14T09:00:00-00:00",
        "2024-05-14T09:00Z",
        "2024-05-14T09:00:00.000000000Z",
        "2024-05-14T04:00:00-05:00",
        "2024-05-14T14:45:00+05:45",
        "2024-05-14 09:00:00 +00:00",
        "2024-05-14 09:00:00 UTC",
        "2024-05-14 09:00:00 GMT",
        "2024-05-14 09:00:00Z",
        "2024-05-14 09:00:00 +0000 +0000",
        "2024-05-14 09:00:00 +0000 UTC m=+0.000012345",
        "2024-05-14 11:00:00 +0200 CEST",
        "2024-05-14 11:00:00 +0200 CEST m=+12.5",
        "2024-05-14 06:00:00 -0300 -03",
        "2024-05-14T11:00:00+02:00[Europe/Berlin]",
        "2024-05-14T09:00:00Z[UTC]",
        "20240514T090000Z",
        "20240514T110000+0200",
        "Tue, 14 May 2024 09:00:00 +0000",
        "Tue, 14 May 2024 11:00:00 +0200",
        "14 May 2024 09:00:00 +0000",
        "Tue May 14 09:00:00 UTC 2024",
        "Tue May 14 09:00:00 AM UTC 2024",
        "Tue May 14 09:00:00 +0000 2024",
        "Tue May 14 2024 11:00:00 GMT+0200 (Central European Summer Time)",
        "14/May/2024:09:00:00 +0000",
        "/Date(1715677200000)/",
        "\\/Date(1715677200000-0700)\\/",
        "1715677200",
        "1715677200.000",
        "1715677200000",
        "1715677200000000",
        "1715677200000000000",
        "1.7156772E9",
        "1.7156772E+12",
        " 2024-05-14T09:00:00Z\r\n",
    ];
    for text in nine {
        assert_eq!(parse_str(text), at(NINE), "{text:?}");
    }
}

#[test]
fn fractions_are_kept_to_the_millisecond() {
    let texts = [
        "2024-05-14T10:20:30.123Z",
        "2024-05-14T10:20:30,123Z",
        "2024-05-14T10:20:30.123999999Z",
        "2024-05-14T12:20:30.1230000+02:00",
        "2024-05-14 10:20:30.123456 +0000 UTC",
        "20240514T102030.123Z",
        "1715682030123",
        "1715682030.1239",
        "1715682030123456",
        "1715682030123456789",
        "1.715682030123E9",
    ];
    for text in texts {
        assert_eq!(parse_str(text), at(TWENTY_PAST), "{text:?}");
    }
}

#[test]
fn without_an_offset_it_is_utc_and_flagged() {
    let texts = [
        "2024-05-14T09:00:00",
        "2024-05-14T09:00:00.000000",
        "2024-05-14 09:00",
        "2024-05-14 09:00:00 AM",
        "2024/05/14 9:00:00",
        "20240514090000",
        "20240514T090000",
        "Tuesday, 14 May 2024 09:00:00",
        "Tuesday, May 14, 2024 9:00:00 AM",
        "May 14, 2024 9:00:00 AM",
        "Tue May 14 09:00:00 2024",
        "14-May-2024 09:00:00",
    ];
    for text in texts {
        assert_eq!(parse_str(text), no_offset(NINE), "{text:?}");
    }
    let midnight = NINE - 9 * 3_600_000;
    for text in ["2024-05-14", "20240514", "2024/05/14", "May 14, 2024", "14 May 2024", "Tuesday, May 14, 2024"] {
        assert_eq!(parse_str(text), no_offset(midnight), "{text:?}");
    }
    assert_eq!(parse_str("2024-05-14 09:00:00 PM"), no_offset(NINE + 12 * 3_600_000));
}

#[test]
fn never_has_many_spellings() {
    let texts = [
        "",
        "   ",
        "0",
        "0.0",
        "-",
        "none",
        "NaT",
        "nan",
        "<nil>",
        "n/a",
        "Never",
        "null",
        "Not accessed in the tracking period",
        "1970-01-01",
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00+01:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "0001-01-01 00:00:00 +0000 UTC",
        "0001-01-01",
        "1/1/0001 12:00:00 AM",
        "01.01.0001 00:00:00",
        "Monday, January 1, 0001 12:00:00 AM",
        "/Date(0)/",
        "/Date(-62135596800000+0100)/",
        "\\/Date(-62135578800000)\\/",
        "-62135596800",
        "-62135596800000",
    ];
    for text in texts {
        assert_eq!(parse_str(text), DateReading::Never, "{text:?}");
    }
    let values =
        ["  null ", "0", "0.0", "-0", "\"\"", "NaN", "undefined", "{\"$date\": null}", "{\"value\":\"/Date(0)/\"}"];
    for raw in values {
        assert_eq!(parse_json(raw), DateReading::Never, "{raw}");
    }
}

#[test]
fn whatever_is_open_to_doubt_is_unreadable() {
    let texts = [
        "05/14/2024 09:00:00",
        "14/05/2024",
        "5/4/2024",
        "14.05.2024 09:00:00",
        "14-05-2024",
        "05/14/24 9:00 AM",
        "01/01/01",
        "01-01-01 12:00:00 AM",
        "14 May 01",
        "Mon, 14 May 01 09:00:00 +0000",
        "2024-02-30",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-05-14T25:00:00Z",
        "2024-05-14T24:00:00Z",
        "2024-05-14T09:60:00Z",
        "2024-05-14T09:00:61Z",
        "2024-05-14T09:00:60Z",
        "2024-05-14T09:00:00.Z",
        "2024-05-14T09:00:00+24:00",
        "2024-05-14T09:00:00+02:60",
        "2024-05-14T09:00:00 CEST",
        "2024-05-14T09:00:00 IST",
        "2024-05-14T09:00:00[Europe/Berlin]",
        "2024-05-14 09:00:00 +0200 UTC",
        "May 14, 2024 09:00:00 (UTC+02:00)",
        "2024-05-14-09",
        "2024-05",
        "2024-W20",
        "2024-W54-1",
        "2024-W20-0",
        "2024-135",
        "Wed, 14 May 2024 09:00:00 GMT",
        "14 May 24 09:00:00 GMT",
        "Tue, 14 May 2024 09:00:00 CEST",
        "Tue, 14 May 2024 09:00:00 B",
        "1899-12-30T00:00:00Z",
        "2005-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0000-00-00 00:00:00",
        "0001-01-01T99:00:00Z",
        "1",
        "-1",
        "-1715677200",
        "999999999999999999999999999999",
        "1e999",
        "NaN days",
        "Infinity",
        "7 days ago",
        "Today",
        "unknown",
        "yes",
        "/Date(abc)/",
        "/Date(1715677200000+02)/",
        "/Date()/",
        "２０２４-05-14T09:00:00Z",
    ];
    for text in texts {
        assert!(matches!(parse_str(text), DateReading::Unreadable(_)), "{text:?} read as {:?}", parse_str(text));
    }
    for raw in [
        "true",
        "false",
        "[]",
        "[2024,5,14]",
        "{}",
        "{\"a\":1}",
        "\"open",
        "-",
        "-Infinity",
        "{\"value\":1,\"Value\":2}",
        "",
    ] {
        let reading = parse_json(raw);
        assert!(raw.is_empty() || matches!(reading, DateReading::Unreadable(_)), "{raw} read as {reading:?}");
    }
}

#[test]
fn the_reason_says_what_is_wrong() {
    let reasons = [
        ("04/05/2024", CULTURE),
        ("14/05/2024", ORDER),
        ("05/14/2024 09:00", ORDER),
        ("14.05.2024 09:00", ORDER),
        ("2024-02-30", NO_SUCH_DATE),
        ("2024-05-14T25:00:00Z", NO_SUCH_TIME),
        ("2024-05-14T09:00:00 CEST", ZONE),
        ("1601-01-01T00:00:00Z", OUT_OF_RANGE),
        ("yesterday", NO_SPELLING),
    ];
    for (text, reason) in reasons {
        assert_eq!(parse_str(text), DateReading::Unreadable(reason), "{text:?}");
    }
}

#[test]
fn a_leap_second_counts_as_the_end_of_its_minute() {
    let last = DateTime::parse_from_rfc3339("2016-12-31T23:59:59.999Z").expect("an instant").timestamp_millis();
    for text in ["2016-12-31T23:59:60Z", "2017-01-01T01:59:60.5+02:00", "Sat, 31 Dec 2016 23:59:60 GMT"] {
        assert_eq!(parse_str(text), at(last), "{text:?}");
    }
}

#[test]
fn the_bounds_of_iam_s_time_are_inclusive() {
    assert_eq!(parse_str("2006-01-01T00:00:00Z"), at(EARLIEST_MS));
    assert_eq!(parse_str("2100-12-31T23:59:59.999Z"), at(END_MS - 1));
}

#[test]
fn wrapped_dates_are_unwrapped() {
    let nine = [
        r#"{"$date": {"$numberLong": "1715677200000"}}"#,
        r#"{"$date": 1715677200000}"#,
        r#"{"$date": "2024-05-14T11:00:00+02:00"}"#,
        r#"{"value": "\/Date(1715677200000)\/", "DisplayHint": 2, "DateTime": "Tuesday, 14 May 2024 09:00:00"}"#,
        r#"{"Value": "2024-05-14T09:00:00Z"}"#,
        r#"{"__class__": "datetime", "year": 2024, "month": 5, "day": 14, "hour": 9, "minute": 0, "second": 0, "microsecond": 0}"#,
        r#"{"epochSecond": 1715677200, "nano": 0}"#,
        r#"{"seconds": "1715677200"}"#,
        r#""\/Date(1715677200000)\/""#,
        r#""2024-05-14T09:00:00\u005a""#,
        "1715677200.0",
        "\t1715677200 \n",
    ];
    for raw in nine {
        assert_eq!(parse_json(raw), at(NINE), "{raw}");
    }
    let placebo = r#"{"__class__":"datetime","year":2024,"month":5,"day":14,"hour":10,"minute":20,"second":30,"microsecond":123456}"#;
    assert_eq!(parse_json(placebo), at(TWENTY_PAST));
    assert_eq!(parse_json(r#"{"epochSecond": 1715682030, "nano": 123456789}"#), at(TWENTY_PAST));
}

#[test]
fn wrapped_nonsense_is_unreadable() {
    let raws = [
        r#"{"__class__": "datetime", "year": 2024, "month": 2, "day": 30}"#,
        r#"{"__class__": "datetime", "year": 2024, "month": 5, "day": 14, "microsecond": 1000000}"#,
        r#"{"__class__": "datetime", "year": 2024, "month": 5, "day": 14, "hour": 4294967295}"#,
        r#"{"__class__": "date", "year": 2024, "month": 2, "day": 3}"#,
        r#"{"__class__": "datetime", "year": "2024"}"#,
        r#"{"$date": {"$date": {"$date": {"$date": 1715677200}}}}"#,
        r#"{"epochSecond": 1715677200, "nano": 1000000000}"#,
        r#"{"seconds": true}"#,
        r#"{"value": tru"#,
    ];
    for raw in raws {
        assert!(matches!(parse_json(raw), DateReading::Unreadable(_)), "{raw} read as {:?}", parse_json(raw));
    }
}

/// Every spelling in which a client would print one instant, with the expected reading.
fn spellings(ms: i64, offset_minutes: i32) -> Vec<(String, DateReading)> {
    let utc = Utc.timestamp_millis_opt(ms).single().expect("in range");
    let there = utc.with_timezone(&FixedOffset::east_opt(offset_minutes * 60).expect("in range"));
    let whole = at(ms - ms.rem_euclid(1000));
    vec![
        (utc.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(), at(ms)),
        (utc.format("%Y-%m-%dT%H:%M:%SZ").to_string(), whole),
        (utc.format("%Y-%m-%d %H:%M:%S%.9f +0000 UTC").to_string(), at(ms)),
        (there.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string(), at(ms)),
        (there.format("%Y-%m-%d %H:%M:%S%.3f%z").to_string(), at(ms)),
        (there.format("%Y%m%dT%H%M%S%z").to_string(), whole),
        (there.format("%a, %d %b %Y %H:%M:%S %z").to_string(), whole),
        (there.format("%a %b %d %Y %H:%M:%S GMT%z (somewhere)").to_string(), whole),
        (utc.format("%a, %d %b %Y %H:%M:%S GMT").to_string(), whole),
        (utc.format("%a %b %e %H:%M:%S UTC %Y").to_string(), whole),
        (utc.format("%A, %B %e, %Y %I:%M:%S %p UTC").to_string(), whole),
        (utc.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(), no_offset(ms)),
        (format!("/Date({ms}{})/", there.format("%z")), at(ms)),
        (ms.to_string(), at(ms)),
        (format!("{ms}000"), at(ms)),
        (format!("{ms}000000"), at(ms)),
        (format!("{}.{:03}", ms / 1000, ms % 1000), at(ms)),
        ((ms / 1000).to_string(), whole),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), json in "[-0-9a-zA-Z\"{}:,./+$_ \\\\]{0,60}") {
        let _ = (parse_str(&text), parse_json(&text), parse_str(&json), parse_json(&json));
    }

    #[test]
    fn near_dates_do_not_make_it_panic(text in "[0-9]{0,5}[-/]?[0-9]{0,3}[-/]?[0-9]{0,3}[T ]?[0-9:.,]{0,14}[-+ZA-Z\\[\\]m= 0-9:]{0,12}") {
        let _ = (parse_str(&text), parse_json(&text), parse_json(&format!("\"{text}\"")));
    }

    #[test]
    fn every_spelling_of_an_instant_reads_back(ms in EARLIEST_MS..END_MS, offset in -14 * 60..=14 * 60) {
        for (text, wanted) in spellings(ms, offset) {
            prop_assert_eq!(parse_str(&text), wanted, "{}", text);
            prop_assert_eq!(parse_json(&format!("\"{text}\"")), wanted, "{}", text);
        }
    }
}
