//! `ingest` and `store`: the commands that keep dumps, and those that look after what is kept.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use dormant::archive::Store;
use dormant::model::{Day, Instant};
use dormant::problem::counted;
use dormant::run::{self, Attribution, AttributionArgs, Forget, IngestRequest, Ingested};

use super::args::{ForgetArgs, IngestArgs, SayingArgs, StoreCommand};
use super::exit::{self, Exit};
use super::messages::{self, Messages};
use super::progress::Bar;
use super::{memory, settings, threads};

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
        now: now(),
    };
    let bar = Bar::new(messages);
    let ended = run::ingest(&request, &bar);
    bar.clear();
    let Ingested { added, known, left_to_others, problems, settled } = ended?;
    let parts = [(added, "added"), (known, "in already"), (left_to_others, "left to other shards")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, what)| *n > 0 || *what == "added")
        .map(|(n, what)| format!("{} {what}", counted(n, "file", "files")))
        .collect();
    messages.note(parts.join(", "));
    if settled.is_none() {
        messages.note("the tables for other engines are left: run `dormant store compact` after the last shard");
    }
    messages.problems(&problems);
    let fell_short = exit::inputs_fell_short(&problems, args.strict);
    Ok(Exit::of_report(false, fell_short).into())
}

/// `store`: one of its commands.
///
/// # Errors
/// Where there is no store, it is damaged, held by another process, or cannot be written.
pub fn store(command: &StoreCommand, messages: Messages) -> Result<ExitCode> {
    match command {
        StoreCommand::Info(args) => info(&Store::open(&args.dir)?)?,
        StoreCommand::Verify(args) => verify(&args.dir, messages)?,
        StoreCommand::Compact(args) => {
            let bar = Bar::new(messages);
            let settled = run::compact(&Store::open(&args.store.dir)?, &saying(&args.saying), now(), &bar);
            bar.clear();
            let settled = settled?;
            let tables =
                [(settled.written, "written"), (settled.kept, "as they should be"), (settled.removed, "removed")];
            messages.note(format!("files of tables: {}", listed(&tables)));
        }
        StoreCommand::Forget(args) => forget(args, messages)?,
    }
    Ok(Exit::Complete.into())
}

fn info(store: &Store) -> Result<()> {
    let files = store.heads()?;
    let (segments, bytes) = store.extent()?;
    let (accounts, days) = store.batches()?;
    let read: u64 = files.iter().map(|file| file.bytes).sum();
    let answers: usize = files.iter().flat_map(|file| &file.documents).map(|document| document.answers.len()).sum();
    let days = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!("{} from {first} to {last}", days.len()),
        _ => "none".to_owned(),
    };
    let mut lines = vec![
        ("files read".to_owned(), format!("{} ({read} bytes)", files.len())),
        ("answers in them".to_owned(), answers.to_string()),
        ("kept as".to_owned(), format!("{} ({bytes} bytes)", counted(segments, "file", "files"))),
        ("accounts".to_owned(), accounts.len().to_string()),
        ("days".to_owned(), days),
        (
            "tables".to_owned(),
            if store.is_settled()? { "up to date" } else { "behind: run `dormant store compact`" }.to_owned(),
        ),
    ];
    lines.extend(Attribution::to(store)?.shown(&AttributionArgs::default()));
    for (table, files, rows, bytes) in store.tables()? {
        lines.push((
            format!("  {table}"),
            format!("{rows} rows in {} ({bytes} bytes)", counted(files, "file", "files")),
        ));
    }
    let mut out = io::stdout().lock();
    for (label, value) in lines {
        // A reader that has seen enough is no error.
        let _ = writeln!(out, "{label:<22}{value}");
    }
    Ok(())
}

fn verify(dir: &Path, messages: Messages) -> Result<()> {
    let store = Store::open(dir)?;
    let answers = store.wrong_answers()?;
    for wrong in &answers {
        messages::error(&anyhow::anyhow!("{wrong}"));
    }
    let tables = store.wrong_tables()?;
    for (path, what) in &tables {
        messages::error(&anyhow::anyhow!("`{path}` {what}"));
    }
    if !answers.is_empty() {
        bail!("answers are damaged: remove these files, and ingest the dumps again that were in them");
    }
    if !tables.is_empty() {
        bail!("the answers are whole, but not the tables made of them: `dormant store compact` writes those anew");
    }
    if store.is_settled()? {
        messages.note("all answers and tables are as they were written");
    } else {
        messages.note("all answers are as they were written; the tables are behind: run `dormant store compact`");
    }
    Ok(())
}

fn forget(args: &ForgetArgs, messages: Messages) -> Result<()> {
    let store = Store::open(&args.store.dir)?;
    let today: Day = now().day();
    let wanted = Forget {
        accounts: args.account.clone(),
        from: args.from.map(|when| when.start(today)),
        to: args.to.map(|when| when.end(today)),
        said: args.said,
    };
    let bar = Bar::new(messages);
    let forgotten = run::forget(&store, &wanted, args.dry_run, now(), &bar);
    bar.clear();
    let forgotten = forgotten?;
    let said = if args.said { ", and what was said about whose they are," } else { "" };
    let what = format!(
        "{} and {} of which nothing is left{said}",
        counted(forgotten.dumps, "dump", "dumps"),
        counted(forgotten.files, "file", "files")
    );
    messages.note(if args.dry_run { format!("{what} would be dropped") } else { format!("{what} dropped") });
    Ok(())
}

fn listed(counts: &[(usize, &str)]) -> String {
    counts.iter().map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

fn saying(args: &SayingArgs) -> AttributionArgs {
    settings::saying(&args.whose, args.as_of, now().day())
}

fn now() -> Instant {
    Instant::from_millis(chrono::Utc::now().timestamp_millis())
}
