//! From the text of a manifest to its rows. A cell is recognized by its value; a header only decides if values cannot.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::json::Json;
use super::{Manifest, ManifestRow, normalised};
use crate::model::{AccountId, Arn, Instant};
use crate::resolve::words;
use crate::util::open_quote::{OPEN_QUOTE, open_quote};

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The operating system refused.
    #[error("cannot read the manifest {}: {reason}", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// The message of the operating system.
        reason: std::io::Error,
    },
    /// A place in it is wrong.
    #[error("manifest {}, {place}: {what}", path.display())]
    Wrong {
        /// The manifest.
        path: PathBuf,
        /// `line 3`, `entry 2`, a key.
        place: String,
        /// What is wrong, in one sentence.
        what: String,
    },
}

/// What is wrong and where, before the file has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::resolve) struct Wrong {
    pub place: String,
    pub what: String,
}

impl Wrong {
    fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    /// The error about this place of the manifest at `path`.
    pub fn of(self, path: &Path) -> ManifestError {
        ManifestError::Wrong { path: path.to_owned(), place: self.place, what: self.what }
    }
}

/// One value with the header or key above it, if there is one.
struct ManifestCell {
    header: String,
    text: String,
}

impl ManifestCell {
    fn new(header: &str, text: &str) -> Self {
        let header = header.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Self { header, text: text.trim().to_owned() }
    }
}

