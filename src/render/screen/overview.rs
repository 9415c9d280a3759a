//! `overview` on a screen: the numbers, which entities to look at first, what is most dangerous, what is missing, what to type next.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::page::{Screen, SectionRows};
use crate::render::{RenderOptions, words};
use crate::report::{Permissions, Report};

/// The most lines of all: what a glance takes in.
const LINES: usize = 20;
/// How many accounts are shown.
const ACCOUNTS: usize = 3;
/// The most entities and the most permissions that are shown.
const SHOWN: usize = 5;
/// Where the texts behind the labels begin.
const LABEL: usize = 12;
/// How far a command is set in that does not fit beside its label.
const INDENT: usize = 2;
/// How wide a bar is: where there is room, and where the reasons would not fit beside the numbers otherwise.
const BARS: [i64; 2] = [12, 8];
/// Narrower than this there are no bars, and no marks that refer to them.
const BARRED: usize = 80;

/// How much is shown of what a low screen has no room for.
#[derive(Clone, Copy)]
struct Share {
    /// Entities to look at first.
    entities: usize,
    /// Dangerous permissions.
    permissions: usize,
    /// Accounts.
    accounts: usize,
    /// Whether the reasons for what is unknown have a line.
    has_reasons: bool,
}

/// From all down to what is shown in any case, the less important first.
fn shares() -> impl Iterator<Item = Share> {
    let least = 2;
    let rows = (2 * least..=2 * SHOWN).rev();
    let all = rows.map(|rows| Share {
        entities: rows.div_ceil(2),
        permissions: rows / 2,
        accounts: ACCOUNTS,
        has_reasons: true,
    });
    let few = Share { entities: least, permissions: least, accounts: ACCOUNTS, has_reasons: true };
    let fewer = [
        Share { has_reasons: false, ..few },
        Share { has_reasons: false, accounts: 1, ..few },
        Share { has_reasons: false, accounts: 1, permissions: 1, ..few },
        Share { has_reasons: false, accounts: 1, permissions: 1, entities: 1 },
    ];
    all.chain(fewer)
}

/// Writes the report: as much as leaves it on one screen.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut written = Vec::new();
    for share in shares() {
        written.clear();
        let mut screen = Screen::new(options.width, &mut written);
        numbers(report, options, share, &mut screen)?;
        accounts(report, share.accounts, &mut screen)?;
        candidates(report, share.entities, &mut screen)?;
        permissions(report, share.permissions, &mut screen)?;
        missing(report, &mut screen)?;
        next(report, &mut screen)?;
        if String::from_utf8_lossy(&written).lines().count() <= LINES {
            break;
        }
    }
    out.write_all(&written)
}

fn numbers(report: &Report, options: &RenderOptions, share: Share, screen: &mut Screen) -> io::Result<()> {
    let Some(headline) = &report.headline else { return Ok(()) };
    labelled("data", &words::data(headline, options.today), screen)?;
    let levels = [("services", &headline.services), ("actions", &headline.actions)];
    let levels = levels.into_iter().filter(|(level, of)| *level == "services" || of.granted > 0);
    let line = |of: &Permissions, width: i64| {
        let bar = if width > 0 { bar(of, width) + "  " } else { String::new() };
        let mark = |mark: &'static str| if width > 0 { mark } else { "" };
        let [all, used, stale] = [of.granted, of.active, of.stale].map(words::grouped);
        let [unused, unknown] = [of.unused, of.unknown].map(words::grouped);
        format!(
            "{bar}{all}: {}{used} used, {}{stale} stale, {}{unused} unused, {}{unknown} unknown",
            mark("█ "),
            mark("▓ "),
            mark("░ "),
            mark("? ")
        )
    };
    let lines = |width: i64| -> Vec<(&str, String, String)> {
        levels.clone().map(|(level, of)| (level, line(of, width), words::because(of))).collect()
    };
    let length = |(_, line, because): &(&str, String, String)| (line.chars().count(), because.chars().count());
    let beside = |of: &(_, _, _)| LABEL + length(of).0 + length(of).1 <= screen.width;
    let alone = |of: &(_, _, _)| LABEL + length(of).0 <= screen.width;
    let bars = || BARS.into_iter().filter(|_| screen.width >= BARRED).map(lines);
    let bars_beside = bars().find(|lines| lines.iter().all(beside));
    let lines = bars_beside.or_else(|| bars().find(|lines| lines.iter().all(alone))).unwrap_or_else(|| lines(0));
    let is_beside = lines.iter().all(beside);
    for (level, line, because) in lines {
        labelled(level, &if is_beside { line + &because } else { line }, screen)?;
    }
    let reasons = levels.filter(|(_, of)| of.unknown > 0).map(|(level, of)| format!("{level}{}", words::because(of)));
    let reasons: Vec<String> = reasons.collect();
    if !is_beside && share.has_reasons && !reasons.is_empty() {
        labelled("unknown", &reasons.join(", "), screen)?;
    }
    labelled("to review", &words::short_review(headline), screen)
}

