//! Tools that know nothing of AWS: how files are written whole or not at all, which files are ours, how much is in
//! memory at once.

pub(crate) mod damaged;
pub(crate) mod durable;
pub(crate) mod hash;
pub mod marker;
pub mod numbers;
pub(crate) mod open_quote;
pub(crate) mod owned;
pub mod pseudonym;
pub mod replaced;
pub mod sanitize;
pub mod shown;
pub mod temporary;
pub(crate) mod threads;
pub mod turn;
pub mod wrap;

pub use hash::hex;
