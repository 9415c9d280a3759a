//! `ingest` and `store`: the commands that keep dumps, and those that look after what is kept.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use dormant::archive::{Accepted, Pack, Store};
use dormant::model::{Day, Instant};
use dormant::problem::counted;
use dormant::render::folder::{clear_leftovers, write_folder};
use dormant::render::output::OutputError;
use dormant::run::{self, Attribution, AttributionArgs, Forget, IngestRequest, Ingested, RunError};
use dormant::util::sanitize::harmless;

use super::args::{CompactArgs, ExportArgs, ForgetArgs, IngestArgs, SayingArgs, StoreCommand, VerifyArgs};
use super::exit::{self, Exit};
use super::messages::{self, Messages};
use super::progress::Bar;
use super::settings::told;
use super::{cache, memory, settings, threads};

/// `ingest`: dumps into a store.
///
/// # Errors
/// Where the store cannot be written, or a path leads nowhere.
pub fn ingest(args: &IngestArgs, messages: Messages) -> Result<ExitCode> {
    if let Some(ended) = threads::settle(args.threads)? {
        return Ok(ended);
    }
    let request = IngestRequest {
        paths: args.paths.clone(),
        store: args.store.clone(),
        shard: args.shard,
        limits: settings::limits(&args.limits, memory::of_this_machine()),
        saying: saying(&args.saying),
        cache: cache::of_this_user(),
        now: now(),
    };
    let bar = Bar::new(messages);
    let ended = run::ingest(&request, &bar);
    bar.clear();
    let Ingested { added, known, left_to_others, problems, published } = match ended {
        Err(RunError::NothingUsable { found, problems, .. }) => {
            messages.problems(&problems);
            bail!(nothing_to_store(found, &args.paths));
        }
        ended => ended?,
    };
    let parts = [(added, "added"), (known, "in already"), (left_to_others, "left to other shards")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, what)| *n > 0 || *what == "added")
        .map(|(n, what)| format!("{} {what}", counted(n, "file", "files")))
        .collect();
    messages.note(parts.join(", "));
    if published.is_none() {
        messages.note("the tables for other engines are left: run `dormant store compact` after the last shard");
    }
    messages.problems(&problems);
    let fell_short = exit::short_inputs(&problems, args.strict) > 0;
    Ok(Exit::of_report(false, fell_short).into())
}

/// A scheduled ingest of a folder that stays empty would else look healthy for months.
fn nothing_to_store(found: usize, paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    let paths = paths.join(", ");
    if found == 0 {
        return format!(
            "no files in {paths}: nothing is stored. `dormant collect-script` prints a script that saves dumps"
        );
    }
    let files = counted(found, "file", "files");
    format!(
        "no evidence in {files} of {paths}: nothing is stored. Run `dormant check` with the same paths to see what each file is."
    )
}

/// `store`: one of its commands.
///
/// # Errors
/// Where there is no store, it is damaged, held by another process, or cannot be written.
pub fn store(command: &StoreCommand, messages: Messages) -> Result<ExitCode> {
    match command {
        StoreCommand::Info(args) => info(&Store::open(&args.dir)?)?,
        StoreCommand::Verify(args) => verify(args, messages)?,
        StoreCommand::Export(args) => export(args, messages)?,
        StoreCommand::Compact(args) => compact(args, messages)?,
        StoreCommand::Forget(args) => forget(args, messages)?,
    }
    Ok(Exit::Complete.into())
}

fn compact(args: &CompactArgs, messages: Messages) -> Result<()> {
    let bar = Bar::new(messages);
    let store = Store::open(&args.store.dir)?;
    let compacted =
        run::compact(&store, &saying(&args.saying), args.accept_losses, now(), cache::of_this_user().as_ref(), &bar);
    bar.clear();
    let (published, accepted) = compacted?;
    for Accepted { difference, left } in accepted {
        messages.note(format!("accepted: {difference}"));
        if let Some(path) = left {
            messages.warning(format!("{path} is not whole, so it was not taken in and stays where it is. Remove it: reports name it until then"));
        }
    }
    let tables =
        [(published.written, "written"), (published.kept, "as they should be"), (published.removed, "removed")];
    messages.note(format!("files of tables: {}", listed(&tables)));
    Ok(())
}

fn info(store: &Store) -> Result<()> {
    let count = |pack: &Pack| {
        let files = pack.files();
        let kept = || files.iter().filter(|file| !file.is_foreign());
        let documents = files.iter().flat_map(|file| &file.documents);
        let documents = documents.filter(|document| document.at.is_some()).count();
        Ok([
            kept().count(),
            documents,
            files.len() - kept().count(),
            kept().map(|file| file.bytes).fold(0, u64::saturating_add) as usize,
        ])
    };
    let (packs, differences) = store.each_pack(count)?;
    let sum = |at: usize| packs.iter().map(|counts| counts[at]).fold(0, usize::saturating_add);
    let (many, bytes) = store.extent()?;
    let (accounts, days) = store.partitions()?;
    let days = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} from {first} to {last}", days.len()),
        _ => "none".to_owned(),
    };
    let is_published = store.head()?.is_published();
    let mut lines = vec![
        ("files".to_owned(), format!("{} ({} bytes)", sum(0), sum(3))),
        ("originals in them".to_owned(), sum(1).to_string()),
        ("kept as".to_owned(), format!("{} ({bytes} bytes)", counted(many, "pack", "packs"))),
        ("other files, by name".to_owned(), sum(2).to_string()),
        ("accounts".to_owned(), accounts.len().to_string()),
        ("days".to_owned(), days),
        (
            "tables".to_owned(),
            if is_published { "up to date" } else { "behind: run `dormant store compact`" }.to_owned(),
        ),
    ];
    let of_attributions = store.attributions()?.1;
    if !(differences.is_empty() && of_attributions.is_empty() && store.missing_shards()?.is_empty()) {
        lines.push(("head".to_owned(), "the store differs from it: run `dormant store verify`".to_owned()));
    }
    let said = Attribution::to([store])?.shown(&AttributionArgs::default());
    lines.extend(said.into_iter().map(|said| (said.label, said.shown)));
    for (table, files, rows, bytes) in store.tables()? {
        lines.push((
            format!("  {table}"),
            format!(
                "{rows} {} in {} ({bytes} bytes)",
                if rows == 1 { "row" } else { "rows" },
                counted(files, "file", "files")
            ),
        ));
    }
    let mut out = io::stdout().lock();
    for (label, value) in lines {
        // A reader that has seen enough is no error.
        let _ = writeln!(out, "{label:<22}{}", harmless(&value));
    }
    Ok(())
}

