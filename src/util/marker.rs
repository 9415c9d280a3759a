//! How folders of this program are recognized: an audit before it is replaced, and audits and stores before a walk
//! reads what is in them.
//!
//! A marker alone proves nothing: anyone can put a file of one line into a folder of dumps. An audit is the set of
//! files that its manifest lists, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::shown::path_of;
use super::{hash, owned};

/// The file that marks an audit folder.
pub const MANIFEST: &str = "manifest.json";

/// The file that marks a store.
pub const STORE: &str = "store.json";

/// The file that lists the content of a store.
pub const HEAD: &str = "head.json";

/// The most bytes of [`STORE`] that are read; it has a hundred.
pub const STORE_CEILING: u64 = 64 << 10;

/// The value of the `tool` member of these files.
pub const TOOL: &str = "dormant";

/// The most bytes of a marker that are read: the manifest of an audit of 20,000 inputs has 4 MB.
pub const CEILING: u64 = 256 << 20;

/// Whether `marker`, the bytes of such a file, was written by this program.
#[must_use]
pub fn is_ours(marker: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Marker {
        tool: String,
    }
    serde_json::from_slice(marker).is_ok_and(|marker: Marker| marker.tool == TOOL)
}

/// The marker must name this program within this many bytes from its beginning.
const BEGINNING: u64 = 4 << 10;

