//! Every report as SQL, for engines that read a store themselves.
//!
//! Comes in: a [`Question`], resolved as for a run. Goes out: one statement over the views that [`schema`] makes. It
//! stands apart because nothing of it reads a dump: the definitions are those of `docs/reports.md` a second time, in `sql/`, and
//! the tests put both to the same data. This room only fills the statements in: [`template`] expands, [`dialect`] is the one
//! place that knows how engines differ, [`conditions`] writes filters and [`facts`] what AWS publishes.

mod conditions;
mod dialect;
mod print;
mod template;

use globset::Glob;

use dormant::analyse::{By, Params, ReportSpec, bucket_names, describe};
use dormant::catalogue::Catalogue;
use dormant::model::{Instant, Level, OtherOperation};
use dormant::util::sanitize::harmless;

pub use dialect::Dialect;
pub use print::{print, text};

/// What a statement is to answer.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The report.
    pub spec: &'a ReportSpec,
    /// What reports share; the globs in it are given as text below.
    pub params: &'a Params,
    /// `--entity`.
    pub entities: &'a [Glob],
    /// `--action`.
    pub actions: &'a [Glob],
    /// `--as-of`.
    pub as_of: Option<Instant>,
    /// `diff --from` and `--to`.
    pub sides: Option<(Instant, Instant)>,
    /// Label and value of what was asked, for whoever finds the statement later.
    pub parameters: &'a [(String, String)],
    /// Public facts.
    pub catalogue: &'a Catalogue,
}

/// Why there is no statement for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStatement {
    /// Its columns depend on its rows.
    #[error("compare has a column for each entity, which no statement can know: give --long, --pairs or --roles")]
    Matrix,
    /// It rests on policies, which no table holds.
    #[error("a store has no tables of policies: ask `dormant grants`")]
    Policies,
    /// A diff in a store is one between two dates.
    #[error("a store has no old and new side by itself: give --from DATE and --to DATE")]
    NoSides,
}

/// What every report begins with: the dumps that may speak, then what they say of each permission.
const DUMPS: &str = include_str!("../../../sql/dumps.sql");
const PRESENT: &str = include_str!("../../../sql/present.sql");
const DAYS: &str = include_str!("../../../sql/days.sql");
const SIDES: &str = include_str!("../../../sql/sides.sql");
const VERDICTS: &str = include_str!("../../../sql/verdicts.sql");

/// The statement of a report, as its file in `sql/reports/` has it.
///
/// # Errors
/// Where no statement can give it.
const fn statement(spec: &ReportSpec) -> Result<&'static str, NoStatement> {
    Ok(match spec {
        ReportSpec::Summary => include_str!("../../../sql/reports/summary.sql"),
        ReportSpec::Services => include_str!("../../../sql/reports/services.sql"),
        ReportSpec::Unused { .. } => include_str!("../../../sql/reports/unused.sql"),
        ReportSpec::Staleness { .. } => include_str!("../../../sql/reports/staleness.sql"),
        ReportSpec::Compare { long: true, .. } => include_str!("../../../sql/reports/compare.sql"),
        ReportSpec::Pairs { .. } => include_str!("../../../sql/reports/pairs.sql"),
        ReportSpec::Roles => include_str!("../../../sql/reports/roles.sql"),
        ReportSpec::Diff { .. } => include_str!("../../../sql/reports/diff.sql"),
        ReportSpec::Trend => include_str!("../../../sql/reports/trend.sql"),
        ReportSpec::List { .. } => include_str!("../../../sql/reports/list.sql"),
        ReportSpec::OtherOperation(OtherOperation::Organizations) => {
            include_str!("../../../sql/reports/organizations.sql")
        }
        ReportSpec::OtherOperation(OtherOperation::Entities) => include_str!("../../../sql/reports/entities.sql"),
        ReportSpec::Check => include_str!("../../../sql/reports/check.sql"),
        ReportSpec::Grants { .. } => return Err(NoStatement::Policies),
        ReportSpec::Compare { long: false, .. } => return Err(NoStatement::Matrix),
    })
}

/// The report as one statement, over the views that [`schema`] makes.
///
/// # Errors
/// Where no statement can give it.
pub fn report(question: &Question<'_>, dialect: Dialect) -> Result<String, NoStatement> {
    if matches!(question.spec, ReportSpec::Diff { .. }) && question.sides.is_none() {
        return Err(NoStatement::NoSides);
    }
    let mut sql = format!("-- dormant: {}, for {}.\n", describe(question.spec).title, dialect.title());
    for (label, value) in question.parameters {
        // A name that someone chose must not end the comment.
        sql.extend(["-- ", label, ": ", &harmless(value), "\n"]);
    }
    sql.push_str(&template::expand(statement(question.spec)?, &|name, argument| {
        question.fill(name, argument, dialect)
    }));
    sql.truncate(sql.trim_end().len());
    sql.push_str(";\n");
    Ok(sql)
}

