//! `--decisions`: what people decided about permissions, as TOML, CSV or JSON lines.
//!
//! The input is the files, in the order in which they are given. The output is [`Decisions`]. An entry can hide a row
//! from the people who take permissions away, so an entry that is not understood, or that lacks its reason, owner or
//! end, is an error with its line.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::user_table::{Ceiling, UserTable, UserTableError};
use crate::model::{AccountId, Arn, Choice, Day, DecidedEntity, Decision, Decisions, EntityKind};

/// An entry as it is in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Line {
    account: Option<String>,
    entity: Option<String>,
    service: Option<String>,
    action: Option<String>,
    decision: Option<String>,
    reason: Option<String>,
    owner: Option<String>,
    decided: Option<String>,
    expires: Option<String>,
    permanent: Option<String>,
    due: Option<String>,
    ticket: Option<String>,
}

const TABLE: UserTable = UserTable {
    of: "decisions",
    header: "account,entity,service,action,decision,reason,owner,decided,expires,permanent,due,ticket",
    required: &[&["entity"], &["decision"], &["owner"]],
    toml: Some("decision"),
    ceiling: Ceiling { bytes: 128 << 20, lines: 250_000 },
};

/// No name of IAM with its path is longer.
const LONGEST_PATTERN: usize = 1_000;

/// The entries of all files.
///
/// # Errors
/// If a file cannot be read, or an entry is not understood.
pub fn read(files: &[impl AsRef<Path>]) -> Result<Decisions, String> {
    let mut all = Vec::new();
    for path in files {
        all.extend(read_file(path.as_ref()).map_err(|error| error.to_string())?);
    }
    Decisions::new(all)
}

/// The entries of a file, as they are in it: what a store keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionFile {
    /// The file, as typed.
    name: String,
    /// Each entry with the number of its line.
    lines: Vec<(u64, Line)>,
}

impl DecisionFile {
    /// Reads a file and checks every entry in it.
    ///
    /// # Errors
    /// If it cannot be read, or an entry is not understood.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let mut held = HeldTexts::of(&name);
        let lines = TABLE.read(path, |line, written: Line| {
            written.clone().read(&mut held, line)?;
            Ok((line, written))
        });
        Ok(Self { name, lines: lines.map_err(|error| error.to_string())? })
    }

    /// The file, as typed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes the entries about an account or an entity for which `is_gone` is true. The other entries stay, but not
    /// under a name that would tell what is gone.
    pub fn forget(&mut self, is_gone: impl Fn(&str) -> bool) {
        if is_gone(&self.name) {
            "decisions".clone_into(&mut self.name);
        }
        self.lines.retain(|(_, line)| ![&line.account, &line.entity].into_iter().flatten().any(|text| is_gone(text)));
    }

    /// Whether no entry is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn entries(&self) -> Result<Vec<Decision>, String> {
        let mut held = HeldTexts::of(&self.name);
        let entry = |(line, written): &(u64, Line)| {
            let wrong = |what| format!("decisions in {}, line {line}: {what}", self.name);
            written.clone().read(&mut held, *line).map_err(wrong)
        };
        self.lines.iter().map(entry).collect()
    }
}

/// The entries of files that a store keeps.
///
/// # Errors
/// If an entry is not understood: a later version may have kept it.
pub fn kept(files: &[DecisionFile]) -> Result<Decisions, String> {
    let entries = files.iter().map(DecisionFile::entries).collect::<Result<Vec<_>, _>>()?;
    Decisions::new(entries.concat())
}

/// The parts of a file in TOML, each with the number of its first line: the text before the first entry, and each entry
/// with the text after it.
pub fn parts(text: &str) -> impl Iterator<Item = (u64, &str)> {
    super::user_table::toml_parts(text, "decision")
}

/// The entries of one file, in the order of the file.
///
/// # Errors
/// If it cannot be read, or an entry is not understood.
pub fn read_file(path: &Path) -> Result<Vec<Decision>, UserTableError> {
    let mut held = HeldTexts::of(&path.display().to_string());
    TABLE.read(path, |line, written: Line| written.read(&mut held, line))
}

