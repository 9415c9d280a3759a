//! One small history for each definition.

use super::build::{Listed, NEVER, Past, day, one, used, word};
use crate::model::{Accessed, AgeKnownBy, EntityKind, ObservedLimit, Verdict};

#[test]
fn one_silent_dump_proves_its_window() {
    let row = Past::of([Listed::on("2026-05-04", &[("sqs", NEVER)])]).row("sqs");
    assert_eq!(word(&row), "unused");
    assert_eq!((row.observed_days, row.observed_limit), (Some(400), Some(ObservedLimit::Window)));
    assert_eq!((row.source, row.days_since), (None, None));
}

#[test]
fn an_access_of_an_older_dump_counts_however_old_it_is() {
    let past = Past::of([
        Listed::on("2024-03-01", &[("sqs", used("2024-02-14"))]),
        Listed::on("2026-05-04", &[("sqs", NEVER)]),
    ]);
    let row = past.row("sqs");
    assert_eq!((word(&row), row.last_accessed, row.source), ("stale", Some(day("2024-02-14")), Some(0)));
    assert_eq!(past.stale_after(1000).says("sqs"), "active");
}

#[test]
fn weekly_dumps_see_only_what_was_known() {
    let past = Past::of([
        Listed::on("2026-03-01", &[("sqs", NEVER)]),
        Listed::on("2026-03-08", &[("sqs", used("2026-02-20"))]),
    ]);
    assert_eq!(word(&one(past.snapshot("2026-03-01"), "sqs")), "unused");
    assert_eq!(past.says("sqs"), "active");
}

#[test]
fn at_hides_what_was_made_later() {
    let mut past = Past::of([
        Listed::on("2026-03-01", &[("sqs", NEVER)]),
        Listed::on("2026-03-08", &[("sqs", used("2026-02-20"))]),
    ]);
    past.question.at = Some(day("2026-03-01"));
    assert_eq!(past.says("sqs"), "unused");
}

#[test]
fn a_service_that_a_whole_dump_lacks_was_granted_since() {
    let rows = [("ec2", NEVER), ("sqs", NEVER)];
    let row = Past::of([Listed::on("2026-04-27", &[("sqs", NEVER)]), Listed::on("2026-05-04", &rows)]).row("ec2");
    assert_eq!((word(&row), row.observed_days), ("granted-recently", Some(7)));
    assert_eq!(row.granted_since, Some(day("2026-04-27")));
    let cut = Past::of([Listed::on("2026-04-27", &[("sqs", NEVER)]).cut(), Listed::on("2026-05-04", &rows)]);
    assert_eq!(cut.says("ec2"), "unused");
}

#[test]
fn an_empty_dump_says_that_all_is_granted_since() {
    let past = Past::of([Listed::on("2026-04-27", &[]), Listed::on("2026-05-04", &[("sqs", NEVER)])]);
    assert_eq!(past.says("sqs"), "granted-recently");
}

#[test]
fn an_action_that_its_service_lacked_is_new() {
    let older = Listed::on("2026-04-27", &[("ec2", NEVER), ("ec2:Run", NEVER)]);
    let newer = Listed::on("2026-05-04", &[("ec2", NEVER), ("ec2:Run", NEVER), ("ec2:New", NEVER)]);
    let past = Past::of([older, newer]);
    assert_eq!(past.says("ec2:New"), "granted-recently");
    assert_eq!((past.says("ec2"), past.says("ec2:Run")), ("unused", "unused"));
}

#[test]
fn an_action_is_granted_no_earlier_than_its_service() {
    let past = Past::of([
        Listed::on("2026-03-01", &[("ec2", NEVER), ("ec2:Run", NEVER)]),
        Listed::on("2026-04-27", &[]),
        Listed::on("2026-05-04", &[("ec2", NEVER), ("ec2:Run", NEVER)]),
    ]);
    let row = past.row("ec2:Run");
    assert_eq!((word(&row), row.granted_since), ("granted-recently", Some(day("2026-04-27"))));
}

#[test]
fn an_access_that_the_newest_dump_lacks_is_contradicted() {
    let past = Past::of([
        Listed::on("2026-04-27", &[("ec2", used("2026-04-26"))]),
        Listed::on("2026-05-04", &[("ec2", NEVER)]),
    ]);
    let row = past.row("ec2");
    assert_eq!((word(&row), row.last_accessed, row.days_since), ("contradicted", Some(day("2026-04-26")), Some(8)));
    assert_eq!(Past { kind: EntityKind::Group, ..past }.says("ec2"), "active");
}

