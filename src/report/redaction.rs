//! Pseudonyms in the place of names: a report that somebody outside may see.
//!
//! The input is what a report is about to show, and the names that the inputs hold. The output is the same with stable pseudonyms: a text has
//! one pseudonym, in every column, message and file, and with the same key in every run. Shapes stay: an ARN is an ARN, an
//! account has 12 digits, a path has as many parts. What AWS named stays too: services, actions, regions, managed policies, and roles that
//! are linked to a service.
//!
//! Redaction is the last step of a run: every verdict, filter and decision is settled by true names before it.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::{InputFile, Parameter, ParameterValue};
use crate::model::{AccountId, Arn};
use crate::problem::{Kind, Problem};
use crate::util::pseudonym::PseudonymKey;

/// How many hexadecimal digits of a code mean a name: with a million names it is unlikely that two share one.
const DIGITS: usize = 12;

/// A name that is shorter is only looked for between quotation marks: the words of the program would hold it by chance.
const SHORTEST: usize = 3;

/// Columns of words and names that belong to AWS or to this program. Every other column of texts is redacted.
const PUBLIC: &[&str] = &[
    "access_level",
    "action_name",
    "age_known_by",
    "agreement",
    "boundary",
    "bucket",
    "cell",
    "change",
    "closes",
    "closes_paths",
    "closes_wildcard",
    "credential",
    "decision",
    "deny",
    "entity_type",
    "evidence",
    "evidence_of_action",
    "form",
    "granted_since_kind",
    "identified_by",
    "job_status",
    "job_type",
    "kept_actions",
    "last_accessed_region",
    "managed_by",
    "new_verdict",
    "observed_limit",
    "old_verdict",
    "outcome",
    "partition",
    "paths",
    "pattern_kind",
    "policy_author",
    "policy_kind",
    "policy_version",
    "population",
    "reason_none",
    "remedy",
    "resource_scope",
    "risk",
    "risk_basis",
    "risk_category",
    "service_name",
    "service_namespace",
    "shape",
    "state",
    "step",
    "stratum",
    "unknown_reason",
    "verdict",
    "via",
    "withheld",
];

/// Columns of sentences, in which names stand among words.
const SENTENCES: &[&str] = &["note", "what", "command"];

/// Columns of paths of files, one or several.
const PATHS: &[&str] = &["source", "last_accessed_source", "member", "decided_in", "folder"];

/// Parameters with values that are not names.
const PUBLIC_PARAMETERS: &[&str] = &[
    "title",
    "reference",
    "prepared_by",
    "as_of",
    "at",
    "snapshots",
    "from",
    "to",
    "made_at",
    "type",
    "service",
    "action",
    "region",
    "verdict",
    "csv_dialect",
    "style",
    "protect",
];

/// Parameters with values that are paths of files.
const PATH_PARAMETERS: &[&str] =
    &["decisions", "manifest", "also_used", "accounts_file", "catalogue", "service_reference"];

/// Parts of ARNs and paths that AWS names.
const PARTS_OF_AWS: &[&str] = &[
    "assumed-role",
    "aws-reserved",
    "federated-user",
    "group",
    "instance-profile",
    "mfa",
    "policy",
    "role",
    "root",
    "saml-provider",
    "oidc-provider",
    "service-role",
    "user",
];

/// Endings of names of files, which tell what a file is and nothing else.
const ENDINGS: &[&str] = &[
    "7z", "bz2", "csv", "err", "gz", "json", "jsonl", "log", "md", "ndjson", "out", "parquet", "tar", "tgz", "toml",
    "tsv", "txt", "xlsx", "xml", "yaml", "yml", "zip", "zst",
];

