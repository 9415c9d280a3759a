//! The reports that a store has ready: those people ask for with nothing more said, made when its tables are.
//!
//! A report that is kept is the one that would be computed, so whoever asks need not know. What says anything (a filter, another
//! threshold, a date) is computed; so is what is as long as the rows themselves, for printing it takes longer than finding it.

use std::sync::Arc;

use super::remembered::{settles_otherwise, told};
use super::{Attribution, Diffed, Estate, Outcome, Progress, Request, RunError, Silent, analyse_all, batches, section};
use crate::analyse::{self, By, Context, Needs, Params, ReportSpec, describe};
use crate::archive::{Memo, Standing, Store, standing_path};
use crate::catalogue::Catalogue;
use crate::frame::build::Dictionary;
use crate::frame::saved;
use crate::model::{Level, SpillFile};
use crate::report::{InputCounts, Report};

/// Each is called by the id of its section.
const STANDING: [ReportSpec; 8] = [
    ReportSpec::Summary,
    ReportSpec::Services,
    ReportSpec::Unused { level: Level::Service, all_actions: false },
    ReportSpec::Unused { level: Level::Action, all_actions: false },
    ReportSpec::Staleness { by: By::Entity, level: Level::Service },
    ReportSpec::Roles,
    ReportSpec::Trend,
    ReportSpec::Check,
];

/// The outcome of `request`, where it is one standing report of one store, and that has it; `said_before` is what was said to the
/// store.
pub fn outcome(
    request: &Request,
    said_before: &Attribution,
    room: &Arc<SpillFile>,
    progress: &dyn Progress,
) -> Option<Outcome> {
    // Every field is named, lest one is added that changes a report and is not looked at here.
    let Request {
        paths,
        old_paths: _,
        from,
        to,
        limits: _,
        memory: _,
        hash_inputs: _,
        saying,
        catalogue: _,
        params,
        specs,
        audit,
        tables,
    } = request;
    let ([path], [spec]) = (paths.as_slice(), specs.as_slice()) else { return None };
    let asks_more = *audit || *tables || from.is_some() || to.is_some();
    let says_more = settles_otherwise(request) || !params.say_nothing();
    if !STANDING.contains(spec) || asks_more || says_more {
        return None;
    }
    let store = Store::at(path).ok()??;
    let (standing, table) = store.standing(describe(spec).id, |runs| saved::read(runs, room))?;
    room.check().ok()?;
    progress.begin("reading", 1);
    // What is shown as said has to be what the report was made with.
    if Attribution::to(&store).ok()? != *said_before {
        return None;
    }
    let said = said_before.shown(saying);
    let Standing { counts: [found, read, skipped, failed], problems, remarks } = standing;
    let inputs = InputCounts { found, read, skipped, failed };
    let sections = vec![section(spec, table, remarks)];
    let title = describe(spec).title.to_owned();
    let report = Report { title, parameters: Vec::new(), sections, inputs, problems: problems.clone() };
    Some(Outcome { reports: vec![report], tables: Vec::new(), inputs, problems, sources: Vec::new(), said })
}

/// The files of all standing reports on `estate`, which is what `store` comes to, is remembered as `memo` and was made of the files
/// `evidence`. Those that are there are not made again.
///
/// # Errors
/// Where an analysis fails, or rows cannot be fetched.
pub fn files(
    store: &Store,
    estate: &Estate,
    memo: &Memo,
    evidence: &[String],
    dictionary: &Dictionary,
    room: &Arc<SpillFile>,
) -> Result<Vec<(String, Vec<u8>)>, RunError> {
    let path = |spec: &ReportSpec| standing_path(describe(spec).id);
    // A report on nothing is an error, and told when somebody asks for it.
    let (there, missing): (Vec<_>, Vec<_>) = STANDING
        .iter()
        .filter(|spec| estate.can_serve(spec))
        .map(|spec| (spec, store.still_standing(describe(spec).id, evidence)))
        .partition(|(_, bytes)| bytes.is_some());
    let mut files: Vec<_> = there.into_iter().filter_map(|(spec, bytes)| Some((path(spec), bytes?))).collect();

    let wanted: Vec<_> = missing.iter().map(|(spec, _)| analyse::analysis(spec)).collect();
    let needs = wanted.iter().flatten().fold(Needs::default(), |needs, analysis| needs.and(analysis.needs()));
    let batches = batches(&estate.dumps, &[], needs);
    let params = Params::default();
    let context = Context { params: &params, catalogue: Catalogue::builtin(), dictionary };
    let computed = analyse_all(&wanted, needs, &batches, &Diffed::Sets, context, room, &Silent)?;
    for ((spec, _), computed) in missing.into_iter().zip(computed) {
        let Some((table, remarks)) = estate.computed(spec, computed, &params)? else { continue };
        let problems = told(memo.problems.clone(), &memo.others, |kind| spec.shows(kind));
        let standing = Standing { counts: memo.counts, problems, remarks };
        let bytes = standing.encode(&saved::saved(&table)?, evidence);
        files.push((path(spec), bytes.map_err(|error| RunError::Input(error.to_string()))?));
    }
    room.check()?;
    Ok(files)
}
