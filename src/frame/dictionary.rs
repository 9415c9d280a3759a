//! From the names of a run to the categories of Polars.

use std::sync::Arc;

use polars::prelude::*;

use super::schema;
use crate::model::{Symbol, Symbols};

/// From the symbols of a run to the categories of Polars.
#[derive(Debug)]
pub struct Dictionary {
    mapping: Arc<CategoricalMapping>,
    categories: Vec<u32>,
}

impl Dictionary {
    /// Registers every symbol as a category.
    ///
    /// # Errors
    /// Where Polars can hold no more categories (2^32).
    pub fn new(symbols: &Symbols) -> PolarsResult<Self> {
        let DataType::Categorical(_, mapping) = schema::name() else { unreachable!("names are categorical") };
        let categories = symbols.texts().iter().map(|text| mapping.insert_cat(text)).collect::<PolarsResult<_>>()?;
        Ok(Self { mapping, categories })
    }

    /// The category of a symbol.
    pub(super) fn symbol(&self, symbol: Symbol) -> Option<u32> {
        symbol.index().map(|i| self.categories[i as usize])
    }

    /// The category of a text, new or known.
    pub(super) fn text(&self, text: Option<&str>) -> PolarsResult<Option<u32>> {
        text.map(|t| self.mapping.insert_cat(t)).transpose()
    }

    /// The text of a symbol.
    #[must_use]
    pub fn text_of(&self, symbol: Symbol) -> Option<&str> {
        self.mapping.cat_to_str(self.symbol(symbol)?)
    }

    /// Names as a column.
    #[must_use]
    pub fn column(&self, name: &str, symbols: impl Iterator<Item = Symbol>) -> Column {
        super::columns::name_column(name, symbols.map(|symbol| self.symbol(symbol)).collect())
    }
}
