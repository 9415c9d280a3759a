//! How a random estate comes about: what each entity did, what each dump shows of it, and what savers make of that.

use super::{Action, Answer, Beside, DAY, Estate, Rng, Service, Shape, State, Use, spell};

/// 2026-05-04, the day of the newest dumps.
const LAST: i64 = 1_777_852_800;
const SERVICES: [&str; 5] = ["ec2", "glue", "kms", "s3", "sqs"];
const ACTIONS: [&str; 3] = ["CreateThing", "DeleteThing", "TagThing"];
/// Days between two dumps: a week, a month, the edges of N and of the window.
const GAPS: [i64; 10] = [7, 7, 29, 31, 60, 91, 200, 364, 400, 420];

/// One permission of one entity, as it was in truth.
struct Truth {
    service: usize,
    action: Option<usize>,
    granted: std::ops::Range<i64>,
    accesses: Vec<i64>,
}

impl Truth {
    /// What AWS knows of it at `made`, of an entity that was made at `born`.
    fn shown(&self, made: i64, born: i64) -> Option<i64> {
        let known = |at: &&i64| **at <= made && **at > made - 400 * DAY && **at >= born;
        self.accesses.iter().filter(known).max().copied()
    }
}

fn truths(rng: &mut Rng, first: i64) -> Vec<Truth> {
    let mut found = Vec::new();
    for service in 0..SERVICES.len() {
        if rng.chance(75) {
            let granted = granted(rng, first);
            for action in [None].into_iter().chain((0..ACTIONS.len()).map(Some)) {
                let granted =
                    if action.is_some() && rng.chance(20) { self::granted(rng, first) } else { granted.clone() };
                let accesses =
                    if rng.chance(if action.is_some() { 35 } else { 45 }) { accesses(rng, first) } else { Vec::new() };
                found.push(Truth { service, action, granted, accesses });
            }
        }
    }
    found
}

fn granted(rng: &mut Rng, first: i64) -> std::ops::Range<i64> {
    let span = (LAST - first) / DAY + 2;
    let from = if rng.chance(25) { first + rng.days(span) * DAY } else { 0 };
    let until = if rng.chance(10) { first + rng.days(span) * DAY } else { i64::MAX };
    from..until
}

fn accesses(rng: &mut Rng, first: i64) -> Vec<i64> {
    let span = (LAST - first) / DAY + 500;
    (0..=rng.below(2)).map(|_| LAST - rng.days(span) * DAY - rng.days(DAY)).collect()
}

/// Dates of dumps, oldest first.
fn days(rng: &mut Rng) -> Vec<i64> {
    let mut days = vec![LAST];
    for _ in 0..rng.below(4) {
        days.push(days[days.len() - 1] - rng.pick(&GAPS) * DAY);
    }
    days.reverse();
    days
}

fn arns(rng: &mut Rng) -> Vec<String> {
    let all = [
        "111122223333:role/app",
        "111122223333:role/app",
        "222233334444:role/app",
        "111122223333:user/alice",
        "111122223333:group/dev",
        "111122223333:role/batch",
        "222233334444:policy/deploy",
        "111122223333:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
        "111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
    ];
    let mut chosen: Vec<String> = (0..rng.below(4) + 2).map(|_| format!("arn:aws:iam::{}", rng.pick(&all))).collect();
    if rng.chance(15) {
        chosen.push("arn:aws:iam::111122223333:role/x/App".to_owned());
    }
    if rng.chance(10) {
        chosen.push("arn:aws-eusc:iam::555566667777:role/app".to_owned());
    }
    chosen.sort();
    chosen.dedup();
    chosen
}

/// The answer about `arn` that AWS would give at `made`.
fn answer(rng: &mut Rng, arn: &str, truths: &[Truth], made: i64, born: i64) -> Answer {
    let actions = rng.chance(60);
    let mut services = Vec::new();
    for truth in truths.iter().filter(|t| t.action.is_none() && t.granted.contains(&made)) {
        let of_service = |t: &&Truth| t.service == truth.service && t.action.is_some();
        let listed = truths.iter().filter(of_service).filter(|t| t.granted.contains(&made));
        let action = |t: &Truth| Action {
            name: ACTIONS[t.action.unwrap_or_default()].to_owned(),
            used: t.shown(made, born).map_or(Use::None, Use::At),
            stranger: false,
        };
        let listed: Vec<_> = listed.map(action).collect();
        let newest = listed.iter().filter_map(|a| a.used.date()).chain(truth.shown(made, born)).max();
        let namespace = SERVICES[truth.service].to_owned();
        let actions = if actions { listed } else { Vec::new() };
        services.push(Service { namespace, used: newest.map_or(Use::None, Use::At), stranger: false, actions });
    }
    let shape = *rng.pick(&[
        Shape::Answer,
        Shape::Answer,
        Shape::Answer,
        Shape::Answer,
        Shape::Answer,
        Shape::ByArn,
        Shape::Csv,
    ]);
    let made = made + if shape == Shape::Answer { rng.days(3) * 3600 + 600 } else { 0 };
    let made = if shape == Shape::Answer { made } else { made / DAY * DAY };
    Answer {
        number: 0,
        arn: arn.to_owned(),
        named: true,
        made: Some(made),
        actions: actions && shape != Shape::Csv,
        state: State::Whole,
        shape,
        lost: false,
        created: None,
        unique_id: None,
        services,
    }
}

