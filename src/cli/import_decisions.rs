//! `import-decisions`: from workbooks in which people have decided to the file that `--decisions` takes.

use anyhow::{Result, bail};
use dormant::catalogue::Catalogue;
use dormant::decisions::{DecisionImport, import};
use dormant::model::Day;
use dormant::problem::counted;
use dormant::render::output::Target;
use dormant::util::replaced::Replaced;

use super::args::ImportDecisionsArgs;
use super::exit::Exit;
use super::messages::Messages;

/// So many days a decision to keep holds that names none.
const EXPIRES_AFTER: i64 = 365;

/// Reads what was decided and writes the file of decisions; says what is new, and what is not understood.
///
/// # Errors
/// Where nothing is written, and why.
pub fn run(args: &ImportDecisionsArgs, today: Day, messages: Messages) -> Result<Exit> {
    if let Some(prefer) = args.prefer.as_ref().filter(|prefer| !args.files.contains(prefer)) {
        bail!("--prefer {} is not one of the files", prefer.display());
    }
    let replaced = Replaced::of(&args.output);
    if args.files.iter().any(|file| *file == args.output || replaced.holds(file)) {
        bail!("{} is an input. Choose another output file.", args.output.display());
    }
    let asked = DecisionImport {
        files: args.files.clone(),
        to: args.output.clone(),
        prefer: args.prefer.clone(),
        expires_after: args.expires_after.map_or(EXPIRES_AFTER, |days| days.0),
        decided: args.decided.map(|when| when.start(today).day()),
        owner: args.owner.clone(),
        services: Catalogue::builtin().namespaces().to_vec(),
    };
    let imported = import(&asked)?;
    if imported.added + imported.changed > 0 {
        let target = Target::File(args.output.clone());
        target.write(true, |out| Ok(out.write_all(imported.text.as_bytes())?))?;
    }
    messages.problems(&imported.problems);
    let (added, changed, unchanged) = (imported.added, imported.changed, imported.unchanged);
    messages.done(format!(
        "{added} new and {} in {}; {} what it said before",
        counted(changed, "changed decision", "changed decisions"),
        args.output.display(),
        counted(unchanged, "row says", "rows say")
    ));
    Ok(if imported.problems.is_empty() { Exit::Complete } else { Exit::Incomplete })
}
