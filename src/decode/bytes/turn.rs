//! One large document at a time, however many threads read.
//!
//! A ceiling for a document holds for each thread: sixteen threads, each with 4 MB of gzip that become 4 GB, would take 64 GB. So whatever is
//! larger than [`LARGE`] is read, unpacked and decoded by one thread at a time. Smaller documents wait for nothing; the answer about an
//! administrator's role is below 10 MB.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// More bytes than this are large.
pub(super) const LARGE: u64 = 64 << 20;

/// Held by the thread that has something large in memory.
static ALONE: Mutex<()> = Mutex::new(());

/// Whether this thread may hold something large; until it is dropped no other thread may.
#[derive(Default)]
pub(super) struct Turn(Option<MutexGuard<'static, ()>>);

impl Turn {
    /// Waits until `bytes` may be held.
    pub(super) fn take_for(&mut self, bytes: u64) {
        if bytes > LARGE && self.0.is_none() {
            self.0 = Some(ALONE.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
