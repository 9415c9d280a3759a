//! `--also-used`: accesses that are known from elsewhere, such as `CloudTrail`, Athena or a SIEM.
//!
//! The input is a CSV with a header, or JSON lines, with `arn`, `service`, `action` (may be empty) and `time`. The
//! output is rows that can show that something was used, and never that it was not (rule 10 of `docs/reports.md`). The
//! user wrote the table, so a line that is not understood is an error with its number: a lost line would be a lost
//! veto.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::manifest::instant;
use super::user_table::{Ceiling, UserTable, UserTableError};
use crate::model::{AccountId, Arn, Instant};

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
    /// The entity that made it.
    pub by: User,
    /// The namespace.
    pub service: String,
    /// The action without the namespace; empty if only the service is known.
    pub action: String,
    /// When it was.
    pub at: Instant,
}

/// What the ARN of a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// An entity.
    Entity(Arn),
    /// The session of a role, which names the role without its path.
    Session {
        /// The account.
        account: AccountId,
        /// The partition.
        partition: String,
        /// The name of the role.
        role: String,
    },
    /// The root user of an account, or a federated user, which acts for a user that the ARN does not name. Neither has a dump.
    Undumped,
}

/// A line as it is in the file.
#[derive(Debug, Deserialize)]
struct Line {
    arn: String,
    service: String,
    #[serde(default)]
    action: Option<String>,
    time: String,
}

const TABLE: UserTable = UserTable {
    of: "accesses",
    header: "arn,service,action,time",
    required: &[&["arn"], &["service"], &["time"]],
    toml: None,
    ceiling: Ceiling::NONE,
};

impl AlsoUsed {
    /// Reads a file.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is not understood.
    pub fn read(path: &Path) -> Result<Self, UserTableError> {
        Ok(Self { path: path.to_owned(), rows: TABLE.read(path, |_, line: Line| line.read())? })
    }
}

impl Line {
    fn read(self) -> Result<UsedRow, String> {
        let at =
            instant(&self.time).ok_or_else(|| format!("{:?} is not a time such as 2026-05-01T09:30:00Z", self.time))?;
        let service = namespace(self.service.trim());
        if service.is_empty() {
            return Err("names no service".to_owned());
        }
        let action = self.action.unwrap_or_default();
        // No row has such a name, so the line would veto nothing.
        if let Some(pattern) = [&self.arn, &service, &action].into_iter().find(|text| text.contains(['*', '?'])) {
            return Err(format!(
                "{pattern} is a pattern: a line is one access; leave the action empty if it is unknown"
            ));
        }
        let action = match action.split_once(':') {
            Some((prefix, _)) if !prefix.trim().eq_ignore_ascii_case(&service) => {
                return Err(format!("{action} is an action of another service than {service}"));
            }
            Some((_, name)) => name,
            None => &action,
        };
        let action = iam_action(&service, without_version(action.trim())).to_owned();
        Ok(UsedRow { by: User::read(self.arn.trim())?, service, action, at })
    }
}

/// Event sources of `CloudTrail` that do not have the name of their service's namespace.
const EVENT_SOURCES: [(&str, &str); 25] = [
    ("agreement-marketplace", "aws-marketplace"),
    ("amazonmq", "mq"),
    ("api.pricing", "pricing"),
    ("appstream2", "appstream"),
    ("catalog-marketplace", "aws-marketplace"),
    ("cloudcontrolapi", "cloudformation"),
    ("data.iot", "iot"),
    ("email", "ses"),
    ("entitlement-marketplace", "aws-marketplace"),
    ("iotdata", "iot"),
    ("iotdevicegateway", "iot"),
    ("lexv2", "lex"),
    ("marketplacecatalog", "aws-marketplace"),
    ("metering-marketplace", "aws-marketplace"),
    ("models-v2-lex", "lex"),
    ("models.lex", "lex"),
    ("monitoring", "cloudwatch"),
    ("pinpoint", "mobiletargeting"),
    ("rdsdata", "rds-data"),
    ("resourcegroupstaggingapi", "tag"),
    ("runtime-v2-lex", "lex"),
    ("runtime.lex", "lex"),
    ("servicecatalog-appregistry", "servicecatalog"),
    ("tagging", "tag"),
    ("transcribestreaming", "transcribe"),
];

