//! Since when a policy grants what it grants.

use super::super::{ActionPattern, Actions, Effect, ResourceScope, Statement, StatementTimes, WrittenDocument};
use super::*;

fn day(day: i64) -> Instant {
    Instant::from_millis(1_700_000_000_000 + day * 86_400_000)
}

fn allowing(patterns: &[&str]) -> Arc<PolicyDocument> {
    let actions = Actions::Listed(patterns.iter().map(|pattern| ActionPattern::new(pattern)).collect());
    let (effect, resources) = (Effect::Allow, ResourceScope::All);
    let statement =
        Statement { number: 1, sid: None, effect, actions, resources, conditions: 0, times: StatementTimes::default() };
    Arc::new(PolicyDocument { version: None, statements: vec![statement], text: WrittenDocument::default() })
}

fn universe() -> Universe {
    Universe::new([("ec2", "RunInstances"), ("s3", "GetObject")], [])
}

/// Versions as number, day and pattern; the position of the default version.
fn history(versions: &[(u32, i64, &str)], default: usize) -> SavedVersions {
    let universe = universe();
    let version = |(number, at, pattern): &(u32, i64, &str)| {
        let document = (!pattern.is_empty()).then(|| allowing(&[pattern]));
        let granted = document.as_ref().map(|document| Arc::new(universe.granted(document)));
        SavedVersion { number: *number, created: day(*at), document, granted }
    };
    SavedVersions { created: Some(day(0)), versions: versions.iter().map(version).collect(), default }
}

/// A policy with one version of this number.
fn policy(kind: PolicyKind, number: u32) -> HeldPolicy {
    HeldPolicy {
        kind,
        name: "p".to_owned(),
        arn: None,
        version: None,
        document: None,
        expanded: std::sync::Arc::default(),
        holders: 0,
        holders_complete: None,
        history: Some(history(&[(number, 5, "s3:*")], 0)),
        made: None,
        updated: None,
        undated: false,
        attachments: None,
        boundary_uses: None,
        source: String::new(),
    }
}

fn since(versions: &[(u32, i64, &str)], default: usize) -> (Option<i64>, SinceKind) {
    let history = Some(history(versions, default));
    let policy = HeldPolicy { history, ..policy(PolicyKind::Customer, 1) };
    let (at, kind) = policy.granted_since("s3", "GetObject");
    let place = universe().place("s3", "GetObject").expect("known");
    assert_eq!(policy.granted_since_at(place), (at, kind), "by its place as by its name");
    (at.map(|at| (at.millis() - day(0).millis()) / 86_400_000), kind)
}

#[test]
fn the_run_is_walked_back_from_the_version_that_holds() {
    use SinceKind::{Exact, OrEarlier, OrLater};
    assert_eq!(since(&[(1, 1, "s3:*")], 0), (Some(0), Exact), "the policy began with it");
    assert_eq!(since(&[(1, 1, "s3:*"), (2, 5, "s3:Get*"), (3, 9, "*")], 2), (Some(0), Exact));
    assert_eq!(since(&[(1, 1, "ec2:*"), (2, 5, "s3:Get*"), (3, 9, "*")], 2), (Some(5), Exact), "v1 lacks it");
    assert_eq!(since(&[(3, 5, "s3:Get*"), (4, 9, "*")], 1), (Some(5), OrEarlier), "v1 and v2 are deleted");
    assert_eq!(since(&[(1, 1, "s3:*"), (3, 5, "s3:Get*"), (4, 9, "*")], 2), (Some(5), OrEarlier), "v2 is deleted");
    assert_eq!(since(&[(1, 1, ""), (2, 5, "s3:Get*")], 1), (Some(5), OrEarlier), "v1 cannot be read");
    assert_eq!(since(&[(1, 1, "s3:*"), (2, 5, "ec2:*")], 0), (Some(5), OrLater), "set back after v2 was made");
    assert_eq!(since(&[(1, 1, "s3:*"), (2, 5, "s3:*")], 0), (Some(0), Exact), "v2 allows it too");
}

#[test]
fn a_policy_by_aws_whose_only_version_is_not_the_first_has_no_date() {
    let kind_of = |kind, number| policy(kind, number).granted_since("s3", "GetObject").1;
    assert_eq!(kind_of(PolicyKind::Aws, 7), SinceKind::Unknown);
    assert_eq!(kind_of(PolicyKind::Aws, 1), SinceKind::Exact);
    assert_eq!(kind_of(PolicyKind::Customer, 7), SinceKind::OrEarlier);
    let inline = HeldPolicy { history: None, ..policy(PolicyKind::Inline, 1) };
    assert_eq!(inline.granted_since("s3", "GetObject"), (None, SinceKind::Unknown));
}

#[test]
fn what_aws_and_the_account_write_together_is_told_apart() {
    use super::PolicyAuthor;
    use super::PolicyKind::{Aws, Customer, Inline};
    assert_eq!(PolicyAuthor::of([]), None);
    assert_eq!(PolicyAuthor::of([Customer, Inline]), Some(PolicyAuthor::Account));
    assert_eq!(PolicyAuthor::of([Aws, Aws]), Some(PolicyAuthor::Aws));
    assert_eq!(PolicyAuthor::of([Inline, Aws, Inline]), Some(PolicyAuthor::Both));
}
