//! What an organization's saved answers look like: administrators whose answers list everything, among many roles that may do a
//! few things, real services and actions, accesses of all ages.
//!
//! Every dump is computed from its number alone, so that dumps can be made in parallel and an estate of any size is the same
//! on every machine. What an entity may do stays from date to date, and it uses each permission at intervals of its own: so no
//! dump lacks an access that an older one shows, as AWS forgets none within 400 days.

use std::io::Write;
use std::sync::LazyLock;

/// Services and their actions, as the catalogue of this repository knows them.
static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(services);

const DAY: i64 = 86_400;
/// 2026-03-02, the first date of every estate; the others follow at intervals of 28 days.
const FIRST_DATE: i64 = 1_772_409_600;
const REGIONS: [&str; 6] = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"];
const TEAMS: [&str; 10] =
    ["payments", "search", "ledger", "mobile", "platform", "reports", "risk", "catalog", "identity", "media"];
const DUTIES: [&str; 8] = ["api", "worker", "etl", "deploy", "reader", "backup", "stream", "webhook"];
/// Of a hundred entities, how many are administrators, and how many have one of AWS's broad job policies.
const ADMINISTRATORS: u64 = 22;
const BROAD: u64 = 8;

/// Of which level the answers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Services with their tracked actions.
    Action,
    /// Services alone.
    Service,
}

/// How the JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Indented by four, as aws-cli prints.
    Cli,
    /// Without any space, as `jq -c` and most SDK users save.
    Compact,
}

/// The size of an estate.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    pub accounts: usize,
    /// In each account.
    pub entities: usize,
    /// Answers of each entity.
    pub dates: usize,
    pub level: Level,
}

impl Default for Estate {
    fn default() -> Self {
        Self { accounts: 10, entities: 100, dates: 2, level: Level::Action }
    }
}

struct Service {
    namespace: String,
    name: String,
    tracked: Vec<String>,
}

/// One answer.
pub struct Dump {
    /// Below the estate's folder.
    pub path: String,
    level: Level,
    made: i64,
    /// Milliseconds of the job's two dates.
    fractions: [u64; 2],
    services: Vec<Row>,
}

struct Row {
    service: usize,
    access: Option<Access>,
    total: u64,
    actions: Vec<(usize, Option<Access>)>,
}

#[derive(Clone)]
struct Access {
    at: i64,
    by: String,
    region: &'static str,
}

impl Estate {
    /// How many answers there are.
    pub const fn dumps(&self) -> usize {
        self.accounts * self.entities * self.dates
    }

    /// The answer with this number.
    pub fn dump(&self, number: usize) -> Dump {
        let (date, entity) = (number % self.dates, number / self.dates);
        let (account, entity) = (entity / self.entities, entity % self.entities);
        let account_id = 100_000_000_000 + 7_919_191_919 * (account as u64 + 1) % 899_999_999_999;
        let mut may = Chance::new(&[1, account as u64, entity as u64]);
        let mut does = Chance::new(&[2, account as u64, entity as u64]);
        let mut fraction = Chance::new(&[4, account as u64, entity as u64, date as u64]);
        let made = FIRST_DATE + 28 * DAY * date as i64 + 3600 + 7 * entity as i64;

        let rank = (entity as u64 * 37 + account as u64) % 100;
        let is_admin = rank < ADMINISTRATORS;
        let is_broad = !is_admin && rank < ADMINISTRATORS + BROAD;
        let kind = if rank % 10 == 7 { "user" } else { "role" };
        let team = TEAMS[may.below(10) as usize];
        let name = match (is_admin, is_broad) {
            (true, _) => format!("{team}-admin-{entity:03}"),
            (_, true) => format!("{team}-power-{entity:03}"),
            _ => format!("{team}-{}-{entity:03}", DUTIES[may.below(8) as usize]),
        };
        let arn = format!("arn:aws:iam::{account_id}:{kind}/{name}");
        let uses_of_ten = if is_admin || is_broad { 1 } else { 6 };
        let granted: Vec<usize> = if is_admin {
            (0..SERVICES.len()).collect()
        } else {
            let wanted = if is_broad { 120 + may.below(60) } else { 3 + may.below(22) };
            let mut some: Vec<_> = (0..wanted).map(|_| may.below(SERVICES.len() as u64) as usize).collect();
            some.sort_unstable();
            some.dedup();
            some
        };
        let services = granted
            .into_iter()
            .map(|at| {
                let whole = is_admin || is_broad || may.below(3) == 0;
                let is_used = may.below(10) < uses_of_ten;
                let region = REGIONS[may.below(6) as usize];
                // Most accesses are recent, some of long ago: the interval is the square of a number below 20, in days.
                let access = |chance: &mut Chance| {
                    let interval = 1 + chance.below(DAY as u64) + DAY as u64 * u64::pow(chance.below(20), 2);
                    let at = made - (made - chance.below(interval) as i64) % interval as i64;
                    Access { at, by: arn.clone(), region }
                };
                let tracked = if self.level == Level::Action { SERVICES[at].tracked.len() } else { 0 };
                let mut actions: Vec<(usize, Option<Access>)> = Vec::with_capacity(tracked);
                for action in 0..tracked {
                    if whole || may.below(4) == 0 {
                        let used = is_used && may.below(if whole { 5 } else { 3 }) == 0;
                        actions.push((action, used.then(|| access(&mut does))));
                    }
                }
                let newest = actions.iter().filter_map(|(_, a)| a.clone()).max_by_key(|a| a.at);
                let own = is_used.then(|| access(&mut does));
                let access = own.into_iter().chain(newest).max_by_key(|a| a.at);
                Row { service: at, total: u64::from(access.is_some()), access, actions }
            })
            .collect();
        let day = date_text(made);
        Dump {
            path: format!("{}/{account_id}/{kind}s/{name}.json", &day[..10]),
            level: self.level,
            made,
            fractions: [fraction.below(1000), fraction.below(1000)],
            services,
        }
    }
}

