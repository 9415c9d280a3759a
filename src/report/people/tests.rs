use polars::prelude::DataFrame;

use super::*;
use crate::frame::Table;

fn section(id: &str, names: &[&str]) -> Section {
    let column =
        |name: &&str| super::super::Column { name: (*name).into(), kind: ColumnKind::Text, about: String::new() };
    let cells = names.iter().map(|name| polars::prelude::Column::new((*name).into(), ["x"])).collect();
    Section {
        id: id.into(),
        title: String::new(),
        caption: String::new(),
        columns: names.iter().map(column).collect(),
        table: Table::new(DataFrame::new(1, cells).expect("columns of one height")),
        totals: Vec::new(),
        remarks: Vec::new(),
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    }
}

fn labels(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|field| field.label.as_str()).collect()
}

#[test]
fn labels_are_sorted_and_each_column_has_one() {
    assert!(LABELS.is_sorted_by(|a, b| a.0 < b.0));
    assert_eq!([label("last_accessed"), label("services_granted")], ["last used", "services granted"]);
    assert_eq!([label("0-29"), label("365+")], ["0-29 d", "365+ d"]);
    assert_eq!(label("arn:aws:iam::111122223333:role/ci/deploy"), "role/deploy 111122223333");
}

#[test]
fn every_list_has_keys_and_no_label_twice() {
    for (report, listed) in REPORTS {
        assert!(listed.iter().any(|(_, rank)| *rank == KEY), "{report}");
        let mut names: Vec<&str> = listed.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), listed.len(), "{report}");
    }
}

#[test]
fn an_entity_is_shown_by_type_and_name_or_by_a_short_arn() {
    let of_name = section("unused-services", &["account_id", "entity_type", "entity_name", "entity_arn", "verdict"]);
    assert_eq!(labels(&fields(&of_name)), ["entity", "account", "verdict"]);
    assert_eq!(fields(&of_name)[0].source, Origin::Entity { kind: 1, name: 2 });
    let of_arn = section("compare", &["entity_arn", "service_namespace", "cell", "account_id"]);
    assert_eq!(labels(&fields(&of_arn)), ["entity", "account", "service", "last used, days"]);
    assert_eq!(short_arn("arn:aws:iam::111122223333:role/ci/deploy"), "role/deploy");
    assert_eq!(short_arn("no ARN"), "no ARN");
}

#[test]
fn columns_that_only_a_run_has_are_shown_where_the_list_says() {
    let ages = section("staleness", &["account_id", "total", "0-29", "30+", "unused", "unknown", "dumps_incomplete"]);
    assert_eq!(
        labels(&fields(&ages)),
        ["account", "total", "0-29 d", "30+ d", "unused", "unknown", "incomplete dumps"]
    );
}

#[test]
fn wide_has_every_column_and_no_label_twice() {
    let names = ["entity_type", "entity_name", "entity_arn", "last_accessed", "days_since", "verdict", "remedy"];
    let wide = all_fields(&section("unused-services", &names));
    let mut labels = labels(&wide);
    assert!(labels.contains(&"ARN") && labels.contains(&"last accessed"), "{labels:?}");
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), wide.len());
}

#[test]
fn columns_are_chosen_by_machine_name_or_short_name() {
    let section = section("unused-services", &["entity_type", "entity_name", "entity_arn", "service_namespace"]);
    let chosen_of = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        chosen(&section, &names).map(|fields| fields.into_iter().map(|field| field.label).collect::<Vec<_>>())
    };
    assert_eq!(
        chosen_of(&["service", "entity", "entity_arn"]),
        Ok(vec!["service".into(), "entity".into(), "ARN".into()])
    );
    assert_eq!(chosen_of(&["service", "color"]), Err("color".into()));
    assert_eq!(machine_name("service"), "service_namespace");
}

#[test]
fn a_report_without_a_list_shows_its_columns_as_they_are() {
    let fields = fields(&section("my-own", &["a_b", "c"]));
    assert_eq!((labels(&fields), fields[0].rank), (vec!["a b", "c"], KEY));
}
