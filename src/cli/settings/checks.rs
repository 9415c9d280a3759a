//! Options that do not go together, each rule a function with its name. What is refused here would else be ignored in silence,
//! or leave a report empty that looks like good news.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dormant::analyse::ReportSpec;
use dormant::model::{Level, OtherOperation, Verdict};
use dormant::run::Presentation;

use super::asked::{Asked, OutputAsked};
use super::{Refusal, Surroundings};
use crate::cli::args::{CountArgs, DiffArgs, FailOn, FilterArgs, Snapshots};
use crate::cli::values::{BaselineArg, Days, When};

/// Every rule that concerns more than one command.
pub fn all(asked: &Asked<'_>, around: &Surroundings) -> Result<(), Refusal> {
    stdin_is_read_once(asked)?;
    dates_in_order(asked, around)?;
    decisions_fit_the_report(asked)?;
    findings_are_about_the_present(asked)?;
    what_is_new_has_a_baseline(asked, around)?;
    proposals_name_what_they_change(asked)?;
    if let Some(count) = asked.count {
        dates_fit_the_report(asked, count)?;
    }
    if let Some(filter) = asked.filter {
        screens_are_about_whole_entities(filter, asked)?;
        audits_are_about_whole_entities(filter, asked)?;
        action_filter_meets_actions(filter, &asked.specs)?;
        filters_leave_something(filter)?;
        gates_can_be_met(filter, asked)?;
        verdicts_fit_the_report(filter, &asked.specs)?;
        filters_fit_the_other_operation(filter, &asked.specs)?;
        filters_fit_whole_entities(filter, &asked.specs)?;
    }
    Ok(())
}

/// Decisions are about what is there now. Whether there are some is known when the stores are open.
fn decisions_fit_the_report(asked: &Asked<'_>) -> Result<(), Refusal> {
    let is_given = asked.decisions.is_some_and(|of| !of.decisions.is_empty());
    if is_given && asked.count.is_some_and(|count| count.snapshots == Some(Snapshots::All)) {
        return Err("decisions are about the present: leave --snapshots out, or choose the time with --at".into());
    }
    let Some(filter) = asked.filter.filter(|_| asked.specs == [ReportSpec::Decisions]) else { return Ok(()) };
    match filter_of_rows(filter) {
        Some(option) => Err(format!("decisions are judged by all that the dumps show: leave {option} out")),
        None => Ok(()),
    }
}

/// Each permission of an entity is one finding, and it would have one for each date.
fn findings_are_about_the_present(asked: &Asked<'_>) -> Result<(), Refusal> {
    let OutputAsked::One(typed) = asked.output else { return Ok(()) };
    let format = typed.format.filter(|format| format.is_of_findings());
    match format.filter(|_| asked.count.is_some_and(|count| count.snapshots == Some(Snapshots::All))) {
        Some(format) => Err(format!(
            "{} is about the present: leave --snapshots out, or choose the time with --at",
            format.as_str()
        )),
        None => Ok(()),
    }
}

/// A policy with pseudonyms cannot be applied.
fn proposals_name_what_they_change(asked: &Asked<'_>) -> Result<(), Refusal> {
    if asked.reading.redact.redact && asked.recommend.is_some() {
        return Err("recommend writes policies that somebody applies: leave --redact out".into());
    }
    Ok(())
}