/// The bytes of a file that may be such a marker. If its beginning does not name this program, no more of it is read,
/// whatever its size.
///
/// # Errors
/// As [`owned::read`]; [`io::ErrorKind::InvalidData`] if it does not begin like a marker.
pub fn read(path: &Path, ceiling: u64) -> io::Result<Vec<u8>> {
    let mut file = owned::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut bytes)?;
    let said = format!("\"{TOOL}\"");
    if memchr::memmem::find(&bytes, said.as_bytes()).is_none() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    file.take(ceiling).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > ceiling { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// The files of an audit, as its manifest lists them.
#[derive(Debug, Default)]
pub struct Audit {
    files: BTreeMap<PathBuf, ListedOutput>,
    roots: Vec<PathBuf>,
    inputs: Vec<AuditedInput>,
    is_redacted: bool,
}

/// An input of an audit, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AuditedInput {
    /// Which of the folders that were named.
    pub root: usize,
    /// The path below it, as reports show it.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// In hex; `None` in a run that writes no folder, because it computes no hash.
    pub sha256: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ListedOutput {
    path: PathBuf,
    bytes: u64,
    sha256: String,
}

impl AuditedInput {
    /// Whether it is as it was when it was read; `None` if it is not below `roots`, the folders that were named.
    #[must_use]
    pub fn is_as_then(&self, roots: &[PathBuf]) -> Option<bool> {
        let source = roots.get(self.root)?.join(path_of(&self.path));
        let found = fs::metadata(&source).ok().filter(fs::Metadata::is_file)?;
        let sha256 = self.sha256.as_ref()?;
        if found.len() != self.bytes {
            return Some(false);
        }
        let (_, now) = fs::File::open(&source).and_then(hash::sha256).ok()?;
        Some(now == *sha256)
    }
}

/// Whether an audit holds files of such a name: below its folder, and in a format of reports. The only JSON files are
/// `report.json`, `datapackage.json`, and those of proposals and findings, which have endings of their own.
fn is_of_reports(path: &Path) -> bool {
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_report = ending.is_some_and(|ending| ["csv", "md", "html", "xlsx", "parquet"].contains(&ending));
    is_plain
        && (is_report
            || ["report.json", "datapackage.json"].iter().any(|name| path == Path::new(name))
            || is_of_proposals(path)
            || is_of_findings(path))
}

/// Whether a folder of proposals holds a file of this name, by its path: `111122223333/role/name/policy.proposed.json`.
#[must_use]
pub fn is_of_proposals(path: &Path) -> bool {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else { return false };
    match parts[..] {
        ["recommendations.csv" | "recommendations.html" | "recommendations.xlsx"] => true,
        [account, "user" | "role" | "group" | "policy", _, file] => {
            let endings = [".current.json", ".proposed.json", ".cfn.json", ".tf"];
            let is_part = file
                .strip_suffix(".json")
                .and_then(|name| name.rsplit_once(".proposed."))
                .is_some_and(|(_, number)| is_number(number));
            let is_named = is_part || matches!(file, "changes.csv" | "README.md" | "apply.sh" | "rollback.sh");
            (is_account(account) || account == "unknown-account")
                && (is_named || endings.iter().any(|ending| file.ends_with(ending)))
        }
        _ => false,
    }
}

/// How the page in each folder of proposals begins.
pub const PROPOSALS: &str = "# Smaller policies for ";

/// The header of the table of changes next to it. Its actions can have the names of the API, such as `iam:GetServiceLastAccessedDetails`.
pub const CHANGES: &str = "action,statement,sid,pattern,change,verdict,observed_days,granted_since,reason,policy\n";

/// Whether `folder` holds the proposals for one entity: by its path, and by how its page begins.
#[must_use]
pub fn holds_proposals(folder: &Path) -> bool {
    let names = |folder: &Path| {
        let names = folder.components().filter(|part| matches!(part, Component::Normal(_)));
        names.map(|name| name.as_os_str().to_owned()).collect::<Vec<_>>()
    };
    let mut below = names(folder);
    if below.len() < 3 {
        // The path begins in one of the folders above.
        below = folder.canonicalize().map(|whole| names(&whole)).unwrap_or_default();
    }
    let is_named =
        below.len() >= 3 && is_of_proposals(&below[below.len() - 3..].iter().collect::<PathBuf>().join("README.md"));
    let begins_so = || {
        let mut bytes = Vec::new();
        let read = owned::open(&folder.join("README.md"))
            .and_then(|file| file.take(PROPOSALS.len() as u64).read_to_end(&mut bytes));
        read.is_ok() && bytes == PROPOSALS.as_bytes()
    };
    is_named && begins_so()
}

/// Columns that only reports have: at least one of them is in each.
pub const OF_REPORTS: [&str; 11] = [
    "accounts_unused",
    "cell",
    "decision",
    "dumps_incomplete",
    "entities_unused",
    "identified_by",
    "new_verdict",
    "policy_kind",
    "services_unused",
    "state",
    "verdict",
];

/// Whether the file at `path` begins like a report in the format that the name `relative` promises. A dump that was
/// saved as `report.json` or `services.csv` does not, and no manifest that lists it can hide it.
fn begins_like_report(path: &Path, relative: &Path) -> bool {
    if is_of_proposals(relative) && relative.parent().is_some_and(|parent| parent != Path::new("")) {
        return true;
    }
    let mut bytes = Vec::new();
    let read = owned::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes));
    let names = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
    let has_column_of_reports = || {
        let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let mut columns = header.trim_ascii_end().split(|byte| *byte == b',');
        columns.any(|column| OF_REPORTS.iter().any(|of_reports| of_reports.as_bytes() == column))
    };
    let ending = relative.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    read.is_ok()
        && match ending {
            "csv" => has_column_of_reports(),
            "json" => {
                is_of_findings(relative) || names("\"dormant-report\"") || names("https://datapackage.org/profiles/")
            }
            "md" => bytes.starts_with(b"#"),
            "html" => bytes.starts_with(b"<"),
            "xlsx" => bytes.starts_with(b"PK"),
            "parquet" => bytes.starts_with(b"PAR1"),
            _ => false,
        }
}

/// The rows of which a folder of findings is made.
pub const FINDING_ROWS: &str = "findings.csv";

