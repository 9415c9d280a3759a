//! Every report as SQL, for engines that read a store themselves.
//!
//! Comes in: a [`Question`], resolved as for a run. Goes out: one statement over the views that [`schema`] makes. It
//! stands apart because nothing of it reads a dump: the definitions are those of `docs/reports.md` a second time, in `sql/`, and
//! the tests put both to the same data. This room only fills the statements in: [`template`] expands, [`dialect`] is the one
//! place that knows how engines differ, [`conditions`] writes filters and [`tables`] makes the tables of each engine from their
//! schemas.

mod conditions;
mod dialect;
mod print;
mod tables;
mod template;

use globset::Glob;

use dormant::analyse::timeline::window_start;
use dormant::analyse::{By, Params, ReportSpec, bucket_names, describe};
use dormant::model::{Instant, Level, OtherOperation};
use dormant::report::Parameter;
use dormant::util::sanitize::harmless;

use tables::TableColumns;

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
    pub parameters: &'a [Parameter],
}

/// Why there is no statement for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStatement {
    /// Its columns depend on its rows.
    #[error("compare has a column for each entity, which no statement can know: give --long, --pairs or --roles")]
    Matrix,
    /// It rests on policies, which no table holds.
    #[error("no table holds all that it rests on: ask the program, which reads stores too")]
    Policies,
    /// It is about what is granted today.
    #[error("what is granted is known of the present alone: leave --snapshots all out")]
    Snapshots,
    /// A diff in a store is one between two dates.
    #[error("a store has no old and new side by itself: give --from DATE and --to DATE")]
    NoSides,
}

/// What every report begins with: the rows of the question and their verdicts; for some, which of the rows are compared.
const DAYS: &str = include_str!("../../../sql/days.sql");
const SIDES: &str = include_str!("../../../sql/sides.sql");
const VERDICTS: &str = include_str!("../../../sql/verdicts.sql");
const SHOWN: &str = include_str!("../../../sql/shown.sql");

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
        ReportSpec::OtherOperation(OtherOperation::Entities) => {
            include_str!("../../../sql/reports/service-entities.sql")
        }
        ReportSpec::Check => include_str!("../../../sql/reports/check.sql"),
        ReportSpec::Grants { level: Level::Service } => include_str!("../../../sql/reports/grants.sql"),
        ReportSpec::Grants { level: Level::Action }
        | ReportSpec::Recommend
        | ReportSpec::Entities
        | ReportSpec::Credentials
        | ReportSpec::Decisions
        | ReportSpec::Kept
        | ReportSpec::SampledActions(_)
        | ReportSpec::Permissions { .. } => return Err(NoStatement::Policies),
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
    if matches!(question.spec, ReportSpec::Grants { .. }) && question.params.all_snapshots {
        return Err(NoStatement::Snapshots);
    }
    let mut sql = format!("-- dormant: {}, for {}.\n", describe(question.spec).title, dialect.title());
    for Parameter { label, shown, .. } in question.parameters {
        // A name that someone chose must not end the comment.
        sql.extend(["-- ", label, ": ", &harmless(shown), "\n"]);
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
        "columns" => Some(TableColumns::named(argument)?.of_files(dialect)),
        "view" => Some(TableColumns::named(argument)?.of_view(dialect)),
        "nothing" => Some(TableColumns::named(argument)?.of_nothing(dialect)),
        _ => None,
    })
}

