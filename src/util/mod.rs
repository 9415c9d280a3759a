//! Tools that know nothing of AWS: how files become whole or stay absent, which of them are ours, compression with a length.

pub(crate) mod damaged;
pub(crate) mod durable;
pub(crate) mod hash;
pub mod marker;
pub(crate) mod owned;
pub mod sanitize;
pub mod temporary;
pub(crate) mod threads;
pub mod wrap;

pub use hash::hex;
