//! What one worker keeps from document to document, so that a text that is read for the thousandth time costs nearly
//! nothing.

use rustc_hash::FxHashMap;

use super::Unusual;
use super::cursor::{self, Cursor};
use super::tails::Tails;
use super::trail::Trail;
use crate::model::{Lists, Rows, Symbol, SymbolCache, Symbols};

/// Texts that tables write for an empty cell; the tolerant path decides whether they are names.
const SPELT_NOTHING: [&str; 4] = ["None", "N/A", "NaN", "nan"];

/// The cache of one worker. It changes how fast a document is read, and never what is read from it.
#[derive(Debug)]
pub struct Memory<'s> {
    /// Every name that any document used.
    pub names: SymbolCache<'s>,
    /// Names by their bytes in a document, for names that need no unescaping.
    verbatim: FxHashMap<Box<[u8]>, Symbol>,
    /// Those bytes with the quote after them, by the number of the symbol.
    spellings: Vec<Box<[u8]>>,
    /// The name that was last read in each place.
    seen: [Seen; NamePlace::ALL],
    pub(super) trail: Trail,
    pub(super) tails: Tails,
    pub(super) lists: Lists,
    /// The rows of the answer that is being read; the next answer uses the same memory.
    pub(super) rows: Rows,
}

/// The place of a name. A name that was there before is likely to be there again, after the same name as before.
#[derive(Debug, Clone, Copy)]
pub(super) enum NamePlace {
    /// After the name of the previous service.
    ServiceName,
    /// After the name of the service.
    Namespace,
    /// After the previous entity that accessed last.
    By,
    /// After the previous region of the last access.
    Region,
}

impl NamePlace {
    const ALL: usize = 4;
}

/// What followed each name in one [`NamePlace`], by the number of its symbol; and the name that was read last.
#[derive(Debug)]
struct Seen {
    after: Vec<Symbol>,
    last: Symbol,
}

impl Seen {
    fn slot(before: Symbol) -> usize {
        before.index().map_or(0, |number| number as usize + 1)
    }

    fn guess(&self, before: Symbol) -> Symbol {
        self.after.get(Self::slot(before)).copied().unwrap_or(Symbol::NONE)
    }

    fn learn(&mut self, before: Symbol, name: Symbol) {
        let slot = Self::slot(before);
        if self.after.len() <= slot {
            self.after.resize(slot + 1, Symbol::NONE);
        }
        self.after[slot] = name;
    }
}

impl<'s> Memory<'s> {
    /// A cache that holds nothing yet; its names are kept in `symbols`.
    #[must_use]
    pub fn new(symbols: &'s Symbols) -> Self {
        Self {
            names: SymbolCache::new(symbols),
            verbatim: FxHashMap::default(),
            spellings: Vec::new(),
            seen: std::array::from_fn(|_| Seen { after: Vec::new(), last: Symbol::NONE }),
            trail: Trail::default(),
            tails: Tails::default(),
            lists: Lists::default(),
            rows: Rows::default(),
        }
    }

    /// Passes the name at the cursor, which is in `place`; `before` is the name that it may follow, or `None` for the
    /// last one in this place.
    #[inline]
    pub(super) fn name_in(
        &mut self,
        place: NamePlace,
        before: Option<Symbol>,
        cursor: &mut Cursor,
    ) -> Result<Symbol, Unusual> {
        let seen = &self.seen[place as usize];
        let before = before.unwrap_or(seen.last);
        let guess = seen.guess(before);
        if self.passes(guess, cursor) {
            self.seen[place as usize].last = guess;
            return Ok(guess);
        }
        let name = self.name(cursor)?;
        let seen = &mut self.seen[place as usize];
        seen.last = name;
        seen.learn(before, name);
        Ok(name)
    }

    /// Passes `name` and its quotes, if it is at the cursor.
    #[inline]
    pub(super) fn passes(&self, name: Symbol, cursor: &mut Cursor) -> bool {
        let Some(spelling) = name.index().and_then(|number| self.spellings.get(number as usize)) else { return false };
        let [b'"', rest @ ..] = cursor.rest() else { return false };
        let is_there = !spelling.is_empty() && rest.starts_with(spelling);
        if is_there {
            cursor.advance(1 + spelling.len());
        }
        is_there
    }

    /// Passes any name at the cursor.
    #[inline]
    pub(super) fn name(&mut self, cursor: &mut Cursor) -> Result<Symbol, Unusual> {
        if cursor.is_null() {
            return Ok(Symbol::NONE);
        }
        let string = cursor.string()?;
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
        // The tolerant path repairs `s3:GetObject` as the name of an action, and names with blanks around them.
        let is_odd = || text.trim() != text || (text.contains(':') && !text.starts_with("arn:"));
        if SPELT_NOTHING.contains(&text) || is_odd() {
            return Err(Unusual);
        }
        let symbol = self.names.intern(text);
        self.verbatim.insert(string.into(), symbol);
        if let Some(number) = symbol.index() {
            let number = number as usize;
            if self.spellings.len() <= number {
                self.spellings.resize(number + 1, Box::default());
            }
            self.spellings[number] = [string, b"\""].concat().into();
        }
        Ok(symbol)
    }
}
