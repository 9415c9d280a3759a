//! One section as JSON lines: one object per row, its keys in the order of the columns.

use std::io::{self, Write};

use super::json::Row;
use crate::report::Section;

/// Writes the rows one by one.
pub(super) fn write(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let reader = section.table.reader();
    for row in 0..section.table.height() {
        serde_json::to_writer(&mut *out, &Row { columns: &section.columns, reader: &reader, row })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
