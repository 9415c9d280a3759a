//! SHA-256 of input, and bytes as text.

use std::fmt::Write;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// How much of a file is held while it is hashed.
const BUFFER_BYTES: usize = 1 << 18;

/// Bytes in hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes everything");
        hex
    })
}

/// The SHA-256 of `bytes` in hex.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The number of bytes that `from` gives, and their SHA-256 in hex; they are not held.
///
/// # Errors
/// What `from` reports.
pub fn sha256(mut from: impl Read) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut bytes = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((bytes, hex(&digest.finalize()))),
            read => {
                digest.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}
