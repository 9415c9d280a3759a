//! Threads of our own, separate from those of Polars.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Maps every item, as many at a time as there are threads, and returns the results in the order of the items.
///
/// These are separate threads because a rayon thread that waits for Polars' pool takes up the next item in the
/// meantime: all items would be started before one is finished, and all would be in memory.
pub fn in_order<I: Sync, T: Send>(items: &[I], map: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mapped = Vec::new();
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            mapped.push((at, map(item)));
        }
        mapped
    };
    let threads = rayon::current_num_threads().clamp(1, items.len().max(1));
    let mut mapped = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut mapped = work();
        for other in others {
            mapped.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        mapped
    });
    mapped.sort_by_key(|(at, _)| *at);
    mapped.into_iter().map(|(_, mapped)| mapped).collect()
}
