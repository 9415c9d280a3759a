//! How the engines differ, all of it: literals, names, and the few functions that are spelt differently.
//!
//! Everything else in `sql/` is what they have in common. The macros at the end stand here too, so that a number has one
//! definition in every report.

use dormant::model::{Instant, Remedy, Verdict};

/// An engine's SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `DuckDB`, one process.
    DuckDb,
    /// Spark SQL.
    Spark,
    /// Trino.
    Trino,
    /// Athena: a Trino whose tables are made in Hive's words.
    Athena,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: &'static [Self] = &[Self::DuckDb, Self::Spark, Self::Trino, Self::Athena];

    /// As typed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::Trino => "trino",
            Self::Athena => "athena",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::DuckDb => "DuckDB",
            Self::Spark => "Spark",
            Self::Trino => "Trino",
            Self::Athena => "Athena",
        }
    }

    pub(super) const fn ddl(self) -> &'static str {
        match self {
            Self::DuckDb => include_str!("../../../sql/ddl/duckdb.sql"),
            Self::Spark => include_str!("../../../sql/ddl/spark.sql"),
            Self::Trino => include_str!("../../../sql/ddl/trino.sql"),
            Self::Athena => include_str!("../../../sql/ddl/athena.sql"),
        }
    }

    /// `text` as a literal, whatever it holds.
    pub(super) fn literal(self, text: &str) -> String {
        match self {
            // In Spark a backslash escapes, and two quotes are the end of one literal and the start of another.
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::DuckDb | Self::Trino | Self::Athena => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// Literals, between commas.
    pub(super) fn literals<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> String {
        texts.into_iter().map(|text| self.literal(text)).collect::<Vec<_>>().join(", ")
    }

    /// `text` as the name of a column.
    pub(super) fn name(self, text: &str) -> String {
        match self {
            Self::Spark => format!("`{}`", text.replace('`', "``")),
            Self::DuckDb | Self::Trino | Self::Athena => format!("\"{}\"", text.replace('"', "\"\"")),
        }
    }

    /// A point in time. Spark's have a time zone; the views of the others hold UTC without one.
    pub(super) fn instant(self, at: Instant) -> String {
        let text = at.to_string().replace('T', " ");
        match self {
            Self::Spark => format!("TIMESTAMP '{text}'"),
            Self::DuckDb | Self::Trino | Self::Athena => format!("TIMESTAMP '{}'", text.trim_end_matches('Z')),
        }
    }

    /// Whether the regular expression `pattern` is found in `text`.
    pub(super) fn matches(self, text: &str, pattern: &str) -> String {
        let pattern = self.literal(pattern);
        match self {
            Self::DuckDb => format!("REGEXP_MATCHES({text}, {pattern})"),
            Self::Spark => format!("({text} RLIKE {pattern})"),
            Self::Trino | Self::Athena => format!("REGEXP_LIKE({text}, {pattern})"),
        }
    }

    /// The function or macro `name` of `argument`; `None` where there is none of that name. A table of all that the templates may use.
    pub(super) fn function(self, name: &str, argument: &str) -> Option<String> {
        Some(match name {
            // Dialects.
            "text" => match self {
                Self::Spark => "STRING",
                Self::DuckDb | Self::Trino | Self::Athena => "VARCHAR",
            }
            .to_owned(),
            "name" => self.name(argument),
            "millis" => match self {
                Self::DuckDb => format!("EPOCH_MS({argument})"),
                Self::Spark => format!("UNIX_MILLIS({argument})"),
                Self::Trino | Self::Athena => {
                    format!("DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', {argument})")
                }
            },
            "day" => match self {
                // A cast would take the day of the session's time zone.
                Self::Spark => {
                    let days = self.function("days", &self.function("millis", argument)?)?;
                    format!("DATE_FROM_UNIX_DATE(CAST({days} AS INT))")
                }
                Self::DuckDb | Self::Trino | Self::Athena => format!("CAST({argument} AS DATE)"),
            },
            // Macros.
            "days" => format!("CAST(FLOOR(CAST({argument} AS DOUBLE) / 86400000) AS BIGINT)"),
            "days_since" => {
                let (accessed, at) = argument.split_once(", ")?;
                let between = format!("{} - {}", self.function("millis", at)?, self.function("millis", accessed)?);
                format!("CASE WHEN {accessed} > {at} THEN 0 ELSE {} END", self.function("days", &between)?)
            }
            "millis_of_days" => format!("{argument} * CAST(86400000 AS BIGINT)"),
            "watched_days" => {
                let (since, until) = argument.split_once(", ")?;
                let (since, until) = (self.function("millis", since)?, self.function("millis", until)?);
                format!(
                    "CASE WHEN {until} < {since} THEN 0 ELSE {} END",
                    self.function("days", &format!("{until} - {since}"))?
                )
            }
            // Of a role in several accounts the remedy that stands first: what one owner can change is worth saying.
            "first_remedy" => {
                let places = Remedy::ALL.iter().enumerate();
                let place = places.clone().map(|(place, remedy)| format!("WHEN '{}' THEN {place}", remedy.as_str()));
                let word = places.map(|(place, remedy)| format!("WHEN {place} THEN '{}'", remedy.as_str()));
                let [place, word] = [place.collect::<Vec<_>>(), word.collect()].map(|cases| cases.join(" "));
                format!("CASE MIN(CASE {argument} {place} END) {word} END")
            }
            "same_permission" => {
                let (a, b) = argument.split_once(", ")?;
                format!(
                    "{a}.entity = {b}.entity AND {a}.service_key = {b}.service_key \
                     AND COALESCE({a}.action_key, '') = COALESCE({b}.action_key, '')"
                )
            }
            "order" => {
                let keys = argument.split(',').map(|key| format!("{} NULLS FIRST", key.trim()));
                keys.collect::<Vec<_>>().join(", ")
            }
            "sum" => format!("CAST(SUM({argument}) AS BIGINT) AS {argument}"),
            "percent" => fraction(argument, 1000, 10)?,
            "ratio" => fraction(argument, 10_000, 10_000)?,
            "verdict_counts" => verdict_counts(argument)?,
            _ => return None,
        })
    }
}

/// `part, whole` as a fraction in `1/steps`, halves away from zero, divided by `scale`; null where the whole is 0.
fn fraction(argument: &str, steps: u32, scale: u32) -> Option<String> {
    let (part, whole) = argument.split_once(", ")?;
    let doubled = format!("CAST({} * {part} + ({whole}) AS DOUBLE)", 2 * steps);
    Some(format!("CAST(FLOOR({doubled} / NULLIF(2 * ({whole}), 0)) AS DOUBLE) / {scale}"))
}

/// `prefix, total[, what]`: the rows (of which `what` is so) as `total`, and with each verdict as `prefix_verdict`.
fn verdict_counts(argument: &str) -> Option<String> {
    let mut words = argument.split(", ");
    let (prefix, total, what) = (words.next()?, words.next()?, words.next());
    let of_these = what.map(|what| format!("what = '{what}'"));
    let count = |condition: Option<String>, name: String| {
        let conditions: Vec<_> = of_these.iter().cloned().chain(condition).collect();
        match conditions.as_slice() {
            [] => format!("COUNT(*) AS {name}"),
            _ => format!("COUNT(CASE WHEN {} THEN 1 END) AS {name}", conditions.join(" AND ")),
        }
    };
    let by_verdict =
        Verdict::ALL.iter().map(|verdict| count(Some(format!("verdict = '{verdict}'")), format!("{prefix}_{verdict}")));
    Some(std::iter::once(count(None, total.to_owned())).chain(by_verdict).collect::<Vec<_>>().join(",\n        "))
}
