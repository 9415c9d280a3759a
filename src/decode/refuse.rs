//! Names what cannot be read, and how to save it correctly: text that is not JSON, but was meant to be a dump.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::{GzDecoder, ZlibDecoder};
use memchr::memmem;

use super::members::{is_arn_member, members, normal, rows};
use super::projected::{holds_entity_dates, holds_uses, is_projected};
use super::table_text::TableText;
use crate::model::{Arn, Source};
use crate::problem::{Kind, Problem};

/// What a text was recognized as, and what to do about it.
pub struct Refused {
    /// The kind of problem.
    pub kind: Kind,
    /// What it is.
    pub what: &'static str,
    /// How to save it correctly.
    pub advice: &'static str,
}

impl Refused {
    /// The same as a problem of `source`.
    pub fn problem(&self, source: &Source) -> Problem {
        Problem::new(self.kind, source, self.what).advise(self.advice)
    }
}

/// What a report is refused as that this program wrote, in each of its formats.
pub const OF_REPORTS: [&str; 4] = [REPORT, WEB_PAGE, WORKBOOK, BINARY];

/// Rows of CSV, JSON or JSON lines.
pub const REPORT: &str = "this is a report that dormant wrote, not a dump";
/// HTML.
pub const WEB_PAGE: &str = "this is a web page, not JSON";
/// xlsx.
pub const WORKBOOK: &str = "this is part of a workbook";
/// Parquet.
const BINARY: &str = "is binary, and holds last-accessed data";

const SAVE_JSON: &str = "Save it again with `--output json`.";

/// YAML, which the CLI prints too.
const YAML: Refused = Refused { kind: Kind::WrongFormat, what: "this is YAML", advice: SAVE_JSON };

/// Names of the API that hardly occur in other files, in lower case and without underscores and blanks.
const NAMES: &[&str] = &[
    "lastauthenticated",
    "servicelastaccessed",
    "servicenamespace",
    "serviceslastaccessed",
    "totalauthenticatedentities",
    "trackedactionslastaccessed",
    "lastaccessedservicename",
    "accessdetails",
];

