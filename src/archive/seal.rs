//! What guards the files that only this program reads: a checksum, the length before it is unpacked, and of what they were made.

use flate2::Crc;

use super::block::{Heads, HeadsReader};
use crate::model::codec::Damaged;
use crate::util::zstd_framed::{packed, unpacked};

/// This program: its version, and what it was built from. Whatever another one settled may have come out otherwise.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("DORMANT_BUILT_FROM"));

/// Compressed, with the length before it and a checksum of both.
pub fn sealed(raw: &[u8]) -> std::io::Result<Vec<u8>> {
    packed(raw).map(checked)
}

/// The way back from [`sealed`].
pub fn unsealed(bytes: &[u8]) -> Result<Vec<u8>, Damaged> {
    unpacked(unchecked(bytes)?)
}

/// With a checksum behind it.
pub fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = sum(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// The way back from [`checked`].
pub fn unchecked(bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (body, written) = bytes.split_last_chunk::<4>().ok_or(Damaged)?;
    if sum(body) == u32::from_le_bytes(*written) { Ok(body) } else { Err(Damaged) }
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl Heads {
    /// Of what the rest was made: the program, and the files of answers and sayings.
    pub fn basis(&mut self, evidence: &[String]) {
        self.text(PROGRAM);
        self.out.count(evidence.len());
        for name in evidence {
            self.text(name);
        }
    }

    /// Files and members found, read, skipped, failed.
    pub fn counts(&mut self, counts: [usize; 4]) {
        for count in counts {
            self.out.count(count);
        }
    }
}

impl HeadsReader<'_> {
    /// Passes over the basis, where it is this program and `evidence`.
    pub fn is_of(&mut self, evidence: &[String]) -> Result<(), Damaged> {
        if self.str()? == PROGRAM && self.many(HeadsReader::text)? == evidence { Ok(()) } else { Err(Damaged) }
    }

    /// See [`Heads::counts`].
    pub fn counts(&mut self) -> Result<[usize; 4], Damaged> {
        let mut counts = [0; 4];
        for count in &mut counts {
            *count = self.reader.size()?;
        }
        Ok(counts)
    }
}
