//! One section as JSON lines: one object per row, its keys in the order of the columns.

use std::io::{self, Write};

use super::json::JsonRow;
use crate::report::Section;

/// Writes the rows one by one.
pub(super) fn write(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let reader = section.table.reader();
    for at in 0..section.table.height() {
        serde_json::to_writer(&mut *out, &JsonRow { columns: &section.columns, reader: &reader, at })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
