//! Threads of our own, separate from those of Polars.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// How many items are mapped at a time: a few, so that what was made of them and waits is not much.
const AT_A_TIME: usize = 8;

/// Maps the items on rayon's threads and hands over what is made of them in order, while the next ones are mapped.
///
/// # Errors
/// The first that `take` reports; then the rest is not mapped.
pub fn pipe<I: Sync, T: Send, E: Send>(
    items: &[I],
    map: impl Fn(&I) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E> + Send,
) -> Result<(), E> {
    let mut made: Vec<T> = Vec::new();
    for some in items.chunks(AT_A_TIME) {
        let hand_over = || made.drain(..).try_for_each(&mut take);
        let (taken, next) = rayon::join(hand_over, || some.par_iter().map(&map).collect());
        taken?;
        made = next;
    }
    made.into_iter().try_for_each(take)
}

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
