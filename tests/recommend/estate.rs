//! An account with policies and dumps, written as the AWS CLI prints both, and what `dormant recommend` makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{dormant, put};

pub const ACCOUNT: &str = "111122223333";

pub fn arn(kind_and_name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind_and_name}")
}

#[expect(clippy::needless_pass_by_value, reason = "most are written on the spot")]
pub fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[expect(clippy::needless_pass_by_value, reason = "most are written on the spot")]
pub fn allow(actions: Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// A service of a dump: its namespace, whether it was used, and its tracked actions; a `!` at the end of one says that it was used.
pub type Listed<'l> = (&'l str, bool, &'l [&'l str]);

/// An account in the making.
pub struct Account {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
    pub roles: Vec<Value>,
    pub policies: Vec<Value>,
    pub dumps: Vec<Value>,
    pub more: Vec<(String, String)>,
}

impl Account {
    /// One user who holds nothing, so that who is in a group is known.
    pub fn new() -> Self {
        let mut account = Self {
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            policies: Vec::new(),
            dumps: Vec::new(),
            more: Vec::new(),
        };
        account.user("nobody", &[]);
        account
    }

    /// The account with one role `r`, which has these statements in the inline policy `p`, and its dump.
    pub fn of_role(statements: Value, services: &[Listed]) -> Self {
        let mut account = Self::new();
        account.role("r", &[("p", statements)], &[]);
        account.dump("role/r", services);
        account
    }

    /// The role with `*`, and a dump in which the whole catalogue is unused but for these services.
    pub fn of_everything(used: &[Listed]) -> Self {
        let catalogue = include_str!("../../src/catalogue/data/actions.csv");
        let rows = catalogue.lines().filter(|line| !line.starts_with('#')).skip(1);
        let services: std::collections::BTreeSet<&str> = rows.filter_map(|line| line.split(',').next()).collect();
        let unused = services.iter().filter(|name| !used.iter().any(|(service, ..)| service == *name));
        let all: Vec<Listed> = unused.map(|name| (*name, false, &[] as &[&str])).chain(used.iter().copied()).collect();
        Self::of_role(json!([allow(json!("*"))]), &all)
    }

    pub fn role(&mut self, path_and_name: &str, inline: &[(&str, Value)], attached: &[&str]) -> &mut Value {
        let name = path_and_name.rsplit('/').next().unwrap();
        self.roles.push(json!({
            "Path": "/", "RoleName": name, "RoleId": "AROAEXAMPLE", "Arn": arn(&format!("role/{path_and_name}")),
            "CreateDate": "2022-01-01T00:00:00+00:00", "RolePolicyList": inlines(inline),
            "AttachedManagedPolicies": attachments(attached)}));
        self.roles.last_mut().unwrap()
    }

    pub fn user(&mut self, name: &str, groups: &[&str]) -> &mut Value {
        self.users.push(json!({
            "Path": "/", "UserName": name, "UserId": "AIDAEXAMPLE", "Arn": arn(&format!("user/{name}")),
            "CreateDate": "2022-01-01T00:00:00+00:00", "UserPolicyList": [], "GroupList": groups,
            "AttachedManagedPolicies": []}));
        self.users.last_mut().unwrap()
    }

    pub fn group(&mut self, name: &str, inline: &[(&str, Value)], attached: &[&str]) {
        self.groups.push(json!({
            "Path": "/", "GroupName": name, "GroupId": "AGPAEXAMPLE", "Arn": arn(&format!("group/{name}")),
            "CreateDate": "2022-01-01T00:00:00+00:00", "GroupPolicyList": inlines(inline),
            "AttachedManagedPolicies": attachments(attached)}));
    }

    /// A policy with its versions, oldest first, each with its date; the last one is the default.
    pub fn policy(&mut self, arn: &str, attachments: u32, versions: &[(&str, Value)]) -> &mut Value {
        let last = versions.len();
        let list = versions.iter().enumerate().map(|(at, (date, statements))| {
            json!({"VersionId": format!("v{}", at + 1), "IsDefaultVersion": at + 1 == last,
                   "CreateDate": format!("{date}T00:00:00+00:00"), "Document": document(statements.clone())})
        });
        self.policies.push(json!({
            "PolicyName": arn.rsplit('/').next().unwrap(), "PolicyId": "ANPAEXAMPLE", "Arn": arn, "Path": "/",
            "DefaultVersionId": format!("v{last}"), "AttachmentCount": attachments, "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true, "CreateDate": format!("{}T00:00:00+00:00", versions[0].0),
            "UpdateDate": format!("{}T00:00:00+00:00", versions[last - 1].0),
            "PolicyVersionList": list.collect::<Vec<_>>()}));
        self.policies.last_mut().unwrap()
    }