impl Dump {
    /// Appends the answer as JSON; gives the number of action rows.
    pub fn print(&self, style: Style, out: &mut Vec<u8>) -> usize {
        let level = if self.level == Level::Action { "ACTION_LEVEL" } else { "SERVICE_LEVEL" };
        let job_date = |at, fraction| format!("{}.{fraction:03}000+00:00", date_text(at));
        let mut json = Printer { out, style, depth: 0, first: true };
        json.open(b'{');
        json.text("JobStatus", "COMPLETED");
        json.text("JobType", level);
        json.text("JobCreationDate", &job_date(self.made, self.fractions[0]));
        json.key("ServicesLastAccessed");
        json.open(b'[');
        for row in &self.services {
            row.print(&mut json);
        }
        json.close(b']');
        json.text("JobCompletionDate", &job_date(self.made + 2, self.fractions[1]));
        json.bare("IsTruncated", "false");
        json.close(b'}');
        json.out.push(b'\n');
        self.services.iter().map(|row| row.actions.len()).sum()
    }
}

impl Row {
    fn print(&self, json: &mut Printer) {
        let service = &SERVICES[self.service];
        json.element();
        json.open(b'{');
        json.text("ServiceName", &service.name);
        if let Some(access) = &self.access {
            json.text("LastAuthenticated", &format!("{}+00:00", date_text(access.at)));
        }
        json.text("ServiceNamespace", &service.namespace);
        if let Some(access) = &self.access {
            json.text("LastAuthenticatedEntity", &access.by);
            json.text("LastAuthenticatedRegion", access.region);
        }
        json.bare("TotalAuthenticatedEntities", &self.total.to_string());
        if !self.actions.is_empty() {
            json.key("TrackedActionsLastAccessed");
            json.open(b'[');
            for (action, access) in &self.actions {
                json.element();
                json.open(b'{');
                json.text("ActionName", &service.tracked[*action]);
                if let Some(access) = access {
                    json.text("LastAccessedEntity", &access.by);
                    json.text("LastAccessedTime", &format!("{}+00:00", date_text(access.at)));
                    json.text("LastAccessedRegion", access.region);
                }
                json.close(b'}');
            }
            json.close(b']');
        }
        json.close(b'}');
    }
}

/// Prints JSON in either style. No text here needs an escape.
struct Printer<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
    depth: usize,
    first: bool,
}

impl Printer<'_> {
    fn line(&mut self) {
        if self.style == Style::Cli {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 4 * self.depth, b' ');
        }
    }

    /// Begins a member or an element: after a comma where one stands before it.
    fn element(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.line();
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.first = true;
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        if !self.first {
            self.line();
        }
        self.out.push(bracket);
        self.first = false;
    }

    fn key(&mut self, name: &str) {
        self.element();
        let colon = if self.style == Style::Cli { ": " } else { ":" };
        // A Vec takes everything.
        let _ = write!(self.out, "\"{name}\"{colon}");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.key(name);
        let _ = write!(self.out, "\"{value}\"");
    }

    fn bare(&mut self, name: &str, value: &str) {
        self.key(name);
        self.out.extend_from_slice(value.as_bytes());
    }
}

/// Reads the catalogue's tables; the fields of both hold no quotes where they matter here.
fn services() -> Vec<Service> {
    let names = include_str!("../../src/catalogue/data/services.csv");
    let actions = include_str!("../../src/catalogue/data/actions.csv");
    let mut services: Vec<Service> = names
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(namespace, name)| Service {
            namespace: namespace.to_owned(),
            name: name.trim_matches('"').to_owned(),
            tracked: Vec::new(),
        })
        .collect();
    services.sort_by(|a, b| a.namespace.cmp(&b.namespace));
    for line in actions.lines().skip(1) {
        let mut fields = line.splitn(3, ',');
        let (Some(namespace), Some(action), Some(level)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let reads = level.starts_with("List") || level.starts_with("Read");
        // AWS tracks what manages things, and little of what only looks at them.
        let is_tracked = !reads || Chance::new(&[3, hash(namespace), hash(action)]).below(12) == 0;
        if let (true, Ok(at)) = (is_tracked, services.binary_search_by(|s| s.namespace.as_str().cmp(namespace))) {
            services[at].tracked.push(action.to_owned());
        }
    }
    services
}

/// `2026-03-02T01:00:00`, by the civil calendar.
fn date_text(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Howard Hinnant's days_from_civil, turned round.
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A stream of numbers that look random and are the same everywhere: splitmix64.
struct Chance(u64);

impl Chance {
    fn new(seeds: &[u64]) -> Self {
        let mut chance = Self(0x9e37_79b9_7f4a_7c15);
        for &seed in seeds {
            chance.0 ^= seed.wrapping_mul(0xd6e8_feb8_6659_fd93);
            chance.0 = chance.next();
        }
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
