//! What stands next to an answer and names an entity: ARNs, names and ids of entities, job ids.
//!
//! The input is the text of members, keys, lines and whole values that hold no answer. The output is [`Beside`]. All of
//! it is read as text, because it may be JSON, JSON in a string, or a line of a log; `"PolicyName": "shared"` and
//! `policy_name=shared` mean the same.

use std::collections::BTreeSet;
use std::ops::Range;

use super::members::normal;
use crate::model::{AccountId, Arn, EntityKind, Mention, Stated};

/// Everything that one level of a document says about entities and jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// What names an entity.
    pub mentions: BTreeSet<Mention>,
    /// The ids of jobs.
    pub jobs: BTreeSet<String>,
    /// The ARNs that a request for a job may have: those that are called an ARN, and do not tell who asks.
    asked: BTreeSet<String>,
}

impl Beside {
    /// Adds what `text` tells.
    pub fn read(&mut self, text: &str) {
        let unescaped = text.contains('\\').then(|| unescaped(text));
        let text = unescaped.as_deref().unwrap_or(text);
        let callers = callers(text);
        for (at, _) in text.match_indices("arn:aws") {
            // An ARN of something else (a provider, an MFA device) names no entity.
            let Some(arn) = super::arn_in(&text[at..]).filter(|arn| Arn::parse(arn).is_ok()) else { continue };
            if is_asked_for(&text[..at]) && !callers.iter().any(|caller| caller.contains(&at)) {
                self.asked.insert(arn.clone());
            }
            self.mentions.insert(Mention::Arn(arn));
        }
        for (at, _) in text.match_indices([':', '=']) {
            self.member(name_before(&text[..at]), value_after(&text[at + 1..]));
        }
        self.mentions.extend(
            RESOURCE_TYPES.iter().filter(|(word, _)| text.contains(word)).map(|(_, kind)| Mention::Kind(*kind)),
        );
    }

    /// Adds what a member tells; an element of a list has no name.
    pub fn read_member(&mut self, name: &str, value: &str) {
        self.member(name, value_after(value));
        if CALLERS.contains(&normal(name).as_str()) {
            let asked = std::mem::take(&mut self.asked);
            self.read(value);
            self.asked = asked;
            return;
        }
        self.read(value);
        let text = value.trim_matches('"');
        if REQUESTED.contains(&normal(name).as_str()) && Arn::parse(text).is_ok() {
            self.asked.insert(text.to_owned());
        }
    }