/// Words of the program and of AWS that stand between quotation marks in messages.
const QUOTED: &[&str] = &[
    "aws",
    "dormant",
    "iam",
    "get-service-last-accessed-details",
    "generate-service-last-accessed-details",
    "get-service-last-accessed-details-with-entities",
    "get-organizations-access-report",
    "generate-organizations-access-report",
    "get-account-authorization-details",
    "collect-script",
    "list-policies-granting-service-access",
    "IsTruncated",
    "Marker",
    "NextToken",
    "JobId",
    "JobStatus",
    "JobType",
    "JobCreationDate",
    "JobCompletionDate",
    "ServicesLastAccessed",
    "ServiceNamespace",
    "ServiceName",
    "LastAuthenticated",
    "LastAuthenticatedEntity",
    "LastAuthenticatedRegion",
    "TotalAuthenticatedEntities",
    "TrackedActionsLastAccessed",
    "ActionName",
    "LastAccessedTime",
    "LastAccessedEntity",
    "LastAccessedRegion",
    "EntityDetailsList",
    "AccessDetails",
    "NumberOfServicesAccessible",
    "NumberOfServicesNotAccessed",
    "Arn",
    "UserName",
    "RoleName",
    "GroupName",
    "PolicyName",
    "PolicyDocument",
    "CreateDate",
    "ACTION_LEVEL",
    "SERVICE_LEVEL",
    "COMPLETED",
    "IN_PROGRESS",
    "FAILED",
    "null",
    "true",
    "false",
    // Of advice: `json.dump(answer, file, default=str)`, and what stands behind the words of AWS about a job.
    "json",
    "dump",
    "default",
    "str",
    "Run",
    "again",
    "and",
    "save",
    "give",
];

/// What stands directly before the name of an entity.
const NAMING: &[&str] = &["user/", "role/", "group/", "policy/", "--entity "];

/// After this, AWS speaks.
const SPEECH: &str = "the job failed: ";

/// What has to be known of an estate before its names can be found in sentences.
#[derive(Debug, Default)]
pub struct EstateNames {
    /// Names of entities, accounts, people and everything else that is not to be shown.
    pub secret: BTreeSet<String>,
    /// Parts of the paths of files. One that is called like a service may be one of its files.
    pub parts: BTreeSet<String>,
    /// Paths of files, whole.
    pub paths: BTreeSet<String>,
    /// Names that AWS chose: of its managed policies, and of roles that are linked to a service.
    pub public: BTreeSet<String>,
    /// Services. An entity may have the name of one: where it stands as a name, it is that of the entity.
    pub services: BTreeSet<String>,
    /// The words of which the texts of reports consist. A name that is one of them is only found between quotation marks.
    pub words: BTreeSet<String>,
}

impl EstateNames {
    /// Adds the name of an ARN and the parts of its path; a name that AWS chose is public.
    pub fn add_arn(&mut self, arn: &Arn) {
        let is_linked = arn.path().starts_with("/aws-service-role/");
        if arn.account().is_none() || is_linked {
            let name = arn.name().split_once('_').filter(|_| is_linked);
            self.public.insert(name.map_or(arn.name(), |(own, _)| own).to_owned());
            self.secret.extend(name.map(|(_, suffix)| suffix.to_owned()));
            return;
        }
        self.secret.extend(arn.permission_set().map(str::to_owned));
        self.secret.insert(arn.name().to_owned());
        if arn.path().len() > 1 && !arn.path().starts_with("/aws-reserved/") {
            let parts = arn.path().split('/').filter(|part| !PARTS_OF_AWS.contains(part));
            self.secret.extend(parts.map(str::to_owned));
        }
    }

    /// Adds the path of a file, the whole of it and its parts.
    pub fn add_path(&mut self, path: &str) {
        self.paths.insert(path.to_owned());
        for part in path.split(['/', '\\', '!']) {
            self.parts.insert(part.to_owned());
            self.parts.insert(stem_and_ending(part).0.to_owned());
        }
    }

    /// Adds the place of a problem inside its file: it can be a member, which the estate names as it likes.
    pub fn add_place(&mut self, place: &str) {
        if !is_position(place) {
            self.secret.insert(place.to_owned());
        }
    }

    /// Whether a name stays: AWS chose it, and nobody else uses it.
    fn stays(&self, name: &str) -> bool {
        self.public.contains(name) || self.services.contains(name) && !self.secret.contains(name)
    }
}

