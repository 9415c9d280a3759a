//! `overview` on a screen: the numbers, which entities to look at first, what is most dangerous, what is missing, what to type next.

use std::io::{self, Write};

use super::page::{Rows, Screen};
use crate::problem::{Severity, counted};
use crate::render::{RenderOptions, words};
use crate::report::{Permissions, Report};

/// How many accounts, entities and permissions are shown: with them all of it has twenty lines, which a glance takes in.
const SHOWN: usize = 3;
/// Where the texts behind the labels begin.
const LABEL: usize = 12;
/// How wide a bar is.
const BAR: i64 = 20;

/// Writes the report.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen::new(options.width, out);
    numbers(report, options, &mut screen)?;
    accounts(report, &mut screen)?;
    screen.line("", 0)?;
    for section in [candidates, permissions, missing, next] {
        section(report, &mut screen)?;
    }
    Ok(())
}

fn numbers(report: &Report, options: &RenderOptions, screen: &mut Screen) -> io::Result<()> {
    let Some(headline) = &report.headline else { return Ok(()) };
    for (label, text) in words::headline(headline, options.today) {
        let bar = match label {
            "services" => bar(&headline.services) + "  ",
            "actions" => bar(&headline.actions) + "  ",
            _ => String::new(),
        };
        let text = if screen.width < 80 { text } else { bar + &text };
        let legend = (label == "data" && screen.width >= 80).then(|| format!("   {LEGEND}"));
        match legend {
            Some(legend) if LABEL + text.chars().count() + legend.chars().count() <= screen.width => {
                labelled(label, &(text + &legend), screen)?;
            }
            Some(_) => {
                labelled(label, &text, screen)?;
                labelled("", LEGEND, screen)?;
            }
            None => labelled(label, &text, screen)?,
        }
    }
    Ok(())
}

/// A label, and a text behind it.
fn labelled(label: &str, text: &str, screen: &mut Screen) -> io::Result<()> {
    let label = if label.is_empty() { String::new() } else { format!("{label}:") };
    screen.line(&format!("{label:LABEL$}{text}"), LABEL)
}

/// What the parts of a bar are.
const LEGEND: &str = "█ used ▓ stale ? unknown ░ unused";

/// Used, stale, unknown and unused as parts of a bar.
fn bar(of: &Permissions) -> String {
    parts_of([(of.active, '█'), (of.stale, '▓'), (of.unknown, '?'), (of.unused, '░')])
}

fn parts_of(parts: [(i64, char); 4]) -> String {
    let whole: i64 = parts.iter().map(|(part, _)| part).sum();
    let mut bar = String::new();
    let (mut seen, mut drawn) = (0_i64, 0_usize);
    for (part, mark) in parts {
        seen += part;
        let end = (seen * BAR + whole / 2).checked_div(whole).and_then(|end| usize::try_from(end).ok()).unwrap_or(0);
        bar.extend(std::iter::repeat_n(mark, end - drawn));
        drawn = end;
    }
    bar
}

fn accounts(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = Rows::of(report, "overview-accounts").filter(|rows| rows.height() > 1) else { return Ok(()) };
    let number = |row, name: &str| rows.number(row, name).unwrap_or(0);
    let mut order: Vec<usize> = (0..rows.height()).collect();
    order.sort_by_key(|row| std::cmp::Reverse(number(*row, "services_unused")));
    let shown = order.iter().take(SHOWN).map(|&row| {
        let of = |verdict: &str| number(row, &format!("services_{verdict}"));
        let bar = parts_of([(of("active"), '█'), (of("stale"), '▓'), (of("unknown"), '?'), (of("unused"), '░')]);
        let counts = format!("{} of {} services unused", words::grouped(of("unused")), words::grouped(of("granted")));
        vec![rows.account(row), bar, counts]
    });
    screen.labelled_columns("accounts:", &shown.collect::<Vec<_>>(), LABEL)?;
    match rows.height() {
        all if all > SHOWN => labelled("", &format!("and {} accounts more", all - SHOWN), screen),
        _ => Ok(()),
    }
}

