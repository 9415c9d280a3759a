//! Who holds which statement.
