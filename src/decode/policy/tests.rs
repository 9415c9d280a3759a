//! Every form in which a document is saved, and every document that must stay unknown.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::model::policy::PatternKind;

const PLAIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Read","Effect":"Allow","Action":["s3:Get*","S3:listbucket"],"Resource":"arn:aws:s3:::a+b/*"},
    {"Effect":"Deny","NotAction":"sts:*","Resource":["*","arn:aws:s3:::x"],
     "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"a:b":["1"],"a:c":"2"}}}]}"#;

fn read(json: &str) -> PolicyDocument {
    policy_document(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn one(statement: &str) -> Result<PolicyDocument, PolicyError> {
    policy_document(&format!("{{\"Statement\":{statement}}}"))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[test]
fn an_object_gives_its_statements_in_order() {
    let document = read(PLAIN);
    assert_eq!(document.version.as_deref(), Some("2012-10-17"));
    let [allow, deny] = document.statements.as_slice() else { panic!("{document:?}") };
    assert_eq!((allow.number, allow.sid.as_deref(), allow.effect), (1, Some("Read"), Effect::Allow));
    assert_eq!((allow.resources, allow.conditions), (ResourceScope::Some, 0));
    let Actions::Listed(patterns) = &allow.actions else { panic!("{allow:?}") };
    assert_eq!(patterns.iter().map(ActionPattern::written).collect::<Vec<_>>(), ["s3:Get*", "S3:listbucket"]);
    assert_eq!((deny.number, deny.sid.as_deref(), deny.effect), (2, None, Effect::Deny));
    assert_eq!((deny.resources, deny.conditions), (ResourceScope::All, 3));
    assert!(matches!(&deny.actions, Actions::AllBut(patterns) if patterns[0].kind() == PatternKind::Service));
}

#[test]
fn a_string_of_json_and_a_url_encoded_one_say_the_same() {
    let plain = read(PLAIN);
    assert_eq!(read(&quoted(PLAIN)), plain);
    assert_eq!(read(&quoted(&encoded(PLAIN))), plain);
    // Some clients encode only what they must: the plus in a name stays a plus.
    assert_eq!(read(&quoted(&PLAIN.replace('{', "%7B").replace('"', "%22"))), plain);
}

#[test]
fn a_document_that_is_encoded_twice_is_unknown() {
    assert_eq!(policy_document(&quoted(&encoded(&encoded(PLAIN)))), Err(PolicyError::BadEncoding));
    assert_eq!(policy_document("\"%ff%fe\""), Err(PolicyError::BadEncoding));
    assert_eq!(policy_document("\"\""), Err(PolicyError::BadEncoding));
}

#[test]
fn one_statement_needs_no_list_and_no_version_is_carried_as_none() {
    let document = one(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#).expect("a policy");
    assert_eq!((document.version, document.statements.len()), (None, 1));
    let old = read(r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","NotResource":"a"}}"#);
    assert_eq!(old.version.as_deref(), Some("2008-10-17"));
    assert_eq!(old.statements[0].resources, ResourceScope::NotResource);
}

#[test]
fn a_malformed_pattern_is_kept_and_marked() {
    let document = one(r#"{"Effect":"Allow","Action":"s*:Get*","Resource":"*"}"#).expect("a policy");
    assert!(matches!(&document.statements[0].actions, Actions::Listed(p) if p[0].kind() == PatternKind::Malformed));
}

#[test]
fn what_iam_would_not_store_is_unknown_and_not_empty() {
    for statement in [
        r#"{"Effect":"allow","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","NotAction":"s3:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"a"}"#,
    ] {
        assert!(matches!(one(statement), Err(PolicyError::BadStatement { number: 1, .. })), "{statement}");
    }
    for statement in [
        r#"{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"s3:*","Action":"ec2:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":7,"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["s3:*",null],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":"none"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true"},"Bool":{"b":"true"}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true","a":"false"}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"\ud83d"}}}"#,
        r#"["s3:*"]"#,
        "7",
    ] {
        assert!(matches!(one(statement), Err(PolicyError::BadJson(_))), "{statement}: {:?}", one(statement));
    }
    for json in ["", "{}", "null", "[]", "{\"Statement\":[", "{\"Statement\":[],\"Statement\":[]}"] {
        assert!(matches!(policy_document(json), Err(PolicyError::BadJson(_))), "{json}");
    }
}

#[test]
fn a_trust_policy_is_not_read_as_an_identity_policy() {
    for principal in [r#""Principal":{"AWS":"*"}"#, r#""NotPrincipal":"*""#, r#""Principal":"*""#] {
        let statement = format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*",{principal}}}"#);
        assert_eq!(one(&statement), Err(PolicyError::NotAnIdentityPolicy { number: 1 }), "{principal}");
    }
}

#[test]
fn a_hostile_document_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(one(&deep), Err(PolicyError::BadJson(_))));
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*"},"#.repeat(MAX_STATEMENTS + 1);
    let many = format!("[{}]", statement.trim_end_matches(','));
    assert_eq!(one(&many), Err(PolicyError::TooManyStatements));
    let wild = |many: usize| {
        let actions: Vec<String> = (0..many).map(|at| format!(r#""s3:*a*b{at:04}""#)).collect();
        format!(r#"{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}"#, actions.join(","))
    };
    assert!(one(&wild(1800)).is_ok());
    assert_eq!(one(&wild(2000)), Err(PolicyError::TooManyPatterns));
    assert_eq!(policy_document(&" ".repeat(MAX_BYTES + 1)), Err(PolicyError::TooLarge));
}

#[test]
fn conditions_about_the_time_bound_when_a_statement_speaks() {
    let times = |condition: &str| {
        let text =
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#);
        policy_document(&text).expect("a document").statements[0].times
    };
    let at = |text: &str| Some(TimeBound::At(time::parse_str(text).instant().expect("a date")));
    let (from, until) = (at("2026-11-20T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let both = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-11-20T00:00:00Z"},
        "DateLessThanEqualsIfExists":{"AWS:currenttime":["2026-11-25","2026-12-01"]},"Bool":{"aws:SecureTransport":"true"}}"#;
    assert_eq!(times(both), StatementTimes { from, until });
    let seconds =
        r#"{"NumericGreaterThanEquals":{"aws:EpochTime":"1795132800"},"DateLessThan":{"aws:EpochTime":1796083200}}"#;
    assert_eq!(times(seconds), StatementTimes { from, until });
    let unreadable = Some(TimeBound::Unreadable);
    let from_a_variable = r#"{"DateGreaterThan":{"aws:CurrentTime":"${aws:PrincipalTag/from}"}}"#;
    assert_eq!(times(from_a_variable), StatementTimes { from: unreadable, until: None });
    let on_a_day = r#"{"DateEquals":{"aws:CurrentTime":"2026-11-20"}}"#;
    assert_eq!(times(on_a_day), StatementTimes { from: unreadable, until: unreadable });
    let of_the_session = r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-11-20"}}"#;
    assert_eq!(times(of_the_session), StatementTimes::default());
}
