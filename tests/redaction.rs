//! `--redact`: no output holds a name, an account or a file of the inputs, and the answer is the same.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use program::{Ran, dormant, put};
use serde_json::{Value, json};

/// In every secret, and nowhere else: long enough that no packed data holds it by chance.
const MARK: &str = "zqxvkj";
const ACCOUNT: &str = "731846290517";
const KEY: &str = "a secret of these tests";

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{MARK}team/{name}")
}

fn answer(by: &str, made_at: &str) -> Value {
    json!({
        "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
        "JobCreationDate": made_at, "JobCompletionDate": made_at,
        "ServicesLastAccessed": [
            {"ServiceName": "AWS Key Management Service", "ServiceNamespace": "kms", "TotalAuthenticatedEntities": 0,
             "TrackedActionsLastAccessed": [{"ActionName": "Decrypt"}, {"ActionName": "CreateKey"}]},
            {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": "2026-04-30T00:00:00Z",
             "LastAuthenticatedEntity": by, "LastAuthenticatedRegion": "eu-west-1", "TotalAuthenticatedEntities": 1,
             "TrackedActionsLastAccessed": [
                {"ActionName": "PutBucketPolicy"},
                {"ActionName": "ListAllMyBuckets", "LastAccessedEntity": by, "LastAccessedTime": "2026-04-30T00:00:00Z",
                 "LastAccessedRegion": "eu-west-1"}]},
        ]
    })
}

