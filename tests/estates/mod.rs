//! Random estates of saved answers, the same for the same seed: several dates and levels, cut and pending dumps, sidecars, doubled rows,
//! recreated entities, foreign accesses, other shapes. An estate is a value, so that a test can take evidence away and add some.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::DateTime;
use serde_json::{Value, json};

mod beside;
mod make;

pub use beside::Beside;

#[allow(unused_imports, reason = "each file of tests needs a part of it")]
pub use make::{entities, estate};

pub const DAY: i64 = 86_400;

/// `SplitMix64`: small, and the same everywhere.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }

    pub fn days(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(end).expect("not negative"))).expect("small")
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What an answer records of one permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    None,
    At(i64),
    /// An access whose date was lost: an actor, a region or a count is left.
    By,
    Region,
    Count,
}

impl Use {
    pub fn date(self) -> Option<i64> {
        if let Self::At(at) = self { Some(at) } else { None }
    }
}

#[derive(Clone, Debug)]
pub struct Action {
    pub name: String,
    pub used: Use,
    /// Whose access it was, where it was not the entity's own.
    pub stranger: bool,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub namespace: String,
    pub used: Use,
    pub stranger: bool,
    pub actions: Vec<Action>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Whole,
    Cut,
    Pending,
    Failed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    Answer,
    /// A list of rows under the ARN, and the day in the folder.
    ByArn,
    Csv,
}

/// One saved answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Names its file.
    pub number: usize,
    pub arn: String,
    pub named: bool,
    /// Seconds since 1970; None where nothing says when it was made.
    pub made: Option<i64>,
    pub actions: bool,
    pub state: State,
    pub shape: Shape,
    /// The saver lost every date.
    pub lost: bool,
    pub created: Option<i64>,
    pub unique_id: Option<String>,
    pub services: Vec<Service>,
}

impl Answer {
    /// Whether what its rows say rests on other rows of it: lost dates, and accesses by strangers.
    pub fn gives_itself_away(&self) -> bool {
        self.lost || self.services.iter().any(|s| s.stranger || s.actions.iter().any(|a| a.stranger))
    }

    pub fn usable(&self) -> bool {
        matches!(self.state, State::Whole | State::Cut)
    }

    fn date(&self, used: Use) -> Option<String> {
        used.date().filter(|_| !self.lost).map(spell)
    }

    fn actor(&self, used: Use, stranger: bool) -> Option<String> {
        let is_actor = self.arn.contains(":role/") || self.arn.contains(":user/");
        let account = self.arn.split(':').nth(4).unwrap_or_default();
        let own = if is_actor { self.arn.clone() } else { format!("arn:aws:iam::{account}:user/member") };
        let kept = used == Use::By || (used.date().is_some() && !self.lost);
        kept.then(|| if stranger { STRANGER.to_owned() } else { own })
    }

    fn service(&self, service: &Service) -> Value {
        let mut row = json!({"ServiceName": service.namespace.to_uppercase(), "ServiceNamespace": service.namespace});
        let counted = matches!(service.used, Use::At(_) | Use::Count);
        row["TotalAuthenticatedEntities"] = json!(i32::from(counted));
        put(&mut row, "LastAuthenticated", self.date(service.used));
        put(&mut row, "LastAuthenticatedEntity", self.actor(service.used, service.stranger));
        put(&mut row, "LastAuthenticatedRegion", region(service.used));
        if self.actions {
            row["TrackedActionsLastAccessed"] = service.actions.iter().map(|action| self.action(action)).collect();
        }
        row
    }

    fn action(&self, action: &Action) -> Value {
        let mut row = json!({"ActionName": action.name});
        put(&mut row, "LastAccessedTime", self.date(action.used));
        put(&mut row, "LastAccessedEntity", self.actor(action.used, action.stranger));
        put(&mut row, "LastAccessedRegion", region(action.used));
        row
    }

    fn answer(&self) -> Value {
        let mut answer = if self.named { json!({"Arn": self.arn}) } else { json!({}) };
        let (status, level) = match self.state {
            State::Pending => ("IN_PROGRESS", self.actions),
            State::Failed => ("FAILED", self.actions),
            State::Whole | State::Cut => ("COMPLETED", self.actions),
        };
        answer["JobStatus"] = json!(status);
        answer["JobType"] = json!(if level { "ACTION_LEVEL" } else { "SERVICE_LEVEL" });
        put(&mut answer, "JobCreationDate", self.made.map(spell));
        if self.usable() {
            put(&mut answer, "JobCompletionDate", self.made.map(spell));
            answer["ServicesLastAccessed"] = self.rows();
        }
        answer["IsTruncated"] = json!(self.state == State::Cut);
        put(&mut answer, "CreateDate", self.created.map(spell));
        put(&mut answer, "RoleId", self.unique_id.clone());
        answer
    }

    fn rows(&self) -> Value {
        self.services.iter().map(|service| self.service(service)).collect()
    }

    /// The file's ending and bytes.
    fn file(&self) -> (&'static str, String) {
        match self.shape {
            Shape::Answer => ("json", pretty(&self.answer())),
            Shape::ByArn => ("json", pretty(&json!({self.arn.clone(): self.rows()}))),
            Shape::Csv => {
                let mut csv = "principal_arn,service_namespace,last_authenticated\n".to_owned();
                for service in &self.services {
                    let date = service.used.date().map(spell).unwrap_or_default();
                    let _ = writeln!(csv, "{},{},{date}", self.arn, service.namespace);
                }
                ("csv", csv)
            }
        }
    }
}

pub const STRANGER: &str = "arn:aws:iam::111122223333:user/somebody-else";

fn put(row: &mut Value, name: &str, value: Option<String>) {
    if let Some(value) = value {
        row[name] = json!(value);
    }
}

fn region(used: Use) -> Option<String> {
    matches!(used, Use::At(_) | Use::Region).then(|| "eu-west-1".to_owned())
}

pub fn spell(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).expect("an instant").format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON") + "\n"
}

#[derive(Clone, Debug, Default)]
pub struct Estate {
    pub answers: Vec<Answer>,
    pub beside: Vec<Beside>,
}

impl Estate {
    /// The files of the estate by their paths, below `a` and `b`.
    pub fn files(&self) -> BTreeMap<String, String> {
        let answer = |answer: &Answer| {
            let number = answer.number;
            let (ending, bytes) = answer.file();
            let day = answer.made.map(|made| spell(made)[..10].to_owned()).unwrap_or_default();
            let folder = if answer.shape == Shape::Answer { String::new() } else { format!("/{day}") };
            (format!("{}{folder}/dump-{number:02}.{ending}", if number.is_multiple_of(2) { "a" } else { "b" }), bytes)
        };
        let answers = self.answers.iter().map(answer);
        answers.chain(self.beside.iter().enumerate().map(|(number, beside)| beside.file(number))).collect()
    }

    pub fn write(&self, folder: &Path) {
        for part in ["a", "b"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        for (path, bytes) in self.files() {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
    }

    /// Entities that are one after the other under one name count as one here: what dates the one can limit the other.
    pub fn namesakes<'a>(&'a self, arn: &'a str) -> impl Iterator<Item = &'a Answer> {
        self.answers.iter().filter(move |answer| name_of(&answer.arn) == name_of(arn))
    }
}

/// Account, type and name without case and path.
pub fn name_of(arn: &str) -> (String, String) {
    let name = arn.rsplit('/').next().unwrap_or_default().to_lowercase();
    (arn.split('/').next().unwrap_or_default().to_owned(), name)
}