fn candidates(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = Rows::of(report, "overview-entities").filter(|rows| rows.height() > 0) else { return Ok(()) };
    screen.line("Look at first", 0)?;
    let several = report.headline.as_ref().is_some_and(|headline| headline.accounts > 1);
    let shown = (0..rows.height().min(SHOWN)).map(|row| {
        let number = |name: &str| rows.number(row, name).unwrap_or(0);
        let mut cells = vec![rows.entity(row)];
        if several {
            cells.push(rows.text(row, "account_id"));
        }
        let actions = match number("actions_to_review") {
            0 => String::new(),
            n => format!(", {} actions", words::grouped(n)),
        };
        cells.push(format!("{} of {} services{actions}", number("services_to_review"), number("services_granted")));
        let risk = ["critical", "high", "medium"].into_iter().find(|risk| number(&format!("risk_{risk}")) > 0);
        cells.push(risk.map_or_else(String::new, |risk| format!("{risk} risk: {}", number(&format!("risk_{risk}")))));
        cells
    });
    screen.columns(&shown.collect::<Vec<_>>(), 2)
}

fn permissions(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = Rows::of(report, "overview-permissions").filter(|rows| rows.height() > 0) else { return Ok(()) };
    let basis = match rows.text(0, "risk_basis").as_str() {
        "potential" => " (risk of the action alone: no policy is among the inputs)",
        _ => "",
    };
    screen.line(&format!("Most dangerous unused permissions{basis}"), 2)?;
    let shown = (0..rows.height().min(SHOWN)).map(|row| {
        let (service, action) = (rows.text(row, "service_namespace"), rows.text(row, "action_name"));
        let what =
            if action.is_empty() { format!("{service} (the whole service)") } else { format!("{service}:{action}") };
        let held = rows.text(row, "held_by");
        let held: Vec<&str> = held.split(", ").collect();
        let entities = rows.number(row, "entities").unwrap_or(0);
        vec![what, rows.text(row, "risk"), holders(&held, entities, screen.width.saturating_sub(4))]
    });
    screen.columns(&shown.collect::<Vec<_>>(), 2)
}

/// As many names as stand on one line, the first one at least, and how many more of the `entities` there are.
fn holders(names: &[&str], entities: i64, room: usize) -> String {
    let of = |count: usize| {
        let more = entities - i64::try_from(count).unwrap_or(i64::MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names[..count].join(", "))
    };
    let fits = (1..=names.len()).rev().map(of).find(|text| text.chars().count() <= room);
    fits.unwrap_or_else(|| of(1.min(names.len())))
}

/// What the numbers do not rest on.
fn missing(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let of = |severity| words::problems_of(report, severity).count();
    let (without, never) = Rows::of(report, "overview-entities")
        .map_or((0, 0), |rows| (rows.total("without_dump"), rows.total("never_used")));
    let whole = |number| usize::try_from(number).unwrap_or(0);
    let incomplete = "incomplete: what is not listed there is unknown";
    let lines = [
        counted(report.inputs.failed, "file is not read", "files are not read"),
        counted(of(Severity::Incomplete), &format!("input is {incomplete}"), &format!("inputs are {incomplete}")),
        counted(whole(without), "entity is known and has no dump", "entities are known and have no dump"),
        counted(whole(never), "entity used nothing at all", "entities used nothing at all"),
    ];
    let lines = lines.into_iter().filter(|line| !line.starts_with("0 "));
    let said: Vec<String> = std::iter::once(words::inputs(&report.inputs)).chain(lines).collect();
    labelled("inputs", &said.join("; "), screen)
}

fn next(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let Some(rows) = Rows::of(report, "overview-next").filter(|rows| rows.height() > 0) else { return Ok(()) };
    (0..rows.height()).try_for_each(|row| {
        let label = if row == 0 { "next" } else { "" };
        let command = typable(&rows.text(row, "command"), screen.width - LABEL);
        labelled(label, &format!("{command}   # {}", rows.text(row, "what")), screen)
    })
}

/// The command with a word in capitals for each path and name that no line holds: one without its middle would do something else.
fn typable(command: &str, room: usize) -> String {
    let mut before = "";
    let words = command.split(' ').map(|word| {
        let stands_for = if before == "--entity" { "NAME" } else { "PATH" };
        before = word;
        if word.chars().count() > room { stands_for } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_no_name_without_its_middle() {
        let name = "n".repeat(64);
        let command = format!("dormant explain dumps --entity {name}");
        assert_eq!(typable(&command, 64), command);
        assert_eq!(typable(&command, 63), "dormant explain dumps --entity NAME");
        assert_eq!(typable(&format!("dormant report {name} -o audit"), 60), "dormant report PATH -o audit");
    }

    #[test]
    fn holders_stand_on_one_line() {
        let names = ["alice", "bob", "carol"];
        assert_eq!(holders(&names, 5, 40), "alice, bob, carol and 2 more");
        assert_eq!(holders(&names, 5, 23), "alice, bob and 3 more");
        assert_eq!(holders(&names, 3, 5), "alice and 2 more");
        assert_eq!(holders(&names[..1], 1, 3), "alice");
    }
}
