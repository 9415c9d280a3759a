//! Every compiled-in row parses, and a user's folder is refused with file, line and reason.

use std::fs;

use super::*;

fn date(text: &str) -> Instant {
    Instant::midnight(text.parse().expect("a date"))
}

#[test]
fn actions_are_tracked_since_the_service_s_own_date_else_the_common_one() {
    let facts = Catalogue::builtin();
    assert_eq!(facts.action_tracking_start("s3"), date("2020-04-12"));
    assert_eq!(facts.action_tracking_start("ec2"), date("2021-04-07"));
    assert_eq!(facts.action_tracking_start("sqs"), date("2023-05-23"));
    assert_eq!(facts.action_tracking_start("no-such-service"), date("2023-05-23"));
}

#[test]
fn regions_and_partitions_have_a_start() {
    let facts = Catalogue::builtin();
    assert_eq!(facts.region_start("eu-central-2"), Some(date("2022-11-08")));
    assert_eq!(facts.region_start("xx-nowhere-1"), None);
    assert_eq!(facts.partition_start("aws"), Some(date("2015-10-01")));
    assert_eq!(facts.partition_start("aws-us-gov"), Some(date("2023-07-01")));
    assert_eq!(facts.partition_start("aws-eusc"), Some(date("2026-01-15")));
    for unknown in ["aws-cn", "aws-iso", "aws-iso-b", "aws-xx", "AWS", ""] {
        assert_eq!(facts.partition_start(unknown), None, "{unknown}");
    }
    assert!(facts.partition_starts().all(|(partition, _)| facts.partition_source(partition).is_some()));
}

#[test]
fn own_partitions_give_a_start_where_we_know_none() {
    let dir = folder("partitions.csv", "partition,tracking_start,source\naws-cn,2021-05-01,a letter of AWS\n");
    let facts = Catalogue::from_dir(dir.path()).expect("well-formed");
    assert_eq!(facts.partition_start("aws-cn"), Some(date("2021-05-01")));
    assert_eq!(facts.partition_source("aws-cn"), Some("a letter of AWS"));
    assert_eq!(facts.partition_start("aws"), None, "a file replaces the whole of its table");
}

#[test]
fn the_list_has_a_date_and_keeps_names_that_the_new_one_dropped() {
    assert!(DATE.parse::<chrono::NaiveDate>().is_ok(), "{DATE}");
    let facts = Catalogue::builtin();
    assert_eq!(facts.access_level("a4b", "TagResource"), Some("Tagging"));
    assert_eq!(facts.access_level("s3files", "CreateFileSystem"), Some("Write"));
}

#[test]
fn every_compiled_in_row_is_there() {
    let facts = Catalogue::builtin();
    let lines = |text: &str| text.lines().count() - 1;
    assert_eq!(facts.namespaces().len(), lines(include_str!("data/services.csv")));
    assert_eq!(facts.actions().values().map(FxHashMap::len).sum::<usize>(), lines(BUILTIN_ACTIONS));
    assert!(facts.namespaces().is_sorted());
}

#[test]
fn names_and_access_levels_are_found_by_namespace() {
    let facts = Catalogue::builtin();
    assert_eq!(facts.service_name("a4b"), Some("Alexa for Business"));
    assert_eq!(facts.service_name("A4B"), None);
    assert_eq!(facts.access_level("a2c", "StartDeploymentJob"), Some("Write"));
    assert_eq!(facts.access_level("a2c", "NoSuchAction"), None);
    assert_eq!(facts.access_level("no-such-service", "StartDeploymentJob"), None);
}

/// A folder that holds `name` with `text`.
fn folder(name: &str, text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join(name), text).expect("a file in it");
    dir
}

#[test]
fn a_file_replaces_its_whole_table_and_no_other() {
    let dir = folder("services.csv", "\u{feff}service_namespace,service_name\r\nzz,\"Last, of all\"\r\ns3,Buckets\r\n");
    let facts = Catalogue::from_dir(dir.path()).expect("well-formed");
    assert_eq!(facts.namespaces(), [("s3".into(), "Buckets".into()), ("zz".into(), "Last, of all".into())]);
    assert_eq!(facts.access_level("a2c", "StartDeploymentJob"), Some("Write"));
}

