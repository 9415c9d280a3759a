//! Lines of text that name the entity of an answer: `Role: arn:aws:iam::…`.
//!
//! The input is the pieces of a document. The output is the entity of each value, if one line before it names it and
//! nothing speaks against that. A line may also name the caller that collected the answers, several lines may come
//! first, and labels may come after their answers: then no line is taken, and each entity that a line names counts as
//! unseen. Otherwise an answer would count for the wrong entity.

use std::collections::{BTreeMap, BTreeSet};

use super::arn_in;
use super::document::TextPiece;
use super::members::{NormalName, normal};
use super::session::{self, Printed};
use crate::model::{AccountId, Arn};

/// The labels of a document.
#[derive(Debug, Default)]
pub struct Labels<'t> {
    of_values: BTreeMap<usize, String>,
    /// Lines that name an entity, each with its ARN.
    lines: Vec<(&'t str, String)>,
    /// Entities that lines name without telling which answer is about them.
    unclear: BTreeSet<String>,
}

/// A line that names one or more entities.
#[derive(Debug, Clone)]
struct Label<'t> {
    line: &'t str,
    /// The line without the names.
    words: String,
    arns: Vec<String>,
}

impl<'t> Labels<'t> {
    /// The labels among `pieces`.
    pub fn among(pieces: &[TextPiece<'t>]) -> Self {
        let mut found = Self::default();
        let mut segments: Vec<(usize, Vec<Label<'t>>)> = Vec::new();
        let mut open: Vec<Label<'t>> = Vec::new();
        let mut caller: BTreeSet<&str> = BTreeSet::new();
        // What stands before a value that a command printed belongs to the command.
        let of_commands = session::printed(pieces);
        let mut commands: Vec<Label<'t>> = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                TextPiece::Line(line) => {
                    caller.extend(["userid", "account"].into_iter().filter(|name| name_of(line) == *name));
                    open.extend(Label::of(line));
                }
                TextPiece::Value(_) | TextPiece::Broken { .. } => {
                    // `aws sts get-caller-identity --output yaml` has a line for each.
                    if std::mem::take(&mut caller).len() == 2 {
                        open.retain(|label| name_of(&label.words) != "arn");
                    }
                    let mut labels = std::mem::take(&mut open);
                    match of_commands.get(&at) {
                        Some(Printed::About(_)) => commands.extend(labels),
                        // It is the answer of another job than the one that a line before it starts.
                        Some(Printed::OfAnotherJob) => {
                            commands.extend(labels.extract_if(.., |label| session::starts_a_job(label.line)));
                            segments.push((at, labels));
                        }
                        None => segments.push((at, labels)),
                    }
                }
            }
        }
        let trailing = open;
        let mut claims: Vec<(usize, Label<'t>)> = Vec::new();
        let usual = usual_words(&segments);
        let mistaken = told_apart_by_others(&segments, usual.as_deref());
        for (at, labels) in &segments {
            match nearest(labels, usual.as_deref()).filter(|label| !mistaken.contains(&label.arns[0])) {
                Some(label) => claims.push((*at, label)),
                None => found.unclear.extend(labels.iter().flat_map(|label| label.arns.clone())),
            }
        }
        let all = segments.into_iter().flat_map(|(_, labels)| labels).chain(commands).chain(trailing.clone());
        found.lines = all.flat_map(|label| label.arns.into_iter().map(move |arn| (label.line, arn))).collect();
        if come_after(&claims, &trailing, pieces) {
            found.unclear.extend(
                claims.drain(..).chain(trailing.into_iter().map(|label| (0, label))).flat_map(|(_, label)| label.arns),
            );
        }
        let about = |printed| if let Printed::About(arn) = printed { Some(arn) } else { None };
        let told = of_commands.into_iter().filter_map(|(at, printed)| Some((at, about(printed)?)));
        found.of_values = claims.into_iter().map(|(at, mut label)| (at, label.arns.remove(0))).chain(told).collect();
        found.lines.retain(|(_, arn)| !found.unclear.contains(arn));
        found
    }

    /// The entity of the value at this place among the pieces.
    pub fn of_value(&self, at: usize) -> Option<&String> {
        self.of_values.get(&at)
    }

    /// Lines that name an entity, each with its ARN.
    pub fn lines(&self) -> impl Iterator<Item = (&'t str, &str)> {
        self.lines.iter().map(|(line, arn)| (*line, arn.as_str()))
    }

    /// Entities that lines name without telling which answer is about them.
    pub fn unclear(&self) -> impl Iterator<Item = &String> {
        self.unclear.iter()
    }
}

