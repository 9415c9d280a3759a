//! Names that all files of settled rows share: of services, of actions, of regions.
//!
//! A store has thousands of these files, and nearly all of them speak of the same ten thousand names. A file gives their numbers
//! here; only who made an access it names itself, for of these there are as many as there are entities.
//!
//! Names are added at the end, so that files written before stay as they are. When one of them is no longer in any answer (its dump
//! was forgotten), the list begins anew. So a file has to say of which list it is: by the mark that stood at the list's end when it
//! was written, which is a hash of every name up to there. A list that has this mark has these names in these places.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::seal::{sealed, unsealed};
use super::{Store, hex};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{Symbol, SymbolCache, Symbols};

/// Where they lie, below the store.
pub const PATH: &str = "settled/names";

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    texts: Vec<Arc<str>>,
    /// Where the list ended at some time, and a hash of all that stood before.
    marks: Vec<(usize, String)>,
}

impl Names {
    /// The list for rows whose symbols have `texts`: `before`, and what is not in it yet.
    #[must_use]
    pub fn of(texts: &[Arc<str>], before: Option<Self>) -> Self {
        // An ARN says who made an access.
        let shared = || texts.iter().filter(|text| !text.starts_with("arn:"));
        let wanted: FxHashSet<&Arc<str>> = shared().collect();
        let goes_on = |before: &Self| before.texts.iter().all(|text| wanted.contains(text));
        let mut names = before.filter(goes_on).unwrap_or_default();
        let mut known: FxHashSet<Arc<str>> = names.texts.iter().cloned().collect();
        // In the order in which they were read: names that a file has beside one another mostly are so here.
        names.texts.extend(shared().filter(|text| known.insert(Arc::clone(text))).map(Arc::clone));
        if names.marks.last().is_none_or(|(end, _)| *end < names.texts.len()) {
            names.marks.push((names.texts.len(), hash(&names.texts)));
        }
        names
    }

    /// The mark at its end.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.marks.last().expect("a list has a mark").1
    }

    /// Every mark: files that were written at one of them have the right numbers.
    pub fn marks(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().map(|(_, mark)| mark.as_str())
    }

    /// As bytes.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn encode(&self) -> std::io::Result<Vec<u8>> {
        let mut whole = Writer::default();
        whole.count(self.texts.len());
        for text in &self.texts {
            whole.text(text);
        }
        whole.count(self.marks.len());
        for (end, mark) in &self.marks {
            whole.count(*end);
            whole.text(mark);
        }
        sealed(&whole.0)
    }

    fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let raw = unsealed(bytes)?;
        let mut reader = Reader::new(&raw);
        let texts = reader.list(|reader| reader.text().map(Arc::from))?;
        let marks = reader.list(|reader| Ok((reader.size()?, reader.text()?.to_owned())))?;
        let is_whole = marks.last().is_some_and(|(end, _)| *end == texts.len());
        if is_whole && reader.is_at_end() { Ok(Self { texts, marks }) } else { Err(Damaged) }
    }

    /// How rows whose symbols have `texts` are to name them.
    #[must_use]
    pub fn numbered<'t>(&self, texts: &'t [Arc<str>]) -> Numbered<'t> {
        let numbers: FxHashMap<&str, i64> = self.texts.iter().map(|text| &**text).zip(1..).collect();
        Numbered { texts, numbers: texts.iter().map(|text| numbers.get(&**text).copied().unwrap_or(0)).collect() }
    }

    /// The symbols of the list, new in `symbols` or known.
    #[must_use]
    pub fn symbols(&self, symbols: &Symbols) -> Vec<Symbol> {
        self.texts.iter().map(|text| symbols.intern(text)).collect()
    }
}

fn hash(texts: &[Arc<str>]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    hex(&digest.finalize()[..16])
}

/// The symbols of a run, and where the list has them.
#[derive(Debug)]
pub struct Numbered<'t> {
    texts: &'t [Arc<str>],
    /// At the index of a symbol its place in the list, from 1; 0 where it is not in it.
    numbers: Vec<i64>,
}

impl Numbered<'_> {
    /// Writes names that differ: of each how far its place is from the `last` one, or 0 and its text.
    pub(super) fn write(&self, name: Symbol, last: &mut i64, out: &mut Writer) {
        let at = name.index().expect("a name") as usize;
        match self.numbers[at] {
            0 => {
                out.signed(0);
                out.text(&self.texts[at]);
            }
            place => {
                out.signed(place - *last);
                *last = place;
            }
        }
    }
}

/// The way back: `shared` are the symbols of the list.
pub(super) fn read(
    reader: &mut Reader,
    last: &mut i64,
    shared: &[Symbol],
    cache: &mut SymbolCache,
) -> Result<Symbol, Damaged> {
    match reader.signed()? {
        0 => Ok(cache.intern(reader.text()?)),
        distance => {
            *last = last.checked_add(distance).ok_or(Damaged)?;
            let at = last.checked_sub(1).and_then(|at| usize::try_from(at).ok()).ok_or(Damaged)?;
            shared.get(at).copied().ok_or(Damaged)
        }
    }
}

impl Store {
    /// The list that the files of settled rows refer to, where there is one.
    #[must_use]
    pub fn names_shared(&self) -> Option<Names> {
        Names::decode(&crate::util::owned::read(&self.root.join(PATH), 1 << 32).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str], before: Option<Names>) -> Names {
        Names::of(&texts.iter().map(|text| Arc::from(*text)).collect::<Vec<_>>(), before)
    }

    #[test]
    fn a_list_goes_on_until_a_name_is_forgotten() {
        let first = list(&["s3", "ec2", "arn:aws:iam::123456789012:role/a"], None);
        assert_eq!(first.texts.len(), 2);
        let longer = list(&["ec2", "iam", "s3"], Some(first.clone()));
        assert_eq!((longer.marks().next(), &longer.texts[..2]), (Some(first.mark()), &first.texts[..]));
        assert_eq!(list(&["s3", "ec2", "iam"], Some(longer.clone())), longer);
        let anew = list(&["iam", "s3"], Some(longer.clone()));
        assert!(anew.marks().all(|mark| longer.marks().all(|other| mark != other)) && anew.texts.len() == 2);
        assert_eq!(Names::decode(&anew.encode().expect("bytes")), Ok(anew));
        assert_eq!(list(&[], None).marks().count(), 1);
    }

    #[test]
    fn lists_that_share_a_mark_share_all_before_it() {
        let first = list(&["s3"], None);
        let (one, other) = (list(&["s3", "sqs"], Some(first.clone())), list(&["s3", "kms"], Some(first.clone())));
        assert_eq!((one.marks().next(), other.marks().next()), (Some(first.mark()), Some(first.mark())));
        assert_ne!(one.mark(), other.mark());
        assert_ne!(list(&["ab", "c"], None).mark(), list(&["a", "bc"], None).mark());
    }
}
