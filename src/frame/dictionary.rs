//! From the names of a run to the categories of Polars.

use std::sync::{Arc, OnceLock};

use polars::prelude::*;
use rustc_hash::FxHashMap;

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
    /// See [`Dictionary::access_levels`].
    levels: OnceLock<AccessLevels>,
}

/// From the categories of a service and of its action to that of the access level.
pub type AccessLevels = FxHashMap<(CatSize, CatSize), CatSize>;

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
        let (none, levels) = (texts.len() as IdxSize, OnceLock::new());
        Ok(Self { mapping, none, names: names.into_column(), levels })
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

    /// The access level of each action in `all` that this run names: service, action and level. It is made for the first
    /// who asks; a run has one catalogue.
    ///
    /// # Errors
    /// If Polars can hold no more categories (2^32).
    pub fn access_levels<'l>(
        &self,
        all: impl Iterator<Item = (&'l str, &'l str, &'l str)>,
    ) -> PolarsResult<&AccessLevels> {
        if let Some(levels) = self.levels.get() {
            return Ok(levels);
        }
        let mut levels = AccessLevels::default();
        for (service, action, level) in all {
            if let Some(of) = self.mapping.get_cat(service).zip(self.mapping.get_cat(action)) {
                levels.insert(of, self.mapping.insert_cat(level)?);
            }
        }
        Ok(self.levels.get_or_init(|| levels))
    }
}

/// The names with these categories, as a column.
#[must_use]
pub fn names_of(codes: UInt32Chunked) -> Column {
    Categorical32Chunked::from_cats_and_dtype(codes, schema::name()).into_column()
}