/// The texts of a file, each held once.
struct HeldTexts {
    file: Arc<str>,
    texts: FxHashSet<Arc<str>>,
    /// The entity of the entry before: files are mostly sorted by it.
    entity: Option<Arc<DecidedEntity>>,
}

impl HeldTexts {
    fn of(file: &str) -> Self {
        Self { file: file.into(), texts: FxHashSet::default(), entity: None }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(held) = self.texts.get(text) {
            return Arc::clone(held);
        }
        let held: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&held));
        held
    }

    /// The text of a cell that is not empty.
    fn written(&mut self, text: Option<String>) -> Option<Arc<str>> {
        written(text).map(|text| self.text(&text))
    }

    /// The account and the entity of an entry.
    fn entity(
        &mut self,
        account: Option<String>,
        text: &str,
    ) -> Result<(Option<AccountId>, Arc<DecidedEntity>), String> {
        let before = self.entity.as_ref().filter(|before| account.is_none() && before.as_str() == text);
        if let Some(before) = before {
            return Ok((None, Arc::clone(before)));
        }
        let (account, entity) = entity(account, text)?;
        let entity = Arc::new(entity);
        self.entity = Some(Arc::clone(&entity));
        Ok((account, entity))
    }
}

impl Line {
    fn read(self, held: &mut HeldTexts, line: u64) -> Result<Decision, String> {
        let choice = choice(&required(self.decision, "decision")?)?;
        let (service, action) = permission(self.service, self.action)?;
        let (account, entity) = held.entity(written(self.account), &required(self.entity, "entity")?)?;
        if service.is_none() && is_anybody(&entity) {
            return Err("this entry is about every service of every entity: name an entity or a service".to_owned());
        }
        let decision = Decision {
            account,
            entity,
            service: held.written(service),
            action: held.written(action),
            choice,
            reason: held.written(self.reason),
            owner: held.text(&required(self.owner, "owner")?),
            decided: day(self.decided, "decided")?,
            expires: day(self.expires, "expires")?,
            due: day(self.due, "due")?,
            ticket: held.written(self.ticket),
            file: Arc::clone(&held.file),
            line,
        };
        complete(decision, flag(self.permanent)?)
    }
}

/// Checks what each kind of decision needs besides the choice itself.
fn complete(decision: Decision, is_permanent: bool) -> Result<Decision, String> {
    let Decision { choice, reason, decided, expires, due, .. } = &decision;
    let refusal = match choice {
        Choice::Keep if reason.is_none() => "a decision to keep needs a reason",
        Choice::Keep if expires.is_some() && is_permanent => "a decision that expires is not permanent: leave one out",
        Choice::Keep if expires.is_none() && !is_permanent => {
            "a decision to keep needs a day in `expires`, or `permanent = true`"
        }
        Choice::Keep if due.is_some() => "a decision to keep ends on the day in `expires`, and has no `due`",
        Choice::Keep if expires.zip(*decided).is_some_and(|(expires, decided)| expires < decided) => {
            "the decision expires before the day on which it was made"
        }
        Choice::Keep => return Ok(decision),
        _ if expires.is_some() || is_permanent => {
            "only a decision to keep expires or is permanent: a day by which something is to be done is `due`"
        }
        Choice::Remove if decided.is_none() => {
            "a decision to remove needs the day in `decided`: a use after it speaks against the removal"
        }
        _ => return Ok(decision),
    };
    Err(refusal.to_owned())
}

/// The text of a cell that is not empty.
fn written(text: Option<String>) -> Option<String> {
    let trimmed = |text: String| if text.trim().len() < text.len() { text.trim().to_owned() } else { text };
    text.map(trimmed).filter(|text| !text.is_empty())
}

fn required(text: Option<String>, key: &str) -> Result<String, String> {
    written(text).ok_or_else(|| format!("there is no {key}"))
}

