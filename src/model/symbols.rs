//! Strings that repeat a million times, held once.
//!
//! An estate of millions of rows has a few thousand names (namespaces, actions, ARNs, regions). Rows hold a [`Symbol`];
//! [`Symbols`] holds the text. Each worker keeps a [`SymbolCache`] in front, so that it asks the shared table only once
//! per name. Names come from documents that anyone may have made, so they are held [`harmless()`].

use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use super::RowTerms;
use crate::util::sanitize::{acts, harmless};

/// Rule 51: the form that all spellings of the name of a service or an action share, trimmed and without case.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The number of an interned string. Numbers depend on the order of reading, so they never decide an order in output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// "Not recorded": the member was absent.
    pub const NONE: Self = Self(u32::MAX);

    /// The symbol with this number.
    pub(super) const fn at(number: u32) -> Self {
        Self(number)
    }

    /// The number, or `None` if nothing was recorded.
    #[must_use]
    pub const fn index(self) -> Option<u32> {
        if self.0 == u32::MAX { None } else { Some(self.0) }
    }
}

#[derive(Debug, Default)]
struct Inner {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

/// The shared table of interned strings; one per run.
#[derive(Debug, Default)]
pub struct Symbols {
    inner: RwLock<Inner>,
    row_terms: Arc<RowTerms>,
}

impl Symbols {
    /// The meaning of the numbers in packed rows of these symbols.
    #[must_use]
    pub const fn row_terms(&self) -> &Arc<RowTerms> {
        &self.row_terms
    }

    /// The symbol of `text`, new or known.
    pub fn intern(&self, text: &str) -> Symbol {
        self.intern_shared(text).0
    }

    fn intern_shared(&self, text: &str) -> (Symbol, Arc<str>) {
        let known = |inner: &Inner| inner.numbers.get_key_value(text).map(|(t, &n)| (Symbol(n), Arc::clone(t)));
        if let Some(found) = known(&self.inner.read().expect("no panic while locked")) {
            return found;
        }
        let mut inner = self.inner.write().expect("no panic while locked");
        if let Some(found) = known(&inner) {
            return found;
        }
        let number = u32::try_from(inner.texts.len()).expect("fewer than 2^32 distinct names");
        let shared: Arc<str> = text.into();
        // It is held once, so it is made harmless once; the text in a document still finds it.
        let shown = if text.contains(acts) { harmless(text).into() } else { Arc::clone(&shared) };
        inner.texts.push(shown);
        inner.numbers.insert(Arc::clone(&shared), number);
        (Symbol(number), shared)
    }

    /// The text of `symbol`, or `None` if nothing was recorded.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> Option<Arc<str>> {
        let at = symbol.index()? as usize;
        self.inner.read().expect("no panic while locked").texts.get(at).cloned()
    }

    /// Each of `texts`, which are those of [`Symbols::texts`], with its symbol.
    pub fn numbered<'t>(&self, texts: &'t [Arc<str>]) -> impl Iterator<Item = (Symbol, &'t Arc<str>)> + use<'t> {
        (0..).map(Symbol).zip(texts)
    }

    /// Every text as documents write it, at the index of its symbol: a name is recognized by it.
    #[must_use]
    pub fn written(&self) -> Vec<Arc<str>> {
        let inner = self.inner.read().expect("no panic while locked");
        let mut written = inner.texts.clone();
        for (text, number) in &inner.numbers {
            written[*number as usize] = Arc::clone(text);
        }
        written
    }

    /// Every text, at the index of its symbol.
    #[must_use]
    pub fn texts(&self) -> Vec<Arc<str>> {
        self.inner.read().expect("no panic while locked").texts.clone()
    }
}

/// One worker's private view of [`Symbols`]: asks the shared table only for names it has not met.
#[derive(Debug)]
pub struct SymbolCache<'s> {
    shared: &'s Symbols,
    known: FxHashMap<Arc<str>, Symbol>,
}

impl<'s> SymbolCache<'s> {
    /// An empty cache in front of `shared`.
    #[must_use]
    pub fn new(shared: &'s Symbols) -> Self {
        Self { shared, known: FxHashMap::default() }
    }

    /// The symbol of `text`, new or known.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.known.get(text) {
            return symbol;
        }
        let (symbol, shared) = self.shared.intern_shared(text);
        self.known.insert(shared, symbol);
        symbol
    }

    /// The shared table behind this cache.
    #[must_use]
    pub const fn shared(&self) -> &'s Symbols {
        self.shared
    }
}
