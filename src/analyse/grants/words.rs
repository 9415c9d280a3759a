//! Columns of texts that repeat: each text is kept once.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use crate::frame::schema;

/// Texts, each kept once: the name of one policy can be in thousands of rows.
#[derive(Default)]
pub struct Words {
    all: Vec<Box<str>>,
    places: FxHashMap<Box<str>, IdxSize>,
}

impl Words {
    /// The place of a text.
    pub fn place(&mut self, text: &str) -> IdxSize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.all.len() as IdxSize;
        self.all.push(text.into());
        self.places.insert(text.into(), place);
        place
    }

    /// The texts as a column to take from.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn finish(&self) -> PolarsResult<WordColumn> {
        let words = self.all.iter().map(|word| Some(&**word));
        let words = Categorical32Chunked::from_str_iter("words".into(), schema::name(), words)?;
        Ok(WordColumn(words.into_column()))
    }
}

/// All texts, by their places.
pub struct WordColumn(Column);

impl WordColumn {
    /// The column `name` with the texts at `places`.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn column(&self, name: &str, places: &[Option<IdxSize>]) -> PolarsResult<Column> {
        let places = IdxCa::from_iter_options("words".into(), places.iter().copied());
        Ok(self.0.take(&places)?.with_name(name.into()))
    }
}