fn choice(text: &str) -> Result<Choice, String> {
    Choice::parse(&text.to_ascii_lowercase())
        .ok_or_else(|| format!("{text:?} is no decision: write keep, remove or ask"))
}

fn flag(text: Option<String>) -> Result<bool, String> {
    match written(text).map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(format!("permanent is true or false, not {other:?}")),
    }
}

fn day(text: Option<String>, key: &str) -> Result<Option<Day>, String> {
    let Some(text) = written(text) else { return Ok(None) };
    Day::parse(&text).map(Some).ok_or_else(|| format!("{key} is {text:?}, which is no day such as 2026-07-06"))
}

/// Service and action, in lower case, as all names of permissions are compared.
fn permission(service: Option<String>, action: Option<String>) -> Result<(Option<String>, Option<String>), String> {
    let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let lower = |text: String| if is_lower(&text) { text } else { text.to_lowercase() };
    let service = written(service).map(lower).filter(|text| text != "*");
    let action = written(action).map(lower).filter(|text| text != "*");
    if let Some(service) = service.as_deref().filter(|service| service.contains(['*', '?', ':'])) {
        return Err(format!("{service:?} is no namespace of a service: leave service out for all of them"));
    }
    let Some(action) = action else { return Ok((service, None)) };
    let bare = match action.split_once(':') {
        Some((prefix, bare)) if service.as_deref().is_none_or(|service| service == prefix) => {
            return permission(Some(prefix.to_owned()), Some(bare.to_owned()));
        }
        Some(_) => return Err(format!("{action:?} is an action of another service")),
        None => action,
    };
    if service.is_none() {
        return Err("an action needs its service".to_owned());
    }
    checked_length(&bare)?;
    Ok((service, Some(bare)))
}

fn entity(account: Option<String>, text: &str) -> Result<(Option<AccountId>, DecidedEntity), String> {
    checked_length(text)?;
    let account = written(account)
        .filter(|text| text != "*")
        .map(|text| AccountId::parse(&text).ok_or_else(|| format!("{text:?} is not an account number of 12 digits")));
    let account = account.transpose()?;
    if text.starts_with("arn:") {
        let arn = Arn::parse(text).map_err(|error| {
            format!("{text} {error}; wildcards stand in role/NAME, user/NAME and so on, with the account next to it")
        })?;
        if arn.account().zip(account.as_ref()).is_some_and(|(of_arn, given)| of_arn != given) {
            return Err(format!(
                "{text} is not of the account {}",
                account.map_or_else(String::new, |id| id.to_string())
            ));
        }
        return Ok((account, DecidedEntity::Arn(arn)));
    }
    let kind = text.split('/').next().unwrap_or(text);
    if text != "*" && EntityKind::parse(kind).is_none() && !kind.contains(['*', '?']) {
        return Err(format!("{text:?} names no entity: write user/NAME, role/NAME, group/NAME, policy/NAME or an ARN"));
    }
    Ok((account, DecidedEntity::Text(text.to_owned())))
}

fn checked_length(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_PATTERN { Err(format!("a name of {} letters is none", text.len())) } else { Ok(()) }
}

