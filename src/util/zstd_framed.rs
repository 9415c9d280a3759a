//! Bytes made small, and back: what a store and its reports are kept as.

use std::io::{self, Read};

use super::damaged::Damaged;

/// zstd's scale from 1 to 22; higher ones gain a tenth and take many times as long.
const LEVEL: i32 = 9;

/// Compressed.
///
/// # Errors
/// What the compressor reports.
pub fn compressed(raw: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(raw, LEVEL)
}

/// The `length` bytes that were [`compressed`]. No more than a plausible part of these is set aside before they are there.
pub fn decompressed(bytes: &[u8], length: usize) -> Result<Vec<u8>, Damaged> {
    let mut raw = Vec::with_capacity(length.min(bytes.len().saturating_mul(32)));
    let stream = zstd::Decoder::with_buffer(bytes).map_err(|_| Damaged)?;
    stream.take(length as u64 + 1).read_to_end(&mut raw).map_err(|_| Damaged)?;
    if raw.len() == length { Ok(raw) } else { Err(Damaged) }
}
