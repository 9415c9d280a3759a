//! What one worker remembers from document to document, so that what is read the thousandth time costs nearly nothing.

use rustc_hash::FxHashMap;

use super::trail::Trail;
use super::{Unusual, cursor};
use crate::model::{Lists, Rows, Symbol, SymbolCache, Symbols};

/// Texts that tables write for "nothing"; whether a name may be one of them is for the tolerant path to say.
const SPELT_NOTHING: [&str; 4] = ["None", "N/A", "NaN", "nan"];

/// See the module. It changes how fast a document is read, never what is read from it.
#[derive(Debug)]
pub struct Memory<'s> {
    /// Every name that any document used.
    pub names: SymbolCache<'s>,
    /// Names by their bytes in a document, for those that need no unescaping.
    verbatim: FxHashMap<Box<[u8]>, Symbol>,
    pub(super) trail: Trail,
    pub(super) lists: Lists,
    /// Rows of the answer that is being read, in memory that the next one will use again.
    pub(super) rows: Rows,
}

impl<'s> Memory<'s> {
    /// Nothing remembered yet; names are kept in `symbols`.
    #[must_use]
    pub fn new(symbols: &'s Symbols) -> Self {
        Self {
            names: SymbolCache::new(symbols),
            verbatim: FxHashMap::default(),
            trail: Trail::default(),
            lists: Lists::default(),
            rows: Rows::default(),
        }
    }

    /// The name that stands as `string` in a document.
    #[inline]
    pub(super) fn name(&mut self, string: &[u8]) -> Result<Symbol, Unusual> {
        match self.verbatim.get(string) {
            Some(&symbol) => Ok(symbol),
            None => self.new_name(string),
        }
    }

    #[cold]
    fn new_name(&mut self, string: &[u8]) -> Result<Symbol, Unusual> {
        let text = cursor::verbatim(string)?;
        if text.is_empty() {
            return Ok(Symbol::NONE);
        }
        if SPELT_NOTHING.contains(&text) {
            return Err(Unusual);
        }
        let symbol = self.names.intern(text);
        self.verbatim.insert(string.into(), symbol);
        Ok(symbol)
    }
}