/// Whether a pattern fits every entity.
fn is_anybody(entity: &DecidedEntity) -> bool {
    matches!(entity, DecidedEntity::Text(text) if text.chars().all(|c| matches!(c, '*' | '?' | '/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(ending: &str, bytes: impl AsRef<[u8]>) -> Result<Vec<Decision>, String> {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join(format!("decisions.{ending}"));
        std::fs::write(&path, bytes).expect("written");
        let shown = path.display().to_string();
        let read = read_file(&path).map_err(|error| error.to_string().replace(&shown, "FILE"));
        read.map(|all| all.into_iter().map(|one| Decision { file: "FILE".into(), ..one }).collect())
    }

    const TOML: &str = r#"# What we keep.

[[decision]]
account = "111122223333" # production
entity = "role/ci/*"
service = "IAM"
action = "iam:Create*"
decision = "keep"
reason = "yearly key rotation"
owner = "platform@example.com"
decided = 2026-07-06
expires = 2027-07-06
ticket = "SEC-142"

[[decision]]   # and what goes
entity = "arn:aws:iam::111122223333:role/old"
service = "ec2"
decision = " Remove "
owner = "me"
decided = 2026-07-06
due = 2026-08-01
"#;

    #[test]
    fn toml_csv_and_json_lines_say_the_same() {
        let toml = read_as("toml", TOML).expect("TOML");
        let csv = "\u{feff}Account,entity,service,action,decision,reason,owner,decided,expires,permanent,due,ticket\r\n\
                   111122223333,role/ci/*,iam,Create*,keep,yearly key rotation,platform@example.com,2026-07-06,2027-07-06,,,SEC-142\r\n\
                   ,arn:aws:iam::111122223333:role/old,ec2,,remove,,me,2026-07-06,,,2026-08-01,\r\n";
        let json = "{\"account\":\"111122223333\",\"entity\":\"role/ci/*\",\"service\":\"iam\",\"action\":\"Create*\",\"decision\":\"keep\",\
                    \"reason\":\"yearly key rotation\",\"owner\":\"platform@example.com\",\"decided\":\"2026-07-06\",\
                    \"expires\":\"2027-07-06\",\"ticket\":\"SEC-142\"}\n\
                    {\"entity\":\"arn:aws:iam::111122223333:role/old\",\"service\":\"ec2\",\"decision\":\"remove\",\"owner\":\"me\",\
                    \"decided\":\"2026-07-06\",\"due\":\"2026-08-01\"}\n";
        assert_eq!((toml[0].line, toml[1].line), (3, 15));
        let without_lines =
            |all: Vec<Decision>| all.into_iter().map(|one| Decision { line: 0, ..one }).collect::<Vec<_>>();
        let toml = without_lines(toml);
        assert_eq!(without_lines(read_as("csv", csv).expect("CSV")), toml);
        assert_eq!(without_lines(read_as("jsonl", json).expect("JSON lines")), toml);
        assert_eq!(without_lines(read_as("txt", TOML).expect("TOML by its look")), toml);
        assert_eq!((toml[0].action.as_deref(), toml[1].choice), (Some("create*"), Choice::Remove));
    }

    /// A whole entry without some keys, and with `more` in it.
    fn entry(without: &str, more: &str) -> String {
        let keys = [
            "entity = \"role/a\"",
            "service = \"s3\"",
            "decision = \"keep\"",
            "reason = \"r\"",
            "owner = \"o\"",
            "decided = 2026-07-06",
            "expires = 2027-07-06",
        ];
        let keys = keys.iter().filter(|key| !without.split(' ').any(|out| key.starts_with(out) && !out.is_empty()));
        let mut text = "\n[[decision]]\n".to_owned();
        keys.for_each(|key| text.extend([key, "\n"]));
        text + more + "\n"
    }

    #[test]
    fn what_is_missing_or_wrong_is_an_error_with_its_line() {
        for (without, more, wanted) in [
            ("reason", "", "line 2: a decision to keep needs a reason"),
            ("owner", "", "line 2: there is no owner"),
            ("expires", "", "line 2: a decision to keep needs a day in `expires`, or `permanent = true`"),
            ("entity", "", "line 2: there is no entity"),
            ("decision", "", "line 2: there is no decision"),
            ("", "permanent = true", "is not permanent"),
            ("", "due = 2026-08-01", "has no `due`"),
            ("", "until = 2026-08-01", "unknown field `until`, expected one of `account`"),
            ("expires", "expires = 2026-07-01", "expires before"),
            ("expires", "expires = \"soon\"", "expires is \"soon\", which is no day"),
            ("expires", "expires = 2026-02-30", "line 9"),
            ("expires", "expires = 2026-7-06", "line 9"),
            ("expires", "expires = 2027-01-01T00:00:00Z", "which is no day"),
            ("decision", "decision = \"entfernen\"", "\"entfernen\" is no decision: write keep, remove or ask"),
            ("entity", "entity = \"*\"", "\"*\""),
            ("entity service", "entity = \"**/?*\"", "every service of every entity"),
            ("entity service", "entity = \"*\"\nservice = \"*\"", "every service of every entity"),
            ("entity", "entity = \"AdminRole\"", "write user/NAME, role/NAME"),
            ("entity", "entity = \"arn:aws:iam::1:role/a\"", "12-digit account"),
            (
                "entity",
                "entity = \"arn:aws:iam::111122223333:role/a\"\naccount = \"999999999999\"",
                "is not of the account",
            ),
            ("", "account = 111122223333", "line 10: account is a text: write it in quotes"),
            ("", "foo = 3", "unknown field `foo`, expected one of `account`"),
            ("", "account = \"1234\"", "\"1234\" is not an account number"),
            ("service", "action = \"CreateBucket\"", "an action needs its service"),
            ("", "action = \"iam:CreateUser\"", "an action of another service"),
            ("service", "service = \"s*\"", "is no namespace"),
            ("", "service = \"s3\"", "line 10"),
            ("", "ticket = \"SEC", "line 10"),
            ("", "ticket = [\"a\"]", "ticket is a text, a date or true"),
            ("decision", "decision = \"ask\"", "only a decision to keep expires"),
            ("decision decided expires reason", "decision = \"remove\"", "needs the day in `decided`"),
        ] {
            let text = entry(without, more);
            match read_as("toml", &text) {
                // `*` with a service is about that service, for every entity.
                Ok(_) => assert_eq!(wanted, "\"*\"", "{text}"),
                Err(error) => assert!(error.contains(wanted), "{text}\n{error}\nlacks {wanted}"),
            }
        }
        let top = read_as("toml", "keep = 1\n\n[[decision]]\n").expect_err("a stray key");
        assert!(top.starts_with("decisions in FILE, line 1: keep is no key here"), "{top}");
        let csv = read_as("csv", "entity,owner\nrole/a,me\n").expect_err("no decision");
        assert!(csv.contains("there is no column decision"), "{csv}");
    }

    #[test]
    fn hostile_files_end_in_a_message() {
        let binary = read_as("toml", b"# fine\n\xff\xfe\x00").expect_err("no text");
        assert_eq!(binary, "decisions in FILE, line 2: the file is not UTF-8");
        let workbook = read_as("xlsx", b"PK\x03\x04\xff\x00").expect_err("no text");
        assert!(workbook.contains("this is a workbook: run `dormant import-decisions '"), "{workbook}");
        assert!(workbook.contains("then give --decisions decisions.toml"), "{workbook}");
        let many = "[[decision]]\nx=1\n".repeat(260_000);
        assert!(read_as("toml", many).expect_err("unknown keys").contains("unknown field `x`"));
        let many = format!("entity,decision,owner,reason,permanent\n{}", "role/a,keep,me,r,true\n".repeat(250_001));
        let error = read_as("csv", many).expect_err("too many");
        assert!(error.ends_with("line 250002: there are more than 250000 decisions"), "{error}");
        let large = read_as("toml", vec![b'#'; (128 << 20) + 1]).expect_err("too large");
        assert!(large.contains("larger than 128 MiB"), "{large}");
        let long = format!("[[decision]]\nentity = \"role/{}\"\n", "*a".repeat(40_000));
        assert!(read_as("toml", long).expect_err("too long").contains("more than 64 KiB"));
        let stars = entry("entity", &format!("entity = \"role/{}b\"", "*a".repeat(600)));
        assert!(read_as("toml", stars).expect_err("too long").contains("letters is none"));
        assert!(read_as("toml", "[[decision]]\nx = [[[[[[[[").is_err());
        assert_eq!(read_as("toml", "").expect("nothing decided").len(), 0);
        assert_eq!(read_as("csv", "# nothing yet\n").expect("nothing decided").len(), 0);
    }
}
