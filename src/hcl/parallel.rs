//! Work on many things at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Parser and evaluation bound nesting; the stack holds what they allow, in unoptimised builds too.
pub(super) const STACK: usize = 128 << 20;

/// Where all cores should work.
pub(super) const ALL: usize = usize::MAX;

/// How many threads are worth their start.
const THREADS: usize = 8;

/// Applies a function to all items on all cores, the next free core taking the next item; the results are in order.
///
/// The calling thread takes its share, so that what it allocates later finds the memory that it gave back meanwhile;
/// its stack should be as large. None when a thread ended early.
pub(super) fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Option<Vec<R>> {
    map_with(items, ALL, || (), |(), item| f(item))
}

/// Like [`map`], with a state for each thread and a bound on their number.
pub(super) fn map_with<T: Sync, S, R: Send>(
    items: &[T],
    most: usize,
    start: impl Fn() -> S + Sync,
    f: impl Fn(&mut S, &T) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, R)> {
        let mut state = start();
        let taken = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        taken.map_while(|i| items.get(i).map(|item| (i, f(&mut state, item)))).collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(THREADS).min(most).min(items.len());
    std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().name("load".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let workers: Vec<_> = (1..threads).map(spawn).collect();
        let mut results = work();
        for worker in workers {
            results.extend(worker.ok()?.join().ok()?);
        }
        results.sort_unstable_by_key(|(i, _)| *i);
        Some(results.into_iter().map(|(_, result)| result).collect())
    })
}