/// A label, and a text behind it.
fn labelled(label: &str, text: &str, screen: &mut Screen) -> io::Result<()> {
    let label = if label.is_empty() { String::new() } else { format!("{label}:") };
    screen.line(&format!("{label:LABEL$}{text}"), LABEL)
}

/// Used, stale, unknown and unused as parts of a bar.
fn bar(of: &Permissions, width: i64) -> String {
    parts_of([(of.active, '█'), (of.stale, '▓'), (of.unknown, '?'), (of.unused, '░')], width)
}

fn parts_of(parts: [(i64, char); 4], width: i64) -> String {
    let whole: i64 = parts.iter().map(|(part, _)| part).sum();
    let mut bar = String::new();
    let (mut seen, mut drawn) = (0_i64, 0_usize);
    for (part, mark) in parts {
        seen += part;
        let end = (seen * width + whole / 2).checked_div(whole).and_then(|end| usize::try_from(end).ok()).unwrap_or(0);
        bar.extend(std::iter::repeat_n(mark, end - drawn));
        drawn = end;
    }
    bar
}

fn accounts(report: &Report, most: usize, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "overview-accounts").filter(|rows| rows.height() > 1) else {
        return Ok(());
    };
    // A line that tells of one more account can show it, too.
    let most = if rows.height() == most + 1 { rows.height() } else { most };
    let number = |row, name: &str| rows.number(row, name).unwrap_or(0);
    let mut order: Vec<usize> = (0..rows.height()).collect();
    order.sort_by_key(|row| std::cmp::Reverse(number(*row, "services_unused")));
    let has_bars = screen.width >= BARRED;
    let shown = order.iter().take(most).map(|&row| {
        let of = |verdict: &str| number(row, &format!("services_{verdict}"));
        let bar =
            parts_of([(of("active"), '█'), (of("stale"), '▓'), (of("unknown"), '?'), (of("unused"), '░')], BARS[0]);
        let granted = words::counted(of("granted"), "service", "services");
        let counts = format!("{} of {granted} unused", words::grouped(of("unused")));
        if has_bars { vec![rows.account(row), bar, counts] } else { vec![rows.account(row), counts] }
    });
    screen.labelled_columns("accounts:", &shown.collect::<Vec<_>>(), LABEL)?;
    match rows.height() {
        all if all > most => {
            let is_none = |row: &&usize| rows.text(**row, "account_id").is_empty();
            let none = order.iter().skip(most).find(is_none).map(|row| number(*row, "entities"));
            let more = all - most - usize::from(none.is_some());
            let more = (more > 0).then(|| words::counted(more as i64, "more account", "more accounts"));
            let none = none.map(|of| format!("{} in no account", words::counted(of, "entity", "entities")));
            let more: Vec<String> = more.into_iter().chain(none).collect();
            labelled("", &format!("and {}", more.join(", and ")), screen)
        }
        _ => Ok(()),
    }
}

