//! From bytes to answers. The input is one file. The output is every answer in it, with its columns filled, and a
//! problem for everything that was not understood. This module knows nothing of entities or verdicts.
//!
//! The way of a document: [`bytes`] opens archives and gives each member's bytes; [`wire`] reads the exact answer in
//! one pass; a document that it refuses becomes text, which [`document`] cuts into values and [`shapes`] looks at;
//! [`refuse`] names what is not JSON at all. A new shape of input belongs in `shapes`.

mod beside;
mod byte_dump;
pub mod bytes;
mod coded;
mod cut;
mod dated_object;
mod document;
mod flat;
mod from_xml;
mod labels;
mod marked_up;
mod members;
mod named_twice;
mod no_answer;
mod operations;
mod other_operations;
mod place;
pub mod policy;
mod policy_answers;
mod projected;
mod quoted;
mod refuse;
mod session;
mod shapes;
mod stated;
mod table_rows;
mod table_text;
pub mod time;
mod tolerant;
mod unanswered;
mod unexplained;
mod wire;

use std::cell::LazyCell;
use std::collections::BTreeSet;

use beside::Beside;
use document::TextPiece;
use labels::Labels;
use place::Place;
use refuse::UnreadEntities;
use serde::{Deserialize, Serialize};
use shapes::Explorer;
pub use wire::Memory;

/// Whether `problem` refuses a file in a format of reports, in which nobody keeps the dumps themselves.
pub fn is_of_report(problem: &Problem) -> bool {
    refuse::OF_REPORTS.contains(&problem.what.as_str())
}

pub use crate::model::Outcome;
use crate::model::policy::PolicyAnswer;
use crate::model::{Answer, Arn, Claim, ClaimKind, OtherAnswer, Shape, Sidecar, Source};
use crate::problem::{Kind, Problem, Severity};
use crate::util::marker::CHANGES;

/// The limits for hostile or broken input. Each ceiling has a flag; reaching one makes a `too-large` problem that names
/// the flag.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one document after decompression (`--max-bytes`).
    pub document_bytes: u64,
    /// Bytes of everything that one file unpacks to, or 200 times its length if that is more (`--max-bytes` raises it).
    /// It is small because it holds for every file: with 256 MiB, ten thousand archives of a kilobyte each could unpack
    /// to 2.5 TB.
    pub unpacked_bytes: u64,
    /// Members of one archive (`--max-members`).
    pub archive_members: usize,
    /// Nesting of archives in archives; deeper ones are not opened.
    pub archive_depth: usize,
    /// Nesting of objects and lists in a document (`--max-depth`).
    pub nesting: usize,
    /// Service and action rows of one answer (`--max-dump-rows`).
    pub rows: usize,
    /// Whether links that lead out of the named folders are followed (`--follow-links`).
    pub follow_links: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 4 << 30,
            unpacked_bytes: 1 << 20,
            archive_members: 100_000,
            archive_depth: 3,
            nesting: 32,
            rows: 10_000_000,
            follow_links: false,
        }
    }
}

/// Everything that one document gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decoded {
    /// The document.
    pub source: Source,
    /// Whether it was read, skipped or refused.
    pub outcome: Outcome,
    /// The answers, in the order of the document.
    pub answers: Vec<Answer>,
    /// Documents that name the entity of others.
    pub sidecars: Vec<Sidecar>,
    /// Answers of other operations, which have reports of their own.
    #[serde(skip)]
    pub others: Vec<OtherAnswer>,
    /// Answers about policies and about the entities that hold them.
    #[serde(skip)]
    pub policies: Vec<PolicyAnswer>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// Entities that the parts name which could not be read: there is evidence about them that nobody has seen.
    pub unread: Vec<Arn>,
    /// Whether members of these parts name the entities, so that the path of the document says nothing about them.
    pub unread_are_told: bool,
}

impl Decoded {
    /// An empty result for `source`.
    #[must_use]
    pub fn nothing(source: &Source) -> Self {
        Self {
            source: source.clone(),
            outcome: Outcome::Skipped,
            answers: Vec::new(),
            sidecars: Vec::new(),
            others: Vec::new(),
            policies: Vec::new(),
            problems: Vec::new(),
            unread: Vec::new(),
            unread_are_told: false,
        }
    }
}