impl Question<'_> {
    /// Rule 8, in a column of a dump without a date: only `--as-of` dates its accesses, and says since when AWS watched at the latest.
    fn undated(&self, column: &str, dialect: Dialect) -> Option<String> {
        let Some(as_of) = self.as_of else {
            return Some(match column {
                "withheld" => column.to_owned(),
                _ => format!("CASE WHEN made_at IS NULL THEN NULL ELSE {column} END"),
            });
        };
        let window = dialect.instant(window_start(as_of));
        Some(match column {
            "withheld" => "CASE \
                WHEN withheld = 'no-date' AND (last_accessed IS NOT NULL OR observed_since IS NOT NULL) THEN NULL \
                WHEN withheld = 'no-date' AND observed_until IS NOT NULL THEN 'no-start' \
                ELSE withheld END"
                .to_owned(),
            "observed_since" => {
                format!("CASE WHEN made_at IS NULL AND observed_since < {window} THEN {window} ELSE observed_since END")
            }
            "observed_limit" => {
                format!("CASE WHEN made_at IS NULL AND observed_since < {window} THEN 'window' ELSE observed_limit END")
            }
            _ => return None,
        })
    }

    /// What stands for the placeholder `name` with `argument`, which is filled in already. A table of all placeholders that the templates may use.
    fn fill(&self, name: &str, argument: &str, dialect: Dialect) -> Option<String> {
        let (params, filter) = (self.params, &self.params.filter);
        Some(match name {
            "with" => {
                let (chosen, rows) = match argument {
                    "present" => ("", "recorded"),
                    "days" => (DAYS, "chosen"),
                    "sides" => (SIDES, "chosen"),
                    _ => return None,
                };
                let begin = format!("WITH\n{}", VERDICTS.trim_end());
                template::expand(&begin, &|name, argument| match name {
                    "chosen" => Some(template::expand(chosen, &|name, argument| self.fill(name, argument, dialect))),
                    "rows" => Some(rows.to_owned()),
                    _ => self.fill(name, argument, dialect),
                })
            }

            "shown" if self.shows_permissions() => {
                template::expand(SHOWN.trim_end(), &|name, argument| self.fill(name, argument, dialect))
            }
            "told" => if self.shows_permissions() { "shown" } else { "told" }.to_owned(),
            "level" => self.level().as_str().to_owned(),
            "action" if self.level() == Level::Action => argument.to_owned(),
            // Ages are counted from another date than that of the dump: a row has both.
            "dump_date" if self.as_of.is_some() => format!(", {argument}"),
            "shown" | "action" | "dump_date" => String::new(),
            "stale_after" => params.stale_after.to_string(),
            "stale_millis" => dialect.function("millis_of_days", &params.stale_after.to_string())?,
            "as_of" => self.as_of.map_or_else(|| "as_of".to_owned(), |at| dialect.instant(at)),
            "from" => dialect.instant(self.sides?.0),
            "to" => dialect.instant(self.sides?.1),
            "speaks" if params.all_snapshots || !self.is_of_the_present() => "is_snapshot".to_owned(),
            "speaks" => "is_present".to_owned(),
            // The dates of grants are those of today's policies.
            "is_of_the_present" if params.all_snapshots || !self.is_of_the_present() => "FALSE".to_owned(),
            "is_usable" => "evidence NOT IN ('pending', 'failed', 'contradicted')".to_owned(),
            "is_whole" => if self.level() == Level::Service { "whole" } else { "whole AND action_level" }.to_owned(),
            "has_level" => if self.level() == Level::Service { "TRUE" } else { "action_level" }.to_owned(),
            "undated" => self.undated(argument, dialect)?,
            "is_old_enough" if params.strict_age => "age_known_by <> 'none'".to_owned(),
            "keeps_entity" => conditions::entity(filter, self.entities, dialect),
            "keeps_service" => conditions::service(filter, dialect),
            "keeps_action" => conditions::action(self.actions, dialect),
            "keeps_row" => conditions::row(filter, dialect),
            "where_filtered" if conditions::row(filter, dialect) == conditions::all() => conditions::all(),
            "where_filtered" => argument.to_owned(),
            "keeps_controlled" if params.include_aws_controlled => conditions::all(),
            "keeps_controlled" => "NOT t.aws_controlled".to_owned(),
            "keeps_covered" => match self.spec {
                ReportSpec::Unused { level: Level::Action, all_actions: false, .. } => "c.entity IS NULL".to_owned(),
                _ => conditions::all(),
            },
            // The service of an action is that of the present; where every snapshot speaks, that of its own dump.
            "is_own_dump" if params.all_snapshots => "c.made_at IS NOT DISTINCT FROM t.made_at".to_owned(),
            "is_own_dump" | "is_old_enough" | "is_of_the_present" => conditions::all(),
            "newer" => match self.spec {
                ReportSpec::Diff { all: true, .. } => "'newer-date'".to_owned(),
                _ => "NULL".to_owned(),
            },
            "bucket" => self.bucket(dialect),
            "bucket_counts" => self.bucket_counts(dialect),
            "bucket_columns" => {
                bucket_names(&params.buckets).iter().map(|name| dialect.name(name)).collect::<Vec<_>>().join(", ")
            }
            "key" => self.key().join(", "),
            "grouping" => self.grouping().join(", "),
            "shown_keys" => self.shown_keys().to_owned(),
            "dumps_by" => self.dumps_by(dialect).0,
            "counted_by" => self.dumps_by(dialect).1,
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

    /// Trend and diff choose among all dumps, each as it stood when it was made.
    const fn is_of_the_present(&self) -> bool {
        !matches!(self.spec, ReportSpec::Trend | ReportSpec::Diff { .. })
    }

    const fn by(&self) -> By {
        match self.spec {
            ReportSpec::Staleness { by, .. } => *by,
            _ => By::Entity,
        }
    }

    /// What rows of `staleness` are counted by: spellings that differ by case alone are one permission, and entities that print alike are
    /// two.
    fn grouping(&self) -> Vec<&'static str> {
        match (self.by(), self.level()) {
            (By::Entity, _) => [self.key(), vec!["entity"]].concat(),
            (By::Account, _) => self.key(),
            (By::Service, Level::Service) => vec!["service_key"],
            (By::Service, Level::Action) => vec!["service_key", "action_key"],
        }
    }

    /// Whether rows of the report are about one permission of several entities, each of which may write it in another way.
    fn shows_permissions(&self) -> bool {
        !matches!(self.spec, ReportSpec::Staleness { .. }) || self.by() == By::Service
    }

    /// The names of permissions as they are shown.
    fn shown_keys(&self) -> &'static str {
        match (self.by(), self.level()) {
            (By::Service, Level::Service) => "MAX(shown_namespace) AS service_namespace, ",
            (By::Service, Level::Action) => {
                "MAX(shown_namespace) AS service_namespace, MAX(shown_action) AS action_name, "
            }
            _ => "",
        }
    }

    /// What the dumps of entities are counted by, and the same of a counted row.
    fn dumps_by(&self, dialect: Dialect) -> (String, String) {
        let (of_entities, of_rows) = match self.by() {
            By::Entity => ("entity", "c.entity".to_owned()),
            By::Account => ("account_id", "c.account_id".to_owned()),
            By::Service => ("CAST(NULL AS {text})", String::new()),
        };
        let of_entities = template::expand(of_entities, &|name, argument| dialect.function(name, argument));
        (of_entities.clone(), if of_rows.is_empty() { of_entities } else { of_rows })
    }

    /// The key of `staleness`.
    fn key(&self) -> Vec<&'static str> {
        match (self.by(), self.level()) {
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
            "CASE WHEN verdict = 'unknown' THEN 'unknown' WHEN verdict = 'unused' THEN 'unused'{} ELSE {} END",
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