/// New is what was not there before, and before needs a name. A later date would make nothing new, whatever the dumps show.
fn what_is_new_has_a_baseline(asked: &Asked<'_>, around: &Surroundings) -> Result<(), Refusal> {
    let is_asked = asked.fail_on.iter().any(|on| on.what == FailOn::New);
    match asked.baseline {
        None if is_asked => {
            return Err("--fail-on new needs --baseline: the folder of an older audit, or a date".into());
        }
        Some(_) if !is_asked => {
            return Err("--baseline is about --fail-on new: give it too, or leave --baseline out".into());
        }
        _ => {}
    }
    let Some((baseline, count)) = asked.baseline.zip(asked.count) else { return Ok(()) };
    if count.snapshots == Some(Snapshots::All) {
        return Err("what is new is about the present: leave --snapshots out, or choose the time with --at".into());
    }
    let BaselineArg::Date(date) = baseline else { return Ok(()) };
    let at = count.at.map_or_else(|| When::Today.end(around.today), |at| at.end(around.today));
    if date.end(around.today) >= at {
        return Err("--baseline is a date before the one that is reported on".into());
    }
    Ok(())
}

/// The first filter given that chooses among finished rows, and so has no place where whole entities are asked about.
fn filter_of_rows(filter: &FilterArgs) -> Option<&'static str> {
    first_given([
        (!filter.region.is_empty(), "--region"),
        (!filter.verdict.is_empty(), "--verdict"),
        (filter.within.is_some(), "--within"),
        (filter.used, "--used"),
        (filter.unused, "--unused"),
    ])
}

