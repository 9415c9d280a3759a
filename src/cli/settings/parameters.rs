//! The parameters of a run, in the order in which every report shows them.
//!
//! A report read next year must say by itself what was asked: thresholds and dates always, filters where they were given.

use dormant::analyse::ReportSpec;
use dormant::model::{AccountId, Day, EntityKind, Verdict};
use dormant::render::CsvDialect;
use dormant::report::{Parameter, ParameterValue};

use super::asked::{Asked, OutputAsked};
use crate::cli::args::{CountArgs, FilterArgs, ReadingArgs, RecommendArgs, Snapshots};
use crate::cli::values::{Days, Pattern, When};

/// Everything that was asked and decides a number or a row.
pub fn of(asked: &Asked<'_>, today: Day) -> Vec<Parameter> {
    let mut list = Parameters::default();
    if let OutputAsked::Folder { engagement, .. } = asked.output {
        list.text("title", "title", engagement.title.clone());
        list.text("reference", "reference", engagement.reference.clone());
        list.text("prepared_by", "prepared by", engagement.prepared_by.clone());
        if let Some(sample) = engagement.engagement().sample {
            list.number("sample", "sample of each stratum", sample.rows as u64);
            list.number("seed", "seed", sample.seed);
        }
    }
    if let Some(count) = asked.count {
        list.count(count, &asked.specs, today);
    }
    list.text("from", "from", asked.from.map(|when| when.shown(today)));
    list.text("to", "to", asked.to.map(|when| when.shown(today)));
    if let Some(filter) = asked.filter {
        list.filter(filter);
    }
    if let Some(decisions) = asked.decisions {
        list.texts("decisions", "decisions", decisions.decisions.iter().map(|path| path.display().to_string()));
        list.days("due_days", "removals are due after", decisions.due.as_ref());
    }
    list.reading(asked.reading, today);
    let csv = match asked.output {
        OutputAsked::One(typed) | OutputAsked::Proposals { typed, .. } => typed.csv_dialect.into(),
        OutputAsked::Folder { csv, .. } => csv,
    };
    if let Some(recommend) = asked.recommend {
        list.recommend(recommend);
    }
    list.text("csv_dialect", "csv dialect", (csv == CsvDialect::Plain).then(|| "plain".to_owned()));
    list.0
}

/// What was asked, and what was said to the stores that were read: that holds too, and no default beside it.
pub fn with_said(asked: &[Parameter], said: &[Parameter]) -> Vec<Parameter> {
    let mut all = asked.to_vec();
    for parameter in said {
        match all.iter_mut().find(|asked| asked.name == parameter.name) {
            Some(asked) => asked.clone_from(parameter),
            None => all.push(parameter.clone()),
        }
    }
    all
}

#[derive(Default)]
struct Parameters(Vec<Parameter>);

impl Parameters {
    fn text(&mut self, name: &'static str, label: &str, value: Option<String>) {
        self.0.extend(value.map(|value| Parameter::text(name, label, value)));
    }

    /// A number that is more than an integer of 64 bits with a sign holds stays a text.
    fn number(&mut self, name: &'static str, label: &str, number: u64) {
        let value =
            i64::try_from(number).map_or_else(|_| ParameterValue::Text(number.to_string()), ParameterValue::Number);
        self.0.push(Parameter::shown_as(name, value, label, &number.to_string()));
    }

    fn texts(&mut self, name: &'static str, label: &str, values: impl Iterator<Item = String>) {
        let values: Vec<String> = values.collect();
        self.0.extend((!values.is_empty()).then(|| Parameter::texts(name, label, values)));
    }

    fn days(&mut self, name: &'static str, label: &str, days: Option<&Days>) {
        let parameter =
            |days: &Days| Parameter::shown_as(name, ParameterValue::Number(days.0), label, &days.to_string());
        self.0.extend(days.map(parameter));
    }

    fn flag(&mut self, name: &'static str, label: &str, given: bool, shown: &str) {
        self.0.extend(given.then(|| Parameter::shown_as(name, ParameterValue::Flag(true), label, shown)));
    }

    fn count(&mut self, count: &CountArgs, specs: &[ReportSpec], today: Day) {
        self.days("stale_after_days", "stale after", Some(&count.stale_after));
        let has_buckets = |spec: &ReportSpec| matches!(spec, ReportSpec::Staleness { .. } | ReportSpec::List { .. });
        if specs.iter().any(has_buckets) {
            let buckets = ParameterValue::Numbers(count.buckets.0.clone());
            self.0.push(Parameter::shown_as("buckets_days", buckets, "buckets", &count.buckets.to_string()));
        }
        let usual = || Parameter::shown_as("as_of", ParameterValue::Usual, "as of", "the date of each dump");
        let given = |when: When| Parameter::text("as_of", "as of", when.shown(today));
        self.0.push(count.as_of.map_or_else(usual, given));
        self.text("at", "at", count.at.map(|when| when.shown(today)));
        self.text("snapshots", "snapshots", (count.snapshots == Some(Snapshots::All)).then(|| "all".to_owned()));
        self.flag("include_aws_controlled", "controlled by AWS", count.include_aws_controlled, "included");
        self.flag("strict_age", "strict age", count.strict_age, "an unknown age proves nothing");
    }

    fn filter(&mut self, filter: &FilterArgs) {
        let texts = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.text.clone()).collect::<Vec<_>>();
        self.texts("account", "accounts", filter.account.iter().map(AccountId::to_string));
        self.texts("type", "types", filter.kind.iter().map(EntityKind::to_string));
        self.texts("entity", "entities", texts(&filter.entity).into_iter());
        self.texts("service", "services", filter.service.iter().cloned());
        self.texts("action", "actions", texts(&filter.action).into_iter());
        self.texts("region", "regions", filter.region.iter().cloned());
        self.texts("verdict", "verdicts", filter.verdict.iter().map(Verdict::to_string));
        self.days("within_days", "accessed within", filter.within.as_ref());
        self.flag("used", "only", filter.used, "rows with an access");
        self.flag("unused", "only", filter.unused, "unused rows");
    }

    fn recommend(&mut self, typed: &RecommendArgs) {
        self.text("style", "style", Some(typed.style.to_string()));
        self.texts("protect", "protected", typed.protect.iter().cloned());
        self.flag("service_level", "single actions", typed.service_level, "stay");
        self.flag("include_recovery", "recovery actions", typed.include_recovery, "included");
        self.text("applied_by", "applied by", typed.applied_by.as_ref().map(ToString::to_string));
        self.texts("only", "policies", typed.only.iter().map(|pattern| pattern.text.clone()));
    }

    fn reading(&mut self, reading: &ReadingArgs, today: Day) {
        let shown = |path: &std::path::PathBuf| path.display().to_string();
        self.texts("manifest", "manifest", reading.whose.manifest.iter().map(shown));
        self.text("path_template", "path template", reading.whose.path_template.clone());
        self.0.extend(reading.whose.no_infer.then(Parameter::no_infer));
        self.text("made_at", "date of undated dumps", reading.made_at.map(|when| when.shown(today)));
        self.texts("also_used", "also used", reading.also_used.iter().map(shown));
        self.text("accounts_file", "accounts named by", reading.accounts.as_ref().map(shown));
        self.text("owner_tag", "owner tag", reading.owner_tag.clone());
        self.text("catalogue", "catalogue", reading.catalogue.as_ref().map(shown));
        self.text("service_reference", "service reference", reading.service_reference.as_ref().map(shown));
    }
}
