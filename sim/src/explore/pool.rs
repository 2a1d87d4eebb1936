//! Work on all cores, one simulation per thread, with results that know their place.
//!
//! Items are handed out in order and each is worked on exactly once, so whatever the number
//! of threads, the set of results up to an index is complete when that index has been told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// How many results may wait to be told: a search that stops has done little more than it had to.
const AHEAD: usize = 256;

/// Works on `items` in `jobs` threads, in this one if that is one: while there is no other, memory
/// is got without locks. Each thread makes a worker of its own (a world is not shared). `told`
/// hears every result, in the order in which they come, and answers up to which index the search
/// goes on, so that a search that stops has done all before its end.
pub(super) fn each<T: Sync, W, R: Send>(
    jobs: usize,
    items: &[T],
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &T) -> R + Sync,
    mut told: impl FnMut(usize, R) -> Option<usize>,
) {
    if jobs <= 1 {
        let (mut worker, mut bound) = (worker(), items.len());
        for (index, item) in items.iter().enumerate() {
            if index >= bound {
                return;
            }
            if let Some(last) = told(index, work(&mut worker, item)) {
                bound = bound.min(last + 1);
            }
        }
        return;
    }
    let (next, bound) = (AtomicUsize::new(0), AtomicUsize::new(items.len()));
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            let (sender, next, bound, worker, work) = (sender.clone(), &next, &bound, &worker, &work);
            scope.spawn(move || {
                let mut worker = worker();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index).filter(|_| index < bound.load(Ordering::Relaxed)) else {
                        return;
                    };
                    if sender.send((index, work(&mut worker, item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver {
            if let Some(last) = told(index, result) {
                bound.fetch_min(last + 1, Ordering::Relaxed);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn every_item_once_and_all_before_the_end() {
        for jobs in [1, 2, 7] {
            let items: Vec<usize> = (0..200_000).collect();
            let mut seen = vec![0; items.len()];
            each(
                jobs,
                &items,
                || (),
                |(), item| item * 2,
                |index, twice| {
                    assert_eq!(twice, index * 2);
                    seen[index] += 1;
                    (index == 500).then_some(index)
                },
            );
            assert!(seen[..=500].iter().all(|times| *times == 1), "all up to the end, once");
            assert!(seen.iter().filter(|times| **times == 0).count() > 100_000, "and not much after it");
        }
    }
}
