use super::*;
use crate::model::Entity;

fn decision(entity: &str, service: Option<&str>, action: Option<&str>, account: Option<&str>) -> Decision {
    Decision {
        account: account.and_then(AccountId::parse),
        entity: Arn::parse(entity).map_or_else(|_| DecidedEntity::Text(entity.to_owned()), DecidedEntity::Arn).into(),
        service: service.map(Into::into),
        action: action.map(Into::into),
        choice: Choice::Keep,
        reason: None,
        owner: "o".into(),
        decided: None,
        expires: None,
        due: None,
        ticket: None,
        file: "d.toml".into(),
        line: 1,
    }
}

const ARN: &str = "arn:aws:iam::111122223333:role/ci/deploy";

fn entity() -> Entity {
    Entity::of(Arn::parse(ARN).expect("an ARN"))
}

/// The entries from the least specific to the most specific.
fn ladder() -> Vec<Decision> {
    let account = Some("111122223333");
    vec![
        decision("role/*", Some("s3"), None, None),
        decision("role/*", Some("s3"), None, account),
        decision("role/*", Some("s3"), Some("create*"), None),
        decision("role/*", Some("s3"), Some("createbucket"), None),
        decision("role/deploy", None, None, None),
        decision("role/ci/deploy", Some("s3"), None, None),
        decision(ARN, None, None, None),
        decision(ARN, Some("s3"), None, None),
        decision(ARN, Some("s3"), Some("create*"), None),
        decision(ARN, Some("s3"), Some("createbucket"), None),
        decision(ARN, Some("s3"), Some("createbucket"), account),
    ]
}

#[test]
fn the_most_specific_entry_decides_whatever_the_order() {
    for forwards in [true, false] {
        let mut all = ladder();
        while !all.is_empty() {
            let mut given = all.clone();
            if !forwards {
                given.reverse();
            }
            let decisions = Decisions::new(given).expect("few globs");
            let expected = if forwards { all.len() as u32 - 1 } else { 0 };
            let ruling = decisions.of(&entity()).action("s3", "createbucket", None);
            assert_eq!(ruling, Ruling::By(expected), "{} entries", all.len());
            all.pop();
        }
    }
}

#[test]
fn entries_as_specific_as_each_other_are_a_tie_and_a_better_one_resolves_it() {
    let tie = vec![decision("role/*", Some("s3"), None, None), decision("role/ci/*", Some("s3"), None, None)];
    let decisions = Decisions::new(tie.clone()).expect("few globs");
    assert_eq!(decisions.of(&entity()).service("s3", None), Ruling::Tie(0, 1));
    assert_eq!(decisions.of(&entity()).service("ec2", None), Ruling::None);
    let resolved = Decisions::new(tie.into_iter().chain([decision(ARN, Some("s3"), None, None)]).collect());
    assert_eq!(resolved.expect("few globs").of(&entity()).service("s3", None), Ruling::By(2));
}

#[test]
fn what_has_run_out_gives_way_to_what_holds() {
    let (last, after) = (Day::parse("2026-05-01").expect("a day"), Day::parse("2026-05-02").expect("a day"));
    let exact = Decision { expires: Some(last), ..decision(ARN, Some("s3"), None, None) };
    let decisions = Decisions::new(vec![decision("role/*", Some("s3"), None, None), exact]).expect("few globs");
    let of = decisions.of(&entity());
    assert_eq!(of.service("s3", Some(last.end())), Ruling::By(1), "the last day counts");
    assert_eq!(of.service("s3", Some(after.start())), Ruling::By(0));
    assert_eq!(of.service("s3", None), Ruling::By(1));
}

#[test]
fn case_and_account_of_entities_count_and_case_of_actions_does_not() {
    let other = decision("role/*", Some("s3"), None, Some("999999999999"));
    let upper = decision("ROLE/*", Some("s3"), None, None);
    let decisions = Decisions::new(vec![other, upper, decision("role/CI/*", None, None, None)]).expect("few globs");
    assert!(decisions.of(&entity()).is_empty());
    let of_action = Decisions::new(vec![decision("role/ci/*", Some("s3"), Some("*bucket"), None)]).expect("few globs");
    assert_eq!(of_action.of(&entity()).action("s3", "createbucket", None), Ruling::By(0));
    assert_eq!(of_action.of(&entity()).action("s3", "createbuckets", None), Ruling::None);
}

#[test]
fn too_many_globs_are_refused() {
    let all = (0..=MOST_GLOBS).map(|at| decision(&format!("role/{at}*"), Some("s3"), None, None)).collect();
    assert!(Decisions::new(all).expect_err("too many").contains("at most 5000"));
}