/// Whether a folder of findings holds a file of this name, by its path: `111122223333/001.asff.json`.
#[must_use]
pub fn is_of_findings(path: &Path) -> bool {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else { return false };
    match parts[..] {
        [FINDING_ROWS] => true,
        [account, file] => is_account(account) && file.strip_suffix(".asff.json").is_some_and(is_number),
        _ => false,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && is_number(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a folder of this program is for. One kind is never put in the place of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FolderKind {
    /// The reports of `dormant report`.
    #[default]
    Audit,
    /// The proposals of `dormant recommend`.
    Proposals,
    /// The findings of `dormant unused --format asff`.
    Findings,
}

/// How closely a file is compared with the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closely {
    /// By its length.
    Length,
    /// By its SHA-256 too.
    Content,
}

impl Audit {
    /// The audit in `folder`; `None` if there is no manifest of this program that can be read.
    #[must_use]
    pub fn at(folder: &Path) -> Option<Self> {
        #[derive(Deserialize)]
        struct ManifestFile {
            tool: String,
            files: Vec<ListedOutput>,
            #[serde(default)]
            input_roots: Vec<PathBuf>,
            #[serde(default)]
            input_files: Vec<AuditedInput>,
            #[serde(default)]
            parameters: Parameters,
        }
        #[derive(Default, Deserialize)]
        struct Parameters {
            #[serde(default)]
            redacted: bool,
        }
        let bytes = read(&folder.join(MANIFEST), CEILING).ok()?;
        let manifest: ManifestFile =
            serde_json::from_slice(&bytes).ok().filter(|found: &ManifestFile| found.tool == TOOL)?;
        if !manifest.files.iter().all(|file| is_of_reports(&file.path)) {
            return None;
        }
        let files = manifest.files.into_iter().map(|file| (file.path.clone(), file)).collect();
        let is_redacted = manifest.parameters.redacted;
        let roots = manifest.input_roots.iter().map(|root| path_of(root)).collect();
        Some(Self { files, roots, inputs: manifest.input_files, is_redacted })
    }

    /// Whether `relative`, a file below `folder`, is as this audit wrote it.
    #[must_use]
    pub fn wrote(&self, folder: &Path, relative: &Path, closely: Closely) -> bool {
        if relative == Path::new(MANIFEST) {
            return true;
        }
        let Some(listed) = self.files.get(relative) else { return false };
        let hash = || owned::open_in(folder, relative).and_then(hash::sha256);
        owned::length_in(folder, relative).is_ok_and(|length| length == listed.bytes)
            && (closely == Closely::Length || hash().is_ok_and(|(_, sha256)| sha256 == listed.sha256))
    }

    /// Whether a walk passes by `relative`, a file below `folder`: this audit wrote it, and it is no dump under the name
    /// of a report.
    #[must_use]
    pub fn passes(&self, folder: &Path, relative: &Path) -> bool {
        self.wrote(folder, relative, Closely::Content)
            && (relative == Path::new(MANIFEST) || begins_like_report(&folder.join(relative), relative))
    }

    /// What the folder is for: one of proposals or findings holds nothing else.
    #[must_use]
    pub fn kind(&self) -> FolderKind {
        let holds_only = |is_of: fn(&Path) -> bool| !self.files.is_empty() && self.files.keys().all(|file| is_of(file));
        if holds_only(is_of_proposals) {
            FolderKind::Proposals
        } else if holds_only(is_of_findings) {
            FolderKind::Findings
        } else {
            FolderKind::Audit
        }
    }

    /// Whether pseudonyms stand in it in the place of names.
    #[must_use]
    pub const fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// The files that this audit wrote, in order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// The folders that were named when it was made, below which its inputs lie.
    #[must_use]
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Its inputs, in the order of the manifest.
    #[must_use]
    pub fn inputs(&self) -> &[AuditedInput] {
        &self.inputs
    }

    /// Whether `relative` is a folder that holds files of this audit.
    fn made(&self, relative: &Path) -> bool {
        self.files.keys().any(|file| file.ancestors().skip(1).any(|folder| folder == relative))
    }

    /// The files below `folder` that this audit did not write or that are not as it wrote them, and empty folders that
    /// it did not create, in order; links count as files.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn strangers(&self, folder: &Path, closely: Closely) -> io::Result<Vec<PathBuf>> {
        let mut strangers = Vec::new();
        for entry in walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name() {
            let entry = entry?;
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let is_empty = || fs::read_dir(entry.path()).is_ok_and(|mut entries| entries.next().is_none());
            let is_ours = if entry.file_type().is_dir() {
                self.made(relative) || !is_empty()
            } else {
                self.wrote(folder, relative, closely)
            };
            if !is_ours {
                strangers.push(relative.to_owned());
            }
        }
        Ok(strangers)
    }

    /// Removes from `folder` the files that this audit wrote, and its folders that are empty after that; returns
    /// whether nothing is left. A file that was added or changed in the meantime stays.
    ///
    /// # Errors
    /// What the system reports.
    pub fn remove(&self, folder: &Path) -> io::Result<bool> {
        for relative in self.files.keys().filter(|file| self.wrote(folder, file, Closely::Length)) {
            owned::remove(folder, relative)?;
        }
        owned::remove(folder, Path::new(MANIFEST))?;
        for entry in walkdir::WalkDir::new(folder).contents_first(true) {
            let entry = entry?;
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            if entry.file_type().is_dir() && (entry.depth() == 0 || self.made(relative)) {
                owned::remove_empty(entry.path());
            }
        }
        Ok(fs::symlink_metadata(folder).is_err())
    }
}

/// The first line of the head of a store, if the second is its SHA-256.
#[must_use]
pub fn sealed(head: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b'\n', head)?;
    let checksum = format!("\n{}\n", hash::hex(&Sha256::digest(&head[..end])));
    (&head[end..] == checksum.as_bytes()).then_some(&head[..end])
}