fn candidates(report: &Report, most: usize, screen: &mut Screen) -> io::Result<()> {
    let remarks = report.sections.iter().filter(|section| section.id == "overview-entities");
    let remarks: Vec<&String> = remarks.flat_map(|section| &section.remarks).collect();
    let rows = SectionRows::of(report, "overview-entities").filter(|rows| rows.height() > 0);
    if rows.is_some() || !remarks.is_empty() {
        let all = rows.as_ref().map_or(0, |rows| rows.total("to_review"));
        let shown = rows.as_ref().map_or(0, |rows| rows.height().min(most) as i64);
        let of_all =
            if all > shown { format!(" ({shown} of {} entities)", words::grouped(all)) } else { String::new() };
        screen.line(&format!("Look at first{of_all}"), 0)?;
    }
    if let Some(rows) = rows {
        ranked(report, &rows, most, screen)?;
    }
    remarks.into_iter().try_for_each(|remark| screen.line(&format!("  {remark}"), 4))
}

fn ranked(report: &Report, rows: &SectionRows, most: usize, screen: &mut Screen) -> io::Result<()> {
    let shown = 0..rows.height().min(most);
    let number = |row, name: &str| rows.number(row, name).unwrap_or(0);
    let counts = |row| {
        let actions = match number(row, "actions_to_review") {
            0 => String::new(),
            n => format!(", {}", words::counted(n, "action", "actions")),
        };
        let services = ["services_to_review", "services_granted"].map(|name| words::grouped(number(row, name)));
        let unit = if number(row, "services_granted") == 1 { "service" } else { "services" };
        format!("{} of {} {unit}{actions}", services[0], services[1])
    };
    let risk = |row| {
        let risk = ["critical", "high", "medium"].into_iter().find(|risk| number(row, &format!("risk_{risk}")) > 0);
        let of = |risk| format!("{} {risk}", words::grouped(number(row, &format!("risk_{risk}"))));
        risk.map_or_else(String::new, of)
    };
    let names: BTreeSet<String> = shown.clone().map(|row| rows.entity(row)).collect();
    let is_told_apart = names.len() == shown.len();
    let several = report.headline.as_ref().is_some_and(|headline| headline.accounts > 1);
    // The account goes before the numbers do, unless it tells two entities apart.
    let choices =
        [(several, true), (several, false), (several && !is_told_apart, true), (several && !is_told_apart, false)];
    let cells = |(has_account, has_risk): (bool, bool)| -> Vec<Vec<String>> {
        let of = |row| {
            let account = has_account.then(|| rows.text(row, "account_id"));
            let risk = has_risk.then(|| risk(row));
            [rows.entity(row)].into_iter().chain(account).chain([counts(row)]).chain(risk).collect()
        };
        shown.clone().map(of).collect()
    };
    let mut all = choices.into_iter().map(cells);
    let first = all.find(|cells| screen.fits(cells, 2));
    let cells = first.unwrap_or_else(|| cells((several && !is_told_apart, false)));
    screen.columns(&cells, 2)
}

fn permissions(report: &Report, most: usize, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "overview-permissions").filter(|rows| rows.height() > 0) else {
        return Ok(());
    };
    let heading = "Most dangerous unused permissions";
    let long = format!("{heading} (not all policies are known: the risk may be higher)");
    let is_potential = (0..rows.height()).any(|row| rows.text(row, "risk_basis") == "potential");
    let heading = match is_potential {
        true if long.chars().count() <= screen.width => long,
        true => format!("{heading} (policies are missing)"),
        false => heading.to_owned(),
    };
    screen.line(&heading, 2)?;
    let shown = (0..rows.height().min(most)).map(|row| {
        let (service, action) = (rows.text(row, "service_namespace"), rows.text(row, "action_name"));
        let what =
            if action.is_empty() { format!("{service} (the whole service)") } else { format!("{service}:{action}") };
        (what, rows.text(row, "risk"), rows.text(row, "held_by"), rows.number(row, "entities").unwrap_or(0))
    });
    let shown: Vec<_> = shown.collect();
    let widest = |part: fn(&(String, String, String, i64)) -> &str| {
        shown.iter().map(|row| part(row).chars().count()).max().unwrap_or(0)
    };
    let room = screen.width.saturating_sub(6 + widest(|(what, ..)| what) + widest(|(_, risk, ..)| risk));
    let cells = shown.iter().map(|(what, risk, held, entities)| {
        let held: Vec<&str> = held.split(", ").collect();
        vec![what.clone(), risk.clone(), holders(&held, *entities, room)]
    });
    screen.columns(&cells.collect::<Vec<_>>(), 2)
}

