//! The parameters of a run as label and value, in the order in which every report shows them.
//!
//! A report read next year must say by itself what was asked: thresholds and dates always, filters where they were given.

use dormant::analyse::ReportSpec;
use dormant::model::{AccountId, Day, EntityKind, Verdict};
use dormant::render::CsvDialect;

use super::asked::{Asked, OutputAsked};
use crate::cli::args::{CountArgs, FilterArgs, ReadingArgs, Snapshots};
use crate::cli::values::Pattern;

/// Everything that was asked and decides a number or a row.
pub fn of(asked: &Asked<'_>, today: Day) -> Vec<(String, String)> {
    let mut list = List::default();
    if let Some(count) = asked.count {
        list.count(count, &asked.specs, today);
    }
    list.one("from", asked.from.map(|when| when.shown(today)));
    list.one("to", asked.to.map(|when| when.shown(today)));
    if let Some(filter) = asked.filter {
        list.filter(filter);
    }
    list.reading(asked.reading, today);
    let csv = match asked.output {
        OutputAsked::One(typed) => typed.csv_dialect.into(),
        OutputAsked::Folder { csv, .. } => csv,
    };
    list.flag("csv dialect", csv == CsvDialect::Plain, "plain");
    list.0
}

/// What was asked, and what was said to the stores that were read: that holds too, and no default beside it.
pub fn with_said(asked: &[(String, String)], said: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = asked.to_vec();
    for (label, value) in said {
        match all.iter_mut().find(|(of, _)| of == label) {
            Some((_, shown)) => shown.clone_from(value),
            None => all.push((label.clone(), value.clone())),
        }
    }
    all
}

#[derive(Default)]
struct List(Vec<(String, String)>);

impl List {
    fn one(&mut self, label: &str, value: Option<String>) {
        self.0.extend(value.map(|value| (label.to_owned(), value)));
    }

    fn many(&mut self, label: &str, values: impl Iterator<Item = String>) {
        let values: Vec<String> = values.collect();
        self.one(label, (!values.is_empty()).then(|| values.join(", ")));
    }

    fn flag(&mut self, label: &str, given: bool, value: &str) {
        self.one(label, given.then(|| value.to_owned()));
    }

    fn count(&mut self, count: &CountArgs, specs: &[ReportSpec], today: Day) {
        let has_buckets = |spec: &ReportSpec| matches!(spec, ReportSpec::Staleness { .. } | ReportSpec::List { .. });
        self.one("stale after", Some(count.stale_after.to_string()));
        self.one("buckets", specs.iter().any(has_buckets).then(|| count.buckets.to_string()));
        let as_of = count.as_of.map_or_else(|| "the date of each dump".to_owned(), |when| when.shown(today));
        self.one("as of", Some(as_of));
        self.one("at", count.at.map(|when| when.shown(today)));
        self.flag("snapshots", count.snapshots == Some(Snapshots::All), "all");
        self.flag("controlled by AWS", count.include_aws_controlled, "included");
        self.flag("strict age", count.strict_age, "an unknown age proves nothing");
    }

    fn filter(&mut self, filter: &FilterArgs) {
        let texts = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.text.clone()).collect::<Vec<_>>();
        self.many("accounts", filter.account.iter().map(AccountId::to_string));
        self.many("types", filter.kind.iter().map(EntityKind::to_string));
        self.many("entities", texts(&filter.entity).into_iter());
        self.many("services", filter.service.iter().cloned());
        self.many("actions", texts(&filter.action).into_iter());
        self.many("regions", filter.region.iter().cloned());
        self.many("verdicts", filter.verdict.iter().map(Verdict::to_string));
        self.one("accessed within", filter.within.map(|days| days.to_string()));
        self.flag("only", filter.used, "rows with an access");
        self.flag("only", filter.unused, "unused rows");
    }

    fn reading(&mut self, reading: &ReadingArgs, today: Day) {
        let shown = |path: &std::path::PathBuf| path.display().to_string();
        self.one("manifest", reading.whose.manifest.as_ref().map(shown));
        self.one("path template", reading.whose.path_template.clone());
        self.flag("inferred entities", reading.whose.no_infer, "not accepted");
        self.one("date of undated dumps", reading.made_at.map(|when| when.shown(today)));
        let also_used: Vec<_> = reading.also_used.iter().map(shown).collect();
        self.one("also used", (!also_used.is_empty()).then(|| also_used.join(", ")));
        self.one("accounts named by", reading.accounts.as_ref().map(shown));
        self.one("owner tag", reading.owner_tag.clone());
        self.one("catalogue", reading.catalogue.as_ref().map(shown));
        self.one("service reference", reading.service_reference.as_ref().map(shown));
    }
}
