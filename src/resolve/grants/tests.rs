//! Where an answer's account and date come from.

use super::*;
use crate::model::Source;
use crate::model::policy::{BoundaryRecord, EntityRecord};

fn answer(path: &str, arns: &[&str]) -> PolicyAnswer {
    let entity = |arn: &&str| EntityRecord {
        arn: Arn::parse(arn).expect("an ARN"),
        created: None,
        undated: false,
        inline: None,
        attached: None,
        groups: None,
        boundary: BoundaryRecord::NotSaid,
        tags: Vec::new(),
    };
    PolicyAnswer {
        rows: arns.len(),
        entities: arns.iter().map(entity).collect(),
        ..PolicyAnswer::empty(Source::file(path), PolicyOperation::AuthorizationDetails)
    }
}

fn account(path: &str, arns: &[&str]) -> Option<String> {
    dated(&answer(path, arns)).account.map(String::from)
}

#[test]
fn the_account_is_that_of_the_arns_or_of_the_path() {
    let (one, other) = ("arn:aws:iam::111122223333:role/r", "arn:aws:iam::444455556666:role/r");
    assert_eq!(account("999988887777/a.json", &[one]).as_deref(), Some("111122223333"));
    assert_eq!(account("999988887777/a.json", &[]).as_deref(), Some("999988887777"));
    assert_eq!(account("999988887777/a.json", &[one, other]).as_deref(), Some("999988887777"));
    assert_eq!((account("a.json", &[one, other]), account("111122223333/444455556666.json", &[])), (None, None));
    let keyed = PolicyAnswer { account: AccountId::parse("444455556666"), ..answer("a.json", &[one]) };
    assert_eq!(dated(&keyed).account, AccountId::parse("444455556666"));
}

#[test]
fn the_date_is_the_last_in_the_path() {
    let at = |path: &str| dates::in_path(&Source::file(path)).map(|at| at.day().to_string());
    assert_eq!(at("2026-04-06/111122223333/details.json").as_deref(), Some("2026-04-06"));
    assert_eq!(at("2026/04/06/details.json").as_deref(), Some("2026-04-06"));
    assert_eq!(at("2025-01-01/details-20260406.json").as_deref(), Some("2026-04-06"));
    assert_eq!(at("dumps/111122223333/details.json"), None);
}

#[test]
fn only_the_newest_day_of_authorization_details_counts() {
    let arn = "arn:aws:iam::111122223333:role/r";
    let all = ["2026-01-05/a.json", "2026-04-06/a.json", "2026-04-06/b.json", "undated.json"]
        .map(|path| answer(path, &[arn]));
    let (kept, older) = newest(all.iter().map(dated).collect());
    let paths: Vec<_> = kept.iter().map(|dated| dated.answer.source.path.as_str()).collect();
    assert_eq!(paths, ["2026-04-06/a.json", "2026-04-06/b.json", "undated.json"]);
    assert_eq!(older.len(), 1);
}

#[test]
fn a_last_page_that_is_missing_is_said_once() {
    let cut = |path| PolicyAnswer { is_truncated: true, ..answer(path, &["arn:aws:iam::111122223333:role/r"]) };
    let (a, b, last) = (cut("a.json"), cut("b.json"), answer("c.json", &["arn:aws:iam::111122223333:role/s"]));
    let found =
        |answers: &[&PolicyAnswer]| truncated(&answers.iter().map(|answer| dated(answer)).collect::<Vec<_>>()).len();
    assert_eq!((found(&[&a, &b]), found(&[&a, &b, &last])), (1, 0));
}
