//! IAM's pattern rules on small examples, and on random ones compared with a naive definition.

use proptest::prelude::*;

use super::pattern::glob;
use super::*;

fn matches(pattern: &str, action: &str) -> bool {
    let (service, action) = action.split_once(':').expect("service:action");
    ActionPattern::new(pattern).matches(service, action)
}

#[test]
fn patterns_match_as_iam_matches_them() {
    for (pattern, action, expected) in [
        ("S3:getobject", "s3:GetObject", true),
        ("iam:*AccessKey*", "iam:CreateAccessKey", true),
        ("iam:*AccessKey*", "iam:GetAccessKeyLastUsed", true),
        ("iam:*AccessKey*", "iam:CreateServiceLinkedRole", false),
        ("ec2:Describe?mages", "ec2:DescribeImages", true),
        ("ec2:Describe?mages", "ec2:DescribeFpgaImages", false),
        ("s3:Get", "s3:GetObject", false),
        ("s3:GetObject?", "s3:GetObject", false),
        ("s3:GetObject*", "s3:GetObject", true),
        ("s3:.*", "s3:GetObject", false),
        ("s3:[A-Z]*", "s3:GetObject", false),
        ("s3:*", "s3express:CreateSession", false),
        ("*", "deepracer:GetTrack", true),
        ("*:*", "s3:GetObject", true),
        ("s*:Get*", "sqs:GetQueueUrl", true),
        ("s3", "s3:GetObject", false),
    ] {
        assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
    }
}

#[test]
fn a_pattern_says_how_much_it_names_and_keeps_its_spelling() {
    for (pattern, kind) in [
        ("s3:GetObject", PatternKind::Exact),
        ("s3:Get*", PatternKind::Prefix),
        ("s3:*Get*", PatternKind::Wildcard),
        ("s3:Get**", PatternKind::Wildcard),
        ("s3:?", PatternKind::Wildcard),
        ("s3:*", PatternKind::Service),
        ("*", PatternKind::All),
        ("*:*", PatternKind::Malformed),
        ("s*:Get*", PatternKind::Malformed),
        ("s3", PatternKind::Malformed),
        ("s3:a:b", PatternKind::Malformed),
        (":Get", PatternKind::Malformed),
        ("s3:", PatternKind::Malformed),
        ("", PatternKind::Malformed),
    ] {
        assert_eq!(ActionPattern::new(pattern).kind(), kind, "{pattern}");
    }
    assert_eq!(ActionPattern::new("S3:getobject").written(), "S3:getobject");
}

#[test]
fn a_hostile_pattern_takes_no_time() {
    let pattern = format!("s3:{}b", "a*".repeat(2_000));
    assert!(!ActionPattern::new(&pattern).matches("s3", &"a".repeat(20_000)));
}

fn statement(effect: Effect, actions: Actions) -> Statement {
    Statement {
        number: 1,
        sid: None,
        effect,
        actions,
        resources: ResourceScope::All,
        conditions: 0,
        times: StatementTimes::default(),
    }
}

#[test]
fn a_malformed_pattern_can_only_widen_what_is_granted() {
    let patterns = || vec![ActionPattern::new("s*:Get*")];
    for (effect, actions, expected) in [
        (Effect::Allow, Actions::Listed(patterns()), true),
        (Effect::Allow, Actions::AllBut(patterns()), true),
        (Effect::Deny, Actions::Listed(patterns()), false),
        (Effect::Deny, Actions::AllBut(patterns()), false),
    ] {
        assert_eq!(statement(effect, actions).matches("s3", "GetObject"), expected);
    }
}

#[test]
fn not_action_reaches_everything_else() {
    let power_user = ["iam:*", "organizations:*", "account:*"].map(ActionPattern::new).to_vec();
    let allow = statement(Effect::Allow, Actions::AllBut(power_user));
    assert!(allow.matches("s3", "GetObject") && allow.matches("no-such-service", "NoSuchAction"));
    assert!(!allow.matches("IAM", "GetRole"));
}

#[test]
fn only_an_unconditional_deny_on_every_resource_is_whole() {
    let deny = statement(Effect::Deny, Actions::Listed(vec![ActionPattern::new("s3:DeleteBucket")]));
    assert!(deny.denies_wholly());
    assert!(!Statement { conditions: 1, ..deny.clone() }.denies_wholly());
    assert!(!Statement { resources: ResourceScope::Some, ..deny.clone() }.denies_wholly());
    assert!(!Statement { resources: ResourceScope::NotResource, ..deny.clone() }.denies_wholly());
    assert!(!Statement { effect: Effect::Allow, ..deny }.denies_wholly());
}

/// The definition, written for clarity and not for speed.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some(('*', rest)), _) => (0..=text.len()).any(|skipped| naive(rest, &text[skipped..])),
        (Some((_, _)), None) => false,
        (Some(('?', rest)), Some((_, after))) => naive(rest, after),
        (Some((a, rest)), Some((b, after))) => a.eq_ignore_ascii_case(b) && naive(rest, after),
    }
}

proptest! {
    #[test]
    fn globs_agree_with_the_naive_definition(pattern in "[abé*?]{0,8}", text in "[aAbBé]{0,10}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(glob(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
    }
}