/// What can go wrong on the way: one thing at most, in about half of the answers.
fn spoil(rng: &mut Rng, answer: &mut Answer) {
    if answer.shape != Shape::Answer {
        return;
    }
    let service = if answer.services.is_empty() { 0 } else { rng.below(answer.services.len()) };
    match rng.below(30) {
        0 | 1 => {
            answer.state = State::Cut;
            answer.services.truncate(service.max(1));
        }
        2 => answer.state = State::Pending,
        3 => answer.state = State::Failed,
        4 => answer.services.clear(),
        5 => answer.lost = true,
        6 => answer.made = None,
        7..=16 if !answer.services.is_empty() => spoil_row(rng, answer, service),
        _ => {}
    }
}

/// A row that AWS would not give, or that a saver changed.
fn spoil_row(rng: &mut Rng, answer: &mut Answer, service: usize) {
    let row = &mut answer.services[service];
    match rng.below(8) {
        0 => row.used = Use::None,
        1 => row.used = row.used.date().map_or(Use::None, |at| Use::At(at - 40 * DAY)),
        2 => row.used = *rng.pick(&[Use::By, Use::Region, Use::Count]),
        3 => row.namespace = row.namespace.to_uppercase(),
        4 => row.stranger = row.used != Use::None,
        5 => {
            let twin = Service { used: Use::None, ..row.clone() };
            answer.services.insert(service, twin);
        }
        6 => {
            if let Some(action) = row.actions.first().cloned() {
                row.actions.push(Action { used: Use::None, name: action.name.to_lowercase(), ..action });
            }
        }
        _ => {
            let used = *rng.pick(&[Use::None, Use::By, Use::Region]);
            row.actions.iter_mut().for_each(|action| action.used = used);
        }
    }
}

/// All answers about one entity: some of them twice, as two levels of one instant.
fn answers(rng: &mut Rng, arn: &str, days: &[i64]) -> Vec<Answer> {
    let truths = truths(rng, days[0]);
    let born = if rng.chance(20) { *rng.pick(days) - rng.days(20) * DAY } else { 0 };
    let mut found = Vec::new();
    for day in days {
        if rng.chance(15) && *day != LAST {
            continue;
        }
        let born = if born <= *day { born } else { 0 };
        let mut one = answer(rng, arn, &truths, *day, born);
        if arn.contains(":role/") && rng.chance(15) {
            one.unique_id = Some(format!("AROA{born}"));
        }
        if born > 0 && rng.chance(15) {
            one.created = Some(born);
        }
        if rng.chance(12) {
            let mut other = answer(rng, arn, &truths, *day, born);
            (other.made, other.shape) = (one.made, one.shape);
            other.actions &= other.shape != Shape::Csv;
            spoil(rng, &mut other);
            found.push(other);
        }
        spoil(rng, &mut one);
        found.push(one);
    }
    found
}

fn beside(rng: &mut Rng, arns: &[String]) -> Vec<Beside> {
    let mut found = Vec::new();
    for arn in arns.iter().filter(|arn| arn.contains(":role/") || arn.contains(":user/")) {
        if rng.chance(25) {
            let dates =
                [None, Some(spell(LAST - 600 * DAY)), Some(spell(LAST - 50 * DAY)), Some("20/04/2026".to_owned())];
            found.push(Beside::Sidecar { arn: arn.clone(), created: rng.pick(&dates).clone() });
        }
        if rng.chance(15) {
            found.push(entities(rng, arn));
        }
    }
    let roles: Vec<_> = arns.iter().filter(|arn| arn.contains(":role/")).cloned().collect();
    if rng.chance(20) && !roles.is_empty() {
        found.push(Beside::Listed(roles));
    }
    found
}

/// A with-entities answer about `arn`.
pub fn entities(rng: &mut Rng, arn: &str) -> Beside {
    let made = LAST - rng.pick(&[-5, 0, 7, 60, 100, 300]) * DAY + 1200;
    let at = rng.chance(70).then(|| made - rng.days(450) * DAY);
    Beside::Entities { arn: arn.to_owned(), namespace: (*rng.pick(&SERVICES)).to_owned(), made, at }
}

/// The estate of a seed.
pub fn estate(seed: u64) -> Estate {
    let mut rng = Rng::new(seed);
    let (arns, days) = (arns(&mut rng), days(&mut rng));
    let mut answers: Vec<_> = arns.iter().flat_map(|arn| answers(&mut rng, arn, &days)).collect();
    for (number, answer) in answers.iter_mut().enumerate() {
        answer.number = number;
        if !answer.actions {
            answer.services.iter_mut().for_each(|service| service.actions.clear());
        }
    }
    Estate { answers, beside: beside(&mut rng, &arns) }
}
