//! The real program, run on what a test has made: never for longer than a test may wait, and never believed where it crashed.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Far longer than anything here takes: whoever reaches this hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The report as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// The rows of the only section of a JSON report.
    pub fn rows(&self) -> Vec<Value> {
        self.json()["sections"][0]["rows"].as_array().expect("rows").clone()
    }

    /// `found`, `read`, `skipped` and `failed` of a JSON report, which must add up.
    pub fn counts(&self) -> [u64; 4] {
        let inputs = &self.json()["inputs"];
        let counts = ["found", "read", "skipped", "failed"].map(|name| inputs[name].as_u64().expect("a count"));
        assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "read + skipped + failed = found");
        counts
    }
}

/// Runs `dormant` with `arguments` in `folder`.
pub fn dormant<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    let mut program = Command::new(env!("CARGO_BIN_EXE_dormant"));
    run(program.args(arguments).current_dir(folder))
}

/// Runs `command` to its end; a crash, an end by signal and a hang fail the test.
pub fn run(command: &mut Command) -> Ran {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let drain = |stream: &mut dyn Read| {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("readable");
        String::from_utf8(bytes).expect("everything printed is UTF-8")
    };
    thread::scope(|scope| {
        let (out, err) = (scope.spawn(move || drain(&mut out)), scope.spawn(move || drain(&mut err)));
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill().expect("ends");
                panic!("hangs: {command:?}");
            }
            thread::sleep(Duration::from_millis(5));
        };
        let (stdout, stderr) = (out.join().expect("drained"), err.join().expect("drained"));
        let code = status.code().unwrap_or_else(|| panic!("ended by a signal: {command:?}\n{stderr}"));
        assert!(code < 5 && !stderr.contains("panicked"), "crashed ({code}): {command:?}\n{stderr}");
        Ran { code, stdout, stderr }
    })
}

/// Writes a file and the folders above it.
pub fn put(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

/// A whole answer about the role `name`: s3 used, sqs never.
pub fn answer(name: &str) -> Value {
    json!({
        "Arn": format!("arn:aws:iam::123456789012:role/{name}"),
        "JobStatus": "COMPLETED",
        "JobType": "SERVICE_LEVEL",
        "JobCreationDate": "2026-05-04T08:00:00Z",
        "JobCompletionDate": "2026-05-04T08:00:01Z",
        "ServicesLastAccessed": [
            {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": "2026-05-01T12:00:00Z",
             "LastAuthenticatedEntity": format!("arn:aws:iam::123456789012:role/{name}"),
             "TotalAuthenticatedEntities": 1},
            {"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}
        ],
        "IsTruncated": false
    })
}

/// One service of a dump: its namespace, its last use, its actions with theirs.
pub type Service<'s> = (&'s str, Option<&'s str>, &'s [(&'s str, Option<&'s str>)]);

/// A whole answer at action level about the entity `arn`, of 8 o'clock of a day.
pub fn dump_of(arn: &str, day: &str, services: &[Service]) -> Value {
    let service = |(namespace, used, actions): &Service| {
        let action = |(name, used): &(&str, Option<&str>)| match used {
            Some(at) => {
                json!({"ActionName": name, "LastAccessedTime": at, "LastAccessedEntity": arn, "LastAccessedRegion": "eu-west-1"})
            }
            None => json!({"ActionName": name}),
        };
        let mut row = json!({"ServiceName": namespace, "ServiceNamespace": namespace, "TotalAuthenticatedEntities": 0,
            "TrackedActionsLastAccessed": actions.iter().map(action).collect::<Vec<_>>()});
        if let Some(at) = used {
            row["LastAuthenticated"] = json!(at);
            row["LastAuthenticatedEntity"] = json!(arn);
            row["LastAuthenticatedRegion"] = json!("eu-west-1");
            row["TotalAuthenticatedEntities"] = json!(1);
        }
        row
    };
    json!({"Arn": arn, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
           "JobCreationDate": format!("{day}T08:00:00Z"), "JobCompletionDate": format!("{day}T08:00:01Z"),
           "ServicesLastAccessed": services.iter().map(service).collect::<Vec<_>>()})
}

/// Changes the head of a store as somebody does who knows how its checksum is made.
pub fn forge_head(store: &Path, change: impl FnOnce(&mut Value)) {
    let path = store.join("head.json");
    let text = fs::read_to_string(&path).expect("a head");
    let mut head: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    change(&mut head);
    let line = head.to_string();
    fs::write(&path, format!("{line}\n{}\n", sha256(line.as_bytes()))).expect("written");
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