    /// Adds what a key above an answer tells: a kind (`policies`), an ARN in a longer key, or a name.
    pub fn read_key(&mut self, key: &str) {
        if let Some(arn) = key.find("arn:aws").and_then(|at| super::arn_in(&key[at..])) {
            self.mentions.insert(Mention::Arn(arn));
            return;
        }
        let bare = normal(key);
        let kinds =
            KINDS.iter().filter(|(word, _)| bare.contains(word) || (*word == "policy" && bare.contains("policies")));
        let kinds: Vec<Mention> = kinds.map(|(_, kind)| Mention::Kind(*kind)).collect();
        let is_name = kinds.is_empty() && key.len() <= 128 && !is_structural(key);
        let is_name = is_name && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b));
        self.mentions.extend(kinds);
        self.mentions.extend(is_name.then(|| Mention::Name(None, key.to_owned())));
    }

    /// Adds the name of an entity in a member of an object: `"RoleName": "app"`, and `"key": "app"`, as jq writes it. A
    /// member that is only called `name` may be a heading.
    pub fn read_name(&mut self, name: &str, value: &str) {
        let Some(text) = serde_json::from_str::<String>(value).ok().filter(|text| !text.is_empty()) else { return };
        match normal(name).as_str() {
            "key" | "item" | "name" if !text.starts_with("arn:") => {
                let mut key = Self::default();
                key.read_key(&text);
                self.mentions.extend(key.mentions.into_iter().filter(|mention| matches!(mention, Mention::Name(..))));
            }
            name => self.mentions.extend(named(name, &text)),
        }
    }

    /// Whether something is named, and nothing that is may mean `arn`.
    pub fn names_another(&self, arn: &Arn) -> bool {
        let mut mentions = self.mentions.iter().filter(|mention| !matches!(mention, Mention::Account(_))).peekable();
        mentions.peek().is_some() && !mentions.any(|mention| mention.may_mean(arn))
    }

    /// The ARN in the request for a job, if there is exactly one. `userIdentity` of `CloudTrail`, the role of a function and similar members tell
    /// who asked: such an ARN made every answer of a folder one about the auditor.
    pub fn only_arn(&self) -> Option<String> {
        self.asked.first().filter(|_| self.asked.len() == 1).cloned()
    }

    /// The id of the job, if there is exactly one.
    pub fn only_job(&self) -> Option<&String> {
        self.jobs.first().filter(|_| self.jobs.len() == 1)
    }

    fn member(&mut self, name: &str, value: &str) {
        let name = normal(name);
        if value.is_empty() || matches!(value, "null" | "None" | "true" | "false") {
            return;
        }
        if name == "jobid" {
            self.jobs.insert(value.to_owned());
        } else if let Some((kind, _)) =
            KINDS.iter().find_map(|(word, kind)| Some((*kind, name.strip_prefix(word).filter(|rest| *rest == "id")?)))
        {
            let is_id = Stated::is_unique_id(value);
            self.mentions.insert(if is_id { Mention::Id(kind, value.to_owned()) } else { Mention::Kind(kind) });
        } else if let Some(account) = AccountId::parse(value).filter(|_| ACCOUNTS.contains(&name.as_str())) {
            self.mentions.insert(Mention::Account(account));
        } else if let Some(mention) = named(&name, value) {
            self.mentions.insert(mention);
        } else if TYPES.contains(&name.as_str()) {
            let value = value.to_ascii_lowercase();
            let kind = KINDS.iter().find(|(word, _)| {
                value == *word || value == format!("{word}s") || *word == "policy" && value == "policies"
            });
            self.mentions.extend(kind.map(|(_, kind)| Mention::Kind(*kind)));
        }
    }
}

/// Members that hold the ARN of a request. `roleArn` and `userArn` are not among them: they tell as who a function, a task or a state machine
/// runs.
const REQUESTED: [&str; 6] = ["arn", "entityarn", "principalarn", "resourcearn", "grouparn", "policyarn"];

/// Members that tell who asks.
const CALLERS: [&str; 9] = [
    "caller",
    "calleridentity",
    "cookie",
    "cookies",
    "identity",
    "requestcontext",
    "sessioncontext",
    "sessionissuer",
    "useridentity",
];

/// `text` without the backslashes of JSON in JSON. An escaped end of a line stays an end: otherwise its letter would end a name.
fn unescaped(text: &str) -> String {
    let ends = ["\\n", "\\r", "\\t"].iter().fold(text.replace("\\/", "/"), |text, end| text.replace(end, "\n"));
    ends.replace('\\', "")
}

/// Whether `before`, the text before an ARN, calls it the ARN of a request.
fn is_asked_for(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    before.ends_with("--arn")
        || before
            .strip_suffix([':', '='])
            .is_some_and(|before| REQUESTED.contains(&normal(name_before(before)).as_str()))
}

/// The objects and lists in `text` that tell who asks.
fn callers(text: &str) -> Vec<Range<usize>> {
    let begins =
        text.match_indices([':', '=']).filter(|(at, _)| CALLERS.contains(&normal(name_before(&text[..*at])).as_str()));
    begins.map(|(at, _)| at..at + held_by(&text[at..])).collect()
}

