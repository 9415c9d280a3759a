//! `sql`: prints statements. Options are settled as for the reports themselves, so that a question means the same either way.

use std::path::Path;

use anyhow::Result;
use dormant::render::output::Target;

use super::super::args::{SqlCommand, SqlReportCommand};
use super::super::settings::{SqlSettings, Surroundings};
use super::Question;

/// The text to print, or clap's refusal.
pub fn text(command: &SqlCommand, around: &Surroundings) -> Result<Result<String, clap::Error>> {
    match command {
        SqlCommand::Schema(args) => {
            let has = |table: &str| holds_files(Path::new(&args.store), table);
            Ok(Ok(super::schema(&args.store, args.engine.dialect, &has)))
        }
        SqlCommand::Report(command) => statement(command, around),
    }
}

/// Whether files of `table` may be in the store; what is no folder here may be one where the engine runs.
fn holds_files(store: &Path, table: &str) -> bool {
    let is_empty = |folder: &Path| folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    !store.is_dir() || (store.join(table).exists() && !is_empty(&store.join(table)))
}

fn statement(command: &SqlReportCommand, around: &Surroundings) -> Result<Result<String, clap::Error>> {
    let settings = match SqlSettings::resolve(command, around) {
        Ok(settings) => settings,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let question = Question {
        spec: &settings.spec,
        params: &settings.params,
        entities: &settings.entities,
        actions: &settings.actions,
        as_of: settings.as_of,
        sides: settings.sides,
        parameters: &settings.parameters,
    };
    Ok(super::report(&question, settings.dialect).map_err(SqlSettings::refusal))
}

/// Prints a statement.
pub fn print(text: &str) -> Result<()> {
    Ok(Target::Stdout.write(false, |out| Ok(out.write_all(text.as_bytes())?))?)
}