/// Whether a JSON value is a report that this program wrote: some of its rows look like answers.
pub fn is_report(json: &str) -> bool {
    let start = json.bytes().take(160).filter(|byte| !byte.is_ascii_whitespace());
    start.collect::<Vec<u8>>().starts_with(br#"{"schema":{"name":"dormant-report""#)
}

/// Whether a text mentions last-accessed data or a job; a text that does not is another program's file.
pub fn mentions_dump(text: &str) -> bool {
    holds_members(text) || names_the_api(text)
}

/// Whether a text has members of an answer, which a message about a call has not.
fn holds_members(text: &str) -> bool {
    let words = ["JobStatus", "ServicesLastAccessed", "ServiceLastAccessed", "LastAuthenticated", "ServiceNamespace"];
    words.iter().any(|word| text.contains(word))
}

/// Whether a text describes users, roles, groups or policies: their creation dates and what they grant are evidence too.
pub fn describes_entities(text: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let lists = ["UserDetailList", "RoleDetailList", "GroupDetailList", "PolicyVersionList"];
    // Templates and answers of EC2 have such ids, too, but no date of this name.
    let ids = ["RoleId", "UserId", "GroupId", "PolicyId", ":role/", ":user/", ":group/", ":policy/"];
    let is_dated = || has(&["CreateDate"]) && has(&ids);
    text.contains(":iam::") && (has(&lists) || is_dated())
}

/// Whether a text tells when a role, a password or an access key was used: that is evidence too.
pub fn tells_of_use(text: &str) -> bool {
    ["AccessKeyLastUsed", "PasswordLastUsed", "RoleLastUsed"].iter().any(|word| text.contains(word))
}

/// Whether a text holds a name of the API, in any spelling.
pub fn names_the_api(text: &str) -> bool {
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.iter().any(|name| bare.contains(name))
}

/// Words of last-accessed data that hardly occur in other files.
const OF_ACCESSES: [&str; 6] = [
    "LastAuthenticated",
    "lastAuthenticated",
    "last_authenticated",
    "ServicesLastAccessed",
    "servicesLastAccessed",
    "TrackedActionsLastAccessed",
];

/// Whether a text holds last-accessed data, in any shape.
pub fn holds_accesses(text: &str) -> bool {
    OF_ACCESSES.iter().any(|word| text.contains(word))
}

/// Whether such a word is the name of a value, as in `"LastAuthenticated": …`, also in JSON within a text. The value of a tag can be such a
/// word, too.
pub fn names_accesses(text: &str) -> bool {
    let is_name = |rest: &str| {
        rest.trim_start_matches(|c: char| c.is_whitespace() || "\\\"'".contains(c)).starts_with([':', '='])
    };
    let is_word_a_name =
        |word: &&str| memmem::find_iter(text.as_bytes(), word).any(|at| is_name(&text[at + word.len()..]));
    OF_ACCESSES.iter().any(is_word_a_name)
}

/// Endings of programs and of texts for people: these mention the API and hold no answer.
const PROSE: &[&str] = &[
    "adoc", "bash", "bat", "c", "cmd", "cpp", "cs", "css", "fish", "go", "gradle", "h", "hcl", "ipynb", "java", "jq",
    "js", "jsx", "kt", "lua", "md", "mdx", "mjs", "php", "pl", "ps1", "psm1", "py", "r", "rb", "rs", "rst", "scala",
    "sh", "sql", "swift", "tex", "tf", "ts", "tsx", "vue", "zsh",
];

/// Endings of data, whatever the content.
const DATA: &[&str] =
    &["csv", "har", "json", "jsonl", "jsonlines", "log", "ndjson", "out", "tsv", "xml", "yaml", "yml"];

/// Whether a document that mentions the API is a program or prose, and not data: by the ending of its name, or
/// otherwise by its lines.
pub fn is_prose(name: &str, text: &str) -> bool {
    ends_like_prose(name) || (!DATA.contains(&&*ending(name)) && (text.starts_with("#!") || !reads_like_data(text)))
}

/// Whether a name ends like those of programs and prose.
pub fn ends_like_prose(name: &str) -> bool {
    PROSE.contains(&&*ending(name))
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

/// Whether most lines that mention the API give values, as data does and a sentence does not.
fn reads_like_data(text: &str) -> bool {
    let mentions = |line: &&str| names_the_api(line);
    let is_named = |line: &str| {
        let (name, _) = line.trim_start_matches("- ").split_once([':', '='])?;
        Some(!name.trim().contains(' ') && names_the_api(name))
    };
    let is_row =
        |line: &str| line.matches([',', ';', '\t']).count() > 1 && !line.contains(", ") && !line.contains("; ");
    // JSON with something before it, or broken into lines: `app.json:7:  "ServiceNamespace": "s3",`.
    let is_member = |line: &str| {
        let mut parts = line.split('"').peekable();
        std::iter::from_fn(|| parts.next().map(|part| (part, parts.peek().copied().unwrap_or_default())))
            .any(|(part, next)| next.trim_start().starts_with(':') && names_the_api(part))
    };
    // The names of columns, with blanks between them: `principal_arn service_namespace last_authenticated`.
    let is_header = |line: &str| {
        let names = || line.split_whitespace().filter(|name| *name != "|");
        names().count() > 1 && names().filter(|name| names_the_api(name)).count() * 2 >= names().count()
    };
    let is_value = |line: &str| {
        // A mail quotes with `> `.
        let line = line.trim().trim_start_matches(['>', ' ']);
        let begins = line.starts_with(['{', '[', '"', '\'', '<', '|']) || line.contains("{\"") || line.contains('\t');
        begins || is_member(line) || is_row(line) || is_header(line) || is_named(line).unwrap_or(false)
    };
    let (values, all) = text
        .lines()
        .filter(mentions)
        .fold((0, 0), |(values, all), line| (values + usize::from(is_value(line)), all + 1));
    // Names that are spread over several lines do not belong to a sentence.
    values * 2 > all || all == 0
}

/// Recognizes a document that is ours by the names in it, or by the ARNs in what looks like rows, but has none of the
/// known shapes.
pub fn unknown_shape(text: &str) -> Option<Refused> {
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let has_arn = |line: &str| {
        line.split([',', ';', '\t'])
            .any(|cell| cell.trim_matches(['"', ' ']).starts_with("arn:aws") && cell.contains(":iam:"))
    };
    let cells = first.split([',', ';', '\t']).count();
    if cells > 1
        && has_arn(first)
        && !first.trim_start().starts_with(['{', '['])
        && text.lines().all(|line| line.trim().is_empty() || has_arn(line))
    {
        let what = "this is a table without its header line, so its columns are unknown";
        return wrong(what, "Export it again with the names of its columns.");
    }
    if cells > 1 && names_the_api(first) && !first.trim_start().starts_with(['{', '[', '<']) {
        let what = "this is a table, but its columns do not have the API's names, or its lists are flattened into columns or cells";
        let advice = "Export a row for each service, with the columns arn, service_namespace and last_authenticated.";
        return wrong(what, advice);
    }
    if is_projection(text) {
        let what =
            "these are services under names of their own: a `--query` left out the members that tell used from unused";
        return wrong(what, "Save what the client prints, without `--query`.");
    }
    if text.starts_with("version https://git-lfs.github.com/spec/") {
        return wrong("this is a pointer of Git LFS, not the file", "Fetch the file with `git lfs pull`.");
    }
    None
}

/// Whether a text begins with a statement of SQL that writes rows.
pub fn is_sql(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(2).map(str::to_ascii_uppercase).collect();
    matches!(
        words.iter().map(String::as_str).collect::<Vec<_>>()[..],
        ["INSERT" | "REPLACE" | "MERGE", "INTO"] | ["COPY", _]
    )
}

/// Whether a text of several lines, which holds no JSON, holds last-accessed data in another form: a table with names of the API or of its
/// own, YAML, what a program prints of its objects. A program or a sentence that mentions the API does not.
pub fn is_other_text_of_rows(text: &str) -> bool {
    if text.trim().lines().nth(1).is_none() {
        return false;
    }
    let is_ours = may_hold_rows(text) || names_the_api(text);
    is_ours && !text.starts_with("#!") && reads_like_data(text) || is_projected(text)
}

/// Recognizes rows in statements of SQL, whatever the name of the file.
pub fn sql_rows(text: &str) -> Option<Refused> {
    let is_statement = |line: &str| is_sql(line) && names_the_api(line);
    let what = "these are rows in statements of SQL";
    let advice = "Export the table as CSV or JSON, with the names of the API.";
    let mut lines = text.lines();
    lines.any(is_statement).then_some(Refused { kind: Kind::WrongFormat, what, advice })
}

/// Recognizes events of `CloudTrail`, as it writes them into its logs, as `lookup-events` and queries print them, and as a table for
/// `--also-used` has them: they show what was used.
pub fn usage_log(text: &str) -> Option<Refused> {
    let has = |names: &[&str]| names.iter().any(|name| memmem::find(text.as_bytes(), name.as_bytes()).is_some());
    let is_json = text.trim_start().starts_with(['{', '[']);
    let sources = ["\"eventSource\"", "\"eventsource\"", "\"event_source\""];
    let identities = ["\"userIdentity", "\"useridentity", "\"user_identity"];
    let is_log = is_json && (has(&sources) && has(&identities) || has(&["\"CloudTrailEvent\""]));
    let what = "these are events of CloudTrail or other uses: they show what was used, and do not count here";
    let advice = "Write arn, service, action and time of each event into a table, and give it with --also-used: a use may then veto `unused`.";
    let is_ours = is_log || has_rows_of_uses(text, is_json);
    is_ours.then_some(Refused { kind: Kind::WrongOperation, what, advice })
}

/// Whether the first row of a text, or the header of its table, has the columns of uses: those for `--also-used`, or those of events.
fn has_rows_of_uses(text: &str, is_json: bool) -> bool {
    let bare = |name: &str| normal(name).replace('.', "");
    let names: Vec<String> = if is_json {
        let value = serde_json::Deserializer::from_str(text).into_iter::<&serde_json::value::RawValue>().next();
        let Some(Ok(value)) = value else { return false };
        let rows = rows(value.get()).or_else(|_| members(value.get()).map(|members| vec![members]));
        let first = rows.unwrap_or_default().into_iter().next().unwrap_or_default();
        first.iter().map(|(name, _)| bare(name)).collect()
    } else {
        let Some(table) = TableText::of(text) else { return false };
        let mut reader = table.reader(true);
        let is_filled = table.text().lines().nth(1).is_some();
        reader.headers().map_or_else(|_| Vec::new(), |names| names.iter().filter(|_| is_filled).map(bare).collect())
    };
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    has(&["service"]) && has(&["time"]) && names.iter().any(|name| is_arn_member(name))
        || has(&["eventsource"]) && has(&["eventname", "eventtime", "username", "useridentityarn"])
}

/// Recognizes entities with dates under names of their own, or under none.
pub fn entity_dates(text: &str) -> Option<Refused> {
    let what = "these are entities and dates without the names of the API, so no date of creation was taken";
    let advice = "Save what `aws iam list-roles --output json` prints, without `--query`.";
    holds_entity_dates(text).then_some(Refused { kind: Kind::WrongFormat, what, advice })
}

/// Recognizes accesses of services in a text from which only facts about entities were taken.
pub fn lost_uses(text: &str) -> Option<Refused> {
    holds_uses(text).then_some(PROJECTED)
}

/// Recognizes services and dates under names of their own, or under none.
pub fn projected(text: &str) -> Option<Refused> {
    is_projected(text).then_some(PROJECTED)
}

const PROJECTED: Refused = Refused {
    kind: Kind::WrongFormat,
    what: "these are services and dates under names of their own: a `--query` or another tool left out the members that tell used from unused",
    advice: "Save what the client prints, without `--query`.",
};

/// Members that name the entity that made an access.
const ACTORS: [&str; 4] = ["lastauthenticatedentity", "lastauthenticatedarn", "lastaccessedentity", "lastaccessedby"];

/// The entities that texts which cannot be read may be about.
#[derive(Debug, Clone, Default)]
pub struct UnreadEntities {
    arns: BTreeSet<Arn>,
    /// Whether some texts have a member or a label that names the entity, and whether others have none.
    told: (bool, bool),
}

impl UnreadEntities {
    /// Entities that a member or a label names.
    pub fn told(arns: BTreeSet<Arn>) -> Self {
        Self { told: (!arns.is_empty(), false), arns }
    }

    /// Adds the entities of another text.
    pub fn add(&mut self, other: Self) {
        self.arns.extend(other.arns);
        self.told = (self.told.0 | other.told.0, self.told.1 | other.told.1);
    }

    /// Whether every text names its entity, as an answer does: then the path of the file says nothing about it.
    pub const fn are_told(&self) -> bool {
        matches!(self.told, (true, false))
    }

    /// The entities.
    pub fn into_arns(self) -> Vec<Arn> {
        self.arns.into_iter().collect()
    }
}

/// The entities that a text which cannot be read may be about: those in members that name an entity; otherwise the only
/// one that is named. Entities that made accesses count last.
pub fn entities_in(text: &str) -> UnreadEntities {
    let (mut told, mut others, mut actors) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (at, _) in text.match_indices("arn:aws") {
        // A comma may belong to a name, but hardly one that is followed by cells.
        let arn = super::arn_in(&text[at..]).map(|arn| arn.split(',').next().unwrap_or_default().to_owned());
        let Some((length, arn)) = arn.and_then(|arn| Some((arn.len(), Arn::parse(&arn).ok()?))) else { continue };
        let before = text[..at].trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_of_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let letters = before.chars().rev().take_while(is_of_name).count();
        // A word on the line before is not the name of the member.
        let name = if text[before.len()..at].contains('\n') { "" } else { &before[before.len() - letters..] };
        let name = normal(name);
        let is_key = text[at + length..].trim_start_matches(['"', '\'']).trim_start().starts_with(':');
        match () {
            () if ACTORS.contains(&name.as_str()) => actors.insert(arn),
            () if is_arn_member(&name) || is_key => told.insert(arn),
            () => others.insert(arn),
        };
    }
    let only = |named: BTreeSet<Arn>| if named.len() == 1 { named } else { BTreeSet::new() };
    if !told.is_empty() && holds_members(text) {
        return UnreadEntities::told(told);
    }
    let arns = [told, only(others), only(actors)].into_iter().find(|named| !named.is_empty()).unwrap_or_default();
    UnreadEntities { arns, told: (false, true) }
}

/// The entities in the first cells of the lines of a table, or the only one that is named in it.
pub fn entities_in_table(text: &str) -> UnreadEntities {
    let first = |line: &str| {
        let cell = line.split([',', ';', '\t', '|']).next()?;
        Arn::parse(cell.trim_matches(['"', ' '])).ok()
    };
    let arns: BTreeSet<Arn> = text.lines().filter_map(first).collect();
    if arns.is_empty() { entities_in(text) } else { UnreadEntities::told(arns) }
}

/// Whether a text is a JSON list of services that a query renamed: lists or flat objects, each with the full name of a
/// service.
fn is_projection(text: &str) -> bool {
    let is_service = |text: &str| text.starts_with("Amazon ") || text.starts_with("AWS ");
    let flat = |value: &serde_json::Value| match value {
        serde_json::Value::Array(cells) => cells.iter().any(|cell| cell.as_str().is_some_and(is_service)),
        serde_json::Value::Object(cells) => cells.values().any(|cell| cell.as_str().is_some_and(is_service)),
        _ => false,
    };
    let is_list = text.trim_start().starts_with('[');
    let rows: Vec<serde_json::Value> =
        if is_list { serde_json::from_str(text).unwrap_or_default() } else { Vec::new() };
    !rows.is_empty() && rows.iter().all(flat)
}

/// Whether a text may hold an answer or rows of one, so that an ARN in it may be only that of an access.
pub fn may_hold_rows(text: &str) -> bool {
    let namespaces = ["ServiceNamespace", "serviceNamespace", "service_namespace", "services_last_accessed"];
    holds_accesses(text) || namespaces.iter().any(|word| text.contains(word))
}

/// Whether a text may hold a whole answer, of either operation that lists accesses.
pub fn may_hold_answer(text: &str) -> bool {
    let lists = ["ServicesLastAccessed", "servicesLastAccessed", "services_last_accessed", "EntityDetailsList"];
    lists.iter().any(|list| text.contains(list))
}

/// Recognizes a text that mentions last-accessed data, or the error of a client; `None` for any other program's file. A list of marks, the surer ones
/// first: the order is the rule, so it is in one place.
pub fn recognize(text: &str) -> Option<Refused> {
    let start = text.trim_start();
    let has = |needle: &str| text.contains(needle);
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    if is_client_error(text) {
        return Some(client_error());
    }
    if ["SERVICESLASTACCESSED\t", "ACCESSKEYLASTUSED\t", "ROLELASTUSED\t"].iter().any(|mark| has(mark)) {
        return wrong("this is the CLI's text output, which has no member names", SAVE_JSON);
    }
    if !mentions_dump(text) && !describes_entities(text) {
        return (tells_of_use(text) && members_on_lines(text)).then_some(YAML);
    }
    if start.starts_with("---") && has("|") && has("+--") || start.starts_with("----------") {
        return wrong("this is the CLI's table output, which is for people to read", SAVE_JSON);
    }
    if let Some(refused) = markup(start) {
        return Some(refused);
    }
    if start.starts_with("version https://git-lfs") {
        return unknown_shape(text);
    }
    if start.starts_with("(dp") || start.starts_with("(lp") {
        return wrong("this is a pickle of Python", "Save it with `json.dump(answer, file, default=str)`.");
    }
    if has("{'JobStatus'")
        || has("{'Services")
        || start.starts_with("{'")
        || start.starts_with("[{'")
        || has("datetime.datetime(")
    {
        return wrong(
            "this is Python's print of a dict, not JSON",
            "Save it with `json.dump(answer, file, default=str)` instead of print().",
        );
    }
    if start.starts_with("{JobStatus: ") && !start.starts_with("{JobStatus: '") {
        let advice = "Save it with Jackson: `new ObjectMapper().writeValueAsString(result)`.";
        return wrong("this is what Java prints of an object, not JSON", advice);
    }
    if start.starts_with("&{") || start.starts_with("{Job") || has("(*types.") || has("ResultMetadata:{") {
        return wrong("this is Go's %+v print of a struct, not JSON", "Save it with `json.Marshal(answer)`.");
    }
    if has("JobStatus: '") || has("[Object]") || has("[Array]") {
        return wrong("this is what console.log prints, not JSON", "Save it with `JSON.stringify(answer)`.");
    }
    if has("@{ServiceName=") || has("System.Object[]") {
        return wrong("PowerShell cut the nested rows off", "Save it again with `ConvertTo-Json -Depth 10`.");
    }
    if text.lines().any(|line| line.trim() == "..." || line.trim() == "…") {
        return wrong("this is an example with `...` in it, not an answer", "Save what the client prints, unchanged.");
    }
    if PRINTED.iter().any(|mark| has(mark)) {
        return wrong("this is what a program prints of its objects, not JSON", SAVE_JSON);
    }
    if lines_have_prefix(text) {
        let what = "each line has text before it, such as the time at which it was logged";
        return wrong(what, "Remove it, or save the answer to a file of its own.");
    }
    if has("<GetServiceLastAccessedDetailsResponse") {
        let what = "this is a recording of the answer as it travels, in XML";
        return wrong(what, "Save what a client prints: `aws iam … --output json`.");
    }
    if is_format_list(text) {
        let what = "this is PowerShell's Format-List, which is for people to read";
        return wrong(what, "Save it again with `ConvertTo-Json -Depth 10`.");
    }
    if members_assigned(text) {
        return wrong("this is another language's print of an object, not JSON", SAVE_JSON);
    }
    if members_on_lines(text) {
        let what = "this is a program's print of an object, not JSON: its names have no quotes";
        return if start.starts_with('{') { wrong(what, SAVE_JSON) } else { Some(YAML) };
    }
    if is_drawn_table(text) {
        return wrong("this is a table for people to read", "Save it again as JSON or CSV.");
    }
    None
}

/// Recognizes bytes that are not text and may still be a dump: a database or a sheet with the columns of one, or a file
/// that has a name like JSON and is encrypted or packed. Programs hold such names too.
pub fn binary(name: &str, bytes: &[u8]) -> Option<Refused> {
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    let name = name.to_ascii_lowercase();
    let file = name.rsplit('/').next().unwrap_or_default();
    let endings: Vec<&str> = file.split('.').skip(1).collect();
    let is_program = PROGRAMS.iter().any(|magic| bytes.starts_with(magic)) || endings.contains(&"pyc");
    let has = |word: &str| {
        let wide: Vec<u8> = word.bytes().flat_map(|byte| [byte, 0]).collect();
        memmem::find(bytes, word.as_bytes()).is_some() || memmem::find(bytes, &wide).is_some()
    };
    let names = |words: &[&str]| words.iter().any(|word| has(word));
    if !is_program && names(&["ServiceNamespace", "service_namespace"]) && names(&["LastAuthenticated", "last_a"]) {
        return wrong(BINARY, "Save it as JSON or CSV.");
    }
    if (bytes.starts_with(b"%PDF-") || bytes.starts_with(b"SQLite format 3")) && holds_packed_rows(bytes) {
        return wrong(BINARY, "Save what is in it as a file of its own.");
    }
    if is_encrypted(&endings, bytes) {
        return wrong(ENCRYPTED, DECRYPT);
    }
    if is_answer_in_zlib(bytes) {
        return wrong("is packed with zlib, without the header of gzip", "Unpack it, or pack it with gzip.");
    }
    let is_called_json = endings.iter().any(|ending| matches!(*ending, "json" | "jsonl" | "ndjson"));
    // macOS keeps its metadata of `app.json` in `._app.json`.
    if is_called_json && !file.starts_with("._") {
        return wrong(
            "is called like a JSON document and is binary",
            "Decrypt or unpack it, or save the answer again.",
        );
    }
    None
}

/// Recognizes a text that is encrypted as a whole: it may be anything, like a file that is packed in an unknown way. A vault of Ansible is
/// only refused if it is called like data.
pub fn encrypted(name: &str, text: &str) -> Option<Refused> {
    let text = text.trim_start();
    let is_data = || DATA.contains(&&*ending(name));
    let is_encrypted =
        ENCRYPTED_TEXTS.iter().any(|start| text.starts_with(start)) || text.starts_with("$ANSIBLE_VAULT;") && is_data();
    is_encrypted.then_some(Refused { kind: Kind::WrongFormat, what: ENCRYPTED, advice: DECRYPT })
}

const ENCRYPTED: &str = "is encrypted, and what is in it is unknown";
const DECRYPT: &str = "Decrypt it, or save the answer again.";

/// How texts begin that are encrypted: by PGP, age and CMS.
const ENCRYPTED_TEXTS: [&str; 4] = [
    "-----BEGIN PGP MESSAGE-----",
    "-----BEGIN AGE ENCRYPTED FILE-----",
    "-----BEGIN CMS-----",
    "-----BEGIN PKCS7-----",
];

/// Whether bytes are encrypted by age, by openssl, or by PGP: a packet with the key of the message comes first.
fn is_encrypted(endings: &[&str], bytes: &[u8]) -> bool {
    let is_pgp = || {
        endings.last().is_some_and(|ending| matches!(*ending, "gpg" | "pgp"))
            && matches!(bytes.first(), Some(0x84 | 0x85 | 0x8c | 0xc1 | 0xc3))
    };
    bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"Salted__") || is_pgp()
}

/// The documents in a PDF and the values in a database are packed one by one; this many bytes of each are looked at.
const MOST_OF_A_PART: u64 = 1 << 16;

/// Whether a part of a PDF or of a database of `SQLite` that is packed by zlib or gzip holds last-accessed data.
fn holds_packed_rows(bytes: &[u8]) -> bool {
    let parts = |magic: &'static [u8]| memmem::find_iter(bytes, magic).map(|at| &bytes[at..]);
    let holds = |reader: &mut dyn Read| {
        let mut part = Vec::new();
        // What was read before an error is what counts.
        let _ = reader.take(MOST_OF_A_PART).read_to_end(&mut part);
        may_hold_rows(&String::from_utf8_lossy(&part))
    };
    let is_zlib = |part: &&[u8]| matches!(part.get(1), Some(0x01 | 0x5e | 0x9c | 0xda));
    parts(b"x").filter(is_zlib).any(|part| holds(&mut ZlibDecoder::new(part)))
        || parts(b"\x1f\x8b\x08").any(|part| holds(&mut GzDecoder::new(part)))
}

/// Whether bytes are JSON with last-accessed data that zlib packed. An object of Git begins with a word.
fn is_answer_in_zlib(bytes: &[u8]) -> bool {
    let mut start = Vec::new();
    if matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) {
        // What was read before an error is what counts.
        let _ = ZlibDecoder::new(bytes).take(MOST_OF_A_PART).read_to_end(&mut start);
    }
    let text = String::from_utf8_lossy(&start);
    text.trim_start().starts_with(['{', '[']) && may_hold_rows(&text)
}