/// As many names as have room, and how many more of the `entities` there are; their number, if not one of several names has room.
fn holders(names: &[&str], entities: i64, room: usize) -> String {
    let of = |count: usize| {
        let more = entities - i64::try_from(count).unwrap_or(i64::MAX);
        let more = if more > 0 { format!(" and {} more", words::grouped(more)) } else { String::new() };
        format!("{}{more}", names[..count].join(", "))
    };
    let fits = (1..=names.len()).rev().map(of).find(|text| text.chars().count() <= room);
    let number = || if entities > 1 { words::counted(entities, "entity", "entities") } else { of(1.min(names.len())) };
    fits.unwrap_or_else(number)
}

/// What the numbers do not rest on. How many dumps are incomplete is one of the numbers.
fn missing(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let (without, never) = SectionRows::of(report, "overview-entities")
        .map_or((0, 0), |rows| (rows.total("without_dump"), rows.total("never_used")));
    let lines = [
        words::counted(without, "entity is known and has no usable dump", "entities are known and have no usable dump"),
        words::counted(never, "entity used nothing while AWS watched", "entities used nothing while AWS watched"),
    ];
    let lines = lines.into_iter().filter(|line| !line.starts_with("0 "));
    let said: Vec<String> = std::iter::once(words::inputs(&report.inputs)).chain(lines).collect();
    labelled("inputs", &said.join("; "), screen)
}

/// The commands, each whole on one line, with what it does where that fits beside it.
fn next(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = SectionRows::of(report, "overview-next").filter(|rows| rows.height() > 0) else { return Ok(()) };
    let commands: Vec<String> =
        (0..rows.height()).map(|row| typable(&rows.text(row, "command"), screen.width - INDENT)).collect();
    let is_beside = commands.iter().all(|command| LABEL + command.chars().count() <= screen.width);
    if !is_beside {
        screen.line("next:", 0)?;
    }
    for (row, command) in commands.iter().enumerate() {
        let before = match (is_beside, row) {
            (true, 0) => format!("{:LABEL$}", "next:"),
            (true, _) => " ".repeat(LABEL),
            (false, _) => " ".repeat(INDENT),
        };
        let bare = format!("{before}{command}");
        let explained = format!("{bare}   # {}", rows.text(row, "what"));
        screen.line(if explained.chars().count() <= screen.width { &explained } else { &bare }, 0)?;
    }
    Ok(())
}

/// The command with a word in capitals for the paths, and then for the name, if no line holds it: one without its middle would do
/// something else.
fn typable(command: &str, room: usize) -> String {
    let fits = |text: &str| text.chars().count() <= room;
    let options = command.find(" --").into_iter().chain(command.find(" -o ")).min().unwrap_or(command.len());
    let (front, options) = command.split_at(options);
    let mut words = front.splitn(3, ' ');
    let (Some(program), Some(name), Some(_)) = (words.next(), words.next(), words.next()) else {
        return command.to_owned();
    };
    if fits(command) {
        return command.to_owned();
    }
    let shorter = format!("{program} {name} PATH{options}");
    match options.strip_prefix(" --entity ") {
        Some(_) if !fits(&shorter) => format!("{program} {name} PATH --entity NAME"),
        _ => shorter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_no_name_without_its_middle() {
        let name = "n".repeat(64);
        let command = format!("dormant explain dumps --entity {name}");
        assert_eq!(typable(&command, 95), command);
        assert_eq!(typable(&command, 94), format!("dormant explain PATH --entity {name}"));
        assert_eq!(typable(&command, 90), "dormant explain PATH --entity NAME");
        assert_eq!(typable(&format!("dormant report {name} 'a b' -o audit"), 60), "dormant report PATH -o audit");
    }

    #[test]
    fn holders_stand_on_one_line() {
        let names = ["alice", "bob", "carol"];
        assert_eq!(holders(&names, 5, 40), "alice, bob, carol and 2 more");
        assert_eq!(holders(&names, 5, 23), "alice, bob and 3 more");
        assert_eq!(holders(&names, 3, 5), "3 entities");
        assert_eq!(holders(&names[..1], 1, 3), "alice");
    }
}