#[test]
fn own_access_levels_replace_ours() {
    let dir = folder("actions.csv", "service_namespace,action_name,access_level\ns3,GetIt,Tagging\n");
    let facts = Catalogue::from_dir(dir.path()).expect("well-formed");
    assert_eq!(facts.access_level("s3", "GetIt"), Some("Tagging"));
    assert_eq!(facts.access_level("a2c", "StartDeploymentJob"), None);
}

#[test]
fn a_wrong_line_is_named_with_its_file_and_reason() {
    let cases = [
        ("regions.csv", "region,tracking_start\nus-east-1,2015-10-01\nus-west-1,1.10.2015\n", 3, "not a date"),
        ("regions.csv", "region,tracking_start\nus-east-1,2015-02-30\n", 2, "not a date"),
        ("regions.csv", "region,tracking_start\nus-east-1\n", 2, "1 cells"),
        ("regions.csv", "region,tracking_start\n,2015-10-01\n", 2, "empty"),
        ("regions.csv", "region,tracking_start\na,2015-10-01\n\na,2015-10-01\n", 4, "twice"),
        ("regions.csv", "name,start\nus-east-1,2015-10-01\n", 1, "header"),
        ("regions.csv", "", 1, "header"),
        ("action_tracking.csv", "service_namespace,tracking_start\ns3,2020-04-12\n", 2, "`*`"),
        ("actions.csv", "service_namespace,action_name,access_level\ns3,GetIt,Fetch\n", 2, "not an access level"),
        ("services.csv", "service_namespace,service_name\ns3,One\ns3,Two\n", 3, "twice"),
    ];
    for (name, text, expected_line, reason) in cases {
        let dir = folder(name, text);
        match Catalogue::from_dir(dir.path()) {
            Err(CatalogueError::Line { file, line, what }) => {
                assert!(file.ends_with(name), "{file}");
                assert_eq!(line, expected_line, "{text:?}: {what}");
                assert!(what.contains(reason), "{what}");
            }
            other => panic!("{text:?} gave {other:?}"),
        }
    }
}

#[test]
fn a_folder_without_any_of_the_files_is_refused() {
    let dir = folder("README.md", "facts");
    assert!(matches!(Catalogue::from_dir(dir.path()), Err(CatalogueError::NothingThere { .. })));
    assert!(matches!(Catalogue::from_dir(&dir.path().join("absent")), Err(CatalogueError::Unreadable { .. })));
}

#[test]
fn a_misspelt_file_name_is_refused() {
    let dir = folder("services.csv", "service_namespace,service_name\ns3,Buckets\n");
    fs::write(dir.path().join("region.csv"), "region,tracking_start\n").expect("a file in it");
    assert!(
        matches!(Catalogue::from_dir(dir.path()), Err(CatalogueError::Stray { path }) if path.ends_with("region.csv"))
    );
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("regions.csv"), b"region,tracking_start\n\xff,2015-10-01\n").expect("a file in it");
    assert!(matches!(Catalogue::from_dir(dir.path()), Err(CatalogueError::Unreadable { .. })));
}

#[test]
fn a_service_reference_leads_and_what_it_lacks_stays() {
    let json = r#"{"Name":"s3","Actions":[{"Name":"GetObject","Annotations":{"Properties":{"IsWrite":true}},
        "SupportedBy":{"IAM Action Last Accessed":false}},{"Name":"NewOne","Annotations":{"Properties":{}}}]}"#;
    let dir = folder("s3.json", json);
    let reference = ServiceReference::read(dir.path()).expect("well-formed");
    let facts = Catalogue::owned().expect("well-formed").with_service_reference(reference);
    assert_eq!(facts.access_level("s3", "GetObject"), Some("Write"));
    assert_eq!(facts.access_level("s3", "NewOne"), Some("Read"));
    assert_eq!(facts.access_level("s3", "DeleteObject"), Some("Write"));
    assert_eq!(facts.is_tracked("s3", "getObject"), Some(false));
    assert_eq!(facts.is_tracked("s3", "DeleteObject"), None);
    assert_eq!(Catalogue::builtin().is_tracked("s3", "GetObject"), None);
}