/// The first bytes of programs: ELF, Windows, macOS, Java, WebAssembly.
const PROGRAMS: [&[u8]; 5] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\0asm"];

/// Recognizes a text that begins with a tag: XML, a page, a sheet, a program.
fn markup(start: &str) -> Option<Refused> {
    let wrong = |what, advice| Some(Refused { kind: Kind::WrongFormat, what, advice });
    let lower: String = start.chars().take(512).collect::<String>().to_ascii_lowercase();
    if !lower.starts_with('<') {
        return None;
    }
    if lower.starts_with("<?php") {
        return wrong("this is PHP, not JSON", "Save it with `json_encode($result->toArray())`.");
    }
    if lower.starts_with("<pre") {
        return wrong("this is what a program prints into a page, not JSON", "Save it with `json_encode` or its like.");
    }
    if lower.contains("<html") || lower.contains("<!doctype html") {
        return wrong(WEB_PAGE, "Save what the client prints: `aws iam … --output json`.");
    }
    if lower.contains("spreadsheetml") || lower.contains("<sst") || lower.contains("<worksheet") {
        return wrong(WORKBOOK, "Save the sheet as CSV.");
    }
    let travels = lower.contains("getservicelastaccesseddetails");
    let what = if travels { "this is XML, the answer as it travels" } else { "this is XML, not JSON" };
    wrong(what, "Save what a client prints: `aws iam … --output json`.")
}

