//! Tools that know nothing of AWS: how files become whole or stay absent, compression with a length, folders known again.

pub(crate) mod durable;
pub mod marker;
pub(crate) mod threads;
pub(crate) mod zstd_framed;