/// The namespace behind a name or an event source, in lower case: `ec2.us-east-1.amazonaws.com` is `ec2`.
pub(super) fn namespace(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let Some(source) = text.strip_suffix(".amazonaws.com.cn").or_else(|| text.strip_suffix(".amazonaws.com")) else {
        return text;
    };
    of_source(source)
}

/// The namespace behind the name that IAM gives the service for which an access key was used last: a namespace, or the
/// first part of an event source (`monitoring`).
pub(super) fn namespace_of_key(text: &str) -> String {
    let text = namespace(text.trim());
    of_source(&text)
}

fn of_source(source: &str) -> String {
    let known = EVENT_SOURCES.iter().find(|(known, _)| source == *known || source.starts_with(&format!("{known}.")));
    known.map_or_else(|| source.split('.').next().unwrap_or(source), |(_, namespace)| namespace).to_owned()
}

/// Takes off the version of the API, with which the event names of some services end: `CreateFunction20150331`,
/// `UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31`.
fn without_version(event: &str) -> &str {
    let bare = event.rsplit_once('v').filter(|(_, number)| number.len() == 1 && number.as_bytes()[0].is_ascii_digit());
    let dated = bare.map_or(event, |(dated, _)| dated);
    let name = dated.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let version = &dated[name.len()..];
    let digits = version.bytes().filter(u8::is_ascii_digit).count();
    let is_version = digits == 8 && matches!(version.len(), 8 | 10) && version.starts_with(|c: char| c != '_');
    if is_version && !name.is_empty() { name } else { event }
}

