//! From the names of a run to the categories of Polars.

use std::sync::Arc;

use polars::prelude::*;

use super::schema;
use crate::model::{Symbol, Symbols};

/// From the symbols of a run to the categories of Polars.
#[derive(Debug)]
pub struct Dictionary {
    mapping: Arc<CategoricalMapping>,
    /// The name of each symbol at its index, and null at the end. A column of names is gathered from here: so the
    /// existence of a category is checked once for each name, not once for each row.
    names: Column,
    /// The position of the null.
    none: IdxSize,
}

impl Dictionary {
    /// Registers every symbol as a category.
    ///
    /// # Errors
    /// If Polars can hold no more categories (2^32).
    pub fn new(symbols: &Symbols) -> PolarsResult<Self> {
        let DataType::Categorical(_, mapping) = schema::name() else { unreachable!("names are categorical") };
        let texts = symbols.texts();
        let texts_and_none = texts.iter().map(|text| Some(&**text)).chain([None]);
        let names = Categorical32Chunked::from_str_iter("names".into(), schema::name(), texts_and_none)?;
        Ok(Self { mapping, none: texts.len() as IdxSize, names: names.into_column() })
    }

    /// The text of a symbol.
    #[must_use]
    pub fn text_of(&self, symbol: Symbol) -> Option<&str> {
        self.mapping.cat_to_str(self.names.cat32().ok()?.physical().get(symbol.index()? as usize)?)
    }

    /// Names as a column.
    ///
    /// # Errors
    /// If a symbol does not belong to this run, which is a bug.
    pub fn column(&self, name: &str, symbols: impl IntoIterator<Item = Symbol>) -> PolarsResult<Column> {
        let places = symbols.into_iter().map(|symbol| symbol.index().unwrap_or(self.none)).collect();
        Ok(self.names.take(&IdxCa::from_vec("names".into(), places))?.with_name(name.into()))
    }
}
