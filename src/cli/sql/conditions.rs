//! The filters as conditions. All must hold; values of one option are alternatives. Everything that a user typed goes through
//! [`Dialect::literal`].

use globset::{Glob, GlobBuilder};

use super::Dialect;
use dormant::analyse::{Filter, names_type};

/// What keeps every row.
pub fn all() -> String {
    "TRUE".to_owned()
}

/// `--account`, `--type` and `--entity`, over a table that has the columns of entities.
pub fn entity(filter: &Filter, entities: &[Glob], dialect: Dialect) -> String {
    let named = |glob: &Glob| {
        let pattern = regex(glob);
        let arn = dialect.matches("entity_arn", &pattern);
        let named = format!("{} OR COALESCE({arn}, FALSE)", dialect.matches("entity_name", &pattern));
        let Some(with_path) = with_path(glob) else { return named };
        let typed = dialect.matches("CONCAT(entity_type, '/', entity_name)", &pattern);
        let with_path = dialect.matches("entity_arn", &regex(&with_path));
        format!("{named} OR COALESCE({typed}, FALSE) OR COALESCE({with_path}, FALSE)")
    };
    let conditions = [
        one_of("account_id", filter.accounts.iter().map(String::as_str), dialect),
        one_of("entity_type", filter.types.iter().map(|kind| kind.as_str()), dialect),
        any(entities.iter().map(named)),
    ];
    every(conditions)
}

/// What ARNs a glob that begins with a type fits: `role/ci/*` is `*:role/ci/*`.
fn with_path(glob: &Glob) -> Option<Glob> {
    let builder = |text: &str| GlobBuilder::new(text).literal_separator(false).backslash_escape(true).build().ok();
    names_type(glob.glob()).then(|| builder(&format!("*:{}", glob.glob())))?
}

/// Rule 51: the form that all spellings of a service share.
const SERVICE: &str = "LOWER(TRIM(service_namespace))";

/// The same of an action.
const ACTION: &str = "LOWER(TRIM(action_name))";

/// `--service`.
pub fn service(filter: &Filter, dialect: Dialect) -> String {
    let asked: Vec<String> = filter.services.iter().map(|service| service.trim().to_lowercase()).collect();
    every([one_of(SERVICE, asked.iter().map(String::as_str), dialect)])
}

/// `--action`: globs, which do not look at case, are tried against `Action` and `namespace:Action`.
pub fn action(actions: &[Glob], dialect: Dialect) -> String {
    let named = |glob: &Glob| {
        let pattern = regex(glob);
        let whole = dialect.matches(&format!("CONCAT({SERVICE}, ':', {ACTION})"), &pattern);
        format!("{} OR {whole}", dialect.matches(ACTION, &pattern))
    };
    every([any(actions.iter().map(named))])
}

/// `--region`, `--verdict`, `--within`, `--used` and `--unused`: what a row says.
pub fn row(filter: &Filter, dialect: Dialect) -> String {
    let within = filter.within.map(|days| {
        let millis = |column| dialect.function("millis", column).expect("a function of every dialect");
        format!("{} > {} - {days} * CAST(86400000 AS BIGINT)", millis("last_accessed"), millis("as_of"))
    });
    every([
        one_of("last_accessed_region", filter.regions.iter().map(String::as_str), dialect),
        one_of("verdict", filter.verdicts.iter().map(|verdict| verdict.as_str()), dialect),
        within,
        filter.used.then(|| "used".to_owned()),
        filter.unused.then(|| "verdict = 'unused'".to_owned()),
    ])
}

fn one_of<'v>(column: &str, values: impl Iterator<Item = &'v str>, dialect: Dialect) -> Option<String> {
    let values = dialect.literals(values);
    (!values.is_empty()).then(|| format!("{column} IN ({values})"))
}

fn any(conditions: impl Iterator<Item = String>) -> Option<String> {
    let conditions: Vec<_> = conditions.collect();
    (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
}

fn every<const N: usize>(conditions: [Option<String>; N]) -> String {
    let conditions: Vec<_> = conditions.into_iter().flatten().collect();
    if conditions.is_empty() { all() } else { conditions.join(" AND ") }
}

/// The glob as a regular expression that every engine reads: `globset` writes one over bytes, in Rust's syntax.
fn regex(glob: &Glob) -> String {
    let bytes = glob.regex();
    let bytes = bytes.strip_prefix("(?-u)").unwrap_or(bytes);
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(c) = rest.chars().next() {
        let spelt = rest.strip_prefix("\\x").and_then(|hex| u8::from_str_radix(hex.get(..2)?, 16).ok());
        let length = match spelt {
            Some(byte) => {
                text.push(byte);
                "\\xff".len()
            }
            // An escaped backslash is no beginning of a byte.
            None if c == '\\' => 2,
            None => c.len_utf8(),
        };
        if spelt.is_none() {
            text.extend(rest[..length].bytes());
        }
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_become_patterns_of_characters() {
        let regex_of = |glob| regex(&Glob::new(glob).expect("a glob"));
        assert_eq!(regex_of("prod-*"), r"^prod\-.*$");
        assert_eq!(regex_of("Größe?"), "^Größe.$");
        assert_eq!(regex_of(r"a\\xc3"), r"^a\\xc3$");
        assert_eq!(regex_of("{a,b}[!x-z]"), "^(?:a|b)[^x-z]$");
    }
}
