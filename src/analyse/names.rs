//! What names mean: which spellings are one permission, and since when AWS tracks the actions of a service.

use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::timeline::Spellings;
use crate::catalogue::Catalogue;
use crate::frame::schema;
use crate::model::{Instant, Symbol, Symbols};

type Renamed = Arc<[(Arc<str>, Arc<str>)]>;

/// What the names of a run mean.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Arc<str>>,
    /// The one name that all spellings share, at the index of each.
    folded: Vec<Symbol>,
    /// Names that are not the shared one of their spellings, each with that.
    renamed: Renamed,
    /// The same for names of actions.
    renamed_actions: Renamed,
    tracking: Vec<Instant>,
    tracking_else: Instant,
}

impl Names {
    /// Looks at every name once. Of several spellings that differ by case or blanks alone, the last in byte order is the shared one: a
    /// namespace is written in lower case, and the display name of a service (`S3`) is another spelling of some. Actions begin with a
    /// capital, so of these the first is shown: `backup` is a service, `elasticfilesystem:Backup` an action.
    #[must_use]
    pub fn new(symbols: &Symbols, catalogue: &Catalogue) -> Self {
        let texts = symbols.texts();
        let text = |symbol: Symbol| symbol.index().map(|at| &texts[at as usize]);
        let mut shared: FxHashMap<String, Symbol> = FxHashMap::default();
        for (symbol, name) in symbols.numbered(&texts).filter(|(_, name)| is_of_a_permission(name)) {
            let known = shared.entry(fold(name)).or_insert(symbol);
            if text(*known).is_some_and(|known| known < name) {
                *known = symbol;
            }
        }
        let shared_of = |(symbol, name): (Symbol, &Arc<str>)| {
            if is_of_a_permission(name) { shared[&fold(name)] } else { symbol }
        };
        let folded: Vec<Symbol> = symbols.numbered(&texts).map(shared_of).collect();
        let mut first: FxHashMap<Symbol, &Arc<str>> = FxHashMap::default();
        for ((_, name), shared) in symbols.numbered(&texts).zip(&folded) {
            let known = first.entry(*shared).or_insert(name);
            *known = name.min(*known);
        }
        let renamed = |shown: &dyn Fn(&Symbol) -> Option<Arc<str>>| -> Renamed {
            let names = symbols.numbered(&texts).zip(&folded);
            let names = names.filter_map(|((_, name), shared)| Some((Arc::clone(name), shown(shared)?)));
            names.filter(|(name, shown)| name != shown).collect()
        };
        let renamed_actions = renamed(&|shared| first.get(shared).map(|name| Arc::clone(name)));
        let renamed = renamed(&|shared| text(*shared).map(Arc::clone));
        let tracking = texts.iter().map(|text| catalogue.action_tracking_start(&fold(text))).collect();
        Self { folded, renamed, renamed_actions, tracking, tracking_else: catalogue.action_tracking_start(""), texts }
    }

    /// The names in `column` as all spellings of each share them.
    pub fn shared(&self, column: &str) -> Expr {
        let is_action = column == schema::ACTION_NAME;
        let renamed = Arc::clone(if is_action { &self.renamed_actions } else { &self.renamed });
        let rename = move |names: Column| {
            let spelt = names.cat32()?;
            let code = |text: &str| spelt.get_mapping().get_cat(text);
            let codes = renamed.iter().filter_map(|(name, shared)| Some((code(name)?, code(shared)?)));
            let codes: FxHashMap<u32, u32> = codes.collect();
            if spelt.physical().iter().flatten().all(|code| !codes.contains_key(&code)) {
                return Ok(names);
            }
            let shared = spelt.physical().iter().map(|code| code.map(|code| *codes.get(&code).unwrap_or(&code)));
            let shared = UInt32Chunked::from_iter_options(names.name().clone(), shared);
            Ok(Categorical32Chunked::from_cats_and_dtype(shared, names.dtype().clone()).into_column())
        };
        col(column).map(rename, |_, field| Ok(field.clone()))
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