/// How many bytes of `text` stand before the end of the first object or list in it; all of them if that does not end.
fn held_by(text: &str) -> usize {
    let mut open = 0_usize;
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'{' | b'[' => open += 1,
            b'}' | b']' if open <= 1 => return at,
            b'}' | b']' => open -= 1,
            // The value is neither.
            b',' | b'\n' if open == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

const KINDS: [(&str, EntityKind); 4] = [
    ("group", EntityKind::Group),
    ("policy", EntityKind::Policy),
    ("role", EntityKind::Role),
    ("user", EntityKind::User),
];

/// The names that `CloudFormation` and AWS Config use for the kinds.
const RESOURCE_TYPES: [(&str, EntityKind); 5] = [
    ("AWS::IAM::Group", EntityKind::Group),
    ("AWS::IAM::ManagedPolicy", EntityKind::Policy),
    ("AWS::IAM::Policy", EntityKind::Policy),
    ("AWS::IAM::Role", EntityKind::Role),
    ("AWS::IAM::User", EntityKind::User),
];

/// Members that give an account.
const ACCOUNTS: [&str; 4] = ["account", "accountid", "accountnumber", "awsaccountid"];

/// Members that give the kind of an entity.
const TYPES: [&str; 5] = ["type", "kind", "entitytype", "principaltype", "resourcetype"];

/// What `value` names in a member of this name.
fn named(name: &str, value: &str) -> Option<Mention> {
    let any = ["name", "entityname", "principalname", "resourcename", "identityname", "friendlyname"];
    if any.contains(&name) {
        return Some(Mention::Name(None, value.to_owned()));
    }
    let of_kind = |word: &str| name.strip_prefix(word).is_some_and(|rest| rest == "name");
    let (_, kind) = KINDS.iter().find(|(word, _)| of_kind(word))?;
    Some(Mention::Name(Some(*kind), value.to_owned()))
}

/// Words of keys that describe the content and never name an entity; without the `s` at their end.
const STRUCTURAL: &[&str] = &[
    "aadata",
    "access",
    "accessed",
    "account",
    "action",
    "advisor",
    "all",
    "answer",
    "api",
    "array",
    "aws",
    "batch",
    "body",
    "collection",
    "config",
    "configuration",
    "content",
    "data",
    "default",
    "detail",
    "doc",
    "document",
    "dump",
    "edge",
    "element",
    "entity",
    "entry",
    "entrie",
    "event",
    "export",
    "file",
    "full",
    "get",
    "granularity",
    "har",
    "header",
    "hit",
    "iam",
    "info",
    "inner",
    "input",
    "item",
    "job",
    "json",
    "last",
    "level",
    "line",
    "list",
    "log",
    "logs",
    "lookup",
    "message",
    "meta",
    "metadata",
    "node",
    "object",
    "output",
    "out",
    "page",
    "payload",
    "post",
    "principal",
    "property",
    "raw",
    "record",
    "report",
    "request",
    "resource",
    "response",
    "result",
    "return",
    "root",
    "row",
    "sdk",
    "service",
    "set",
    "source",
    "state",
    "stdout",
    "string",
    "summary",
    "supplementary",
    "text",
    "tracked",
    "usage",
    "used",
    "value",
];

/// Whether every word of a key is one of those, or a number.
fn is_structural(key: &str) -> bool {
    let known = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.len() < 2 || STRUCTURAL.contains(&word.as_str()) || STRUCTURAL.contains(&word.trim_end_matches('s'))
    };
    words(key).all(|word| {
        word.bytes().all(|b| b.is_ascii_digit()) || known(word.trim_end_matches(|c: char| c.is_ascii_digit()))
    })
}

