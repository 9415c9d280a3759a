//! Who holds which statement: policies expanded over the actions that exist.

mod universe;

pub use universe::{ActionSet, Universe};
