//! AWS's own service reference: JSON files, one per service, that tell for every action what it does and whether IAM
//! records its last access (`"IAM Action Last Accessed"`). No package has that flag, so the user saves the files and
//! names the folder.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::Deserialize;
use zip::ZipArchive;

/// The largest file of AWS's (ec2) has 1 MB.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// AWS has 460 services.
const MAX_FILES: usize = 10_000;

/// Why a service reference was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The operating system refused, or an archive is damaged.
    #[error("cannot read the service reference {}: {reason}", path.display())]
    Unreadable {
        /// The folder, file or archive.
        path: PathBuf,
        /// What went wrong.
        reason: io::Error,
    },
    /// A JSON file is not one of AWS's service reference files, or describes something twice.
    #[error("{file} is not a file of AWS's service reference: {what}")]
    WrongFile {
        /// The file as the user would name it; `archive.zip!member` inside an archive.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// No service is described there: most likely it is the wrong folder.
    #[error(
        "{} holds no service reference: save the files that https://servicereference.us-east-1.amazonaws.com/ lists there, or all in a zip",
        path.display()
    )]
    NothingThere {
        /// The folder or archive.
        path: PathBuf,
    },
}

/// The content of AWS's service reference files, by service and action. Names compare without case.
#[derive(Debug, Default)]
pub struct ServiceReference {
    services: FxHashMap<String, FxHashMap<String, Action>>,
}

#[derive(Debug)]
struct Action {
    /// As AWS writes it.
    name: String,
    level: Option<&'static str>,
    tracked: Option<bool>,
}

impl ServiceReference {
    /// Reads `path`: a folder of `.json` and `.zip` files (not the folders inside it), or one such file.
    ///
    /// # Errors
    /// If something cannot be read, if a JSON file is not a service reference, if two files describe one service, and
    /// if no service is described.
    pub fn read(path: &Path) -> Result<Self, ReferenceError> {
        let mut reference = Self::default();
        for file in files(path).map_err(|reason| unreadable(path, reason))? {
            let name = file.display().to_string();
            let opened = File::open(&file).map_err(|reason| unreadable(&file, reason))?;
            if has_extension(&file, "zip") {
                reference.add_archive(opened, &file)?;
            } else {
                reference.add(&name, &bounded(opened).map_err(|reason| unreadable(&file, reason))?)?;
            }
        }
        if reference.services.is_empty() {
            Err(ReferenceError::NothingThere { path: path.into() })
        } else {
            Ok(reference)
        }
    }

    /// Whether IAM records the last access of the action. `None` if the files do not have the action, or are of an
    /// edition without the flag.
    #[must_use]
    pub fn is_tracked(&self, service: &str, action: &str) -> Option<bool> {
        self.services.get(&service.to_ascii_lowercase())?.get(&action.to_ascii_lowercase())?.tracked
    }

    /// Whether IAM records the last access of any action of the service.
    #[must_use]
    pub fn tracks_any(&self, service: &str) -> bool {
        let actions = self.services.get(&service.to_ascii_lowercase());
        actions.is_some_and(|actions| actions.values().any(|action| action.tracked == Some(true)))
    }

    /// Every action that the files call untracked, as `(service, action)` in lower case, in no order.
    pub fn untracked(&self) -> impl Iterator<Item = (&str, &str)> {
        self.services.iter().flat_map(|(service, actions)| {
            let untracked = actions.iter().filter(|(_, action)| action.tracked == Some(false));
            untracked.map(move |(action, _)| (service.as_str(), action.as_str()))
        })
    }

    /// Every action with an access level, as `(namespace, action, access level)`, in no order.
    pub fn access_levels(&self) -> impl Iterator<Item = (&str, &str, &'static str)> {
        self.services.iter().flat_map(|(service, actions)| {
            actions.values().filter_map(move |action| Some((service.as_str(), action.name.as_str(), action.level?)))
        })
    }

