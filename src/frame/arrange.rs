//! A finished table with other rows or columns in view: fewer columns, another order, only its beginning.

use polars::prelude::*;

use super::table::Table;

impl Table {
    /// Only the columns `names`, in this order.
    ///
    /// # Errors
    /// If the table lacks one of the columns, or two of them are the same.
    pub fn select(&self, names: &[&str]) -> PolarsResult<Self> {
        Ok(Self::new(self.whole().select(names.iter().copied())?))
    }

    /// The rows in the order of `column`; equal rows keep their order, and empty values come last. Words of a closed
    /// set are in the order of the set: `critical` comes before `high`.
    ///
    /// # Errors
    /// If the table has no such column.
    pub fn sorted_by(&self, column: &str, descending: bool) -> PolarsResult<Self> {
        let order = SortMultipleOptions::default()
            .with_order_descending(descending)
            .with_nulls_last(true)
            .with_maintain_order(true);
        Ok(Self::new(self.whole().sort([column], order)?))
    }

    /// The first `rows` rows.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        if rows >= self.height() { self.clone() } else { Self::new(self.whole().head(Some(rows))) }
    }

    /// All rows as one frame.
    fn whole(&self) -> DataFrame {
        let mut whole = DataFrame::empty_with_schema(self.schema());
        for frame in self.frames() {
            whole.vstack_mut_owned(frame).expect("parts of one table");
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Cell;

    fn table() -> Table {
        let words = FrozenCategories::new(["critical", "high", "low"]).expect("distinct words");
        let risk = Series::new("risk".into(), [None, Some("low"), Some("critical"), Some("high"), Some("low")]);
        let risk = risk.cast(&DataType::from_frozen_categories(words)).expect("words of the set");
        let name = Series::new("name".into(), ["a", "b", "c", "d", "e"]);
        let name = name.cast(&DataType::from_categories(Categories::global())).expect("names");
        let count = Column::new("count".into(), [Some(1_u32), None, Some(9), Some(10), Some(2)]);
        Table::new(DataFrame::new(5, vec![name.into_column(), risk.into_column(), count]).expect("one height"))
    }

    fn names(table: &Table) -> String {
        let at = table.names().position(|name| name == "name").expect("there");
        let reader = table.reader();
        let cells = (0..table.height()).map(|row| reader.cell(row, at));
        cells.map(|cell| if let Cell::Text(text) = cell { text.to_owned() } else { String::new() }).collect()
    }

    #[test]
    fn sets_are_sorted_by_meaning_and_what_is_empty_comes_last() {
        let sorted = |column, descending| names(&table().sorted_by(column, descending).expect("a column"));
        assert_eq!(sorted("risk", false), "cdbea");
        assert_eq!(sorted("risk", true), "bedca");
        assert_eq!(sorted("count", false), "aecdb");
        assert_eq!(sorted("count", true), "dceab");
        assert_eq!(sorted("name", true), "edcba");
        assert!(table().sorted_by("color", false).is_err());
    }

    #[test]
    fn columns_and_rows_are_left_out() {
        let few = table().select(&["count", "name"]).expect("columns").head(2);
        assert_eq!((few.names().collect::<Vec<_>>(), names(&few).as_str()), (vec!["count", "name"], "ab"));
        assert_eq!(table().head(9).height(), 5);
        assert!(table().select(&["color"]).is_err());
    }
}
