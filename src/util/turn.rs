//! One large document at a time, however many threads read.
//!
//! A ceiling for a document holds for each thread: sixteen threads, each with 4 MB of gzip that unpack to 4 GB, would
//! take 64 GB. So one thread at a time reads, unpacks and decodes a document of more than [`without_turn`] bytes. Smaller
//! documents do not wait, and those of all threads together take at most [`ALL`]; the answer about an administrator's
//! role is below 10 MB.

use std::sync::{Condvar, Mutex, PoisonError};

/// More bytes than this are large, with however few threads.
pub const LARGE: u64 = 64 << 20;

/// The bytes that all threads together hold of documents that are not large.
pub const ALL: u64 = 1 << 30;

/// The bytes that each of `threads` threads may hold without a turn: 64 MiB with 16 threads, 4 MiB with 256, which is the
/// most that `--threads` takes.
fn share_of(threads: usize) -> u64 {
    (ALL / threads.max(1) as u64).min(LARGE)
}

/// The bytes that a thread of this run may hold without a turn.
pub fn without_turn() -> u64 {
    share_of(rayon::current_num_threads())
}

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
        if bytes <= without_turn() || self.is_held {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_together_hold_no_more_than_said() {
        for threads in 1..=256 {
            assert!(share_of(threads) * threads as u64 <= ALL, "{threads} threads");
            assert!((4 << 20..=LARGE).contains(&share_of(threads)), "{threads} threads");
        }
    }
}