#[test]
fn an_access_that_went_backwards_is_contradicted() {
    let past = |newer| {
        let older = Listed::on("2026-04-27", &[("ec2", used("2026-04-20"))]);
        Past::of([older, Listed::on("2026-05-04", &[("ec2", used(newer))])]).says("ec2")
    };
    assert_eq!(past("2025-06-01"), "contradicted");
    assert_eq!(past("2026-04-19"), "active", "24 hours are no contradiction");
}

#[test]
fn a_contradicting_dump_without_older_accesses_is_of_a_new_entity() {
    let older = Listed::on("2026-05-01", &[("ec2", NEVER), ("s3", used("2026-04-20"))]);
    let newer = |sqs| Listed::on("2026-06-01", &[("ec2", NEVER), ("s3", NEVER), ("sqs", sqs)]);
    let made_again = Past::of([older.clone(), newer(used("2026-05-20"))]);
    let row = made_again.row("ec2");
    assert_eq!((word(&row), row.observed_limit), ("window-too-short", Some(ObservedLimit::Recreated)));
    assert_eq!((row.age_known_by, made_again.says("s3")), (AgeKnownBy::Creation, "contradicted"));
    let the_same = Past::of([older, newer(used("2026-04-28"))]);
    assert_eq!((the_same.says("ec2"), the_same.says("s3")), ("unused", "contradicted"));
}

#[test]
fn rows_from_before_a_recreation_are_of_a_former_entity() {
    let past = Past::of([
        Listed::on("2026-05-01", &[("s3", used("2026-04-20")), ("sqs", NEVER)]),
        Listed::on("2026-06-01", &[("s3", NEVER)]).cut(),
    ]);
    // The cut dump does not remove sqs; its row is that of the earlier entity.
    let row = past.row("sqs");
    assert_eq!((word(&row), row.observed_days), ("window-too-short", Some(0)));
}

#[test]
fn a_new_unique_id_is_a_new_entity() {
    let mut past = Past::of([Listed::on("2026-01-01", &[("s3", NEVER)]), Listed::on("2026-05-01", &[("s3", NEVER)])]);
    past.ids = vec![(day("2026-01-01"), "AROA1".to_owned()), (day("2026-04-01"), "AROA2".to_owned())];
    let row = past.row("s3");
    assert_eq!((row.observed_days, row.observed_limit), (Some(30), Some(ObservedLimit::Recreated)));
}

#[test]
fn another_spelling_before_is_another_entity() {
    let mut past = Past::of([Listed::on("2026-05-01", &[("s3", NEVER)])]);
    past.same_name = vec![day("2026-04-01")];
    assert_eq!(past.says("s3"), "window-too-short");
    past.same_name = vec![day("2026-06-01")];
    assert_eq!(past.says("s3"), "unused");
}

#[test]
fn a_creation_limits_the_silence_and_explains_what_vanished() {
    let past =
        Past::of([Listed::on("2026-01-01", &[("s3", used("2025-12-20"))]), Listed::on("2026-05-01", &[("s3", NEVER)])]);
    let row = past.created("2026-03-01").row("s3");
    assert_eq!((word(&row), row.observed_limit), ("window-too-short", Some(ObservedLimit::Creation)));
    assert_eq!((row.observed_days, row.last_accessed), (Some(61), None));
}

#[test]
fn a_creation_after_the_dump_shows_a_former_entity() {
    let rows = [("s3", NEVER), ("sqs", used("2026-04-01"))];
    let past = Past::of([Listed::on("2026-05-01", &rows)]).created("2026-06-01");
    assert_eq!((past.says("s3"), past.says("sqs")), ("window-too-short", "contradicted"));
}

#[test]
fn an_access_before_the_creation_is_contradicted() {
    let past = Past::of([Listed::on("2026-05-01", &[("sqs", used("2026-02-01"))])]);
    assert_eq!(past.created("2026-03-01").says("sqs"), "contradicted");
}

#[test]
fn an_unreadable_creation_proves_no_silence() {
    let past = Past { unreadable: true, ..Past::of([Listed::on("2026-05-01", &[("s3", NEVER)])]) };
    let row = past.row("s3");
    assert_eq!((word(&row), row.observed_days, row.observed_limit), ("date-unreadable", None, None));
}

#[test]
fn silent_dumps_prove_more_than_one_window() {
    let two = [Listed::on("2024-01-01", &[("sqs", NEVER)]), Listed::on("2025-01-01", &[("sqs", NEVER)])];
    let row = Past::of(two.clone()).row("sqs");
    assert_eq!((row.observed_days, row.observed_limit), (Some(766), Some(ObservedLimit::History)));
    let [first, last] = two;
    let row = Past::of([first, Listed::on("2024-12-01", &[]), last]).row("sqs");
    assert_eq!((row.observed_days, row.observed_limit), (Some(31), Some(ObservedLimit::Grant)));
}

