//! What names mean: which spellings are one permission, and since when AWS tracks the actions of a service.

use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::timeline::Spellings;
use crate::catalogue::Catalogue;
use crate::frame::schema;
use crate::model::{Instant, Symbol, Symbols};

/// What the names of a run mean.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Arc<str>>,
    /// The one name that all spellings share, at the index of each.
    folded: Vec<Symbol>,
    tracking: Vec<Instant>,
    tracking_else: Instant,
    has_variants: bool,
}

impl Names {
    /// Looks at every name once. Of several spellings that differ by case or blanks alone, the first in byte order is the shared one.
    #[must_use]
    pub fn new(symbols: &Symbols, catalogue: &Catalogue) -> Self {
        let texts = symbols.texts();
        let mut shared: FxHashMap<String, Symbol> = FxHashMap::default();
        let mut has_variants = false;
        for (symbol, text) in symbols.numbered(&texts).filter(|(_, text)| is_of_a_permission(text)) {
            let known = shared.entry(fold(text)).or_insert(symbol);
            if *known != symbol {
                has_variants = true;
                let before = known.index().map(|at| &texts[at as usize]);
                *known = if before.is_some_and(|before| text < before) { symbol } else { *known };
            }
        }
        let folded = |(symbol, text): (Symbol, &Arc<str>)| {
            if has_variants && is_of_a_permission(text) { shared[&fold(text)] } else { symbol }
        };
        let folded = symbols.numbered(&texts).map(folded).collect();
        let tracking = texts.iter().map(|text| catalogue.action_tracking_start(&fold(text))).collect();
        Self { folded, tracking, tracking_else: catalogue.action_tracking_start(""), has_variants, texts }
    }

    /// Whether any name is spelt in two ways.
    #[must_use]
    pub const fn has_variants(&self) -> bool {
        self.has_variants
    }

    /// The names in `column` as all spellings of each share them.
    pub fn shared(&self, column: &str) -> Expr {
        let mut shared: FxHashMap<String, Arc<str>> = FxHashMap::default();
        for text in self.texts.iter().filter(|text| is_of_a_permission(text)) {
            let known = shared.entry(fold(text)).or_insert_with(|| Arc::clone(text));
            if text < known {
                *known = Arc::clone(text);
            }
        }
        let rename = move |names: Column| {
            let spelt = names.cat32()?;
            let renamed = spelt.iter_str().map(|name| name.map(|name| shared.get(&fold(name)).map_or(name, |one| one)));
            let renamed = StringChunked::from_iter_options(names.name().clone(), renamed);
            Ok(renamed.cast(&schema::name())?.into_column())
        };
        col(column).map(rename, |_, field| Ok(Field::new(field.name().clone(), schema::name())))
    }

    /// The text of a name; empty for [`Symbol::NONE`].
    #[must_use]
    pub fn text(&self, name: Symbol) -> &str {
        name.index().map_or("", |at| &self.texts[at as usize])
    }
}

/// A name of a service or an action, and nothing that refers to an entity or a file: no ARN is a permission.
fn is_of_a_permission(text: &str) -> bool {
    !text.contains(':')
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Spellings for Names {
    fn folded(&self, name: Symbol) -> Symbol {
        name.index().map_or(name, |at| self.folded[at as usize])
    }

    fn stands_before(&self, one: Symbol, other: Symbol) -> bool {
        self.text(one) < self.text(other)
    }

    fn tracking(&self, service: Symbol) -> Instant {
        service.index().map_or(self.tracking_else, |at| self.tracking[at as usize])
    }
}
