//! Rows of one job, sorted and joined.
//!
//! The input is rows as they were found. The output is rows sorted by namespace, one for each, as the API writes them.
//! If a namespace occurs twice, nothing that either row shows is lost: the newest date, the largest total, every
//! action.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{Accessed, ActionRow, ListFacts, PackedRows, RowTerms, Rows, ServiceRow, Symbol};

/// The text of a symbol; empty if nothing was recorded.
pub(super) fn text(texts: &[Arc<str>], symbol: Symbol) -> &str {
    symbol.index().and_then(|at| texts.get(at as usize)).map_or("", AsRef::as_ref)
}

/// Texts, and which of them are one name in two spellings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelt<'a> {
    pub texts: &'a [Arc<str>],
    pub twins: &'a Twins,
}

/// Names that are equal without case and without blanks around them, as IAM compares them: one name of each such group
/// represents it. Nearly every name is alone.
#[derive(Debug, Default)]
pub(super) struct Twins {
    /// By the index of a symbol; [`Symbol::NONE`] for a name that is alone.
    first: Vec<Symbol>,
    /// The lists of actions that hold one name in two spellings.
    lists: ListFacts<()>,
}

impl Twins {
    /// Looks through all texts once, and through all lists that packed rows share.
    pub fn among(symbols: impl Iterator<Item = Symbol>, texts: &[Arc<str>], terms: &Arc<RowTerms>) -> Self {
        let mut by_fold: FxHashMap<String, Vec<Symbol>> = FxHashMap::default();
        for symbol in symbols {
            by_fold.entry(text(texts, symbol).trim().to_ascii_lowercase()).or_default().push(symbol);
        }
        let mut first = vec![Symbol::NONE; texts.len()];
        for same in by_fold.into_values().filter(|same| same.len() > 1) {
            let lowest = *same.iter().min_by_key(|symbol| text(texts, **symbol)).expect("two at least");
            same.iter().filter_map(|symbol| symbol.index()).for_each(|at| first[at as usize] = lowest);
        }
        let twins = Self { first, ..Self::default() };
        let lists = ListFacts::new(terms, |list| twins.holds_both(list));
        Self { lists, ..twins }
    }

    /// The name that represents `symbol`.
    pub fn of(&self, symbol: Symbol) -> Symbol {
        if self.has(symbol) { self.first[symbol.index().expect("a name") as usize] } else { symbol }
    }

    fn has(&self, symbol: Symbol) -> bool {
        symbol.index().and_then(|at| self.first.get(at as usize)).is_some_and(|first| *first != Symbol::NONE)
    }

    /// `Some` if `names` holds one name in two spellings.
    fn holds_both(&self, names: &[Symbol]) -> Option<()> {
        let mut seen: Vec<(Symbol, Symbol)> =
            names.iter().filter(|name| self.has(**name)).map(|&name| (self.of(name), name)).collect();
        seen.sort_by_key(|(first, name)| (first.index(), name.index()));
        seen.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1).then_some(())
    }

    /// Whether `rows` list a service, or an action of one, in two spellings.
    fn are_among(&self, rows: &PackedRows) -> bool {
        let mut are_in_lists = false;
        self.lists.each(rows, |list| self.holds_both(list), |()| are_in_lists = true);
        let mut namespaces = Vec::new();
        rows.each_namespace(|namespace| namespaces.extend(self.has(namespace).then_some(namespace)));
        are_in_lists || self.holds_both(&namespaces).is_some()
    }
}

/// `kept` sorted by namespace, and how many rows repeated one. Rows that are as the API writes them are not touched.
pub(super) fn normalised(kept: PackedRows, spelt: Spelt) -> (PackedRows, usize) {
    let Spelt { texts, twins } = spelt;
    let (mut is_sorted, mut before) = (true, None);
    kept.each_namespace(|namespace| {
        let namespace = text(texts, namespace);
        is_sorted &= before.is_none_or(|before| before < namespace);
        before = Some(namespace);
    });
    let are_twins = twins.are_among(&kept);
    if is_sorted && !are_twins {
        return (kept, 0);
    }
    let rows = kept.open();
    let whole = if are_twins { joined(&[&with_one_spelling(&rows, spelt)], texts) } else { joined(&[&rows], texts) };
    let repeated = rows.services().len() - whole.services().len();
    (whole.into(), repeated)
}

