//! `ingest` and `store`: the commands that keep dumps, and those that look after what is kept.

use std::process::ExitCode;

use anyhow::Result;
use dormant::model::Instant;
use dormant::pipeline::{self, IngestRequest, Ingested};
use dormant::problem::counted;

use super::args::IngestArgs;
use super::exit::{self, Exit};
use super::messages::Messages;
use super::progress::Bar;
use super::{settings, threads};

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
        limits: settings::limits(&args.limits),
        now: now(),
    };
    let bar = Bar::new(messages);
    let ended = pipeline::ingest(&request, &bar);
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

fn now() -> Instant {
    Instant::from_millis(chrono::Utc::now().timestamp_millis())
}