/// Whether a place inside a file is a line, a column, a byte or the number of an element.
fn is_position(place: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_digit() || c.is_whitespace() || "[],.".contains(c);
    ["line", "column", "byte"].iter().fold(place.to_owned(), |rest, word| rest.replace(word, "")).chars().all(is_plain)
}

/// Makes pseudonyms.
#[derive(Debug)]
pub struct Redactor {
    key: PseudonymKey,
    names: EstateNames,
    /// What may stand in sentences, by the number of its pattern.
    found: Vec<String>,
    finder: Option<AhoCorasick>,
}

impl Redactor {
    /// A redactor that knows `names`.
    ///
    /// # Errors
    /// If they are too many to be searched for.
    pub fn new(key: PseudonymKey, names: EstateNames) -> Result<Self, aho_corasick::BuildError> {
        let found: BTreeSet<&String> = names.secret.iter().chain(&names.parts).chain(&names.paths).collect();
        let is_sought = |text: &&String| !text.trim().is_empty() && !names.stays(text) && !is_plain(text);
        let found: Vec<String> = found.into_iter().filter(is_sought).cloned().collect();
        let finder = if found.is_empty() { None } else { Some(AhoCorasick::new(&found)?) };
        Ok(Self { key, names, found, finder })
    }

    /// The pseudonym of a name. A name that AWS chose stays.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        if name.trim().is_empty() || self.names.stays(name) || name.chars().all(|c| "*?".contains(c)) {
            return name.to_owned();
        }
        if let Some(account) = self.account(name) {
            return account;
        }
        if let Some(id) = self.unique_id(name) {
            return id;
        }
        if let Some((own, suffix)) = name.split_once('_').filter(|(own, _)| self.names.public.contains(*own)) {
            return format!("{own}_{}", self.name(suffix));
        }
        if let Some((set, number)) = name.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_')) {
            return format!("AWSReservedSSO_{}_{}", self.name(set), &self.key.hex(number)[..16]);
        }
        format!("name-{}", &self.key.hex(name)[..DIGITS])
    }

    /// The pseudonym of an account: 12 digits.
    fn account(&self, text: &str) -> Option<String> {
        AccountId::parse(text).map(|account| self.key.digits(account.as_str(), 12))
    }

    /// The pseudonym of a unique id or of the id of an access key: its prefix, and as many characters as before.
    fn unique_id(&self, text: &str) -> Option<String> {
        is_unique_id(text).then(|| format!("{}{}", &text[..4], self.key.capitals(text, text.len() - 4)))
    }

    /// The pseudonym of an ARN of any service.
    #[must_use]
    pub fn arn(&self, arn: &str) -> String {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [scheme, partition, service, region, account, resource] = parts.as_slice() else { return self.name(arn) };
        if *account == "aws" {
            return arn.to_owned();
        }
        let resource = if matches!(*service, "iam" | "sts") { self.resource(resource) } else { self.name(resource) };
        format!("{scheme}:{partition}:{service}:{region}:{}:{resource}", self.name(account))
    }

    /// The part of an ARN after the account: kind, path and name.
    fn resource(&self, resource: &str) -> String {
        let parts: Vec<&str> = resource.split('/').collect();
        let is_linked = parts.get(1) == Some(&"aws-service-role");
        let is_reserved = parts.get(1) == Some(&"aws-reserved");
        let last = parts.len() - 1;
        let of_part = |(at, part): (usize, &&str)| match *part {
            part if at < last && (is_linked || is_reserved) => part.to_owned(),
            part if at < 2 && at < last && PARTS_OF_AWS.contains(&part) => part.to_owned(),
            "root" if last == 0 => "root".to_owned(),
            part => self.name(part),
        };
        parts.iter().enumerate().map(of_part).collect::<Vec<_>>().join("/")
    }

    /// The pseudonym of the path of a file: as many parts, with their endings, dates and places in archives.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        let mut made = String::with_capacity(path.len());
        let mut rest = path;
        while let Some(at) = rest.find(['/', '\\', '!']) {
            made.push_str(&self.part_of_path(&rest[..at]));
            made.push_str(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        made + &self.part_of_path(rest)
    }

    fn part_of_path(&self, part: &str) -> String {
        if matches!(part, "" | "." | ".." | "-" | "<stdin>") || is_date(part) {
            return part.to_owned();
        }
        let (stem, ending) = stem_and_ending(part);
        format!("{}{ending}", self.name(stem))
    }

    /// The pseudonym of a text that names one thing: an ARN, an account, an id, a path or a name.
    #[must_use]
    pub fn identity(&self, text: &str) -> String {
        if let Some((account, rest)) = text.split_once('|') {
            return format!("{}|{}", self.identity(account), self.identity(rest));
        }
        if text.starts_with("arn:") {
            return self.arn(text);
        }
        if text == "-" || text.starts_with('<') { text.to_owned() } else { self.path(text) }
    }

    /// The sentence with a pseudonym for each name in it.
    #[must_use]
    pub fn sentence(&self, text: &str) -> String {
        let mut hits: Vec<(Range<usize>, String)> = Vec::new();
        hits.extend(spans_of_arns(text).map(|at| (at.clone(), self.arn(&text[at]))));
        for at in words(text) {
            let word = &text[at.clone()];
            let made = self.account(word).or_else(|| self.unique_id(word));
            let mail = || (word.contains('@') && word.len() > 2).then(|| self.name(word));
            hits.extend(made.or_else(mail).map(|made| (at, made)));
        }
        let quoted = quotations(text);
        for hit in self.finder.iter().flat_map(|finder| finder.find_overlapping_iter(text)) {
            let (at, name) = (hit.range(), &self.found[hit.pattern().as_usize()]);
            if !stands_alone(text, &at) {
                continue;
            }
            let is_word = name.len() < SHORTEST
                || self.names.words.contains(&name.to_lowercase())
                || self.names.services.contains(name);
            let is_quoted = || quoted.iter().any(|of| of.start <= at.start && at.end <= of.end);
            if !is_word || is_quoted() || is_called(text, &at) {
                let is_path = self.names.paths.contains(name);
                hits.push((at, if is_path { self.path(name) } else { self.identity(name) }));
            }
        }
        // What a message quotes can come out of a document, in which names stand that nothing else knows.
        // A command is of this program, and the names in it are known.
        let is_command = |at: &&Range<usize>| ["dormant ", "aws "].iter().any(|of| text[(*at).clone()].starts_with(of));
        for quotation in quoted.iter().filter(|at| !is_command(at)) {
            for at in words(&text[quotation.clone()]) {
                let at = quotation.start + at.start..quotation.start + at.end;
                let word = &text[at.clone()];
                if !self.is_of_program(word) {
                    hits.push((at, self.name(word)));
                }
            }
        }
        replaced(text, hits)
    }

    /// Whether a word is one of the program or of AWS, and names nobody.
    fn is_of_program(&self, word: &str) -> bool {
        let plain = word.trim_matches(|c: char| ".,:;()[]{}'…".contains(c));
        let is_known = |word: &str| {
            word.is_empty()
                || word.starts_with("--")
                || QUOTED.contains(&word)
                || self.names.words.contains(&word.to_lowercase())
                || self.names.stays(word)
        };
        is_known(plain) || plain.split(['-', '_', '.', '/', ':', '=', '(']).all(is_known)
    }

    /// The text in the place of `text` in the column `column`.
    #[must_use]
    pub fn cell(&self, column: &str, text: &str) -> String {
        match column {
            _ if text.is_empty() || PUBLIC.contains(&column) => text.to_owned(),
            _ if PATHS.contains(&column) => self.paths(text),
            "sha256" => text.split(", ").map(|hash| self.key.hex(hash)).collect::<Vec<_>>().join(", "),
            "error_code" if text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'.') => text.to_owned(),
            "pattern" if text == "*" || is_action_pattern(text) => text.to_owned(),
            "granted_by" => {
                let (policy, others) =
                    text.split_once(" +").map_or((text, ""), |(policy, _)| text.split_at(policy.len()));
                format!("{}{others}", self.name(policy))
            }
            "held_by" => self.holders(text),
            _ if SENTENCES.contains(&column) => self.sentence(text),
            "entity_arn" | "policy_arn" | "last_accessed_by" | "entity" | "entity_a" | "entity_b" | "entity_name"
            | "entity_path" | "organizations_path" | "last_accessed_path" => self.identity(text),
            _ => self.name(text),
        }
    }

    /// Names of entities, each with its account in brackets if there are several.
    fn holders(&self, text: &str) -> String {
        let of_holder = |holder: &str| {
            let name = holder.rsplit_once(" (").map_or(holder, |(name, _)| name);
            self.identity(name) + &self.sentence(&holder[name.len()..])
        };
        text.split(", ").map(of_holder).collect::<Vec<_>>().join(", ")
    }

    /// The paths of one or several files; of a place, the line after it stays.
    fn paths(&self, text: &str) -> String {
        if let Some((file, line)) = text.rsplit_once(", line ") {
            return format!("{}, line {line}", self.path(file));
        }
        if self.names.paths.contains(text) {
            return self.path(text);
        }
        text.split(", ").map(|path| self.place(path)).collect::<Vec<_>>().join(", ")
    }

    /// A place in a file or an archive: `[2]` and similar texts stay.
    fn place(&self, place: &str) -> String {
        let is_position = place.chars().all(|c| c.is_ascii_digit() || "[]. ".contains(c));
        if is_position { place.to_owned() } else { self.path(place) }
    }

    /// The problem with pseudonyms.
    #[must_use]
    pub fn problem(&self, problem: &Problem) -> Problem {
        let Problem { source, place, kind, what, advice } = problem;
        // A client or AWS itself speaks after the colon, and may say anything.
        let is_speech = matches!(kind, Kind::ClientError | Kind::FailedJob);
        let what = what.split_once(": ").filter(|_| is_speech).map_or(what.as_str(), |(what, _)| what);
        Problem {
            source: self.paths(source),
            place: if is_position(place) { place.clone() } else { self.identity(place) },
            kind: *kind,
            what: self.sentence(what),
            advice: self.sentence(advice),
        }
    }

    /// The input file with pseudonyms. Its hash would show to somebody who guesses what is in it that he is right.
    #[must_use]
    pub fn input_file(&self, file: &InputFile) -> InputFile {
        let root = self.path(&file.source[..file.root]).len();
        InputFile {
            source: self.path(&file.source),
            root,
            bytes: file.bytes,
            sha256: file.sha256.as_deref().map(|hash| self.key.hex(hash)),
        }
    }

    /// The parameters with pseudonyms, and one that says that they are pseudonyms.
    #[must_use]
    pub fn parameters(&self, parameters: &[Parameter]) -> Vec<Parameter> {
        let own = Parameter::shown_as("redacted", ParameterValue::Flag(true), "names", "replaced by pseudonyms");
        parameters.iter().map(|parameter| self.parameter(parameter)).chain([own]).collect()
    }

    fn parameter(&self, parameter: &Parameter) -> Parameter {
        let Parameter { name, value, label, .. } = parameter;
        let redacted = |text: &String| match *name {
            name if PUBLIC_PARAMETERS.contains(&name) => text.clone(),
            name if PATH_PARAMETERS.contains(&name) => self.path(text),
            _ => self.identity(text),
        };
        match value {
            ParameterValue::Text(text) => Parameter::text(name, label, redacted(text)),
            ParameterValue::Texts(texts) => Parameter::texts(name, label, texts.iter().map(redacted).collect()),
            _ => parameter.clone(),
        }
    }

    /// The heading of a column about an entity: its title, and its account in brackets if the title alone is not enough.
    #[must_use]
    pub fn heading(&self, heading: &str) -> String {
        let with_account = heading.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
        match with_account.and_then(|(title, account)| Some((title, self.account(account)?))) {
            Some((title, account)) => format!("{} ({account})", self.identity(title)),
            None => self.identity(heading),
        }
    }

    /// Whether the texts of the column of this name are redacted.
    #[must_use]
    pub fn hides(&self, column: &str) -> bool {
        !PUBLIC.contains(&column)
    }
}

