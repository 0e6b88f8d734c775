//! Work on all processors, of which the results are taken in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

/// How many results a thread may be ahead of the one that is taken next: they are in memory.
const AHEAD: usize = 4;

/// Works on each number below `count` on several threads, and takes the results in the order of
/// the numbers. The first error ends it.
pub fn in_order<T: Send, E: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    if threads < 2 {
        return (0..count).try_for_each(|number| take(work(number)?));
    }
    let next = AtomicUsize::new(0);
    let may_begin = Limit { below: Mutex::new(threads * AHEAD), raised: Condvar::new() };
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (done, next, may_begin, work) = (done.clone(), &next, &may_begin, &work);
            scope.spawn(move || {
                let _lift = LiftedByPanic(may_begin);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    may_begin.wait_for(number);
                    // Nobody listens any more after an error.
                    if done.send((number, work(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let taken = take_in_order(&results, |result| {
            take(result?)?;
            may_begin.raise();
            Ok(())
        });
        // What has not begun is not begun any more.
        next.fetch_max(count, Ordering::Relaxed);
        drop(results);
        may_begin.lift();
        taken
    })
}

fn take_in_order<T, E>(
    results: &mpsc::Receiver<(usize, T)>,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let (mut early, mut expected) = (BTreeMap::new(), 0);
    for (number, result) in results {
        early.insert(number, result);
        while let Some(result) = early.remove(&expected) {
            take(result)?;
            expected += 1;
        }
    }
    Ok(())
}

/// Below which number work may begin.
struct Limit {
    below: Mutex<usize>,
    raised: Condvar,
}

impl Limit {
    fn wait_for(&self, number: usize) {
        let below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.raised.wait_while(below, |below| number >= *below);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn raise(&self) {
        self.set(|below| below.saturating_add(1));
    }

    fn lift(&self) {
        self.set(|_| usize::MAX);
    }

    fn set(&self, to: impl FnOnce(usize) -> usize) {
        let mut below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        *below = to(*below);
        drop(below);
        self.raised.notify_all();
    }
}

/// Lets the others end when a thread panics: what it was working on never comes.
struct LiftedByPanic<'l>(&'l Limit);

impl Drop for LiftedByPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lift();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_taken_in_the_order_of_the_numbers() {
        for count in [0, 1, 2, 500] {
            let mut taken = Vec::new();
            let work = |number: usize| Ok::<_, ()>(number * 2);
            in_order(count, work, |result| {
                taken.push(result);
                Ok(())
            })
            .unwrap();
            assert!(taken.into_iter().eq((0..count).map(|number| number * 2)), "{count}");
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let work = |number: usize| if number % 100 == 77 { Err(number) } else { Ok(number) };
        let mut taken = 0;
        let ended = in_order(1_000, work, |_| {
            taken += 1;
            Ok(())
        });
        assert_eq!((ended, taken), (Err(77), 77));
        let refused = in_order(1_000, Ok, |number| if number == 5 { Err("full") } else { Ok(()) });
        assert_eq!(refused, Err("full"));
    }
}