/// Events that are permitted by an action of another name. S3 and Lambda are where `CloudTrail` and IAM differ the most:
/// for most others an event has the name of its action.
const EVENT_ACTIONS: [(&str, &str, &str); 50] = [
    ("bedrock", "Converse", "InvokeModel"),
    ("bedrock", "ConverseStream", "InvokeModelWithResponseStream"),
    ("lambda", "Invoke", "InvokeFunction"),
    ("s3", "DeleteAccountPublicAccessBlock", "PutAccountPublicAccessBlock"),
    ("s3", "DeleteBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("s3", "DeleteBucketCors", "PutBucketCORS"),
    ("s3", "DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("s3", "DeleteBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("s3", "DeleteBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("s3", "DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("s3", "DeleteBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("s3", "DeleteBucketOwnershipControls", "PutBucketOwnershipControls"),
    ("s3", "DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("s3", "DeleteBucketReplication", "PutReplicationConfiguration"),
    ("s3", "DeleteBucketTagging", "PutBucketTagging"),
    ("s3", "DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("s3", "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("s3", "GetBucketAnalyticsConfiguration", "GetAnalyticsConfiguration"),
    ("s3", "GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3", "GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"),
    ("s3", "GetBucketInventoryConfiguration", "GetInventoryConfiguration"),
    ("s3", "GetBucketLifecycle", "GetLifecycleConfiguration"),
    ("s3", "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("s3", "GetBucketMetricsConfiguration", "GetMetricsConfiguration"),
    ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("s3", "GetBucketReplication", "GetReplicationConfiguration"),
    ("s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3", "HeadBucket", "ListBucket"),
    ("s3", "ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"),
    ("s3", "ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"),
    ("s3", "ListBucketInventoryConfigurations", "GetInventoryConfiguration"),
    ("s3", "ListBucketMetricsConfigurations", "GetMetricsConfiguration"),
    ("s3", "ListBuckets", "ListAllMyBuckets"),
    ("s3", "ListMultipartUploads", "ListBucketMultipartUploads"),
    ("s3", "ListObjectVersions", "ListBucketVersions"),
    ("s3", "ListObjects", "ListBucket"),
    ("s3", "ListObjectsV2", "ListBucket"),
    ("s3", "PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"),
    ("s3", "PutBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("s3", "PutBucketEncryption", "PutEncryptionConfiguration"),
    ("s3", "PutBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("s3", "PutBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("s3", "PutBucketLifecycle", "PutLifecycleConfiguration"),
    ("s3", "PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("s3", "PutBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("s3", "PutBucketReplication", "PutReplicationConfiguration"),
    ("s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
];

/// The action that permits an event.
fn iam_action<'e>(service: &str, event: &'e str) -> &'e str {
    let named = EVENT_ACTIONS.iter().find(|(of, name, _)| *of == service && name.eq_ignore_ascii_case(event));
    named.map_or(event, |(_, _, action)| action)
}

impl User {
    /// What an ARN of IAM or of a session names; otherwise what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(6, ':').skip(1);
        let partition = parts.next().unwrap_or_default();
        if is_undumped(text) {
            return Ok(Self::Undumped);
        }
        if let (Some("sts"), Some(""), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && let Some((role, _)) = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'))
        {
            let account = AccountId::parse(account).ok_or_else(|| format!("{text} names no account"))?;
            return Ok(Self::Session { account, partition: partition.to_owned(), role: role.to_owned() });
        }
        Arn::parse(text).map(Self::Entity).map_err(|error| format!("{text} {error}"))
    }
}

/// Whether the ARN is that of a root user or of a federated user, as logs have them next to those of users and roles.
fn is_undumped(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", _, service, "", account, resource] = parts.as_slice() else { return false };
    let is_root = service == "iam" && resource == "root";
    let is_federated = service == "sts" && resource.starts_with("federated-user/");
    AccountId::parse(account).is_some() && (is_root || is_federated)
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
    fn event_sources_and_versioned_events_of_cloudtrail_are_namespaces_and_actions() {
        for (source, service) in [
            ("monitoring.amazonaws.com", "cloudwatch"),
            ("email.eu-west-1.amazonaws.com", "ses"),
            ("ec2.us-east-1.amazonaws.com", "ec2"),
            ("s3.cn-north-1.amazonaws.com.cn", "s3"),
            ("runtime.lex.amazonaws.com", "lex"),
            ("resource-explorer-2", "resource-explorer-2"),
            ("SQS.AMAZONAWS.COM", "sqs"),
            ("amazonmq.amazonaws.com", "mq"),
            ("api.pricing.amazonaws.com", "pricing"),
        ] {
            assert_eq!(namespace(source), service, "{source}");
        }
        for (name, service) in [("monitoring", "cloudwatch"), (" Email ", "ses"), ("iotdata", "iot"), ("s3", "s3")] {
            assert_eq!(namespace_of_key(name), service, "{name}");
        }
        for (event, action) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("20150331", "20150331"),
            ("Describe2015", "Describe2015"),
        ] {
            assert_eq!(without_version(event), action);
        }
        let other = read("arn,service,action,time\narn:aws:iam::111122223333:role/a,s3,sqs:SendMessage,2026-05-01\n");
        assert!(other.expect_err("an error").contains("another service"));
    }

    #[test]
    fn lines_of_users_without_a_dump_are_read() {
        let csv = read(
            "arn,service,action,time\n\
             arn:aws:iam::111122223333:root,iam,,2026-05-01 10:00:00.000 UTC\n\
             arn:aws:sts::111122223333:federated-user/ann,s3,PutObject,2026-05-01T10:00:00Z\n",
        );
        let rows = csv.expect("CSV").rows;
        assert!(rows.iter().all(|row| row.by == User::Undumped && row.at == rows[0].at), "{rows:?}");
        assert!(read("arn,service,action,time\narn:aws:iam::1:root,iam,,2026-05-01\n").is_err());
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
        for line in ["role/*,s3,", "role/a,*,", "role/a,s3,*", "role/a,s3,Put*"] {
            let text = format!("arn,service,action,time\narn:aws:iam::111122223333:{line},2026-05-01\n");
            assert!(wrong(&text).contains("is a pattern"), "{line}");
        }
    }
}