/// Whether each line begins with a time, as in the logs of build services, so that the JSON is spread over the lines.
fn lines_have_prefix(text: &str) -> bool {
    let is_time = |line: &str| {
        let word = line.split([' ', '\t']).next().unwrap_or_default();
        word.len() >= 19 && word.as_bytes()[4] == b'-' && word.contains('T') && word.contains(':')
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    lines.peek().is_some() && lines.all(is_time)
}

/// Whether members are aligned at colons: `ServiceName                : Amazon EC2`.
fn is_format_list(text: &str) -> bool {
    let aligned = text.lines().filter_map(|line| line.split_once(" : "));
    aligned.filter(|(name, _)| member(name.trim()).is_some()).count() >= 2
}

/// The error of a client, in any shape in which it was saved.
pub const fn client_error() -> Refused {
    Refused {
        kind: Kind::ClientError,
        what: "this is the error message of a client, not an answer",
        advice: "Run `aws iam generate-service-last-accessed-details` again and fetch the answer as the same caller.",
    }
}

/// Texts that occur in the errors of clients and nowhere else.
const ERRORS: &[&str] = &["An error occurred (", "Unable to locate credentials", "ExpiredToken"];

/// Texts that occur in the errors of clients, and perhaps in a program or a page about them: those are longer.
const SHORT_ERRORS: &[&str] = &[
    "(Service: AmazonIdentityManagement",
    "(Service: Iam",
    "<ErrorResponse",
    "Amazon.IdentityManagement.Model.NoSuchEntity",
    "Could not connect to the endpoint URL",
    "Error executing \"GetServiceLastAccessedDetails",
    "Error loading SSO Token",
    "Error when retrieving credentials",
    "IAM::Errors::",
    "NoSuchEntity: ",
    "NoSuchEntityException: ",
    "Parameter validation failed",
    "Partial credentials found",
    "Rate exceeded",
    "SSL validation failed for",
    "The SSO session associated",
    "The config profile (",
    "Token has expired and refresh failed",
    "Unable to parse config file",
    "You must specify a region",
    "aws: [ERROR]",
    "aws: error:",
    "command not found: aws",
    "operation error IAM:",
    "sh: aws: ",
    "timeout on endpoint URL",
];
const LONGEST_ERROR: usize = 4096;

/// How a shell names the client that it does not find, in any language.
const NOT_FOUND: &[&str] = &["'aws'", "\"aws\"", "aws :", "aws.exe"];
const LONGEST_NOT_FOUND: usize = 600;

/// Whether a text that is not JSON is what a client or a shell printed instead of an answer.
pub fn is_client_error(text: &str) -> bool {
    let shorter = |most: usize| text.len() < most && !text.starts_with("#!");
    let any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    any(ERRORS)
        || shorter(LONGEST_ERROR) && any(SHORT_ERRORS)
        || shorter(LONGEST_NOT_FOUND)
            && NOT_FOUND.iter().any(|mark| text.lines().next().is_some_and(|l| l.contains(mark)))
}

/// How printed objects of the API's classes begin.
const PRINTED: &[&str] = &[
    "#<struct Aws::IAM::Types",
    "GetServiceLastAccessedDetailsOutput {",
    "GetServiceLastAccessedDetailsOutput)(",
    "GetServiceLastAccessedDetailsResponse(",
    "GetServiceLastAccessedDetailsResult(",
    "ServiceLastAccessed {",
    "ServiceLastAccessed(",
];

/// Members of an answer and its rows, and of what describes entities.
const MEMBERS: &[&str] = &[
    "Arn",
    "CreateDate",
    "GroupId",
    "GroupName",
    "IsTruncated",
    "JobCompletionDate",
    "JobCreationDate",
    "JobStatus",
    "JobType",
    "LastAuthenticated",
    "LastAuthenticatedEntity",
    "LastUsedDate",
    "PasswordLastUsed",
    "PolicyId",
    "RoleId",
    "RoleName",
    "ServiceName",
    "ServiceNamespace",
    "ServicesLastAccessed",
    "TotalAuthenticatedEntities",
    "UserId",
    "UserName",
];

/// Whether lines of YAML, or of output without quotes, give values to at least two members: `JobStatus: COMPLETED`. A
/// program or a page that mentions them does not.
fn members_on_lines(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '+');
    at_least_two(text.lines().filter_map(|line| {
        let (name, value) = line.trim_start().trim_start_matches("- ").split_once(':')?;
        let member = member(name)?;
        let value = value.trim();
        let is_value = match value.chars().next() {
            None => member == "ServicesLastAccessed",
            Some(first) if first.is_ascii_digit() || matches!(first, '"' | '\'' | '[' | '{') => true,
            // A word that ends the line is a value in YAML, and a variable in a program.
            Some(_) => value.starts_with("arn:aws") || value.chars().all(is_word),
        };
        is_value.then_some(member)
    }))
}