fn verify(args: &VerifyArgs, messages: Messages) -> Result<()> {
    let store = Store::open(&args.store.dir)?;
    let evidence = store.wrong_evidence()?;
    for wrong in &evidence {
        messages::error(&anyhow::anyhow!("{wrong}"));
    }
    if !evidence.is_empty() {
        bail!(
            "the evidence is not what head.json lists: bring back from a copy what is missing or damaged; \
             `dormant store compact --accept-losses` takes the store as it is now"
        );
    }
    let mut tables = store.wrong_tables()?;
    if args.deep && tables.is_empty() {
        let bar = Bar::new(messages);
        let compared = run::verify_tables(&store, &bar);
        bar.clear();
        tables = compared?;
    }
    for (path, what) in &tables {
        messages::error(&anyhow::anyhow!("`{path}` {what}"));
    }
    if !tables.is_empty() {
        bail!("the originals are whole, but the tables are not. Run `dormant store compact` to rewrite them.");
    }
    let tables = if store.head()?.is_published() { "" } else { "; the tables are behind: run `dormant store compact`" };
    messages.note(format!("all originals, attributions and tables are as they were written{tables}"));
    Ok(())
}

/// The list of what was exported, as `sha256sum -c` reads it.
const SUMS: &str = "SHA256SUMS";

fn export(args: &ExportArgs, messages: Messages) -> Result<()> {
    let store = Store::open(&args.store.dir)?;
    // An export holds files of any name, so what a killed one left is named and not removed.
    for line in told(&clear_leftovers(&args.output, |_| false)) {
        messages.note(line);
    }
    let mut sums = String::new();
    let mut originals = 0;
    write_folder(&args.output, false, &mut |folder| {
        let exported = run::export(&store, &mut |path, sha256, original| {
            let written = folder.file(path, |out| {
                original.each(&mut |part| Ok(out.write_all(part)?)).map_err(io::Error::other)?;
                Ok(())
            });
            written.map_err(|error| io::Error::other(error.to_string()))?;
            sums.extend([sha256, "  ", path, "\n"]);
            originals += 1;
            Ok(())
        });
        exported.map_err(|error| OutputError::Io {
            doing: "export the originals to",
            path: args.output.clone(),
            source: io::Error::other(error.to_string()),
        })?;
        folder.file(SUMS, |out| Ok(out.write_all(sums.as_bytes())?))
    })
    .map_err(|error| match error {
        // An export replaces nothing, so it has no `--force` that could be named.
        OutputError::Exists(path) => {
            anyhow::anyhow!("{} already exists. Choose a folder that does not exist.", path.display())
        }
        error => error.into(),
    })?;
    messages.note(format!("{} in {}, with {SUMS}", counted(originals, "original", "originals"), args.output.display()));
    Ok(())
}

fn forget(args: &ForgetArgs, messages: Messages) -> Result<()> {
    let store = Store::open(&args.store.dir)?;
    let today: Day = now().day();
    let wanted = Forget {
        accounts: args.account.clone(),
        from: args.from.map(|when| when.start(today)),
        to: args.to.map(|when| when.end(today)),
        said: args.attributions,
        split: args.split,
    };
    let bar = Bar::new(messages);
    let forgotten = run::forget(&store, &wanted, args.dry_run, now(), cache::of_this_user().as_ref(), &bar);
    bar.clear();
    let forgotten = forgotten?;
    let said = if args.attributions { ", and the attributions," } else { "" };
    let split = match forgotten.split {
        0 => String::new(),
        many => format!(", and parts of {},", counted(many, "original", "originals")),
    };
    let what = format!(
        "{} and {} of which nothing is left{split}{said}",
        counted(forgotten.dumps, "dump", "dumps"),
        counted(forgotten.files, "file", "files")
    );
    if forgotten.dumps + forgotten.files + forgotten.split == 0 && !args.attributions {
        messages.warning("the store holds nothing of that account or those days");
    }
    messages.note(if args.dry_run { format!("{what} would be dropped") } else { format!("{what} dropped") });
    Ok(())
}

fn listed(counts: &[(usize, &str)]) -> String {
    counts.iter().map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

fn saying(args: &SayingArgs) -> AttributionArgs {
    let said = settings::saying(&args.whose, args.as_of, now().day());
    AttributionArgs { decisions: args.decisions.clone(), ..said }
}

fn now() -> Instant {
    Instant::from_millis(chrono::Utc::now().timestamp_millis())
}