    /// A whole dump at action level, of the fourth of May 2026.
    pub fn dump(&mut self, entity: &str, services: &[Listed]) -> &mut Value {
        let user = arn(entity);
        let used = |name: &str, at: &str, by: &str| json!({name: "2026-05-01T00:00:00Z", at: user, by: "us-east-1"});
        let row = |(service, is_used, actions): &Listed| {
            let action = |action: &&str| {
                let name = action.trim_end_matches('!');
                let mut row = json!({"ActionName": name});
                if name != *action {
                    merge(&mut row, used("LastAccessedTime", "LastAccessedEntity", "LastAccessedRegion"));
                }
                row
            };
            let mut row = json!({"ServiceName": service, "ServiceNamespace": service,
                "TotalAuthenticatedEntities": u8::from(*is_used),
                "TrackedActionsLastAccessed": actions.iter().map(action).collect::<Vec<_>>()});
            if *is_used {
                merge(&mut row, used("LastAuthenticated", "LastAuthenticatedEntity", "LastAuthenticatedRegion"));
            }
            row
        };
        let mut rows: Vec<&Listed> = services.iter().collect();
        rows.sort();
        self.dumps.push(json!({
            "Arn": arn(entity), "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
            "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
            "ServicesLastAccessed": rows.into_iter().map(row).collect::<Vec<_>>()}));
        self.dumps.last_mut().unwrap()
    }

    pub fn details(&self) -> Value {
        json!({"UserDetailList": self.users, "GroupDetailList": self.groups, "RoleDetailList": self.roles,
               "Policies": self.policies})
    }

    pub fn write(&self) -> TempDir {
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("in/authorization-details.json"), self.details().to_string());
        for (at, dump) in self.dumps.iter().enumerate() {
            put(home.path().join(format!("in/{at}.json")), dump.to_string());
        }
        for (name, text) in &self.more {
            put(home.path().join("in").join(name), text.clone());
        }
        home
    }

    /// The folder of proposals.
    pub fn proposals(&self, arguments: &[&str]) -> Proposals {
        let home = self.write();
        let ran = dormant(home.path(), [&["recommend", "in", "-o", "out"], arguments].concat());
        assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
        let ran = dormant(home.path(), [&["recommend", "in", "--format", "json"], arguments].concat());
        Proposals { rows: ran.rows(), home }
    }
}

fn inlines(inline: &[(&str, Value)]) -> Vec<Value> {
    let policies = inline.iter();
    policies
        .map(|(name, statements)| json!({"PolicyName": name, "PolicyDocument": document(statements.clone())}))
        .collect()
}

fn attachments(arns: &[&str]) -> Vec<Value> {
    arns.iter().map(|arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn})).collect()
}

fn merge(row: &mut Value, more: Value) {
    let (Value::Object(row), Value::Object(more)) = (row, more) else { return };
    row.extend(more);
}

/// What was proposed.
pub struct Proposals {
    pub rows: Vec<Value>,
    pub home: TempDir,
}

impl Proposals {
    pub fn row(&self, policy: &str) -> &Value {
        let mut named = self.rows.iter().filter(|row| row["policy_name"] == policy);
        named.next().unwrap_or_else(|| panic!("no row of {policy}: {:?}", self.rows))
    }

    /// Step and reason of the row of a policy.
    pub fn outcome(&self, policy: &str) -> (&str, &str) {
        let row = self.row(policy);
        (row["step"].as_str().unwrap_or_default(), row["reason_none"].as_str().unwrap_or_default())
    }

    pub fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    /// Every file by its path.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        gather(&self.out(), &self.out(), &mut files);
        files
    }

    pub fn file(&self, ending: &str) -> String {
        let files = self.files();
        let found = files.iter().find(|(path, _)| path.ends_with(ending));
        found.unwrap_or_else(|| panic!("no {ending} among {:?}", files.keys())).1.clone()
    }

    /// The statements of the smaller document.
    pub fn statements(&self, policy: &str) -> Vec<Value> {
        let proposed: Value = serde_json::from_str(&self.file(&format!("{policy}.proposed.json"))).expect("JSON");
        proposed["Statement"].as_array().expect("statements").clone()
    }

    /// The actions of its first statement.
    pub fn actions(&self, policy: &str) -> Vec<String> {
        match &self.statements(policy)[0]["Action"] {
            Value::String(one) => vec![one.clone()],
            many => many.as_array().expect("actions").iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        }
    }

    /// The reason of an action in `changes.csv`, after whether it goes or stays.
    pub fn reason(&self, action: &str) -> String {
        let changes = self.file("changes.csv");
        let row = changes.lines().find(|line| line.starts_with(&format!("{action},")));
        let row = row.unwrap_or_else(|| panic!("no {action} in {changes}"));
        let cells: Vec<&str> = row.split(',').collect();
        format!("{} {}", cells[4], cells[8])
    }
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            // The workbook is no text.
            if Path::new(&name).extension().is_none_or(|extension| extension != "xlsx") {
                files.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
}