#[test]
fn a_gap_ends_a_chain_and_a_cut_dump_does_not() {
    let silent = |made| Listed::on(made, &[("sqs", NEVER)]);
    let gap = Past::of([silent("2024-01-01"), silent("2025-06-01")]).row("sqs");
    assert_eq!((gap.observed_days, gap.observed_limit), (Some(400), Some(ObservedLimit::Window)));
    let cut = Past::of([silent("2024-06-01"), silent("2025-01-01").cut(), silent("2025-06-01")]).row("sqs");
    assert_eq!(cut.observed_days, Some(765));
    let newest_is_cut = Past::of([silent("2024-06-01"), silent("2025-06-01").cut()]).row("sqs");
    assert_eq!(newest_is_cut.observed_days, Some(400));
}

#[test]
fn the_window_of_before_june_2020_is_shorter() {
    assert_eq!(Past::of([Listed::on("2020-05-01", &[("sqs", NEVER)])]).row("sqs").observed_days, Some(365));
}

#[test]
fn an_earlier_as_of_sees_what_the_window_covers_up_to_then() {
    let mut past = Past::of([Listed::on("2026-05-01", &[("sqs", NEVER)])]);
    past.question.as_of = Some(day("2025-05-01"));
    let row = past.row("sqs");
    assert_eq!((word(&row), row.observed_days), ("window-too-short", Some(35)));
}

#[test]
fn an_action_of_a_service_counts_as_its_access() {
    let past = Past::of([Listed::on("2026-05-04", &[("ec2", NEVER), ("ec2:Run", used("2026-05-01"))])]);
    assert_eq!((past.says("ec2"), past.says("ec2:Run")), ("active", "active"));
}

#[test]
fn two_levels_of_one_moment_are_one_dump() {
    let past = Past::of([
        Listed::on("2026-05-04", &[("ec2", used("2026-05-01"))]),
        Listed::on("2026-05-04", &[("ec2", NEVER), ("ec2:Run", NEVER)]),
    ]);
    assert_eq!((past.says("ec2"), past.says("ec2:Run")), ("active", "unused"));
}

#[test]
fn an_action_that_stands_twice_is_one_row() {
    let rows = [("s3", NEVER), ("s3:Create", NEVER), ("s3:create ", used("2026-05-01"))];
    let past = Past::of([Listed::on("2026-05-04", &rows)]);
    assert_eq!((past.present().len(), past.says("s3:Create")), (2, "active"));
}

#[test]
fn an_undated_access_counts_until_a_later_document_dates_one() {
    let older = Listed::on("2026-04-01", &[("ec2", Accessed::Unreadable)]);
    let says = |newer| Past::of([older.clone(), Listed::on("2026-05-04", &[("ec2", newer)])]).says("ec2");
    assert_eq!(says(NEVER), "date-unreadable");
    assert_eq!(says(used("2025-06-01")), "stale");
    let long_ago = Past::of([older, Listed::on("2027-05-07", &[("ec2", NEVER)])]);
    assert_eq!(long_ago.says("ec2"), "unused", "made 400 days before");
}

#[test]
fn lost_dates_are_neither_access_nor_silence() {
    let lost = Listed { counts: true, ..Listed::on("2026-05-04", &[("ec2", NEVER), ("ec2:Run", NEVER)]) };
    let past = Past::of([Listed::on("2025-09-01", &[("ec2", NEVER), ("ec2:Run", NEVER)]), lost]);
    assert_eq!((past.says("ec2"), past.says("ec2:Run")), ("date-unreadable", "date-unreadable"));
}

#[test]
fn an_action_row_is_superseded_by_a_later_access_of_its_service() {
    let actions = Listed::on("2026-01-01", &[("s3", NEVER), ("s3:Delete", NEVER)]);
    let after = |made, at| Past::of([actions.clone(), Listed::on(made, &[("s3", used(at))])]);
    assert_eq!(after("2026-03-01", "2026-02-20").says("s3:Delete"), "newer-access");
    assert_eq!(after("2026-01-31", "2026-01-20").says("s3:Delete"), "unused", "30 days or less");
    let is_told = |past: &Past| past.row("s3:Delete").is_service_used_since;
    assert!(is_told(&after("2026-01-31", "2026-01-20")) && !is_told(&after("2026-01-31", "2025-12-20")));
    let gone = Past::of([actions, Listed::on("2026-03-01", &[])]);
    assert!(gone.present().is_empty());
}

#[test]
fn a_cut_newest_dump_hides_no_row_of_a_whole_one() {
    let past = Past::of([
        Listed::on("2026-04-27", &[("ec2", NEVER), ("s3", used("2026-04-20"))]),
        Listed::on("2026-05-04", &[("ec2", NEVER)]).cut(),
    ]);
    assert_eq!((past.row("ec2").as_of, past.row("s3").as_of), (Some(day("2026-05-04")), Some(day("2026-04-27"))));
}

