//! Rows of one job, sorted and joined.
//!
//! Comes in: rows as found. Goes out: rows sorted by namespace, one for each, as the API writes them. Where a namespace
//! stands twice, nothing that one of them shows is lost: the newest date, the largest total, every action.

use std::sync::Arc;

use crate::model::{Accessed, ActionRow, Rows, ServiceRow, SpilledRows, Symbol};

/// The text of a symbol; empty where nothing was recorded.
pub(super) fn text(texts: &[Arc<str>], symbol: Symbol) -> &str {
    symbol.index().and_then(|at| texts.get(at as usize)).map_or("", AsRef::as_ref)
}

/// `kept` sorted by namespace, and how many rows repeated one. Rows that are as the API writes them are not touched.
pub(super) fn normalised(kept: SpilledRows, texts: &[Arc<str>]) -> (SpilledRows, usize) {
    let rows = kept.open();
    let is_sorted = rows.services().is_sorted_by(|a, b| text(texts, a.namespace) < text(texts, b.namespace));
    if is_sorted {
        drop(rows);
        return (kept, 0);
    }
    let whole = joined(&[&rows], texts);
    let repeated = rows.services().len() - whole.services().len();
    (whole.into(), repeated)
}

/// All rows of `parts`, sorted by namespace, one for each.
pub(super) fn joined(parts: &[&Rows], texts: &[Arc<str>]) -> Rows {
    let mut places: Vec<(&str, &Rows, usize)> = parts
        .iter()
        .flat_map(|rows| rows.services().iter().enumerate().map(|(at, s)| (text(texts, s.namespace), *rows, at)))
        .collect();
    // Stable: equal namespaces stay in the order of the parts.
    places.sort_by(|a, b| a.0.cmp(b.0));
    let mut whole = Rows::default();
    for same in places.chunk_by(|a, b| a.0 == b.0) {
        if let [(_, rows, at)] = same {
            rows.actions_of(*at).for_each(|action| whole.push_action(action));
            whole.push_service(rows.services()[*at]);
        } else {
            join_repeated(&mut whole, same, texts);
        }
    }
    whole
}

fn join_repeated(whole: &mut Rows, same: &[(&str, &Rows, usize)], texts: &[Arc<str>]) {
    let mut actions: Vec<ActionRow> = same.iter().flat_map(|(_, rows, at)| rows.actions_of(*at)).collect();
    actions.sort_by(|a, b| text(texts, a.name).cmp(text(texts, b.name)));
    for repeated in actions.chunk_by(|a, b| a.name == b.name) {
        whole.push_action(newest(repeated, |action| action.accessed));
    }
    let services: Vec<ServiceRow> = same.iter().map(|(_, rows, at)| rows.services()[*at]).collect();
    let newest = newest(&services, |service| service.accessed);
    whole.push_service(ServiceRow {
        entities: services.iter().filter_map(|service| service.entities).max(),
        lists_actions: services.iter().any(|service| service.lists_actions),
        ..newest
    });
}

/// The row with the newest date. One that cannot be read may be newer than any other, so it hides them.
fn newest<T: Copy>(rows: &[T], accessed: impl Fn(&T) -> Accessed) -> T {
    let rank = |row: &T| match accessed(row) {
        Accessed::Never => (0, None),
        Accessed::At(at) => (1, Some(at)),
        Accessed::Unreadable => (2, None),
    };
    let mut best = rows[0];
    for row in &rows[1..] {
        if rank(row) > rank(&best) {
            best = *row;
        }
    }
    best
}

/// Whether every row of `part` stands in `whole`, equal to the last member. Both are sorted.
pub(super) fn is_part(part: &Rows, whole: &Rows, texts: &[Arc<str>]) -> bool {
    let mut at = 0;
    part.services().iter().enumerate().all(|(own, service)| {
        let name = text(texts, service.namespace);
        let ahead = &whole.services()[at..];
        let skipped = ahead.iter().take_while(|other| text(texts, other.namespace) < name).count();
        at += skipped;
        whole.services().get(at) == Some(service) && part.actions_of(own).eq(whole.actions_of(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Instant, Symbols};

    fn row(symbols: &Symbols, namespace: &str, accessed: Accessed, entities: u32) -> ServiceRow {
        ServiceRow {
            namespace: symbols.intern(namespace),
            name: symbols.intern(namespace),
            accessed,
            by: Symbol::NONE,
            region: Symbol::NONE,
            entities: Some(entities),
            lists_actions: false,
        }
    }

    fn action(symbols: &Symbols, name: &str, accessed: Accessed) -> ActionRow {
        ActionRow { name: symbols.intern(name), accessed, by: Symbol::NONE, region: Symbol::NONE }
    }

    fn at(ms: i64) -> Accessed {
        Accessed::At(Instant::from_millis(ms))
    }

    #[test]
    fn repeated_namespaces_lose_nothing() {
        let symbols = Symbols::default();
        let mut rows = Rows::default();
        rows.push_service(row(&symbols, "sqs", Accessed::Never, 0));
        rows.push_action(action(&symbols, "Get", at(5)));
        rows.push_action(action(&symbols, "Put", Accessed::Never));
        rows.push_service(row(&symbols, "s3", at(5), 3));
        rows.push_action(action(&symbols, "Get", at(9)));
        rows.push_action(action(&symbols, "Head", Accessed::Unreadable));
        rows.push_action(action(&symbols, "Put", Accessed::Unreadable));
        rows.push_service(row(&symbols, "s3", at(9), 2));
        let texts = symbols.texts();
        let (whole, repeated) = normalised(rows.into(), &texts);
        let whole = whole.here();
        assert_eq!(repeated, 1);
        assert_eq!(whole.services().iter().map(|s| text(&texts, s.namespace)).collect::<Vec<_>>(), ["s3", "sqs"]);
        assert_eq!((whole.services()[0].accessed, whole.services()[0].entities), (at(9), Some(3)));
        let actions: Vec<_> = whole.actions_of(0).map(|a| (text(&texts, a.name), a.accessed)).collect();
        assert_eq!(actions, [("Get", at(9)), ("Head", Accessed::Unreadable), ("Put", Accessed::Unreadable)]);
    }

    #[test]
    fn a_part_is_known_by_equal_rows() {
        let symbols = Symbols::default();
        let rows = |names: &[(&str, Accessed)]| {
            let mut rows = Rows::default();
            for (name, accessed) in names {
                rows.push_service(row(&symbols, name, *accessed, 0));
            }
            rows
        };
        let whole = rows(&[("a", at(1)), ("b", Accessed::Never), ("c", at(3))]);
        let part = rows(&[("a", at(1)), ("c", at(3))]);
        let (older, other) = (rows(&[("a", at(0))]), rows(&[("a", at(1)), ("d", at(3))]));
        let texts = symbols.texts();
        assert!(is_part(&part, &whole, &texts) && is_part(&whole, &whole, &texts));
        assert!(
            !is_part(&older, &whole, &texts) && !is_part(&other, &whole, &texts) && !is_part(&whole, &part, &texts)
        );
    }
}