/// Reads one document, with what was learned from the documents before it (that only saves time: the order makes no
/// difference). `named` means that the user typed its path: then a file that is not ours is a failure and not skipped.
pub fn decode(source: &Source, document: &[u8], named: bool, limits: &Limits, memory: &mut Memory) -> Decoded {
    let mut explorer = Explorer::new(source, limits, memory);
    let seen = if explorer.exact(document) { Seen::default() } else { tolerant_path(source, document, &mut explorer) };
    let Explorer { answers, mut sidecars, others, policies, mut problems, unread, .. } = explorer;
    let nothing = answers.is_empty() && sidecars.is_empty() && others.is_empty() && policies.is_empty();
    if nothing && problems.is_empty() {
        match seen.said {
            Some(said) => sidecars.push(Sidecar::NoAnswer { source: source.clone(), said, named }),
            None => problems.push(nothing_in(source, &seen)),
        }
    }
    let nothing = nothing && sidecars.is_empty();
    if nothing && named {
        let is_foreign = |p: &&mut Problem| matches!(p.kind, Kind::Foreign | Kind::MentionsTheApi);
        problems.iter_mut().filter(is_foreign).for_each(|p| p.kind = Kind::NotADump);
    }
    let outcome = match () {
        () if !nothing => Outcome::Read,
        () if problems.iter().any(|p| p.severity() != Severity::Skipped) => Outcome::Failed,
        () => Outcome::Skipped,
    };
    let (unread_are_told, unread) = (unread.are_told(), unread.into_arns());
    let source = source.clone();
    Decoded { source, outcome, answers, sidecars, others, policies, problems, unread, unread_are_told }
}

/// What a text tells if nothing was taken from it.
#[derive(Default)]
struct Seen {
    /// It contains a name of the API, and is a program or prose.
    mentions: bool,
    /// The text itself, if it is short and could be what was saved in place of an answer.
    said: Option<String>,
}

/// Why nothing was taken from a document that has no other problem.
fn nothing_in(source: &Source, seen: &Seen) -> Problem {
    if seen.mentions {
        return Problem::new(
            Kind::MentionsTheApi,
            source,
            "a program or a text that mentions the API and holds no answer",
        );
    }
    Problem::new(Kind::Foreign, source, "no last-accessed data in it")
}

/// What a text is refused as, if it holds last-accessed data and nothing was taken from it.
fn refused_as(source: &Source, text: &str, mentions: bool) -> Option<Problem> {
    let is_prose = || refuse::is_prose(name_of(source), text) || text.starts_with(CHANGES);
    let looks_like = refuse::sql_rows(text).filter(|_| mentions && text.contains("arn:aws"));
    let looks_like = looks_like.or_else(|| refuse::unknown_shape(text).filter(|_| !is_prose()));
    let looks_like = looks_like
        .or_else(|| refuse::projected(text).filter(|_| !refuse::ends_like_prose(name_of(source)) || is_drawn(text)));
    let looks_like = looks_like.or_else(|| refuse::entity_dates(text).filter(|_| !is_prose()));
    let looks_like = looks_like.or_else(|| marked_up::table_in(text));
    if let Some(refused) = looks_like.or_else(|| quoted::recognize(name_of(source), text, mentions)) {
        return Some(refused.problem(source));
    }
    (mentions && !is_prose()).then(|| unknown_data(source))
}

/// Whether a text is a table of Markdown that names an entity in each row, and nothing else.
fn is_drawn(text: &str) -> bool {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    lines().all(|line| line.trim().starts_with('|')) && lines().skip(2).all(|line| line.contains(":iam:"))
}

/// The problem of last-accessed data in no known shape.
fn unknown_data(source: &Source) -> Problem {
    let what = "holds last-accessed data, but not in a shape that is known; nothing of it was used";
    let advice = "Save what `aws iam get-service-last-accessed-details` prints, unchanged.";
    Problem::new(Kind::WrongFormat, source, what).advise(advice)
}