/// Whether a text names nobody: signs, a date, the ending of a file.
fn is_plain(text: &str) -> bool {
    text.trim().chars().all(|c| c.is_ascii_punctuation()) || is_date(text) || ENDINGS.contains(&text)
}

/// A year, a month or a day, as paths hold them.
fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    matches!(shape.as_str(), "9999-99-99" | "9999-99" | "9999" | "99999999" | "99" | "9")
}

/// `AIDA…`, `AROA…`, `AKIA…`: four letters that tell the kind, and at least twelve letters and digits.
fn is_unique_id(text: &str) -> bool {
    let is_kind =
        text.get(..4).is_some_and(|kind| kind.starts_with('A') && kind.bytes().all(|b| b.is_ascii_uppercase()));
    is_kind && (16..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `s3:Get*`: a pattern that IAM accepts for an action.
fn is_action_pattern(text: &str) -> bool {
    let is_of = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    text.split_once(':').is_some_and(|(service, action)| is_of(service, "-") && is_of(action, "*?-_"))
}

/// The name of a file without its endings, and these.
fn stem_and_ending(part: &str) -> (&str, &str) {
    let mut stem = part;
    while let Some((before, ending)) = stem.rsplit_once('.') {
        if before.is_empty() || !ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = before;
    }
    part.split_at(stem.len())
}

/// The places of ARNs in a text.
fn spans_of_arns(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("arn:").map(|(at, _)| {
        let is_end = |c: char| c.is_whitespace() || c.is_control() || "\"'`,;()<>|".contains(c);
        let length = text[at..].find(is_end).unwrap_or(text.len() - at);
        let length = text[at..at + length].trim_end_matches(['.', ':']).len();
        at..at + length
    })
}

/// The places of the words of a text: runs of everything of which names consist.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_between = |c: char| c.is_whitespace() || c.is_control() || "\"'`,;:()[]{}<>|/!=".contains(c);
    text.split(is_between)
        .scan(0, |next, word| {
            let at = *next;
            // What stands between two words is one character.
            *next = at + word.len();
            Some((at, word))
        })
        .scan(0, move |shift, (at, word)| {
            let start = at + *shift;
            let end = start + word.len();
            *shift += text[end..].chars().next().map_or(0, char::len_utf8);
            let trimmed = word.trim_end_matches('.').len();
            Some(start..start + trimmed)
        })
        .filter(|at| !at.is_empty())
}

/// The places between two quotation marks of a kind; an apostrophe is none. What AWS tells about a failed job has no marks: it is the rest.
fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<_> = text.find(SPEECH).map(|at| at + SPEECH.len()..text.len()).into_iter().collect();
    for (open, close) in [('`', '`'), ('"', '"'), ('“', '”')] {
        let mut rest = 0;
        while let Some(from) = text[rest..].find(open).map(|at| rest + at + open.len_utf8()) {
            let Some(length) = text[from..].find(close) else { break };
            found.push(from..from + length);
            rest = from + length + close.len_utf8();
        }
    }
    found
}

/// Whether no letter or digit stands directly before or after: then it is a part of another word.
fn stands_alone(text: &str, at: &Range<usize>) -> bool {
    let before = text[..at.start].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    before && text[at.end..].chars().next().is_none_or(|c| !c.is_alphanumeric())
}

/// Whether a word stands where a sentence or a command names an entity: `role/backup`, `--entity backup`.
fn is_called(text: &str, at: &Range<usize>) -> bool {
    let before = &text[..at.start];
    NAMING.iter().any(|word| {
        let before = before.strip_suffix(word);
        before.is_some_and(|before| before.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
    })
}

/// The text with every hit replaced; of those that overlap, the first and longest.
fn replaced(text: &str, mut hits: Vec<(Range<usize>, String)>) -> String {
    hits.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
    let (mut made, mut done) = (String::with_capacity(text.len()), 0);
    for (at, pseudonym) in hits {
        if at.start >= done {
            made.push_str(&text[done..at.start]);
            made.push_str(&pseudonym);
            done = at.end;
        }
    }
    made + &text[done..]
}

#[cfg(test)]
mod tests;
