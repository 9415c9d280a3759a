//! `--also-used`: accesses that are known from elsewhere, such as `CloudTrail`, Athena or a SIEM.
//!
//! Comes in: a CSV with a header, or JSON lines, with `arn`, `service`, `action` (may be empty) and `time`. Goes out: rows that can show that
//! something was used, and never that it was not (rule 10 of `docs/reports.md`). It is the user's word, so what is not understood in it is an
//! error with its line: a lost line would be a lost veto.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::manifest::instant;
use crate::model::{AccountId, Arn, Entity, EntityKind, Instant};

/// Why a table of accesses was refused.
#[derive(Debug, thiserror::Error)]
pub enum AlsoUsedError {
    /// The operating system refused.
    #[error("cannot read the accesses in {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        reason: std::io::Error,
    },
    /// A line is wrong.
    #[error("accesses in {}, line {line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, in one sentence.
        what: String,
    },
}

/// The accesses of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsoUsed {
    /// The file, as typed.
    pub path: PathBuf,
    /// In the order of the lines.
    pub rows: Vec<UsedRow>,
}

/// One access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedRow {
    /// Whose it was.
    pub by: User,
    /// The namespace.
    pub service: String,
    /// The action without the namespace; empty where only the service is known.
    pub action: String,
    /// When it was.
    pub at: Instant,
}

/// Whom a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// An entity.
    Entity(Arn),
    /// The session of a role, which names the role without its path.
    Session {
        /// The account.
        account: AccountId,
        /// The name of the role.
        role: String,
    },
}

/// A line as it is written.
#[derive(Debug, Deserialize)]
struct Line {
    arn: String,
    service: String,
    #[serde(default)]
    action: Option<String>,
    time: String,
}

impl AlsoUsed {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, or a line is not understood.
    pub fn read(path: &Path) -> Result<Self, AlsoUsedError> {
        let bytes =
            std::fs::read(path).map_err(|reason| AlsoUsedError::Unreadable { path: path.to_owned(), reason })?;
        let wrong = |(line, what)| AlsoUsedError::Wrong { path: path.to_owned(), line, what };
        let text = String::from_utf8(bytes).map_err(|_| wrong((1, "the file is not UTF-8".to_owned())))?;
        let text = text.trim_start_matches('\u{feff}');
        let lines = if text.trim_start().starts_with('{') { json_lines(text) } else { csv_lines(text) };
        let row = |(at, line): (u64, Line)| line.read().map_err(|what| (at, what));
        let rows = lines.and_then(|lines| lines.into_iter().map(row).collect()).map_err(wrong)?;
        Ok(Self { path: path.to_owned(), rows })
    }
}

/// The lines of a table that a user wrote, each with its number from 1; else the number of the line that is wrong, and what is.
pub(super) type Lines<L> = Result<Vec<(u64, L)>, (u64, String)>;

fn csv_lines(text: &str) -> Lines<Line> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| (1, error.to_string()))?.clone();
    let named: csv::StringRecord = header.iter().map(str::to_ascii_lowercase).collect();
    for column in ["arn", "service", "time"] {
        if !named.iter().any(|name| name == column) {
            return Err((1, format!("there is no column {column}: the header is `arn,service,action,time`")));
        }
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| (error.position().map_or(1, csv::Position::line), error.to_string()))?;
        let line = record.position().map_or(1, |position| line_at(text, position.byte()));
        if record.iter().any(|cell| !cell.is_empty()) {
            lines.push((line, record.deserialize(Some(&named)).map_err(|error| (line, error.to_string()))?));
        }
    }
    Ok(lines)
}

/// The line of the first character at or after `byte` that ends no line: the reader passes blank lines without counting them.
fn line_at(text: &str, byte: u64) -> u64 {
    let (before, after) = text.split_at(usize::try_from(byte).map_or(text.len(), |at| at.min(text.len())));
    let blank = after.len() - after.trim_start_matches(['\r', '\n']).len();
    let ends = before.bytes().chain(after[..blank].bytes()).filter(|byte| *byte == b'\n');
    1 + ends.count() as u64
}

/// One JSON value for each line; blank lines count and say nothing.
pub(super) fn json_lines<L: DeserializeOwned>(text: &str) -> Lines<L> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| Ok((at, serde_json::from_str(line).map_err(|error| (at, error.to_string()))?))).collect()
}

impl Line {
    fn read(self) -> Result<UsedRow, String> {
        let at =
            instant(&self.time).ok_or_else(|| format!("{:?} is not a time such as 2026-05-01T09:30:00Z", self.time))?;
        let service = self.service.trim().trim_end_matches(".amazonaws.com").to_owned();
        if service.is_empty() {
            return Err("names no service".to_owned());
        }
        let action = self.action.unwrap_or_default();
        let action = action.rsplit_once(':').map_or(action.as_str(), |(_, name)| name).trim().to_owned();
        Ok(UsedRow { by: User::read(self.arn.trim())?, service, action, at })
    }
}

impl User {
    fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(6, ':').skip(2);
        if let (Some("sts"), Some(""), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && let Some((role, _)) = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'))
        {
            let account = AccountId::parse(account).ok_or_else(|| format!("{text} names no account"))?;
            return Ok(Self::Session { account, role: role.to_owned() });
        }
        Arn::parse(text).map(Self::Entity).map_err(|error| format!("{text} {error}"))
    }

    /// Whether the row is about this entity. A session names a role without its path, and any role of the name may be it.
    #[must_use]
    pub fn is(&self, entity: &Entity) -> bool {
        match self {
            Self::Entity(arn) => entity.arn.as_ref() == Some(arn),
            Self::Session { account, role } => {
                entity.kind == Some(EntityKind::Role)
                    && entity.account.as_ref() == Some(account)
                    && entity.name.eq_ignore_ascii_case(role)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AlsoUsed, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("used");
        std::fs::write(&path, text).expect("a file");
        AlsoUsed::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let csv = read(
            "arn,service,action,time\n\
             arn:aws:iam::111122223333:role/app,sqs.amazonaws.com,,2026-05-01\n\
             arn:aws:sts::111122223333:assumed-role/app/i-1,s3,s3:PutObject,2026-05-01T10:00:00Z\n",
        );
        let json = read(
            "{\"arn\":\"arn:aws:iam::111122223333:role/app\",\"service\":\"sqs\",\"time\":\"2026-05-01T00:00:00Z\"}\n\
             {\"arn\":\"arn:aws:sts::111122223333:assumed-role/app/i-1\",\"service\":\"s3\",\"action\":\"PutObject\",\
             \"time\":\"2026-05-01 10:00:00\"}\n",
        );
        let (csv, json) = (csv.expect("CSV"), json.expect("JSON lines"));
        assert_eq!(csv.rows, json.rows);
        assert_eq!(csv.rows[1].action, "PutObject");
        assert!(matches!(&csv.rows[1].by, User::Session { role, .. } if role == "app"));
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        let wrong = |text: &str| read(text).expect_err(text);
        assert!(wrong("arn,service\nx,y\n").contains("no column time"));
        assert!(wrong("arn,service,action,time\nnobody,s3,,2026-05-01\n").contains("line 2"));
        assert!(
            wrong("arn,service,action,time\n\narn:aws:iam::111122223333:role/a,s3,,soon\n")
                .contains("line 3: \"soon\"")
        );
        assert!(wrong("{\"arn\":1}\n").contains("line 1"));
    }
}
