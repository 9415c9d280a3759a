//! Recorded sessions of a terminal: commands of the AWS CLI, and what they printed.
//!
//! The input is the pieces of a document. The output is the entity of each value that a command printed:
//! `generate-service-last-accessed-details --arn …` names it and prints a job's id, and the command that fetches the answer has
//! only this id (`get-service-last-accessed-details --job-id …`). The line nearest to an answer then is the command
//! for the next entity, so that lines alone would tell nothing.

use std::collections::BTreeMap;

use super::arn_in;
use super::beside::Beside;
use super::document::TextPiece;
use crate::model::Arn;

/// The command that starts a job. The one with entities (`get-…-details-with-entities`) prints answers of another kind.
const GENERATE: &str = "generate-service-last-accessed-details";
const GET: &str = "get-service-last-accessed-details ";

/// What the commands of a session have told so far.
#[derive(Default)]
struct Session {
    /// The entity of each job; `None` where two commands contradict each other.
    jobs: BTreeMap<String, Option<String>>,
    /// The entity of a job that was just started, until its id is printed.
    started: Option<String>,
    /// The job of the answer that is printed next.
    fetched: Option<String>,
}

/// What a command printed.
#[derive(Debug, PartialEq, Eq)]
pub enum Printed {
    /// A value about the entity with this ARN.
    About(String),
    /// The answer of a job that no command of the session started.
    OfAnotherJob,
}

/// What each value is that a command printed, by the place of the value among `pieces`.
pub fn printed(pieces: &[TextPiece]) -> BTreeMap<usize, Printed> {
    let mut session = Session::default();
    let mut found = BTreeMap::new();
    let mut lines: Vec<&str> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            TextPiece::Line(line) => lines.push(line),
            TextPiece::Value(json) => {
                session.commands(&std::mem::take(&mut lines));
                found.extend(session.printed(json).map(|printed| (at, printed)));
            }
            // The next value may be a part of the broken one.
            TextPiece::Broken { .. } => {
                lines.clear();
                session = Session { jobs: session.jobs, ..Session::default() };
            }
        }
    }
    found
}

/// Whether a line is a command that starts a job.
pub fn starts_a_job(line: &str) -> bool {
    line.contains(GENERATE)
}

impl Session {
    /// Reads the commands among the lines between two values. A value belongs to the last line: whatever else is printed or typed after
    /// a command, such as `cat other.json`, may have printed it.
    fn commands(&mut self, lines: &[&str]) {
        (self.started, self.fetched) = (None, None);
        let mut lines = lines.iter().filter(|line| !line.trim().is_empty());
        while let Some(line) = lines.next() {
            let mut command = (*line).to_owned();
            while command.trim_end().ends_with(['\\', '`', '^'])
                && let Some(more) = lines.next()
            {
                command.push('\n');
                command.push_str(more);
            }
            if is_job_id(line.trim()) {
                self.begun(line.trim());
            }
            (self.started, self.fetched) = (None, None);
            // What goes into a file is not printed.
            let printed = |(_, rest): (&str, &str)| (!rest.replace("2>", "").contains('>')).then(|| rest.to_owned());
            if let Some(rest) = command.split_once(GENERATE).and_then(printed) {
                self.started = argument(&rest, "--arn").and_then(arn_in).filter(|arn| Arn::parse(arn).is_ok());
            } else if let Some(rest) = command.split_once(GET).and_then(printed) {
                self.fetched = argument(&rest, "--job-id").map(str::to_ascii_lowercase);
            }
        }
    }

    /// What a value is that stands after the commands, if one of them printed it.
    fn printed(&mut self, json: &str) -> Option<Printed> {
        if let Some(job) = self.fetched.take() {
            let about = self.jobs.get(&job).cloned().flatten();
            return Some(about.map_or(Printed::OfAnotherJob, Printed::About));
        }
        let arn = self.started.clone()?;
        let mut beside = Beside::default();
        beside.read(json);
        let id = beside.only_job()?.clone();
        self.begun(&id);
        Some(Printed::About(arn))
    }

    fn begun(&mut self, id: &str) {
        let Some(arn) = self.started.take() else { return };
        let before = self.jobs.entry(id.to_ascii_lowercase()).or_insert_with(|| Some(arn.clone()));
        if before.as_ref() != Some(&arn) {
            *before = None;
        }
    }
}

