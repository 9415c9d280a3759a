//! The entrances by which other people's text comes in, each as one function that takes anything and must not panic, with what
//! must hold whatever it is given.
//!
//! `tests/properties.rs` tries them in every test run, the targets of `fuzz/` for as long as one likes, and
//! `examples/mutations.rs` with 100,000 damaged dumps.

use std::collections::BTreeSet;
use std::path::Path;

use dormant::catalogue::Catalogue;
use dormant::decode::bytes::{self, Opened};
use dormant::decode::time::{self, DateReading};
use dormant::decode::{Limits, Memory, Outcome, decode};
use dormant::model::{
    Answer, Arn, Claim, ClaimKind, Job, JobStatus, ListState, OtherAnswer, OtherRows, Rows, Shape, Sidecar, Source,
    Symbols,
};
use dormant::resolve::{Manifest, Options, PathTemplate, other_operations, resolve};
use dormant::util::turn::Turn;

/// Low enough that a few kilobytes can reach each of them.
const LIMITS: Limits = Limits {
    document_bytes: 1 << 22,
    unpacked_bytes: 1 << 24,
    archive_members: 500,
    archive_depth: 3,
    nesting: 32,
    rows: 100_000,
    follow_links: false,
};

/// Bytes to dumps: a stored file, opened, decoded and resolved.
pub fn dumps(stored: &[u8]) {
    let symbols = Symbols::default();
    let mut memory = Memory::new(&symbols);
    let source = Source::file("123456789012/roles/prod-api.json");
    let mut documents = Vec::new();
    let opened =
        bytes::unpack(&source, stored, &LIMITS, Opened::default(), &mut Turn::default(), &mut |at, document| {
            documents.push(decode(at, document, false, &LIMITS, &mut memory));
        });
    assert_eq!(opened.documents, documents.len(), "every document is handed over once");
    assert!(opened.documents + opened.failed + opened.skipped > 0, "a file is never nothing");
    for document in &documents {
        let parts = [document.answers.len(), document.sidecars.len(), document.others.len(), document.policies.len()];
        let gave = parts.iter().any(|&n| n > 0);
        assert_eq!(gave, document.outcome == Outcome::Read, "{document:?}");
        assert!(gave || !document.problems.is_empty(), "dropped in silence: {document:?}");
    }
    let sidecars: Vec<_> = documents.iter().flat_map(|d| d.sidecars.clone()).collect();
    let others: Vec<_> = documents.iter().flat_map(|d| d.others.clone()).collect();
    let count = others.len();
    assert_eq!(other_operations::settle(others, Catalogue::builtin(), &Options::default()).len(), count);
    let answers: Vec<_> = documents.into_iter().flat_map(|d| d.answers).collect();
    all_resolve(answers, &sidecars, &symbols, &Options::default());
}

/// Each answer ends up in exactly one dump; a sidecar may add one of an answer that is missing.
fn all_resolve(answers: Vec<Answer>, sidecars: &[Sidecar], symbols: &Symbols, options: &Options) {
    let given: BTreeSet<_> = answers.iter().map(|a| (a.source.clone(), a.locator.clone())).collect();
    let count = answers.len();
    let resolved = resolve(answers, sidecars, symbols, Catalogue::builtin(), options);
    let is_missing = |source: &Source| {
        sidecars.iter().any(|sidecar| match sidecar {
            Sidecar::Generate { source: of, .. } | Sidecar::NoAnswer { source: of, .. } => of == source,
            Sidecar::Entity { .. } => false,
        })
    };
    let all = || resolved.dumps.iter().flat_map(|dump| dump.sources.iter().chain(&dump.duplicates));
    let places = || all().filter(|place| given.contains(*place) || !is_missing(&place.0));
    assert_eq!(places().count(), count, "an answer was lost or taken twice");
    assert_eq!(places().cloned().collect::<BTreeSet<_>>(), given, "an answer was lost");
}

/// The text of a date member, as text and as JSON.
pub fn date(text: &str) {
    let reading = time::parse_str(text);
    in_range(text, reading);
    in_range(text, time::parse_json(text));
    let quoted = serde_json::to_string(text).expect("a string is JSON");
    assert_eq!(time::parse_json(&quoted), reading, "a date in quotes is the same date: {text:?}");
}

/// A date lies between 2006 and 2100, or is none.
fn in_range(text: &str, reading: DateReading) {
    if let Some(instant) = reading.instant() {
        let shown = instant.to_string();
        assert!(("2006".."2101").contains(&shown.as_str()), "{text:?} read as {shown}");
    }
}

/// What names an entity: an ARN, a path, a path template. The lines of `text` are these three, in this order.
pub fn names(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (claim, path, template) = (next(), next(), next());
    if let Ok(arn) = Arn::parse(claim) {
        assert_eq!(arn.as_str(), claim);
        let account = arn.account().map_or("aws", |account| account.as_str());
        let parts = format!("arn:{}:iam::{account}:{}{}{}", arn.partition(), arn.kind(), arn.path(), arn.name());
        assert_eq!(parts, claim, "an ARN is its parts");
    }
    let symbols = Symbols::default();
    let answer = |claim| Answer {
        source: Source::file(path),
        locator: String::new(),
        shape: Shape::Answer,
        claim,
        account: None,
        beside: Vec::new(),
        stated: dormant::model::Stated::default(),
        job: Job { status: Some(JobStatus::Completed), ..Job::default() },
        list: ListState::Present,
        rows: Rows::default().into(),
    };
    let claim = Claim { text: claim.to_owned(), kind: ClaimKind::Member };
    let named = Answer { locator: "[1]".to_owned(), ..answer(Some(claim)) };
    let options = Options { template: PathTemplate::parse(template).ok(), ..Options::default() };
    all_resolve(vec![answer(None), named], &[], &symbols, &options);
}

/// The bytes of a manifest. What is refused is refused with a place and a reason.
pub fn manifest(bytes: &[u8]) {
    let symbols = Symbols::default();
    match Manifest::of_bytes(bytes, Path::new("jobs.csv")) {
        Ok(manifest) => {
            let options = Options { manifest: Some(manifest), ..Options::default() };
            all_resolve(Vec::new(), &[], &symbols, &options);
            let other_answer = OtherAnswer {
                claim: None,
                source: Source::file("a/b.json"),
                locator: String::new(),
                stated: None,
                job: Job::default(),
                list: ListState::Present,
                accessible: None,
                rows: OtherRows::Entities(Vec::new()),
            };
            assert_eq!(other_operations::settle(vec![other_answer], Catalogue::builtin(), &options).len(), 1);
        }
        Err(error) => assert!(error.to_string().starts_with("manifest jobs.csv, "), "{error}"),
    }
}