#[test]
fn a_partition_without_a_start_proves_no_silence() {
    let past = Past { recording: None, ..Past::of([Listed::on("2026-05-04", &[("s3", NEVER)])]) };
    assert_eq!((past.says("s3"), past.row("s3").observed_days), ("no-start", None));
}

#[test]
fn an_undated_dump_proves_silence_only_up_to_its_newest_access() {
    let mut past = Past::of([Listed::undated(&[("s3", NEVER), ("sqs", used("2026-03-01"))])]);
    assert_eq!((past.says("s3"), past.says("sqs")), ("no-date", "no-date"));
    past.question.as_of = Some(day("2026-05-01"));
    assert_eq!(past.row("s3").observed_days, Some(339));
    past.question.at = Some(day("2026-05-01"));
    assert!(past.present().is_empty());
}

#[test]
fn of_two_undated_dumps_neither_dates_the_silence_of_the_other() {
    let mut past = Past::of([Listed::undated(&[("sqs", NEVER)]), Listed::undated(&[("s3", used("2026-05-01"))])]);
    past.question.as_of = Some(day("2026-05-04"));
    assert_eq!((past.says("sqs"), past.says("s3")), ("no-date", "active"));
    assert_eq!(past.row("sqs").observed_days, None);
}

#[test]
fn an_undated_dump_is_silent_where_another_has_a_date() {
    let past = Past::of([Listed::undated(&[("s3", used("2026-03-01"))]), Listed::on("2026-05-04", &[("s3", NEVER)])]);
    let row = past.row("s3");
    assert_eq!((word(&row), row.last_accessed), ("active", Some(day("2026-03-01"))));
}

#[test]
fn an_access_known_from_elsewhere_vetoes() {
    let mut past = Past::of([Listed::on("2026-05-04", &[("s3", NEVER), ("s3:Put", NEVER)])]);
    past.accesses = vec![("s3:Put".to_owned(), None, Some(day("2025-06-01")), false)];
    assert_eq!((past.says("s3"), past.says("s3:Put")), ("stale", "stale"));
}

#[test]
fn a_with_entities_answer_contradicts_a_newer_dump() {
    let mut past = Past::of([Listed::on("2026-05-04", &[("s3", NEVER)])]);
    past.accesses = vec![("s3".to_owned(), Some(day("2026-04-01")), Some(day("2026-03-30")), true)];
    assert_eq!(past.says("s3"), "contradicted");
    past.accesses = vec![("s3".to_owned(), Some(day("2026-06-01")), Some(day("2026-05-30")), true)];
    assert_eq!((past.says("s3"), past.row("s3").days_since), ("active", Some(0)));
}

#[test]
fn a_dump_partly_about_another_proves_no_silence() {
    let listed = Listed { strangers: true, ..Listed::on("2026-05-04", &[("s3", NEVER), ("sqs", used("2026-05-01"))]) };
    let past = Past::of([listed]);
    assert_eq!((past.says("s3"), past.says("sqs")), ("contradicted", "active"));
}

#[test]
fn a_guess_contradicts_nothing_and_sets_no_limit() {
    let guess = Listed { named: false, ..Listed::on("2026-04-27", &[("s3", used("2026-04-20"))]) };
    let past = Past::of([guess, Listed::on("2026-05-04", &[("s3", NEVER), ("sqs", NEVER)])]);
    assert_eq!((past.says("s3"), past.says("sqs")), ("active", "unused"));
}

#[test]
fn an_old_access_before_a_new_grant_proves_nothing() {
    let past = Past::of([
        Listed::on("2025-05-01", &[("s3", used("2025-04-20"))]),
        Listed::on("2026-04-01", &[]),
        Listed::on("2026-05-04", &[("s3", used("2025-04-20"))]),
    ]);
    assert_eq!(past.says("s3"), "granted-recently");
}

#[test]
fn strict_age_asks_for_proof_of_age() {
    let mut past = Past::of([Listed::on("2026-05-04", &[("s3", NEVER)])]);
    assert_eq!(past.row("s3").age_known_by, AgeKnownBy::None);
    past.question.strict_age = true;
    assert_eq!(past.says("s3"), "age-unknown");
    past.listed[0].rows.push(("sqs".to_owned(), used("2025-09-01")));
    assert_eq!((past.says("s3"), past.row("s3").age_known_by), ("unused", AgeKnownBy::Access));
    past.listed.insert(0, Listed::on("2026-01-01", &[("s3", NEVER)]));
    assert_eq!(past.row("s3").age_known_by, AgeKnownBy::History);
    assert_eq!(past.created("2020-01-01").row("s3").verdict, Verdict::Unused);
}