/// Reads a document that is not one exact answer. Returns what the text tells if nothing was found.
fn tolerant_path(source: &Source, document: &[u8], explorer: &mut Explorer) -> Seen {
    let bytes::Text { text, note } = match text_of(source, document) {
        Ok(text) => text,
        Err(problem) => {
            explorer.problems.push(problem);
            return Seen::default();
        }
    };
    let decoded = coded::whole(&text);
    for lost in decoded.iter().flat_map(|decoded| &decoded.lost) {
        explorer.problems.push(lost.refused.problem(source));
        explorer.unread.add(refuse::entities_in(&lost.text));
    }
    let text = match &decoded {
        Some(decoded) if decoded.text.is_empty() => return Seen::default(),
        Some(decoded) => decoded.text.as_str(),
        None => text.as_ref(),
    };
    let cleaned = document::without_nan(text);
    let text = cleaned.as_deref().unwrap_or(text);
    let is_report = explorer.credential_table(text);
    let is_table = table(source, text, explorer) || is_report;
    let pieces = if is_table { Vec::new() } else { document::pieces(text) };
    let has_values = pieces.iter().any(is_value);
    if !has_values && !is_table {
        no_value(source, text, &pieces, explorer);
    }
    take_pieces(source, text, &pieces, explorer);
    if !has_values && !is_table && !pieces.iter().any(is_broken) && explorer.problems.iter().any(is_not_read) {
        explorer.unread.add(refuse::entities_in(text));
    }
    if has_values && !is_tail(&pieces) && !is_prose(source, text) {
        refuse_between(&pieces, explorer);
    }
    explorer.finish();
    if has_values && is_tail(&pieces) && explorer.drop_fragments() {
        explorer.problems.push(cut_at_the_start(source));
    }
    if refuse::ends_like_prose(name_of(source)) {
        // `{"JobStatus": "IN_PROGRESS"}` in a program is not an answer; whole rows may be a fixture, and are looked at.
        explorer.answers.retain(|answer| answer.rows.service_count() > 0);
    }
    explorer.told_beside(|| around(&pieces));
    if let Some(note) = note.filter(|_| !explorer.answers.is_empty()) {
        explorer.problems.push(Problem::new(Kind::Note, source, note));
    }
    if explorer.is_empty() && explorer.policies.is_empty() {
        return nothing_taken(source, text, explorer);
    }
    if let Some(problem) = lost_rows(source, text, explorer) {
        explorer.problems.push(problem);
        explorer.unread.add(if is_table { refuse::entities_in_table(text) } else { refuse::entities_in(text) });
    }
    Seen::default()
}

/// Refuses lines before, between and after values that hold last-accessed data in another form, such as a table below an answer.
fn refuse_between(pieces: &[TextPiece], explorer: &mut Explorer) {
    if explorer.answers.is_empty() {
        return;
    }
    for run in pieces.chunk_by(|one, other| matches!((one, other), (TextPiece::Line(_), TextPiece::Line(_)))) {
        let lines = run.iter().filter_map(|piece| if let TextPiece::Line(line) = piece { Some(*line) } else { None });
        let text = lines.collect::<Vec<_>>().join("\n");
        if refuse::is_other_text_of_rows(&text) {
            explorer.refuse_text(&text, &Place::top(String::new(), Shape::FlatRows, None));
        }
    }
}

/// Why last-accessed data in `text` were lost, if only documents about entities and policies were taken from it.
fn lost_rows(source: &Source, text: &str, explorer: &Explorer) -> Option<Problem> {
    if !explorer.has_no_rows() {
        return None;
    }
    if refuse::names_accesses(text) && !is_prose(source, text) {
        return Some(unknown_data(source));
    }
    // The answers of the API about policies have no uses of services.
    let is_other = explorer.policies.is_empty() && !refuse::ends_like_prose(name_of(source));
    let lost = is_other.then(|| refuse::lost_uses(text)).flatten();
    lost.map(|refused| refused.problem(source))
}

/// The text of a document, or why it has none.
fn text_of<'d>(source: &Source, document: &'d [u8]) -> Result<bytes::Text<'d>, Problem> {
    let text = bytes::text(document).map_err(|error| {
        let ours = (error == bytes::TextError::Binary).then(|| refuse::binary(name_of(source), document)).flatten();
        ours.map_or_else(|| error.problem(source), |refused| refused.problem(source))
    })?;
    if text.text.trim().is_empty() {
        let what = "the file is empty: the command that should have written it failed";
        let advice = "Save the answer again; until then nothing is known about this entity.";
        return Err(Problem::new(Kind::EmptyFile, source, what).advise(advice));
    }
    Ok(text)
}