/// The text of UTF-8 bytes, or of what Windows PowerShell writes: UTF-16 with its byte order mark.
fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, std::str::Utf8Error> {
    let [0xff, 0xfe, rest @ ..] = bytes else { return std::str::from_utf8(bytes).map(Cow::Borrowed) };
    let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    Ok(Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
}

impl Manifest {
    /// Reads the bytes of a manifest; it is JSON if it begins with `{` or `[`.
    pub(in crate::resolve) fn parse(bytes: &[u8]) -> Result<Self, Wrong> {
        let text = text_of(bytes).map_err(|error| {
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
            Wrong::at(format!("line {line}"), "is not UTF-8")
        })?;
        let text = text.trim_start_matches('\u{feff}');
        let mut manifest = Self::default();
        if text.trim_start().starts_with(['{', '[']) {
            manifest.take_json(text)?;
        } else {
            manifest.take_csv(text)?;
        }
        if manifest == Self::default() {
            return Err(Wrong::at("line 1", "holds no row with an ARN or a service"));
        }
        Ok(manifest)
    }

    fn take_csv(&mut self, text: &str) -> Result<(), Wrong> {
        let first = text.lines().next().unwrap_or_default();
        let delimiter = [b'\t', b';', b','].into_iter().find(|&d| first.bytes().any(|b| b == d)).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        if let Some(line) = open_quote(text, delimiter) {
            return Err(Wrong::at(format!("line {line}"), OPEN_QUOTE));
        }
        let mut headers: Option<Vec<String>> = None;
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                Wrong::at(format!("line {line}"), error.to_string())
            })?;
            let place = format!("line {}", record.position().map_or(1, csv::Position::line));
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if headers.is_none() {
                let is_header = !record.iter().any(|cell| cell.trim().starts_with("arn:"));
                headers = Some(if is_header { record.iter().map(str::to_owned).collect() } else { Vec::new() });
                if is_header {
                    continue;
                }
            }
            let header = |at: usize| headers.as_ref().and_then(|h| h.get(at)).map_or("", String::as_str);
            let cells = record.iter().enumerate().map(|(at, text)| ManifestCell::new(header(at), text)).collect();
            self.take_row(cells).map_err(|what| Wrong::at(place, what))?;
        }
        Ok(())
    }

    fn take_json(&mut self, text: &str) -> Result<(), Wrong> {
        let values = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Json>, _>>();
        let mut values = values.map_err(|error| {
            Wrong::at(format!("line {}, column {}", error.line(), error.column()), error.to_string())
        })?;
        let json = match values.len() {
            1 => values.remove(0),
            // JSON lines.
            _ => Json::List(values),
        };
        match json {
            Json::Object(members) => match members.as_slice() {
                [(_, Json::List(entries))] if entries.iter().all(|e| matches!(e, Json::Object(_))) => {
                    self.take_entries(entries)
                }
                _ => members.iter().try_for_each(|(key, value)| {
                    self.take_member(key, value).map_err(|what| Wrong::at(format!("key {key:?}"), what))
                }),
            },
            Json::List(entries) => self.take_entries(&entries),
            Json::Text(_) => Err(Wrong::at("line 1", "is neither an object nor a list")),
        }
    }

    fn take_entries(&mut self, entries: &[Json]) -> Result<(), Wrong> {
        entries.iter().enumerate().try_for_each(|(at, entry)| {
            let taken = match entry {
                Json::Object(members) => self.take_row(cells_of(members)),
                Json::List(_) | Json::Text(_) => Err("is not an object".to_owned()),
            };
            taken.map_err(|what| Wrong::at(format!("entry {}", at + 1), what))
        })
    }

    /// Reads a member: `path: arn`, `arn: jobid`, `arn: [paths]`, `path: {arn: …, created_at: …}`.
    fn take_member(&mut self, key: &str, value: &Json) -> Result<(), String> {
        match value {
            Json::Text(text) => self.take_row(vec![ManifestCell::new("", key), ManifestCell::new("", text)]),
            Json::List(values) => values.iter().try_for_each(|value| self.take_member(key, value)),
            Json::Object(members) => {
                let mut cells = cells_of(members);
                cells.push(ManifestCell::new("", key));
                self.take_row(cells)
            }
        }
    }

    /// Takes the service of a with-entities answer, if the row names one; returns whether it does.
    fn take_service(&mut self, cells: &[ManifestCell]) -> Result<bool, String> {
        let Some(service) = service_among(cells) else { return Ok(false) };
        let job = cells.iter().find_map(|cell| words::job_id(&cell.text));
        for key in job.into_iter().chain(path_among(cells)) {
            match self.services.insert(key.clone(), service.text.clone()) {
                Some(before) if before != service.text => {
                    return Err(format!("says that {key} is about {}, an earlier row says {before}", service.text));
                }
                _ => {}
            }
        }
        Ok(true)
    }

    fn take_row(&mut self, mut cells: Vec<ManifestCell>) -> Result<(), String> {
        cells.retain(|cell| !cell.text.is_empty());
        let is_other_operation = self.take_service(&cells)?;
        if is_other_operation && !cells.iter().any(|cell| cell.text.starts_with("arn:")) {
            return Ok(());
        }
        let arn = arn_among(&cells)?;
        let created = created_among(&cells)?;
        let account = cells.iter().find_map(|cell| AccountId::parse(&cell.text));
        if let (Some(stated), Some(own)) = (&account, arn.account())
            && stated != own
        {
            return Err(format!("says account {stated}, but the ARN is {arn}"));
        }
        let job = cells.iter().find_map(|cell| words::job_id(&cell.text));
        let path = path_among(&cells);
        if job.is_none() && path.is_none() && created.is_none() {
            return Err(format!("has neither a path, a file name nor a JobId next to {arn}"));
        }
        if let Some(created) = created {
            match self.created.insert(arn.clone(), created) {
                Some(before) if before != created => {
                    return Err(format!("says that {arn} was created at {created}, an earlier row says {before}"));
                }
                _ => {}
            }
        }
        let listed = ManifestRow { arn, account };
        for (map, key) in [(&mut self.by_job, job), (&mut self.by_path, path)] {
            let Some(key) = key else { continue };
            match map.insert(key.clone(), listed.clone()) {
                Some(before) if before != listed => {
                    return Err(format!("says that {key} is {}, an earlier row says {}", listed.arn, before.arn));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The service of a row about a with-entities answer.
fn service_among(cells: &[ManifestCell]) -> Option<&ManifestCell> {
    cells.iter().find(|cell| ["service", "servicenamespace", "namespace"].contains(&cell.header.as_str()))
}

/// The only ARN of a row; if there are several, the one under a header for it.
fn arn_among(cells: &[ManifestCell]) -> Result<Arn, String> {
    let arns: Vec<&ManifestCell> = cells.iter().filter(|cell| cell.text.starts_with("arn:")).collect();
    let cell = match arns.as_slice() {
        [] => return Err("has no ARN".to_owned()),
        [cell] => cell,
        several => {
            let named = ["arn", "entityarn", "principalarn", "rolearn", "userarn", "grouparn", "policyarn"];
            let found = named.iter().find_map(|name| several.iter().find(|cell| cell.header == *name));
            found.ok_or_else(|| format!("has {} ARNs, and no column named arn says which is meant", several.len()))?
        }
    };
    Arn::parse(&cell.text).map_err(|error| format!("{} {error}", cell.text))
}

fn created_among(cells: &[ManifestCell]) -> Result<Option<Instant>, String> {
    const HEADERS: &[&str] = &[
        "created",
        "createdat",
        "creation",
        "creationdate",
        "creationtime",
        "createdate",
        "createddate",
        "createtime",
        "entitycreated",
        "entitycreatedat",
        "rolecreationdate",
        "usercreationtime",
    ];
    let Some(cell) = cells.iter().find(|cell| HEADERS.contains(&cell.header.as_str())) else { return Ok(None) };
    if ["n/a", "null", "none", "not_supported"].iter().any(|none| cell.text.eq_ignore_ascii_case(none)) {
        return Ok(None);
    }
    instant(&cell.text).map(Some).ok_or_else(|| {
        format!("has the creation date {:?}, which is not a date such as 2024-05-14T09:00:00Z", cell.text)
    })
}

/// Reads RFC 3339, also with a blank instead of the `T`, without an offset (UTC), with `UTC` as Athena prints it, or only a day.
pub(in crate::resolve) fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let stated = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).map(|date| date.timestamp_millis());
    let without_offset = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|date| date.and_utc().timestamp_millis())
    };
    stated
        .ok()
        .or_else(without_offset)
        .map(Instant::from_millis)
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Instant::midnight))
}