/// Whether `folder` is a store: marked as one, with a head that fits its checksum.
#[must_use]
pub fn is_store(folder: &Path) -> bool {
    read(&folder.join(STORE), STORE_CEILING).is_ok_and(|bytes| is_ours(&bytes))
        && owned::read(&folder.join(HEAD), CEILING).is_ok_and(|head| sealed(&head).is_some())
}

/// Whether `folder` holds packs, whatever its marker tells.
#[must_use]
pub fn holds_packs(folder: &Path) -> bool {
    let names = fs::read_dir(folder.join("originals")).into_iter().flatten().flatten();
    names.filter_map(|entry| entry.file_name().into_string().ok()).any(|name| is_pack(&name))
}

/// Whether this is the name of a pack: the SHA-256 of its content.
#[must_use]
pub fn is_pack(name: &str) -> bool {
    name.strip_suffix(".pack").is_some_and(|name| name.len() == 64 && is_lower_hex(name))
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a store keeps a file under this name, given by its path below the folder. A dump has no such name.
#[must_use]
pub fn is_of_store(relative: &Path) -> bool {
    let Some(parts) = relative.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else { return false };
    match parts[..] {
        [STORE | HEAD] => true,
        [name] => {
            let shard = name.strip_prefix("head-shard-").and_then(|name| name.strip_suffix(".json"));
            shard.and_then(|shard| shard.split_once("-of-")).is_some_and(|(i, n)| is_number(i) && is_number(n))
        }
        ["originals", name] => is_pack(name),
        ["attributions", name] => is_attribution(name),
        ["locks", name] => name.strip_suffix(".lock").is_some(),
        ["tmp", name] => name
            .strip_prefix("part-")
            .is_some_and(|end| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric())),
        [.., name] => name == "part-0.parquet",
        [] => false,
    }
}

/// Whether this is the name of an attribution: 15 digits of milliseconds, and 24 of its SHA-256.
#[must_use]
pub fn is_attribution(name: &str) -> bool {
    name.strip_suffix(".json").and_then(|name| name.split_once('-')).is_some_and(|(at, sha256)| {
        at.len() == 15 && at.bytes().all(|b| b.is_ascii_digit()) && sha256.len() == 24 && is_lower_hex(sha256)
    })
}
