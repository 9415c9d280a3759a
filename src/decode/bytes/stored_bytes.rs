//! The bytes of the file that a thread has open.

use super::{Failure, Opened, read_stored, unpack};
use crate::decode::Limits;
use crate::discover::Found;
use crate::model::Source;
use crate::util::turn::{Turn, without_turn};

/// The stored bytes of one file, and the turn for as long as they are large. The same value is passed again for the
/// next file.
#[derive(Debug, Default)]
pub struct StoredBytes {
    bytes: Vec<u8>,
    turn: Turn,
}

impl StoredBytes {
    /// The stored bytes of the file that was opened last.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The memory itself, for a caller that has no file to open.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Frees the memory that a large file took: it must not stay with the thread that read it.
    pub fn release(&mut self) {
        if self.bytes.capacity() as u64 > without_turn() {
            self.bytes = Vec::new();
        }
        self.turn.give_back();
    }

    /// Reads the whole of a file.
    pub(super) fn read(&mut self, found: &Found, limit: u64) -> Result<(), Failure> {
        self.release();
        read_stored(found, limit, &mut self.bytes, &mut self.turn)
    }

    /// Hands every document in the file that was opened last to `each`, as [`super::open`] did; the result is added to
    /// `opened`.
    pub fn unpack(
        &mut self,
        source: &Source,
        limits: &Limits,
        opened: Opened,
        each: &mut dyn FnMut(&Source, &[u8]),
    ) -> Opened {
        unpack(source, &self.bytes, limits, opened, &mut self.turn, each)
    }
}