/// What makes the store in `store`, a folder or a URL that the engine can read, into tables and views. Those of which the store
/// `has` no file are made empty: not every engine reads no file as no rows.
#[must_use]
pub fn schema(store: &str, dialect: Dialect, has: &dyn Fn(&str) -> bool) -> String {
    let store = store.trim_end_matches('/');
    template::expand(dialect.ddl(), &|name, argument| match name {
        "at" => Some(dialect.literal(&format!("{store}/{argument}"))),
        "files" => {
            argument.split_once(',').map(|(table, files)| if has(table) { files.to_owned() } else { String::new() })
        }
        _ => None,
    })
}

impl Question<'_> {
    /// What stands for the placeholder `name` with `argument`, which is filled in already.
    fn fill(&self, name: &str, argument: &str, dialect: Dialect) -> Option<String> {
        let (params, filter) = (self.params, &self.params.filter);
        Some(match name {
            "with" => {
                let dumps = match argument {
                    "present" => PRESENT,
                    "days" => DAYS,
                    "sides" => SIDES,
                    _ => return None,
                };
                let begin = format!("WITH\n{DUMPS}{dumps}{}", VERDICTS.trim_end());
                template::expand(&begin, &|name, argument| self.fill(name, argument, dialect))
            }

            "level" => self.level().as_str().to_owned(),
            "action" if self.level() == Level::Action => argument.to_owned(),
            "action" => String::new(),
            "stale_after" => params.stale_after.to_string(),
            "as_of" => self.as_of.map_or_else(|| "as_of".to_owned(), |at| dialect.instant(at)),
            "from" => dialect.instant(self.sides?.0),
            "to" => dialect.instant(self.sides?.1),
            "not_after" => params.at.map_or_else(conditions::all, |at| format!("made_at <= {}", dialect.instant(at))),
            "speaks" if params.all_snapshots && self.keeps_snapshots() => conditions::all(),
            "speaks" => "place = 1".to_owned(),
            "keeps_entity" => conditions::entity(filter, self.entities, dialect),
            "keeps_service" => conditions::service(filter, dialect),
            "keeps_action" => conditions::action(self.actions, dialect),
            "keeps_row" => conditions::row(filter, dialect),
            "keeps_managed" if params.include_aws_controlled => conditions::all(),
            "keeps_managed" => "NOT k.aws_controlled".to_owned(),
            "keeps_covered" => match self.spec {
                ReportSpec::Unused { level: Level::Action, all_actions: false } => "c.entity IS NULL".to_owned(),
                _ => conditions::all(),
            },
            // The service of an action is that of the present; where every snapshot speaks, that of its own dump.
            "is_own_dump" if params.all_snapshots => {
                "c.dump = k.dump AND c.made_at IS NOT DISTINCT FROM k.made_at".to_owned()
            }
            "is_own_dump" => conditions::all(),
            "newer" => match self.spec {
                ReportSpec::Diff { all: true, .. } => "'newer-date'".to_owned(),
                _ => "NULL".to_owned(),
            },
            "bucket" => self.bucket(dialect),
            "bucket_counts" => self.bucket_counts(dialect),
            "key" => self.key().join(", "),

            _ => return dialect.function(name, argument),
        })
    }

    const fn level(&self) -> Level {
        match self.spec {
            ReportSpec::Unused { level, .. }
            | ReportSpec::Staleness { level, .. }
            | ReportSpec::Compare { level, .. }
            | ReportSpec::Pairs { level }
            | ReportSpec::Diff { level, .. }
            | ReportSpec::List { level } => *level,
            _ => Level::Service,
        }
    }

    /// Trend and diff choose one dump for each day or side, whatever `--snapshots` says.
    const fn keeps_snapshots(&self) -> bool {
        !matches!(self.spec, ReportSpec::Trend | ReportSpec::Diff { .. })
    }

    /// The key of `staleness`.
    fn key(&self) -> Vec<&'static str> {
        let by = match self.spec {
            ReportSpec::Staleness { by, .. } => *by,
            _ => By::Entity,
        };
        match (by, self.level()) {
            (By::Entity, _) => vec!["account_id", "entity_type", "entity_name", "entity_arn"],
            (By::Account, _) => vec!["account_id"],
            (By::Service, Level::Service) => vec!["service_namespace"],
            (By::Service, Level::Action) => vec!["service_namespace", "action_name"],
        }
    }

    fn bucket(&self, dialect: Dialect) -> String {
        let names = bucket_names(&self.params.buckets);
        let [ages @ .., oldest, _, _] = names.as_slice() else { unreachable!("there is always a last bucket") };
        let literal = |name: &String| dialect.literal(name);
        let by_age = ages
            .iter()
            .zip(&self.params.buckets)
            .map(|(name, edge)| format!(" WHEN days_since < {edge} THEN {}", literal(name)));
        format!(
            "CASE WHEN verdict = 'unknown' THEN 'unknown' WHEN verdict = 'unused' THEN 'never'{} ELSE {} END",
            by_age.collect::<String>(),
            literal(oldest)
        )
    }

    fn bucket_counts(&self, dialect: Dialect) -> String {
        let count = |name: &String| {
            format!("COUNT(CASE WHEN bucket = {} THEN 1 END) AS {}", dialect.literal(name), dialect.name(name))
        };
        bucket_names(&self.params.buckets).iter().map(count).collect::<Vec<_>>().join(",\n    ")
    }
}

#[cfg(test)]
mod tests;