/// The words of a key: between separators, and from each capital letter that follows a small one.
fn words(key: &str) -> impl Iterator<Item = &str> {
    let parts = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(|part| {
        let bytes = part.as_bytes();
        let begins = move |at: &usize| bytes[*at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        let starts: Vec<usize> = std::iter::once(0).chain((1..bytes.len()).filter(begins)).collect();
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([bytes.len()]).collect();
        starts.into_iter().zip(ends).map(move |(start, end)| &part[start..end])
    })
}

const LONGEST_VALUE: usize = 256;

/// The word before a colon or an equals sign, without quotes and blanks.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let start = text
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

/// The word after a colon or an equals sign; empty where an object or a list begins.
fn value_after(text: &str) -> &str {
    // A longer value is not a name, and without this limit every colon of a text without commas would read the rest
    // again.
    let text = &text[..text.floor_char_boundary(LONGEST_VALUE)];
    let text = text.trim_start_matches([' ', '"', '\'']);
    let end = text.find(['"', '\'', ',', '\n', '\r', '}', ']', '{', '[', ';', '&']);
    text[..end.unwrap_or(text.len())].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let mut beside = Beside::default();
        beside.read(text);
        beside.mentions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_arns_ids_and_types_are_found_in_any_spelling() {
        assert_eq!(
            said(r#"{"PolicyName": "shared", "PolicyId": "ANPAEXAMPLE"}"#),
            ["policy shared", "policy with the id ANPAEXAMPLE"]
        );
        assert_eq!(said("policy_name=shared&x=1"), ["policy shared"]);
        assert_eq!(
            said(r#"{"Arn": "arn:aws:iam::111122223333:policy\/shared"}"#),
            ["arn:aws:iam::111122223333:policy/shared"]
        );
        assert_eq!(said(r#""{\"GroupName\": \"devs\"}""#), ["group devs"]);
        assert_eq!(said(r#"{"Type": "Group", "Name": "devs"}"#), ["name devs", "group"]);
        assert_eq!(said(r#"{"resourceType": "AWS::IAM::ManagedPolicy"}"#), ["policy"]);
        assert_eq!(said(r#"{"ServiceName": "Amazon S3", "RoleName": null, "FunctionName": "x"}"#), [""; 0]);
    }

    #[test]
    fn keys_are_kinds_names_or_only_structure() {
        let said = |key: &str| {
            let mut beside = Beside::default();
            beside.read_key(key);
            beside.mentions.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(said("local_policies"), ["policy"]);
        assert_eq!(
            said("('shared', 'arn:aws:iam::111122223333:policy/shared')"),
            ["arn:aws:iam::111122223333:policy/shared"]
        );
        assert_eq!(said("shared"), ["name shared"]);
        assert_eq!(said("catalog-api"), ["name catalog-api"]);
        for key in [
            "lastAccessed",
            "111122223333",
            "response_body",
            "2024-05-14",
            "page1",
            "ACTION_LEVEL",
            "a b",
            "ServicesLastAccessed",
        ] {
            assert_eq!(said(key), [""; 0], "{key}");
        }
    }

    #[test]
    fn the_only_arn_and_job_of_a_level() {
        let mut beside = Beside::default();
        beside.read(r#"{"input": {"Arn": "arn:aws:iam::111122223333:role/a"}, "output": {"JobId": "j-1"}}"#);
        assert_eq!(beside.only_arn().as_deref(), Some("arn:aws:iam::111122223333:role/a"));
        assert_eq!(beside.only_job().map(String::as_str), Some("j-1"));
        beside.read("--arn arn:aws:iam::111122223333:role/b");
        assert_eq!(beside.only_arn(), None);
    }

    #[test]
    fn who_asks_is_not_what_is_asked_for() {
        let asked = |text: &str| {
            let mut beside = Beside::default();
            beside.read(text);
            beside.only_arn()
        };
        let event = r#""userIdentity": {"arn": "arn:aws:iam::111122223333:user/auditor", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/Audit"}}}"#;
        let of_generate =
            format!(r#"{{{event}, "requestParameters": {{"arn": "arn:aws:iam::111122223333:role/app"}}}}"#);
        assert_eq!(asked(&of_generate).as_deref(), Some("arn:aws:iam::111122223333:role/app"));
        assert_eq!(asked(&format!(r#"{{{event}, "requestParameters": {{"jobId": "j-1"}}}}"#)), None);
        for name in ["assumed_role", "taskRoleArn", "userArn", "roleArn", "caller"] {
            assert_eq!(asked(&format!(r#"{{"{name}": "arn:aws:iam::111122223333:role/Task"}}"#)), None, "{name}");
        }
        let mut beside = Beside::default();
        beside.read_member("userIdentity", r#"{"arn": "arn:aws:iam::111122223333:user/auditor"}"#);
        assert_eq!(beside.only_arn(), None);
        beside.read_member("Arn", r#""arn:aws:iam::111122223333:role/app""#);
        assert_eq!(beside.only_arn().as_deref(), Some("arn:aws:iam::111122223333:role/app"));
    }
}