/// Takes the values among the pieces of a text, each with the label that names it, and tells which pieces are broken.
fn take_pieces(source: &Source, text: &str, pieces: &[TextPiece], explorer: &mut Explorer) {
    // The whole text is read for it, so once, and not for each of a million broken lines.
    let is_loss = LazyCell::new(|| is_meant(text) && !is_prose(source, text));
    let mentions = LazyCell::new(|| refuse::mentions_dump(text));
    let values = pieces.iter().filter(|piece| is_value(piece)).count();
    let labels = Labels::among(pieces);
    for (line, arn) in labels.lines() {
        explorer.named.line(line, arn);
    }
    let mut number = 0;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            TextPiece::Value(json) if refuse::is_report(json) => {
                number += 1;
                let problem = Problem::new(Kind::WrongFormat, source, refuse::REPORT);
                explorer.problems.push(problem.advise("Give the dumps that it was made from."));
            }
            TextPiece::Value(json) => {
                number += 1;
                let claim = labels.of_value(at).map(|text| Claim { text: text.clone(), kind: ClaimKind::Member });
                let (locator, shape) = match values {
                    1 => (String::new(), Shape::Answer),
                    _ => (format!("#{number}"), Shape::Concatenated),
                };
                explorer.whole_element(json, &Place::top(locator, shape, claim));
            }
            TextPiece::Broken { text: lost, .. } if *is_loss => {
                if values > 0 {
                    explorer.problems.push(broken(source, piece));
                }
                if *mentions && explorer.problems.iter().any(is_not_read) {
                    let about = labels
                        .of_value(at)
                        .and_then(|text| Arn::parse(text).ok())
                        .map_or_else(|| refuse::entities_in(lost), |arn| UnreadEntities::told(BTreeSet::from([arn])));
                    explorer.unread.add(about);
                }
            }
            TextPiece::Line(_) | TextPiece::Broken { .. } => {}
        }
    }
    if values > 0 && *mentions {
        for arn in labels.unclear() {
            explorer.unclear_label(arn);
        }
    }
}

/// What a text tells from which nothing was taken; it is refused if it holds last-accessed data.
fn nothing_taken(source: &Source, text: &str, explorer: &mut Explorer) -> Seen {
    if let Some(refused) = refuse::usage_log(text).filter(|_| !refuse::ends_like_prose(name_of(source))) {
        explorer.problems.push(refused.problem(source));
        return Seen::default();
    }
    let mentions = refuse::names_the_api(text);
    if let Some(problem) = refused_as(source, text, mentions) {
        explorer.problems.push(problem);
        explorer.unread.add(refuse::entities_in(text));
        for text in quoted::spelt_rows(text) {
            explorer.unread.add(refuse::entities_in(&text));
        }
        return Seen::default();
    }
    let is_short = !mentions && is_called_like_a_dump(name_of(source));
    Seen { mentions, said: is_short.then(|| no_answer::said(text)).flatten() }
}

fn is_not_read(problem: &Problem) -> bool {
    problem.severity() == Severity::NotRead
}

/// Whether a name has the ending of a saved answer, or none. The text of another program is not kept in a store.
fn is_called_like_a_dump(name: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_none_or(|end| end.eq_ignore_ascii_case("json") || end.eq_ignore_ascii_case("jsonl"))
}

/// Whether a document that mentions the API is a program or prose.
fn is_prose(source: &Source, text: &str) -> bool {
    refuse::is_prose(name_of(source), text)
}

fn name_of(source: &Source) -> &str {
    source.inside.as_deref().unwrap_or(&source.path)
}