fn first_given<const N: usize>(options: [(bool, &'static str); N]) -> Option<&'static str> {
    options.into_iter().find(|(given, _)| *given).map(|(_, option)| option)
}

/// A screen counts everything about whole entities: what a part of that would say of them is wrong.
fn screens_are_about_whole_entities(filter: &FilterArgs, asked: &Asked<'_>) -> Result<(), Refusal> {
    let name = match asked.presentation {
        Presentation::Reports => return Ok(()),
        Presentation::Overview => "overview",
        Presentation::Explanation => "explain",
    };
    let is_overview = asked.presentation == Presentation::Overview;
    let count = asked.count;
    let view = if let OutputAsked::One(output) = asked.output { Some(&output.view) } else { None };
    let of_question = [
        (is_overview && !filter.service.is_empty(), "--service"),
        (is_overview && !filter.action.is_empty(), "--action"),
    ];
    let others = [
        (count.is_some_and(|count| count.snapshots.is_some()), "--snapshots"),
        (view.is_some_and(|view| view.sort.is_some()), "--sort"),
        (view.is_some_and(|view| !view.columns.is_empty()), "--columns"),
        (view.is_some_and(|view| view.limit.is_some()), "--limit"),
        (view.is_some_and(|view| view.wide), "--wide"),
    ];
    let refused = first_given(of_question).or_else(|| filter_of_rows(filter)).or_else(|| first_given(others));
    match refused {
        Some(option) => {
            Err(format!("{name} is one screen about whole entities: leave {option} out, or use list or unused"))
        }
        None if !is_overview && (filter.service.len() > 1 || filter.entity.len() > 1) => {
            Err("explain is about one entity and one service: give one of each".to_owned())
        }
        None => Ok(()),
    }
}

/// An audit counts everything about whole entities at one time, and its sentences are signed: with a part of the rows it would call a busy
/// entity idle, and say that nothing is missing.
fn audits_are_about_whole_entities(filter: &FilterArgs, asked: &Asked<'_>) -> Result<(), Refusal> {
    let OutputAsked::Folder { .. } = asked.output else { return Ok(()) };
    let of_question = [(!filter.service.is_empty(), "--service"), (!filter.action.is_empty(), "--action")];
    if let Some(option) = first_given(of_question).or_else(|| filter_of_rows(filter)) {
        return Err(format!(
            "report is an audit of whole entities: leave {option} out, or use list, unused or services, which have this option"
        ));
    }
    if asked.count.is_some_and(|count| count.snapshots.is_some()) {
        return Err("report is an audit at one time: leave --snapshots out, or choose the time with --at".to_owned());
    }
    Ok(())
}

/// `diff OLD NEW`, or `diff PATH --from DATE --to DATE`: the old paths (none in the second form) and the new ones.
pub fn diff_sides(args: &DiffArgs) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Refusal> {
    let by_date = args.from.is_some() && args.to.is_some();
    match (args.paths.as_slice(), by_date) {
        ([old, new], false) => Ok((vec![old.clone()], vec![new.clone()])),
        ([path], true) => Ok((Vec::new(), vec![path.clone()])),
        ([path], false) => {
            let needs = "diff needs two folders (`diff OLD NEW`), or one folder with --from DATE and --to DATE";
            let dates = dated_folders(path);
            let found =
                if dates.is_empty() { String::new() } else { format!(". This folder has {}", dates.join(", ")) };
            Err(format!("{needs}{found}"))
        }
        (_, true) => {
            Err("--from and --to choose both sides within one folder. Give one folder, or leave the dates out.".into())
        }
        (paths, false) => Err(format!("diff compares two sides: give OLD and NEW, not {} paths", paths.len())),
    }
}

/// The folders in `path` that have a date for a name, in order: what --from and --to are likely to be.
fn dated_folders(path: &Path) -> Vec<String> {
    let names = path.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let mut dates: Vec<String> =
        names.filter(|name| name.parse::<NaiveDate>().is_ok() && name.len() == "2026-01-05".len()).collect();
    dates.sort();
    dates
}

fn stdin_is_read_once(asked: &Asked<'_>) -> Result<(), Refusal> {
    let stdins = asked.paths.iter().chain(&asked.old_paths).filter(|path| path.as_path() == Path::new("-")).count();
    if stdins > 1 {
        return Err("stdin can be read only once: give - once".into());
    }
    Ok(())
}

fn dates_in_order(asked: &Asked<'_>, around: &Surroundings) -> Result<(), Refusal> {
    match (asked.from, asked.to) {
        (Some(from), Some(to)) if from.end(around.today) > to.end(around.today) => {
            Err("--from must not be after --to".into())
        }
        _ => Ok(()),
    }
}

/// Reports that choose dumps by their dates cannot do with dumps chosen otherwise.
fn dates_fit_the_report(asked: &Asked<'_>, count: &CountArgs) -> Result<(), Refusal> {
    let is_diff = asked.specs.len() == 1 && matches!(asked.specs[0], ReportSpec::Diff { .. });
    if is_diff && count.at.is_some() {
        return Err("diff has two dates: give --from and --to instead of --at".into());
    }
    if is_diff && count.snapshots.is_some() {
        return Err("diff takes the newest dump of each side: leave --snapshots out".into());
    }
    let compares =
        |spec: &ReportSpec| matches!(spec, ReportSpec::Compare { .. } | ReportSpec::Pairs { .. } | ReportSpec::Roles);
    if count.snapshots.is_some() && matches!(asked.specs.as_slice(), [spec] if compares(spec)) {
        return Err(
            "compare sets entities side by side at one time: leave --snapshots out, or choose the time with --at"
                .into(),
        );
    }
    if count.snapshots.is_some() && matches!(asked.specs.as_slice(), [ReportSpec::Entities]) {
        return Err("entities has one row for each: leave --snapshots out, or choose the time with --at".into());
    }
    let is_about_credentials = matches!(asked.specs.as_slice(), [ReportSpec::Credentials]);
    if is_about_credentials && count.snapshots.is_some() {
        return Err(
            "credentials are judged by all answers together: leave --snapshots out, or choose the time with --at"
                .into(),
        );
    }
    proposals_rest_on_the_present(asked, count)?;
    if count.snapshots.is_some() && matches!(asked.specs.as_slice(), [ReportSpec::Grants { .. }]) {
        return Err("grants are those of the newest policies: leave --snapshots out".into());
    }
    Ok(())
}

/// A proposal rests on all that is known at present, and what AWS makes again is not worth a proposal.
fn proposals_rest_on_the_present(asked: &Asked<'_>, count: &CountArgs) -> Result<(), Refusal> {
    let Some(filter) = asked.filter.filter(|_| asked.recommend.is_some()) else { return Ok(()) };
    let of_count = first_given([
        (count.at.is_some(), "--at"),
        (count.snapshots.is_some(), "--snapshots"),
        (count.include_aws_controlled, "--include-aws-controlled"),
    ]);
    match of_count.or_else(|| filter_of_rows(filter)) {
        Some(option) => Err(format!("recommend is about whole policies at present: leave {option} out")),
        None => Ok(()),
    }
}

/// `--action` chooses among rows about actions; where a report has none, it would change nothing.
fn action_filter_meets_actions(filter: &FilterArgs, specs: &[ReportSpec]) -> Result<(), Refusal> {
    let counts_actions = |spec: &ReportSpec| {
        use ReportSpec::{Decisions, Recommend, Services, Summary, Trend};
        matches!(spec, Summary | Services | Trend | Decisions | Recommend)
    };
    if filter.action.is_empty()
        || specs.iter().any(|spec| level_of(spec) == Some(Level::Action) || counts_actions(spec))
    {
        return Ok(());
    }
    Err(match specs {
        [spec] if level_of(spec).is_some() => "--action needs rows about actions: give --level action too".into(),
        _ => "--action needs rows about actions, which this report does not have: \
              use list, services, summary or trend, or unused, staleness, compare or diff with --level action"
            .into(),
    })
}

/// The level of a report that has one.
const fn level_of(spec: &ReportSpec) -> Option<Level> {
    match spec {
        ReportSpec::Unused { level, .. }
        | ReportSpec::Staleness { level, .. }
        | ReportSpec::Compare { level, .. }
        | ReportSpec::Pairs { level }
        | ReportSpec::Diff { level, .. }
        | ReportSpec::List { level }
        | ReportSpec::Permissions { level }
        | ReportSpec::Grants { level } => Some(*level),
        ReportSpec::SampledActions(_) => Some(Level::Action),
        ReportSpec::Summary
        | ReportSpec::Services
        | ReportSpec::Roles
        | ReportSpec::Trend
        | ReportSpec::Entities
        | ReportSpec::Credentials
        | ReportSpec::Decisions
        | ReportSpec::Kept
        | ReportSpec::Recommend
        | ReportSpec::OtherOperation(_)
        | ReportSpec::Check => None,
    }
}

/// All filters must hold, so two that exclude each other keep no row whatever the dumps say.
fn filters_leave_something(filter: &FilterArgs) -> Result<(), Refusal> {
    let needs_access =
        [(filter.used, "--used"), (filter.within.is_some(), "--within"), (!filter.region.is_empty(), "--region")];
    let needs_access = needs_access.into_iter().find_map(|(given, option)| given.then_some(option));
    let needs_unused = if filter.unused {
        Some("--unused")
    } else if filter.verdict == [Verdict::Unused] {
        Some("--verdict unused")
    } else {
        None
    };
    if let (Some(access), Some(unused)) = (needs_access, needs_unused) {
        return Err(format!("{access} keeps rows with an access, {unused} rows without: together they keep none"));
    }
    if filter.unused && !filter.verdict.is_empty() && !filter.verdict.contains(&Verdict::Unused) {
        return Err("--unused and --verdict exclude each other as given: together they keep no row".into());
    }
    Ok(())
}

/// A gate that no row can meet is always open, whatever the dumps show.
fn gates_can_be_met(filter: &FilterArgs, asked: &Asked<'_>) -> Result<(), Refusal> {
    let Some(count) = asked.count else { return Ok(()) };
    for condition in asked.fail_on {
        let counted: &[Verdict] = match condition.what {
            FailOn::Unused => &[Verdict::Unused],
            FailOn::Stale => &[Verdict::Stale],
            FailOn::New => &[Verdict::Unused, Verdict::Stale],
            // These count inputs and decisions, which filters of rows leave alone.
            FailOn::Contradicted
            | FailOn::Incomplete
            | FailOn::ExpiredDecision
            | FailOn::UnmatchedDecision
            | FailOn::Overdue
            | FailOn::ContradictedDecision => continue,
        };
        let shut_out: Option<Vec<_>> =
            counted.iter().map(|verdict| filter_without(*verdict, filter, count.stale_after)).collect();
        if let Some(option) = shut_out.and_then(|options| options.last().copied()) {
            let rows: Vec<&str> = counted.iter().map(|verdict| verdict.as_str()).collect();
            return Err(format!(
                "--fail-on {condition} counts rows that are {}, and {option} keeps none of these: leave one of the two out",
                rows.join(" or ")
            ));
        }
    }
    Ok(())
}

/// The filter that keeps no row of `verdict`. An unused row has no access, and a stale one none within `stale_after`.
fn filter_without(verdict: Verdict, filter: &FilterArgs, stale_after: Days) -> Option<&'static str> {
    let is_unused = verdict == Verdict::Unused;
    let is_too_new = |within: Days| is_unused || verdict == Verdict::Stale && within.0 <= stale_after.0;
    first_given([
        (!filter.verdict.is_empty() && !filter.verdict.contains(&verdict), "--verdict"),
        (filter.unused && !is_unused, "--unused"),
        (filter.used && is_unused, "--used"),
        (filter.within.is_some_and(is_too_new), "--within"),
        (!filter.region.is_empty() && is_unused, "--region"),
    ])
}

/// `unused` lists stale and unused rows; a filter on other verdicts would leave it empty, as if nothing were unused.
fn verdicts_fit_the_report(filter: &FilterArgs, specs: &[ReportSpec]) -> Result<(), Refusal> {
    let is_unused = matches!(specs, [ReportSpec::Unused { .. }]);
    let listed = |verdict: &Verdict| matches!(verdict, Verdict::Stale | Verdict::Unused);
    if is_unused && !filter.verdict.is_empty() && !filter.verdict.iter().any(listed) {
        return Err(
            "`unused` lists only stale and unused permissions. Use `dormant list` for active or unknown ones.".into()
        );
    }
    Ok(())
}

/// The answers of other operations have no verdicts, those about organizations no entities, and the others no regions.
fn filters_fit_the_other_operation(filter: &FilterArgs, specs: &[ReportSpec]) -> Result<(), Refusal> {
    let [ReportSpec::OtherOperation(kind)] = specs else { return Ok(()) };
    let is_organizations = *kind == OtherOperation::Organizations;
    let lacking = [
        (filter.unused, "--unused", "no verdicts"),
        (!filter.verdict.is_empty(), "--verdict", "no verdicts"),
        (is_organizations && !filter.account.is_empty(), "--account", "no entities"),
        (is_organizations && !filter.kind.is_empty(), "--type", "no entities"),
        (is_organizations && !filter.entity.is_empty(), "--entity", "no entities"),
        (!is_organizations && !filter.region.is_empty(), "--region", "no regions"),
    ];
    match lacking.into_iter().find(|(given, ..)| *given) {
        Some((_, option, what)) => Err(format!("{} has {what}: leave {option} out", kind.command())),
        None => Ok(()),
    }
}

/// An entity is judged by all that it may do; a part of that would make a busy one look idle.
fn filters_fit_whole_entities(filter: &FilterArgs, specs: &[ReportSpec]) -> Result<(), Refusal> {
    let given = [(!filter.service.is_empty(), "--service"), (!filter.region.is_empty(), "--region")];
    match (specs, given.into_iter().find(|(given, _)| *given)) {
        ([ReportSpec::Credentials], Some((_, "--service"))) => {
            Err("credentials have no services: leave --service out".to_owned())
        }
        ([ReportSpec::Entities], Some((_, option))) => {
            Err(format!("entities are judged by all their services: leave {option} out, or use list"))
        }
        _ => Ok(()),
    }
}