/// The value of an option, without quotes.
fn argument<'t>(text: &'t str, option: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(option)?;
    let rest = rest.trim_start_matches(['=', ' ', '\t', '"', '\'', '\\', '\n', '\r']);
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '>' | '&' | ')'));
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|value| !value.is_empty())
}

/// Whether a line is the id of a job: a UUID.
fn is_job_id(line: &str) -> bool {
    line.len() == 36
        && line.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && line.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::document::pieces;

    const APP: &str = "arn:aws:iam::111122223333:role/app";
    const WEB: &str = "arn:aws:iam::111122223333:role/web";
    const JOBS: [&str; 2] = ["d8a1b2c3-1111-2222-3333-444455556666", "d8a1b2c3-1111-2222-3333-444455557777"];

    fn found(text: &str) -> Vec<String> {
        let arn = |printed| if let Printed::About(arn) = printed { arn } else { "unknown".to_owned() };
        printed(&pieces(text)).into_values().map(arn).collect()
    }

    #[test]
    fn an_answer_has_the_entity_of_its_job() {
        let generate = |arn: &str, job: &str| {
            format!("$ aws iam generate-service-last-accessed-details --arn {arn}\n{{\n  \"JobId\": \"{job}\"\n}}\n")
        };
        let get = |job: &str| {
            format!("$ aws iam get-service-last-accessed-details --job-id {job}\n{{\"JobStatus\": \"COMPLETED\"}}\n")
        };
        let [one, other] = JOBS;
        // Also if the jobs are started first, and fetched in another order.
        let text = generate(APP, one) + &generate(WEB, other) + &get(other) + &get(one);
        assert_eq!(found(&text), [APP, WEB, WEB, APP]);
        assert_eq!(found(&get(one)), ["unknown"], "nobody names the job");
        let twice = generate(APP, one) + &generate(WEB, one) + &get(one);
        assert_eq!(found(&twice), [APP, WEB, "unknown"], "two commands contradict each other");
    }

    #[test]
    fn a_value_belongs_to_the_last_line_before_it() {
        let [one, other] = JOBS;
        let begun = format!("$ aws iam generate-service-last-accessed-details --arn {APP}\n{{\"JobId\": \"{one}\"}}\n");
        let get = format!("$ aws iam get-service-last-accessed-details --job-id {one}");
        for printed_otherwise in [
            format!("{get} > app.json\n$ cat web.json\n{{}}\n"),
            format!("{get} > app.json\n{{}}\n"),
            format!("{get}\nAn error occurred (Throttling)\n$ cat web.json\n{{}}\n"),
        ] {
            assert_eq!(found(&format!("{begun}{printed_otherwise}")), [APP], "{printed_otherwise}");
        }
        let quiet = format!("{begun}{get} 2>/dev/null | jq .\n\n{{}}\n");
        assert_eq!(found(&quiet), [APP, APP]);
        // The id is printed by another command.
        let id = format!("$ aws iam generate-service-last-accessed-details --arn {APP}\n$ uuidgen\n{other}\n");
        assert_eq!(found(&format!("{id}{}\n{{}}\n", get.replace(one, other))), ["unknown"]);
    }

    #[test]
    fn commands_are_found_in_their_spellings() {
        let [one, _] = JOBS;
        let text = format!(
            "PS C:\\> aws iam generate-service-last-accessed-details `\n  --granularity ACTION_LEVEL \\\n  --arn=\"{APP}\" --query JobId --output text\n{one}\n\
             $ aws iam get-service-last-accessed-details --output json --job-id='{}'\n{{}}\n",
            one.to_uppercase()
        );
        assert_eq!(found(&text), [APP]);
        let with_entities = format!(
            "aws iam generate-service-last-accessed-details --arn {APP}\n{{\"JobId\": \"{one}\"}}\n\
             aws iam get-service-last-accessed-details-with-entities --job-id {one} --service-namespace s3\n{{}}\n"
        );
        assert_eq!(found(&with_entities), [APP], "of another operation");
        assert_eq!(
            found(&format!("aws iam generate-service-last-accessed-details --arn $ARN\n{{\"JobId\": \"{one}\"}}\n")),
            [""; 0]
        );
    }
}
