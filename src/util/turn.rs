//! One large document at a time, however many threads read.
//!
//! A ceiling for a document holds for each thread: sixteen threads, each with 4 MB of gzip that unpack to 4 GB, would
//! take 64 GB. So one thread at a time reads, unpacks and decodes a document that is larger than [`LARGE`]. Smaller
//! documents do not wait; the answer about an administrator's role is below 10 MB.

use std::sync::{Condvar, Mutex, PoisonError};

/// More bytes than this are large.
pub const LARGE: u64 = 64 << 20;

/// Whether a thread has something large in memory. The guard of a mutex would do the same, but it cannot move from
/// thread to thread, as a thread's buffer does.
static TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

/// The right to have something large in memory; until its holder gives it back or drops it, no other thread may.
///
/// A thread must have at most one: otherwise it would wait for itself.
#[derive(Debug, Default)]
pub struct Turn {
    is_held: bool,
}

impl Turn {
    /// Waits until `bytes` may be in memory.
    pub fn take_for(&mut self, bytes: u64) {
        if bytes <= LARGE || self.is_held {
            return;
        }
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = GIVEN_BACK.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        self.is_held = true;
    }

    /// Gives the turn back: the large document is no longer in memory.
    pub fn give_back(&mut self) {
        if self.is_held {
            self.is_held = false;
            *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            GIVEN_BACK.notify_one();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back();
    }
}
