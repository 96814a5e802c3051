//! Work on many files at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The parser bounds nesting; the stack holds what it allows, in unoptimised builds too.
const STACK: usize = 32 << 20;

/// How many threads are worth their start.
const THREADS: usize = 8;

/// Applies a function to all items on all cores, the next free core taking the next item; the results are in order.
///
/// The calling thread takes its share, so that what it allocates later finds the memory that it gave back meanwhile;
/// its stack should be as large. None when a thread ended early.
pub(super) fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, R)> {
        let taken = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        taken.map_while(|i| items.get(i).map(|item| (i, f(item)))).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS).min(items.len());
    let mut results = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().name("load".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let workers: Vec<_> = (1..threads).map(start).collect();
        let mut results = work();
        for worker in workers {
            results.extend(worker.ok()?.join().ok()?);
        }
        Some(results)
    })?;
    results.sort_unstable_by_key(|(i, _)| *i);
    Some(results.into_iter().map(|(_, result)| result).collect())
}