/// The words of the nearest labels of all values, if there are several values, the words are the same, and before one
/// value nothing else is named. Otherwise each answer may be about an entity further up: `Role: …`, `Boundary: …`.
fn usual_words(segments: &[(usize, Vec<Label>)]) -> Option<String> {
    let mut words = segments.iter().map(|(_, labels)| labels.last().map(|label| label.words.as_str()));
    let first = words.next()??;
    let is_shown_alone = || segments.iter().any(|(_, labels)| named(labels).len() == 1);
    (segments.len() > 1 && words.all(|other| other == Some(first)) && is_shown_alone()).then(|| first.to_owned())
}

/// Entities that are nearest to several values, if other lines tell these values apart: the values are about what those
/// lines name.
fn told_apart_by_others(segments: &[(usize, Vec<Label>)], usual: Option<&str>) -> BTreeSet<String> {
    let mut others: BTreeMap<String, BTreeSet<BTreeSet<&String>>> = BTreeMap::new();
    for (_, labels) in segments {
        let Some(mut label) = nearest(labels, usual) else { continue };
        let nearest = label.arns.remove(0);
        let mut around = named(labels);
        around.remove(&nearest);
        if !around.is_empty() {
            others.entry(nearest).or_default().insert(around);
        }
    }
    others.into_iter().filter(|(_, around)| around.len() > 1).map(|(arn, _)| arn).collect()
}

/// Every entity that the labels name.
fn named<'l>(labels: &'l [Label]) -> BTreeSet<&'l String> {
    labels.iter().flat_map(|label| &label.arns).collect()
}

/// The one label of a value. Of several, it is the nearest, if the nearest ones of all values have the same words.
fn nearest<'t>(labels: &[Label<'t>], usual: Option<&str>) -> Option<Label<'t>> {
    let last = labels.last().filter(|last| last.arns.len() == 1)?;
    (named(labels).len() == 1 || usual == Some(&last.words)).then(|| last.clone())
}

/// Whether labels come after their answers: the line after the last answer has the words of the lines between them, and
/// no such line is before the first. Beside a single answer, two lines with different words contradict each other.
fn come_after(claims: &[(usize, Label)], trailing: &[Label], pieces: &[TextPiece]) -> bool {
    let mut values = (0..pieces.len()).filter(|at| !matches!(pieces[*at], TextPiece::Line(_)));
    let first = values.next();
    let is_single = values.next().is_none();
    let of_first = claims.iter().find(|(at, _)| Some(*at) == first).map(|(_, label)| label);
    let of_claims: BTreeSet<&str> = claims.iter().map(|(_, label)| label.words.as_str()).collect();
    trailing.iter().any(|after| {
        let is_alike = |label: &Label| label.words == after.words;
        if is_single {
            return of_first.is_some_and(|label| !is_alike(label) && label.arns != after.arns);
        }
        !of_first.is_some_and(is_alike) && of_claims.contains(after.words.as_str())
    })
}

impl<'t> Label<'t> {
    /// The label in a line; `None` if it names no entity, or the caller.
    fn of(line: &'t str) -> Option<Self> {
        let mut arns: Vec<String> = Vec::new();
        let mut words = line.to_owned();
        for (at, _) in line.match_indices("arn:aws") {
            let Some(arn) = arn_in(&line[at..]) else { continue };
            if !arns.contains(&arn) {
                words = words.replace(&arn, "*");
                arns.push(arn);
            }
            if arns.len() == MOST_NAMES {
                break;
            }
        }
        // An ARN of something else, such as a session, names no entity; but the line may be meant as a label.
        let is_entity = |arn: &String| Arn::parse(arn).is_ok();
        if arns.iter().any(is_entity) {
            arns.retain(is_entity);
        }
        (!arns.is_empty() && !is_about_the_caller(&words)).then_some(Self { line, words, arns })
    }
}

/// The name before the colon of a line.
fn name_of(line: &str) -> NormalName {
    normal(line.split_once(':').map_or("", |(name, _)| name.trim()))
}

/// More names on one line tell nothing more.
const MOST_NAMES: usize = 8;

/// Words of lines that tell who collects.
const CALLERS: [&str; 18] = [
    "assume",
    "assuming",
    "authenticated",
    "aws_role_arn",
    "caller",
    "collected by",
    "collector",
    "credential",
    "identity=",
    "logged in",
    "login",
    "profile",
    "running as",
    "session",
    "signed in",
    "using",
    "whoami",
    "you are",
];