/// An estate in which every name is a secret.
fn estate(home: &Path) {
    let [role, user, group] = [("role", "app"), ("user", "janedoeson"), ("group", "staff")]
        .map(|(kind, name)| arn(kind, &format!("{MARK}{name}")));
    let root = home.join(format!("{MARK}dumps"));
    for day in ["2026-02-01", "2026-05-01"] {
        for (name, arn) in [("app", &role), ("janedoeson", &user)] {
            let about = json!({"Arn": arn, "Answer": answer(arn, &format!("{day}T00:00:00Z"))});
            let answer = &about["Answer"];
            put(root.join(day).join(format!("{MARK}{name}.json")), answer.to_string());
        }
    }
    // Nothing tells whose this is; nobody can read the others.
    put(root.join(format!("{MARK}label.json")), answer("", "2026-05-01T00:00:00Z").to_string());
    put(root.join(format!("{MARK}cut.json")), "{\"JobStatus\": \"COMPLETED\", \"ServicesLastAccessed\": [{\"Serv");
    put(
        root.join(format!("{MARK}refused.json")),
        format!(
            "An error occurred (AccessDenied) when calling the GetServiceLastAccessedDetails operation: User: {user} is not {MARK}"
        ),
    );
    let mut failed = answer("", "2026-05-01T00:00:00Z");
    failed["JobStatus"] = json!("FAILED");
    failed["Error"] = json!({"Code": "InternalFailure", "Message": format!("about {MARK}")});
    failed.as_object_mut().expect("an object").remove("ServicesLastAccessed");
    put(root.join(format!("{MARK}failed.json")), failed.to_string());
    // The places of these problems are names: a key of the document, and the holder of the policy.
    let pending = json!({format!("{MARK}key"): {"JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "ServicesLastAccessed": "none"}});
    put(root.join(format!("{MARK}map.json")), pending.to_string());
    let cut = json!({"UserName": format!("{MARK}nobody"), "PolicyName": format!("{MARK}cut"), "PolicyDocument": "%7B%22Version"});
    put(root.join(format!("{MARK}user-policy.json")), cut.to_string());
    let document = |sid: &str| {
        json!({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}]})
    };
    let customer = arn("policy", &format!("{MARK}policy"));
    let details = json!({
        "UserDetailList": [{"Path": format!("/{MARK}team/"), "UserName": format!("{MARK}janedoeson"), "UserId": "AIDAZQXVKJ0123456789",
            "Arn": user, "CreateDate": "2020-01-01T00:00:00Z", "GroupList": [format!("{MARK}staff")], "AttachedManagedPolicies": [],
            "Tags": [{"Key": "owner", "Value": format!("Janedoeson {MARK}")}]}],
        "GroupDetailList": [{"Path": format!("/{MARK}team/"), "GroupName": format!("{MARK}staff"), "GroupId": "AGPAZQXVKJ0123456789",
            "Arn": group, "CreateDate": "2020-01-01T00:00:00Z",
            "GroupPolicyList": [{"PolicyName": format!("{MARK}inline"), "PolicyDocument": document(&format!("{MARK}sid"))}],
            "AttachedManagedPolicies": []}],
        "RoleDetailList": [{"Path": format!("/{MARK}team/"), "RoleName": format!("{MARK}app"), "RoleId": "AROAZQXVKJ0123456789",
            "Arn": role, "CreateDate": "2020-01-01T00:00:00Z", "InstanceProfileList": [], "RolePolicyList": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "RoleLastUsed": {"LastUsedDate": "2026-04-30T00:00:00Z", "Region": "eu-west-1"},
            "AttachedManagedPolicies": [
                {"PolicyName": format!("{MARK}policy"), "PolicyArn": customer},
                {"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}],
        "Policies": [
            {"PolicyName": format!("{MARK}policy"), "PolicyId": "ANPAZQXVKJ0123456789", "Arn": customer, "Path": format!("/{MARK}team/"),
             "DefaultVersionId": "v1", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
             "CreateDate": "2020-01-01T00:00:00Z", "UpdateDate": "2020-01-01T00:00:00Z",
             "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2020-01-01T00:00:00Z",
                "Document": document(&format!("{MARK}other"))}]}],
    });
    put(root.join(format!("2026-05-01/{MARK}details.json")), details.to_string());
    put(
        home.join(format!("{MARK}accounts.csv")),
        format!("account_id,name,owner\n{ACCOUNT},{MARK} Corporation,Board of {MARK}\n"),
    );
    let manifest = ["2026-02-01", "2026-05-01"].map(|day| {
        let line = |name: &str, arn: &str| format!("{MARK}dumps/{day}/{MARK}{name}.json,{arn}\n");
        line("app", &role) + &line("janedoeson", &user)
    });
    put(home.join(format!("{MARK}manifest.csv")), format!("path,arn\n{}", manifest.concat()));
    put(
        home.join(format!("{MARK}decisions.toml")),
        format!(
            "[[decision]]\nentity = \"{role}\"\nservice = \"kms\"\ndecision = \"keep\"\nreason = \"{MARK} says so\"\n\
         owner = \"Ann {MARK}\"\nticket = \"{MARK}-17\"\ndecided = 2026-03-01\nexpires = 2026-12-31\n\
         [[decision]]\nentity = \"user/{MARK}gone\"\nservice = \"s3\"\ndecision = \"remove\"\nowner = \"{MARK}\"\ndecided = 2026-03-01\n"
        ),
    );
    put(home.join("key"), KEY);
}

/// The options that name every other file of the estate.
fn options() -> Vec<String> {
    let file = |option: &str, name: &str| [option.to_owned(), format!("{MARK}{name}")];
    let mut all = vec![format!("{MARK}dumps")];
    all.extend(file("--manifest", "manifest.csv"));
    all.extend(file("--accounts", "accounts.csv"));
    all.extend(["--owner-tag", "owner"].map(str::to_owned));
    all
}

fn run(home: &Path, command: &[&str], more: &[&str]) -> Ran {
    let all = command.iter().map(|word| (*word).to_owned()).chain(options());
    dormant(home, all.chain(more.iter().map(|word| (*word).to_owned())))
}

/// Fails if the text holds a secret. None is so short that the packed data of the page may hold it by chance, as it did `corp`.
fn search(what: &str, text: &str) {
    let folded = text.to_lowercase();
    for secret in [MARK, ACCOUNT, "janedoeson", "corporation"] {
        if let Some(at) = folded.find(secret) {
            let from = folded.floor_char_boundary(at.saturating_sub(150));
            let to = folded.ceil_char_boundary((at + 80).min(folded.len()));
            panic!("{what} holds {secret}: …{}…", &folded[from..to]);
        }
    }
}

/// Every text in a file, unpacked.
fn texts(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).expect("a file");
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx") => {
            let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP");
            let part = |at: usize| {
                let mut text = Vec::new();
                package.by_index(at).expect("a part").read_to_end(&mut text).expect("readable");
                String::from_utf8_lossy(&text).into_owned()
            };
            let parts = zip::ZipArchive::new(fs::File::open(path).expect("a file")).expect("a ZIP").len();
            (0..parts).map(part).collect()
        }
        Some("parquet") => {
            let frame = ParquetReader::new(std::io::Cursor::new(&bytes)).finish().expect("Parquet");
            let columns = frame
                .columns()
                .iter()
                .map(|column| format!("{:?}", column.as_materialized_series().iter().collect::<Vec<_>>()));
            columns.chain([String::from_utf8_lossy(&bytes).into_owned()]).collect()
        }
        Some("html") => {
            let page = String::from_utf8(bytes).expect("UTF-8");
            let unpacked = page.split('>').filter_map(|rest| {
                let packed = BASE64_STANDARD.decode(rest.split('<').next()?).ok().filter(|packed| packed.len() > 50)?;
                let mut json = String::new();
                flate2::read::ZlibDecoder::new(&*packed).read_to_string(&mut json).ok()?;
                Some(json)
            });
            let unpacked: Vec<String> = unpacked.collect();
            assert!(!unpacked.is_empty(), "the page has data");
            unpacked.into_iter().chain([page]).collect()
        }
        _ => vec![String::from_utf8(bytes).expect("UTF-8")],
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_file_of_an_audit_holds_a_secret() {
    let home = tempfile::tempdir().expect("a folder");
    estate(home.path());
    let decisions = format!("{MARK}decisions.toml");
    let audit = |folder: &str, more: &[&str]| {
        let fixed = [
            "--decisions",
            &decisions,
            "-o",
            folder,
            "-v",
            "--formats",
            "csv,md,xlsx,html,parquet,json",
            "--sample",
            "3",
            "--seed",
            "1",
        ];
        run(home.path(), &["report"], &[&fixed, more].concat())
    };
    let plain = audit("plain", &[]);
    let ran = audit("redacted", &["--redact", "--redact-key", "key"]);
    assert_eq!((ran.code, plain.code), (3, 3), "{ran:?}");
    search("stderr", &ran.stderr);
    // What cannot be drawn again from the audit is not in its sample.
    let sample = |folder: &str| fs::read_to_string(home.path().join(folder).join("sample.csv")).expect("a sample");
    let has_actions =
        |folder| sample(folder).lines().any(|line| line.starts_with("grants,") && line.contains(" actions ("));
    assert!(has_actions("plain") && !has_actions("redacted"));
    let all = files(&home.path().join("redacted"));
    assert!(all.len() > 20, "{all:?}");
    for file in &all {
        for text in texts(file) {
            search(&file.display().to_string(), &text);
        }
    }
    // The search finds what there is, and both audits say the same.
    let found = files(&home.path().join("plain"))
        .iter()
        .filter(|file| texts(file).concat().to_lowercase().contains(MARK))
        .count();
    assert!(found > 15, "{found} files");
    let headline = |folder: &str| {
        let text = fs::read_to_string(home.path().join(folder).join("report.json")).expect("a report");
        serde_json::from_str::<Value>(&text).expect("JSON")["headline"].clone()
    };
    assert!(headline("plain") == headline("redacted") && headline("plain") != Value::Null);
    let verdicts = |folder: &str| {
        let text = fs::read(home.path().join(folder).join("unused-services.csv")).expect("a list");
        let mut reader = csv::Reader::from_reader(&*text);
        let at = |name: &str, header: &csv::StringRecord| header.iter().position(|of| of == name).expect("a column");
        let header = reader.headers().expect("a header").clone();
        let columns = ["service_namespace", "verdict", "observed_days", "risk"].map(|name| at(name, &header));
        let mut rows: Vec<Vec<String>> = reader
            .records()
            .map(|row| columns.map(|at| row.as_ref().expect("a row")[at].to_owned()).to_vec())
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(verdicts("plain"), verdicts("redacted"));
    assert!(dormant(home.path(), ["verify", "redacted"]).code == 0);
    // With the same key every run writes the same.
    assert_eq!(audit("again", &["--redact", "--redact-key", "key"]).code, 3);
    for name in ["unused-actions.csv", "report.md", "manifest.json", "tables/actions.parquet"] {
        let read = |folder: &str| fs::read(home.path().join(folder).join(name)).expect("a file");
        assert!(read("redacted") == read("again"), "{name}");
    }
    assert_eq!(audit("random", &["--redact"]).code, 3);
    let read = |folder: &str| fs::read(home.path().join(folder).join("unused-services.csv")).expect("a file");
    assert_ne!(read("redacted"), read("random"));
}

/// `backup` and `batch` are services too, and `report` is a word of the program.
#[test]
fn a_role_that_is_called_like_a_service_or_a_word_has_a_pseudonym() {
    const NAMES: [&str; 3] = ["backup", "batch", "report"];
    let home = tempfile::tempdir().expect("a folder");
    for (name, made_at) in NAMES.iter().zip(["2026-05-01", "2026-05-02", "2026-05-03"]) {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let mut dump = answer(&arn, &format!("{made_at}T00:00:00Z"));
        dump["Arn"] = json!(arn);
        put(home.path().join(format!("dumps/{ACCOUNT}/roles/{name}.json")), dump.to_string());
    }
    let options = ["--redact", "--redact-key", "key"];
    put(home.path().join("key"), KEY);
    let ran = dormant(
        home.path(),
        [&["report", "dumps", "-o", "audit", "--formats", "csv,md,json,html"], &options[..]].concat(),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let commands = ["overview", "entities", "unused", "check", "explain"];
    let printed = commands.map(|command| {
        let entity: &[&str] = if command == "explain" { &["--entity", "role/b*"] } else { &[] };
        dormant(home.path(), [&[command, "dumps"], entity, &options[..]].concat()).stdout
    });
    let audit = files(&home.path().join("audit"));
    for text in audit.iter().flat_map(|file| texts(file)).chain(printed) {
        for name in NAMES {
            for shape in
                [format!("role/{name}"), format!("/{name}.json"), format!("--entity {name}"), format!(",role,{name},")]
            {
                assert!(!text.contains(&shape), "{shape}: {text:.3000}");
            }
        }
    }
}

#[test]
fn no_report_on_the_terminal_holds_a_secret() {
    let home = tempfile::tempdir().expect("a folder");
    estate(home.path());
    let app = format!("{MARK}app");
    let commands: [&[&str]; 20] = [
        &["overview"],
        &["explain", "--entity", &app],
        &["summary"],
        &["services"],
        &["unused"],
        &["unused", "--level", "action"],
        &["staleness"],
        &["staleness", "--by", "entity", "--long"],
        &["compare"],
        &["compare", "--long"],
        &["compare", "--pairs"],
        &["compare", "--roles"],
        &["diff", "--from", "2026-02-01", "--to", "2026-05-01"],
        &["trend"],
        &["list"],
        &["grants"],
        &["entities"],
        &["credentials"],
        &["unused", "--entity", &app],
        &["list", "--account", ACCOUNT],
    ];
    let decisions = format!("{MARK}decisions.toml");
    for command in commands {
        for format in ["table", "csv", "json"] {
            if ["overview", "explain"].contains(&command[0]) && !["table", "json"].contains(&format) {
                continue;
            }
            let ran = run(home.path(), command, &["--redact", "--format", format, "-v", "--decisions", &decisions]);
            assert!(ran.code == 3, "{command:?} {ran:?}");
            search(&format!("{command:?} as {format}"), &ran.stdout);
            search(&format!("the messages of {command:?}"), &ran.stderr);
        }
    }
    for format in ["ocsf", "jira"] {
        search(format, &run(home.path(), &["unused"], &["--redact", "--format", format]).stdout);
    }
    for format in ["table", "csv", "json"] {
        let ran = run(home.path(), &["check"], &["--redact", "--format", format, "-v"]);
        search("check", &ran.stdout);
        let ran = run(home.path(), &["decisions"], &["--redact", "--format", format, "-v", "--decisions", &decisions]);
        assert!(ran.stdout.contains("name-"), "{ran:?}");
        search("decisions", &(ran.stdout + &ran.stderr));
    }
}

#[test]
fn what_cannot_be_redacted_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    estate(home.path());
    let ran = run(home.path(), &["recommend"], &["--redact"]);
    assert!(ran.code == 2 && ran.stderr.contains("leave --redact out"), "{ran:?}");
    let ran = run(home.path(), &["unused"], &["--redact-key", "key"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    put(home.path().join("short"), "short");
    let ran = run(home.path(), &["unused"], &["--redact", "--redact-key", "short"]);
    assert!(ran.code == 1 && ran.stderr.contains("16 at least"), "{ran:?}");
    let dumps = format!("{MARK}dumps");
    dormant(home.path(), ["ingest", &dumps, "--store", "store"]);
    let ran = dormant(home.path(), ["unused", "store", "--redact"]);
    assert!(ran.code == 1 && ran.stderr.contains("--redact is not for stores"), "{ran:?}");
    // Where there is nothing to report on, the reasons name nobody either.
    fs::create_dir(home.path().join("none")).expect("a folder");
    let file = format!("{MARK}dumps/{MARK}cut.json");
    for path in ["none", &file] {
        let ran = dormant(home.path(), ["unused", path, "--redact"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        search("the messages", &ran.stderr);
    }
}

/// What stands between quotation marks in Rust, outside comments. A character between apostrophes opens no text.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '\'' if rest.peek() == Some(&'"') => drop(rest.next()),
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    if c == '\\' {
                        text.extend(rest.next().map(|c| if c == '"' { c } else { ' ' }));
                    } else {
                        text.push(c);
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

/// The words of the sentences in the source: what the program says to people, apart from the help.
fn words_of_messages() -> std::collections::BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).into_iter().map(|entry| entry.expect("readable").into_path());
    let is_told = |path: &std::path::PathBuf| {
        let below = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
        path.extension().is_some_and(|ending| ending == "rs")
            && !below.contains("tests")
            && !below.starts_with("cli/args")
    };
    let mut words = std::collections::BTreeSet::new();
    for path in files.filter(is_told) {
        let source = fs::read_to_string(&path).expect("UTF-8");
        let source = source.split("#[cfg(test)]\nmod ").next().expect("a first part");
        for text in literals(source).iter().filter(|text| text.trim().contains(' ')) {
            // `{name}` is a value, and no word.
            let spoken = text.split('{').enumerate().map(|(at, part)| match part.split_once('}') {
                Some((_, after)) if at > 0 => after,
                _ => part,
            });
            let letters = |c: char| !c.is_ascii_alphabetic();
            words.extend(
                spoken.flat_map(|part| part.split(letters)).filter(|word| word.len() > 1).map(str::to_lowercase),
            );
        }
    }
    words
}

#[test]
fn the_words_of_all_messages_are_known() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/run/redacted/words.txt");
    let words: Vec<String> = words_of_messages().into_iter().map(|word| word + "\n").collect();
    let words = words.concat();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&list, &words).expect("written");
    }
    let known = fs::read_to_string(&list).unwrap_or_default();
    assert!(
        known == words,
        "the sentences of the program have other words: UPDATE=1 cargo test --test redaction writes them"
    );
}

/// Entities with the names of words that sentences of this program have: no sentence changes, and no name is shown.
#[test]
fn an_entity_that_is_called_like_a_word_is_not_shown_by_a_sentence() {
    const NAMES: [&str; 5] = ["download", "disk", "completeness", "look", "emergency"];
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    for name in NAMES {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let about = json!({"Arn": arn, "Answer": answer("", "2026-05-01T00:00:00Z")});
        put(home.join(format!("d/{name}.json")), about.to_string());
    }
    put(home.join("d/x.json"), "{\"JobStatus\": \"COMPLETED\", \"ServicesLastAccessed\": [{\"Serv");
    put(home.join("key"), KEY);
    let text = |options: &[&str]| {
        let _ = fs::remove_dir_all(home.join("o"));
        let all = ["report", "d", "-o", "o"].iter().chain(options).map(|word| (*word).to_owned());
        let ran = dormant(home, all);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        ran.stderr + &fs::read_to_string(home.join("o/report.md")).expect("a report")
    };
    let (plain, redacted) = (text(&[]), text(&["--redact", "--redact-key", "key"]));
    let sentences = [
        "The download or the disk was cut short: save it again.",
        "Completeness was not tested: no list of the entities of an account was among the inputs.",
        "What is used once a year, or only in an emergency, may look stale.",
    ];
    for sentence in sentences {
        assert!(plain.contains(sentence) && redacted.contains(sentence), "{sentence}\n{plain}\n{redacted}");
    }
    for name in NAMES {
        assert!(plain.contains(&format!("role/{name}")) && !redacted.contains(&format!("role/{name}")), "{redacted}");
    }
}