    fn add_archive(&mut self, opened: File, path: &Path) -> Result<(), ReferenceError> {
        let damaged = |reason: zip::result::ZipError| unreadable(path, io::Error::other(reason));
        let mut archive = ZipArchive::new(opened).map_err(damaged)?;
        if archive.len() > MAX_FILES {
            return Err(unreadable(path, io::Error::other(format!("it has more than {MAX_FILES} members"))));
        }
        for at in 0..archive.len() {
            let member = archive.by_index(at).map_err(damaged)?;
            let inside = member.name().map_err(damaged)?.into_owned();
            if member.is_file() && has_extension(Path::new(&inside), "json") {
                let name = format!("{}!{inside}", path.display());
                self.add(&name, &bounded(member).map_err(|reason| unreadable(path, reason))?)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), ReferenceError> {
        let wrong = |what: String| ReferenceError::WrongFile { file: file.to_owned(), what };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match serde_json::from_slice(bytes) {
            Ok(Wire::Index(_)) => Ok(()),
            Ok(Wire::Service(service)) => self.add_service(service).map_err(wrong),
            Err(error) if error.is_data() => {
                Err(wrong("it needs `Name` and `Actions`, each action with a `Name`".to_owned()))
            }
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    fn add_service(&mut self, WireService { name, actions }: WireService) -> Result<(), String> {
        let mut known = FxHashMap::default();
        for WireAction { name: action, annotations, supported_by } in actions {
            let level = annotations.map(|annotations| annotations.properties.level());
            let tracked = supported_by.and_then(|supported| supported.last_accessed);
            if known.insert(action.to_ascii_lowercase(), Action { name: action.clone(), level, tracked }).is_some() {
                return Err(format!("the action `{action}` stands twice in it"));
            }
        }
        match self.services.insert(name.to_ascii_lowercase(), known) {
            Some(_) => Err(format!("another file describes the service `{name}` too")),
            None => Ok(()),
        }
    }
}

/// A file as AWS publishes it: a service, or the list of all services.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wire {
    Service(WireService),
    Index(#[expect(dead_code, reason = "its members make it recognizable")] Vec<WireEntry>),
}

#[derive(Deserialize)]
struct WireEntry {
    #[serde(rename = "service")]
    _service: String,
    #[serde(rename = "url")]
    _url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireService {
    name: String,
    actions: Vec<WireAction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireAction {
    name: String,
    annotations: Option<Annotations>,
    supported_by: Option<SupportedBy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Annotations {
    properties: Properties,
}

#[derive(Deserialize)]
struct SupportedBy {
    #[serde(rename = "IAM Action Last Accessed")]
    last_accessed: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "these are AWS's own flags")]
struct Properties {
    is_permission_management: bool,
    is_tagging_only: bool,
    is_write: bool,
    is_list: bool,
}

impl Properties {
    /// AWS's word for the flags. An action that manages permissions also writes, so the most specific flag comes first.
    const fn level(&self) -> &'static str {
        match self {
            Self { is_permission_management: true, .. } => "Permissions management",
            Self { is_tagging_only: true, .. } => "Tagging",
            Self { is_write: true, .. } => "Write",
            Self { is_list: true, .. } => "List",
            _ => "Read",
        }
    }
}

/// The files to read, sorted, so that the same file is named whenever several are wrong.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = path.read_dir()?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| has_extension(file, "json") || has_extension(file, "zip"));
    files.sort_unstable();
    // A program would wait for a pipe without end.
    match files.iter().find(|file| !file.is_file()) {
        Some(other) => Err(io::Error::other(format!("{} is not a file", other.display()))),
        None => Ok(files),
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// All bytes, or an error if there are more than any file of AWS has.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("it is longer than {MAX_FILE_BYTES} bytes")));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, reason: io::Error) -> ReferenceError {
    ReferenceError::Unreadable { path: path.into(), reason }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    const S3: &str = r#"{"Name":"s3","Actions":[
        {"Name":"ListAllMyBuckets","Annotations":{"Properties":{"IsList":true,"IsWrite":false}},
         "SupportedBy":{"IAM Access Analyzer Policy Generation":true,"IAM Action Last Accessed":true}},
        {"Name":"GetObject","Annotations":{"Properties":{}},"SupportedBy":{"IAM Action Last Accessed":false}},
        {"Name":"PutBucketPolicy","Annotations":{"Properties":{"IsPermissionManagement":true,"IsWrite":true}}}],
        "Resources":[],"Version":"v1.4"}"#;
    const INDEX: &str = r#"[{"service":"s3","url":"https://servicereference.us-east-1.amazonaws.com/v1/s3/s3.json"}]"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("a file in it");
        }
        dir
    }

    fn check_s3(reference: &ServiceReference) {
        assert_eq!(reference.is_tracked("s3", "ListAllMyBuckets"), Some(true));
        assert_eq!(reference.is_tracked("S3", "getobject"), Some(false));
        assert_eq!(reference.is_tracked("s3", "PutBucketPolicy"), None, "an edition without the flag says nothing");
        assert_eq!(reference.is_tracked("s3", "NoSuchAction"), None);
        assert_eq!(reference.is_tracked("sqs", "SendMessage"), None);
        let mut levels: Vec<_> = reference.access_levels().collect();
        levels.sort_unstable();
        let expected =
            [("GetObject", "Read"), ("ListAllMyBuckets", "List"), ("PutBucketPolicy", "Permissions management")];
        assert_eq!(levels, expected.map(|(action, level)| ("s3", action, level)));
    }

    #[test]
    fn one_file_for_each_service_with_the_list_beside_them() {
        let dir = folder(&[("s3.json", S3), ("service-list.json", INDEX), ("README.md", "mine")]);
        check_s3(&ServiceReference::read(dir.path()).expect("well-formed"));
        check_s3(&ServiceReference::read(&dir.path().join("s3.json")).expect("well-formed"));
    }

    #[test]
    fn all_in_a_zip() {
        let dir = folder(&[]);
        let path = dir.path().join("all.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).expect("a file"));
        zip.start_file("v1/s3.json", zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(S3.as_bytes()).expect("its bytes");
        zip.finish().expect("an archive");
        check_s3(&ServiceReference::read(dir.path()).expect("well-formed"));
        check_s3(&ServiceReference::read(&path).expect("well-formed"));
    }

    #[test]
    fn what_is_not_a_service_reference_is_named() {
        let cases = [
            ("{\"Name\":\"s3\"}", "needs `Name` and `Actions`"),
            ("{\"Name\":\"s3\",\"Actions\":[{\"Name\":1}]}", "needs `Name` and `Actions`"),
            ("[{\"service\":\"s3\"}]", "needs `Name` and `Actions`"),
            ("{\"Name\":\"s3\",\"Actions\":[", "EOF"),
            ("{\"Name\":\"s3\",\"Actions\":[{\"Name\":\"A\"},{\"Name\":\"a\"}]}", "`a` stands twice"),
        ];
        for (text, expected) in cases {
            let dir = folder(&[("s3.json", text)]);
            let error = ServiceReference::read(dir.path()).expect_err(text).to_string();
            assert!(error.contains("s3.json") && error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn one_service_in_two_files_is_refused() {
        let dir = folder(&[("a.json", S3), ("b.json", S3)]);
        let error = ServiceReference::read(dir.path()).expect_err("twice").to_string();
        assert!(error.contains("b.json") && error.contains("another file"), "{error}");
    }

    #[test]
    fn a_folder_without_a_service_is_refused() {
        for files in [&[][..], &[("service-list.json", INDEX)], &[("notes.txt", S3)]] {
            let dir = folder(files);
            assert!(matches!(ServiceReference::read(dir.path()), Err(ReferenceError::NothingThere { .. })));
        }
        let dir = folder(&[]);
        let absent = ServiceReference::read(&dir.path().join("absent"));
        assert!(matches!(absent, Err(ReferenceError::Unreadable { .. })));
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        let dir = folder(&[("all.zip", "PK\u{3}\u{4}")]);
        assert!(matches!(ServiceReference::read(dir.path()), Err(ReferenceError::Unreadable { .. })));
    }
}
