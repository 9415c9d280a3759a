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

/// One column of them, row by row: most rows have the text of the row before.
#[derive(Clone, Default)]
pub struct WordPlaces(Vec<Option<IdxSize>>);

impl WordPlaces {
    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>, words: &mut Words) {
        let last = self.0.last().copied().flatten();
        let place = text.map(|text| match last {
            Some(last) if *words.all[last as usize] == *text => last,
            _ => words.place(text),
        });
        self.0.push(place);
    }

    /// The place of the text in each row.
    pub fn as_slice(&self) -> &[Option<IdxSize>] {
        &self.0
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
