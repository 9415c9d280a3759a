//! Tools that know nothing of AWS: how files become whole or stay absent, which of them are ours, compression with a length.

pub(crate) mod durable;
pub mod marker;
pub(crate) mod owned;
pub mod sanitize;
pub(crate) mod zstd_framed;

use std::fmt::Write;

/// Bytes in hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes everything");
        hex
    })
}