/// Whether text between the values is the rest of a value that begins before the document does: `},`, `"IsTruncated":
/// false`.
fn is_tail(pieces: &[TextPiece]) -> bool {
    let is_rest = |line: &str| {
        let line = line.trim();
        let names_a_member = || {
            let mut parts = line.strip_prefix('"').unwrap_or_default().splitn(2, '"');
            let (name, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            !name.is_empty() && rest.trim_start().starts_with(':')
        };
        line.starts_with(['}', ']']) || names_a_member()
    };
    pieces.iter().any(|piece| matches!(piece, TextPiece::Line(line) if is_rest(line)))
}

fn cut_at_the_start(source: &Source) -> Problem {
    let what = "the JSON begins in the middle; nothing of that value was used";
    let advice = "Its beginning is lost, as in the scrollback of a terminal or the output of tail: save it again.";
    Problem::new(Kind::CutOff, source, what).advise(advice)
}

/// What the lines and the values without an answer tell about the whole document.
fn around(pieces: &[TextPiece]) -> Beside {
    let mut beside = Beside::default();
    for piece in pieces {
        match piece {
            TextPiece::Line(text) => beside.read(text),
            TextPiece::Value(json) if !refuse::may_hold_rows(json) => beside.read(json),
            TextPiece::Value(_) | TextPiece::Broken { .. } => {}
        }
    }
    beside
}

/// Reads a document that is a table; returns whether it is one.
fn table(source: &Source, text: &str, explorer: &mut Explorer) -> bool {
    let read = table_rows::explore(text, explorer);
    if let Some(Err(error)) = &read {
        let problem = Problem::new(Kind::BadValue, source, format!("the table is damaged: {error}"));
        // The rows of a credential report are used as they come.
        let is_unused = explorer.is_empty() && explorer.policies.is_empty();
        let used = if is_unused { "nothing of it was used" } else { "only the rows before the damage were used" };
        explorer.problems.push(problem.advise(format!("Export it again; {used}.")));
        explorer.unread.add(refuse::entities_in_table(text));
    }
    read.is_some()
}

/// Handles a document that does not hold one whole JSON value.
fn no_value(source: &Source, text: &str, pieces: &[TextPiece], explorer: &mut Explorer) {
    if refuse::ends_like_prose(name_of(source)) {
        return;
    }
    if refuse::mentions_dump(text) && text.trim_end().ends_with(['}', ']']) && is_tail(pieces) {
        explorer.problems.push(cut_at_the_start(source));
    } else if let Some(refused) = refuse::recognize(text) {
        explorer.problems.push(refused.problem(source));
    } else if let Some(piece) =
        pieces.iter().find(|piece| is_broken(piece)).filter(|_| is_meant(text) && !is_prose(source, text))
    {
        explorer.problems.push(broken(source, piece));
    } else if text.lines().all(|line| matches!(line.trim().trim_matches('"'), "" | "IN_PROGRESS" | "None")) {
        let what = "the job had not finished when this was saved";
        explorer.problems.push(Problem::new(Kind::Pending, source, what).advise("Fetch the answer again."));
    }
}

/// Whether JSON that is broken is a loss: it held a dump, or what tells about the entities of dumps.
fn is_meant(text: &str) -> bool {
    refuse::mentions_dump(text) || refuse::describes_entities(text) || refuse::tells_of_use(text)
}

const fn is_value(piece: &TextPiece) -> bool {
    matches!(piece, TextPiece::Value(_))
}

fn is_broken(piece: &TextPiece) -> bool {
    matches!(piece, TextPiece::Broken { .. })
}

fn broken(source: &Source, piece: &TextPiece) -> Problem {
    let TextPiece::Broken { line, column, what, cut_off, .. } = piece else {
        unreachable!("only called for broken pieces")
    };
    let place = format!("line {line}, column {column}");
    if *cut_off {
        let problem = Problem::new(Kind::CutOff, source, "the JSON ends in the middle; nothing of that value was used");
        return problem.at(place).advise("The download or the disk was cut short: save it again.");
    }
    let problem =
        Problem::new(Kind::BrokenJson, source, format!("this is not JSON: {what}; nothing of that value was used"));
    problem.at(place).advise("Fix it there, or save the response again.")
}

/// As IAM allows it, and more than enough.
const LONGEST_ARN: usize = 2048;

/// An ARN of IAM in a line of text (`Role: arn:aws:iam::…`), which names the answer that follows.
fn arn_in(line: &str) -> Option<String> {
    let start = line.find("arn:aws")?;
    // IAM allows these characters in a name, and `/` and `:`; any other character belongs to the line, not to the ARN.
    let of_arn = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/:".contains(c);
    // Without this limit, a line of a million ARNs without a gap would be read to its end for each of them.
    let longest = line[start..].floor_char_boundary(LONGEST_ARN);
    let end = line[start..start + longest].find(|c| !of_arn(c)).unwrap_or(longest);
    let arn = line[start..start + end].trim_end_matches([':', '.', ',', '=', '/']);
    arn.contains(":iam:").then(|| arn.to_owned())
}
