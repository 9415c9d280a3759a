//! Whether a table of text ends inside a quoted cell: then its end is lost, and the reader of tables does not say so.

/// What is wrong with such a table.
pub const OPEN_QUOTE: &str = "the quote of a cell never closes: the end of the table is lost";

/// The line of the last cell of `text` if its quote never closes, from 1.
#[must_use]
pub fn open_quote(text: &str, delimiter: u8) -> Option<u64> {
    let mut cell = Within::Start;
    let (mut line, mut opened) = (1, 1);
    for byte in text.bytes() {
        cell = match (cell, byte) {
            (Within::Start, b'"') => {
                opened = line;
                Within::Quoted
            }
            (Within::Quoted, b'"') => Within::Closed,
            // Two quotes in a quoted cell are one of its characters.
            (Within::Quoted, _) | (Within::Closed, b'"') => Within::Quoted,
            (_, b'\n' | b'\r') => Within::Start,
            (_, byte) if byte == delimiter => Within::Start,
            _ => Within::Plain,
        };
        line += u64::from(byte == b'\n');
    }
    (cell == Within::Quoted).then_some(opened)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Start,
    Plain,
    Quoted,
    /// After the quote that may have closed the cell.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_that_never_closes_is_found_with_its_line() {
        for whole in
            ["", "a,b\n", "\"a\",\"b\"\n\"c\",\"\"", "\"say \"\"x\"\"\",b", "a\"b,c\n", "\"a\nb\",c\n", "a,b \"x"]
        {
            assert_eq!(open_quote(whole, b','), None, "{whole}");
        }
        for (cut, line) in [("\"", 1), ("a,b\nc,\"", 2), ("\"a\nb\nc", 1), ("a\r\n\"x\"\"", 2)] {
            assert_eq!(open_quote(cut, b','), Some(line), "{cut}");
        }
        assert_eq!((open_quote("a\t\"b", b'\t'), open_quote("a\t\"b", b',')), (Some(1), None));
    }
}