/// The path or file name of a row: a value that looks like one, the value under a header for it, or the only value
/// left.
fn path_among(cells: &[ManifestCell]) -> Option<String> {
    const HEADERS: &[&str] =
        &["path", "file", "filename", "filepath", "source", "dump", "dumpfile", "output", "stem", "key", "location"];
    let candidate = |cell: &&ManifestCell| {
        !cell.text.starts_with("arn:")
            && words::job_id(&cell.text).is_none()
            && AccountId::parse(&cell.text).is_none()
            && instant(&cell.text).is_none()
    };
    let left: Vec<&ManifestCell> = cells.iter().filter(candidate).collect();
    let looks = |cell: &&&ManifestCell| {
        let text = cell.text.as_str();
        // A lone "/" is an IAM path.
        (text.contains(['/', '\\']) && !text.ends_with('/')) || words::without_extensions(text).len() < text.len()
    };
    let named = left.iter().find(|cell| HEADERS.contains(&cell.header.as_str()));
    let only = || if let [cell] = left.as_slice() { cell.header.is_empty().then_some(cell) } else { None };
    let cell = named.or_else(|| left.iter().find(looks)).or_else(only)?;
    Some(normalised(&cell.text))
}

fn cells_of(members: &[(String, Json)]) -> Vec<ManifestCell> {
    members
        .iter()
        .filter_map(|(key, value)| match value {
            Json::Text(text) => Some(ManifestCell::new(key, text)),
            Json::List(_) | Json::Object(_) => None,
        })
        .collect()
}