/// The rows with one spelling of each name, the first in byte order of those in the rows; the actions of each service
/// are joined.
fn with_one_spelling(rows: &Rows, spelt: Spelt) -> Rows {
    let Spelt { texts, twins } = spelt;
    let mut first: FxHashMap<Symbol, Symbol> = FxHashMap::default();
    let actions = (0..rows.services().len()).flat_map(|at| rows.action_names_of(at).iter().copied());
    for name in rows.services().iter().map(|service| service.namespace).chain(actions).filter(|name| twins.has(*name)) {
        let lowest = first.entry(twins.of(name)).or_insert(name);
        if text(texts, name) < text(texts, *lowest) {
            *lowest = name;
        }
    }
    let one = |name: Symbol| first.get(&twins.of(name)).copied().unwrap_or(name);
    let mut joined = Rows::default();
    for (service, actions) in rows.iter() {
        let mut kept: Vec<ActionRow> = Vec::new();
        for action in actions.map(|action| ActionRow { name: one(action.name), ..action }) {
            match kept.iter_mut().find(|other| other.name == action.name && twins.has(action.name)) {
                Some(other) => *other = newest(&[*other, action], access_of_action),
                None => kept.push(action),
            }
        }
        for action in kept {
            joined.push_action(action);
        }
        joined.push_service(ServiceRow { namespace: one(service.namespace), ..*service });
    }
    joined
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
        whole.push_action(newest(repeated, access_of_action));
    }
    let services: Vec<ServiceRow> = same.iter().map(|(_, rows, at)| rows.services()[*at]).collect();
    let newest = newest(&services, access_of_service);
    whole.push_service(ServiceRow {
        entities: services.iter().filter_map(|service| service.entities).max(),
        lists_actions: services.iter().any(|service| service.lists_actions),
        ..newest
    });
}

/// Rule 13: a count, an actor or a region without a date is an access at an unknown time.
const fn access(accessed: Accessed, leaves_a_trace: bool) -> Accessed {
    if matches!(accessed, Accessed::Never) && leaves_a_trace { Accessed::Unreadable } else { accessed }
}

fn access_of_service(row: &ServiceRow) -> Accessed {
    access(row.accessed, row.is_recorded() || row.entities.is_some_and(|entities| entities > 0))
}

fn access_of_action(row: &ActionRow) -> Accessed {
    access(row.accessed, (row.by, row.region) != (Symbol::NONE, Symbol::NONE))
}

/// The row with the newest date. A date that cannot be read may be newer than any other, so it hides them.
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

/// Whether every row of `part` is also in `whole`, equal to the last member. Both are sorted.
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
    fn an_access_without_its_date_is_not_hidden_by_an_older_one() {
        let symbols = Symbols::default();
        let mut rows = Rows::default();
        rows.push_service(row(&symbols, "ec2", at(5), 1));
        rows.push_service(row(&symbols, "ec2", Accessed::Never, 1));
        rows.push_service(row(&symbols, "s3", at(5), 0));
        rows.push_service(row(&symbols, "s3", Accessed::Never, 0));
        let whole = joined(&[&rows], &symbols.texts());
        let accessed: Vec<_> = whole.services().iter().map(|service| service.accessed).collect();
        assert_eq!(accessed, [Accessed::Never, at(5)], "the count of the first says that there was one");
        assert_eq!(whole.services()[0].entities, Some(1));
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
        let (whole, repeated) = normalised(rows.into(), Spelt { texts: &texts, twins: &Twins::default() });
        let whole = whole.opened();
        assert_eq!(repeated, 1);
        assert_eq!(whole.services().iter().map(|s| text(&texts, s.namespace)).collect::<Vec<_>>(), ["s3", "sqs"]);
        assert_eq!((whole.services()[0].accessed, whole.services()[0].entities), (at(9), Some(3)));
        let actions: Vec<_> = whole.actions_of(0).map(|a| (text(&texts, a.name), a.accessed)).collect();
        assert_eq!(actions, [("Get", at(9)), ("Head", Accessed::Unreadable), ("Put", Accessed::Unreadable)]);
    }

    #[test]
    fn one_name_in_two_spellings_is_one_row() {
        let symbols = Symbols::default();
        let mut rows = Rows::default();
        rows.push_action(action(&symbols, "getbucketacl", at(5)));
        rows.push_action(action(&symbols, "GetBucketAcl", Accessed::Never));
        rows.push_service(row(&symbols, "s3", at(5), 1));
        rows.push_action(action(&symbols, "Head", Accessed::Never));
        rows.push_service(row(&symbols, "S3", Accessed::Never, 0));
        let texts = symbols.texts();
        let terms = symbols.row_terms();
        let mut packed = PackedRows::from(rows.clone());
        packed.pack(terms);
        let twins = Twins::among(symbols.numbered(&texts).map(|(symbol, _)| symbol), &texts, terms);
        let (of_packed, _) = normalised(packed, Spelt { texts: &texts, twins: &twins });
        let (whole, repeated) = normalised(rows.into(), Spelt { texts: &texts, twins: &twins });
        assert_eq!(of_packed, whole);
        let whole = whole.opened();
        assert_eq!((repeated, whole.services().len(), text(&texts, whole.services()[0].namespace)), (1, 1, "S3"));
        let actions: Vec<_> = whole.actions_of(0).map(|a| (text(&texts, a.name), a.accessed)).collect();
        assert_eq!(actions, [("GetBucketAcl", at(5)), ("Head", Accessed::Never)]);
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
