//! How much memory and time a large workbook takes: `cargo run --release --example large_workbook -- 1000000 large.xlsx`.
//!
//! Builds a made-up list of unused actions with that many rows, as `dormant report` would hold it, writes it as a workbook, and
//! tells the peak of the resident memory before and after. Peaks are what Linux says in `/proc/self/status`.

#![expect(clippy::print_stdout, reason = "it is there to tell numbers")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::Instant;

use dormant::frame::{Table, schema};
use dormant::render::{Format, RenderOptions, render};
use dormant::report::{Column, ColumnKind, InputCounts, Report, Section};
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, Series};

/// Permissions of one entity.
const PER_ENTITY: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().ok_or("give the number of rows")?.parse()?;
    let path = arguments.next().ok_or("give the file to write")?;
    let report = report(rows)?;
    // From here on the peak is that of the rendering, not of the making up.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = peak_kib()?;
    let start = Instant::now();
    let mut out = BufWriter::new(File::create(&path)?);
    render(&report, Format::Xlsx, &RenderOptions::default(), &mut out)?;
    out.flush()?;
    let (took, size) = (start.elapsed(), fs::metadata(&path)?.len());
    println!("{rows} rows: {took:.1?}, {} MB", size / 1_000_000);
    println!("peak resident memory: {} MiB with the table alone, {} MiB in all", before / 1024, peak_kib()? / 1024);
    Ok(())
}

/// The most memory that was resident since the peak was reset.
fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("Linux tells no peak")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn report(rows: usize) -> Result<Report, Box<dyn Error>> {
    let text = |name: &str, value: &dyn Fn(usize) -> String| {
        let mut builder = Vec::with_capacity(rows);
        builder.extend((0..rows).map(value));
        Series::new(name.into(), builder)
    };
    // Names are categories, as in every table of the program: their texts are kept once.
    let name = |column: &str, value: &dyn Fn(usize) -> String| text(column, value).cast(&schema::name());
    let account = |row: usize| 100_000_000_000 + row / PER_ENTITY / 100;
    let entity = |row: usize| format!("service-role-{:05}", row / PER_ENTITY);
    let instants = |column: &str, value: &dyn Fn(usize) -> Option<i64>| {
        let millis: Vec<_> = (0..rows).map(value).collect();
        Series::new(column.into(), millis).cast(&schema::instant())
    };
    let days = |column: &str, value: &dyn Fn(usize) -> Option<i64>| {
        Series::new(column.into(), (0..rows).map(value).collect::<Vec<_>>())
    };
    let stale = |row: usize| row.is_multiple_of(5);
    let columns = [
        (name("account_id", &|row| account(row).to_string())?, ColumnKind::Text),
        (name("entity_type", &|_| "role".to_owned())?, ColumnKind::Text),
        (name("entity_name", &entity)?, ColumnKind::Text),
        (
            name("entity_arn", &|row| format!("arn:aws:iam::{}:role/application/{}", account(row), entity(row)))?,
            ColumnKind::Text,
        ),
        (name("service_namespace", &|row| format!("service{}", row / 20 % 100))?, ColumnKind::Text),
        (name("service_name", &|row| format!("Amazon Service {}", row / 20 % 100))?, ColumnKind::Text),
        (name("action_name", &|row| format!("DescribeSomething{}", row % PER_ENTITY))?, ColumnKind::Text),
        (name("verdict", &|row| if stale(row) { "stale" } else { "unused" }.to_owned())?, ColumnKind::Text),
        (
            instants("last_accessed", &|row| stale(row).then_some(1_750_000_000_000 + row as i64 * 1000))?,
            ColumnKind::Instant,
        ),
        (days("days_since", &|row| stale(row).then_some(90 + row as i64 % 300)), ColumnKind::Days),
        (days("observed_days", &|row| (!stale(row)).then_some(400)), ColumnKind::Days),
        (instants("as_of", &|_| Some(1_783_317_600_000))?, ColumnKind::Instant),
        (name("evidence", &|_| "complete".to_owned())?, ColumnKind::Text),
        (name("identified_by", &|_| "member".to_owned())?, ColumnKind::Text),
        (Series::new("managed".into(), vec![false; rows]).cast(&DataType::Boolean)?, ColumnKind::Flag),
        (name("access_level", &|_| "Read".to_owned())?, ColumnKind::Text),
    ];
    let described = |(series, kind): &(Series, ColumnKind)| Column {
        name: series.name().to_string(),
        kind: *kind,
        about: "Made up.".to_owned(),
    };
    let section = Section {
        id: "unused-actions".to_owned(),
        title: "Unused actions".to_owned(),
        caption: "One row per entity and action that is stale or unused.".to_owned(),
        columns: columns.iter().map(described).collect(),
        table: Table::new(DataFrame::new(rows, columns.into_iter().map(|(series, _)| series.into_column()).collect())?),
        totals: Vec::new(),
        remarks: Vec::new(),
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    };
    Ok(Report {
        newest_dump: None,
        title: "A large workbook".to_owned(),
        id: "large".into(),
        parameters: Vec::new(),
        headline: None,
        sections: vec![section],
        inputs: InputCounts::default(),
        problems: Vec::new(),
        workpaper: None,
    })
}
