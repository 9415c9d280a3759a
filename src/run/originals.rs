//! Exports the originals of a store: under the paths that they had, byte for byte.

use std::collections::BTreeSet;
use std::io;

use super::error::RunError;
use crate::archive::{DocumentParts, PackError, PackedDocument, PackedFile, Store, StoreError};
use crate::util::sanitize::acts;

/// The most bytes of one part of a path.
const PART: usize = 120;

/// A function of an original: its path below the folder to write, its SHA-256 in hex, and its content.
type TakeOriginal<'t> = dyn FnMut(&str, &str, &DocumentParts) -> io::Result<()> + 't;

/// Hands every original of `store` to `each`, with its path below the folder to write and its SHA-256 in hex. A file
/// that is kept by name only has no original.
///
/// # Errors
/// If the store is not as its head lists it; what `each` reports.
pub fn export(store: &Store, each: &mut TakeOriginal) -> Result<(), RunError> {
    store.check_evidence()?;
    let mut names = GivenNames::default();
    let root = store.root().to_owned();
    store.in_turn(&mut |pack| {
        let exported =
            pack.checked(&mut |file, document, parts| Ok(each(&names.of(file, document), &document.sha256, parts)?));
        exported.map_err(|error| match error {
            PackError::Io(reason) => StoreError::Io { doing: "export", path: root.clone(), reason },
            other => StoreError::Damaged { path: root.clone(), what: other.to_string() },
        })
    })?;
    Ok(())
}

/// Names that were given: no two originals have the same one, and none is the folder of another, even on file systems
/// that ignore case.
#[derive(Debug, Default)]
struct GivenNames {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl GivenNames {
    /// The path of a file, or of a member of an archive, which is next to it: `dumps/a.zip!b/c.json`. A file that was
    /// unpacked from gzip loses that ending.
    fn of(&mut self, file: &PackedFile, document: &PackedDocument) -> String {
        let mut path = match &document.inside {
            Some(inside) => format!("{}!{inside}", file.path),
            None => file.path.clone(),
        };
        let is_unpacked = document.inside.is_none() && !file.is_whole() && file.split_from.is_none();
        if let Some(stem) = path.strip_suffix(".gz").filter(|_| is_unpacked) {
            path = stem.to_owned();
        }
        let path = plain(&path);
        let short = &document.sha256[..document.sha256.len().min(12)];
        let (stem, ending) = match path.rsplit_once('.') {
            Some((stem, ending)) if !ending.contains('/') && !stem.is_empty() => (stem, format!(".{ending}")),
            _ => (path.as_str(), String::new()),
        };
        let beside = [path.clone(), format!("{stem}~{short}{ending}")];
        let numbered = (2..).map(|n| format!("same-path/{short}-{n}{ending}"));
        let name = beside.into_iter().chain(numbered).find(|name| self.is_free(name)).expect("numbers do not end");
        self.take(&name);
        name
    }

    fn is_free(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let is_taken = self.files.contains(&name) || self.folders.contains(&name) || name == "sha256sums";
        !is_taken && above(&name).all(|folder| !self.files.contains(folder))
    }

    fn take(&mut self, name: &str) {
        let name = name.to_lowercase();
        self.folders.extend(above(&name).map(str::to_owned));
        self.files.insert(name);
    }
}

fn above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}

/// A path that leads nowhere else: without a root, without `..`, and with parts that every file system accepts.
fn plain(path: &str) -> String {
    let is_odd = |c: char| matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || acts(c);
    let plain = |part: &str| -> String {
        let mut part: String = part.chars().map(|c| if is_odd(c) { '_' } else { c }).collect();
        while part.len() > PART {
            part.pop();
        }
        part
    };
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<String> = parts.map(|part| if part == ".." { "up".to_owned() } else { plain(part) }).collect();
    if parts.is_empty() || path == "-" { "stdin".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> PackedFile {
        PackedFile {
            path: path.into(),
            root: 0,
            folder: None,
            named: false,
            bytes: 1,
            sha256: Some("whole".into()),
            ingested_at: 0,
            split_from: None,
            documents: Vec::new(),
        }
    }

    #[test]
    fn no_name_leads_out_and_no_two_are_one() {
        let mut names = GivenNames::default();
        let mut of = |path: &str, inside: Option<&str>, sha256: &str| {
            let document = PackedDocument {
                inside: inside.map(str::to_owned),
                sha256: sha256.into(),
                length: 1,
                at: None,
                foreign: Vec::new(),
            };
            let mut file = file(path);
            file.documents.push(document.clone());
            names.of(&file, &document)
        };
        assert_eq!(of("/etc/../a.json", None, "1"), "etc/up/a.json");
        assert_eq!(of("../../x.zip", Some("../b.json"), "2"), "up/up/x.zip!../b.json");
        assert_eq!(of("d/a.json", None, "1234567890abcdef"), "d/a.json");
        assert_eq!(of("d/A.json", None, "fedcba0987654321"), "d/A~fedcba098765.json");
        assert_eq!(of("d/a.json/b", None, "77"), "same-path/77-2");
        assert_eq!(of("d", None, "88"), "d~88");
        assert_eq!(of("d/z.json.gz", None, "99"), "d/z.json");
        assert_eq!(of("SHA256SUMS", None, "aa"), "SHA256SUMS~aa");
    }
}