/// Whether at least two members have values as other languages print them: `"JobStatus" => "COMPLETED"`, `JobStatus =
/// "COMPLETED"`.
fn members_assigned(text: &str) -> bool {
    at_least_two(text.split(['\n', ',', '{', '(']).filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_arrow = value.starts_with('>');
        let value = value.trim_start_matches('>').trim();
        let is_value = value.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '"' | '\'' | '['))
            || is_arrow && !value.is_empty() && !value.contains('$');
        member(name.trim_matches(|c: char| !c.is_ascii_alphanumeric())).filter(|_| is_value)
    }))
}

fn member(name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|member| normal(member) == normal(name)).copied()
}

fn at_least_two(members: impl Iterator<Item = &'static str>) -> bool {
    members.collect::<BTreeSet<_>>().len() >= 2
}

/// Whether a line names two columns, and the line below it only underlines them.
fn is_drawn_table(text: &str) -> bool {
    let is_rule = |line: &str| {
        let is_drawn = |c: char| "-+|:= ".contains(c) || ('\u{2500}'..='\u{257f}').contains(&c);
        (line.contains("---") || line.contains("───")) && line.trim().chars().all(is_drawn)
    };
    let names = |line: &str| {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| member(word).is_some()).count() >= 2
    };
    let lines: Vec<_> = text.lines().collect();
    lines.windows(2).any(|pair| names(pair[0]) && is_rule(pair[1]))
}