/// Whether a line without its ARN is about the caller: by its words, or as `aws sts get-caller-identity --output text`
/// prints an account, an ARN and an id.
fn is_about_the_caller(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    let is_id = |word: &str| word.len() >= 16 && (word.starts_with("AIDA") || word.starts_with("AROA"));
    let cells = || words.split_whitespace();
    let is_identity = cells().any(|word| AccountId::parse(word).is_some()) && cells().any(is_id);
    is_identity || CALLERS.iter().any(|word| lower.contains(word)) || lower.contains(" as *")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::document::pieces;

    const APP: &str = "arn:aws:iam::111122223333:role/app";
    const WEB: &str = "arn:aws:iam::111122223333:role/web";
    const AUDIT: &str = "arn:aws:iam::111122223333:user/audit";

    fn claims(text: &str) -> (Vec<Option<String>>, usize) {
        let pieces = pieces(text);
        let labels = Labels::among(&pieces);
        let values = (0..pieces.len()).filter(|at| matches!(pieces[*at], TextPiece::Value(_)));
        (values.map(|at| labels.of_value(at).cloned()).collect(), labels.unclear().count())
    }

    #[test]
    fn a_line_before_an_answer_names_it() {
        let (app, web) = (Some(APP.to_owned()), Some(WEB.to_owned()));
        assert_eq!(claims(&format!("Role: {APP}\n{{}}\nRole: {WEB}\n{{}}")), (vec![app.clone(), web.clone()], 0));
        assert_eq!(
            claims(&format!("111122223333\t{AUDIT}\tAIDAEXAMPLEEXAMPLE\nRole: {APP}\n{{}}")),
            (vec![app.clone()], 0)
        );
        assert_eq!(claims(&format!("Found {WEB}\nRole: {APP}\n{{}}\nRole: {WEB}\n{{}}")), (vec![app.clone(), web], 0));
        assert_eq!(claims(&format!("Role: {APP}\n{{}}\nRole: {WEB}\n")), (vec![app], 0));
    }

    #[test]
    fn a_line_that_may_mean_another_answer_names_none() {
        assert_eq!(claims(&format!("UserId: AIDA\nAccount: '111122223333'\nArn: {AUDIT}\n{{}}")), (vec![None], 0));
        for line in ["AWS_ROLE_ARN=", "identity=", "You are "] {
            assert_eq!(claims(&format!("{line}{AUDIT}\n{{}}")), (vec![None], 0), "{line}");
        }
        assert_eq!(claims(&format!("Caller: {AUDIT}\n{{}}")), (vec![None], 0));
        assert_eq!(claims(&format!("{{}}\nRole: {APP}\n{{}}\nRole: {WEB}\n")), (vec![None, None], 2));
        assert_eq!(claims(&format!("Start: {AUDIT}\n{{}}\nRole: {APP}\n{{}}\nRole: {WEB}\n")), (vec![None, None], 3));
        assert_eq!(claims(&format!("Role: {APP}\nRole: {WEB}\n{{}}\n{{}}\n")), (vec![None, None], 2));
        assert_eq!(claims(&format!("Role: {APP} for {WEB}\n{{}}\n")), (vec![None], 2));
        assert_eq!(claims(&format!("By: {AUDIT}\n{{}}\nRole: {APP}\n")), (vec![None], 2));
    }

    #[test]
    fn the_nearest_line_names_nothing_if_another_one_is_as_regular() {
        let boundary = |role: &str| format!("Role: {role}\nBoundary: {AUDIT}\n{{}}\n");
        assert_eq!(claims(&(boundary(APP) + &boundary(WEB))), (vec![None, None], 3));
        let trust = format!("User: {AUDIT}\nTrust: {APP}\n{{}}\nBy: {AUDIT}\nTrust: {WEB}\n{{}}\n");
        assert_eq!(claims(&trust), (vec![None, None], 3));
        // One answer with nothing but the nearest line does not make the others its own.
        let alone = format!("Boundary: {APP}-2\n{{}}\n");
        let text = boundary(APP) + &alone + &boundary(WEB);
        assert_eq!(claims(&text), (vec![None, Some(format!("{APP}-2")), None], 3));
        let (app, web) = (Some(APP.to_owned()), Some(WEB.to_owned()));
        let skips = format!("Role: {APP}\n{{}}\nSkipped {AUDIT}\nRole: {WEB}\n{{}}\n");
        assert_eq!(claims(&skips), (vec![app.clone(), web], 0));
        let polled = format!("Found {WEB}\nRole: {APP}\n{{}}\nRole: {APP}\n{{}}\n");
        assert_eq!(claims(&polled), (vec![app.clone(), app], 0));
    }
}
