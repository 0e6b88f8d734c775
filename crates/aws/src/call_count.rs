//! How many calls to AWS something makes.

use std::cell::Cell;

tokio::task_local! {
    static CALLS: Cell<u64>;
    static ATTEMPTS: Cell<u64>;
}

/// Does something, and counts the calls that it makes: each once, however often it was tried.
pub async fn count_calls<T>(doing: impl Future<Output = T>) -> (T, u64) {
    let counted = async {
        let done = doing.await;
        (done, CALLS.with(Cell::get))
    };
    CALLS.scope(Cell::new(0), counted).await
}

/// Counts calls, where anybody counts them.
pub(crate) fn add_calls(calls: u64) {
    // Nobody counts where this is no part of `count_calls`.
    CALLS.try_with(|count| count.set(count.get().saturating_add(calls))).unwrap_or(());
}

/// Does something, and counts how often calls were tried in it.
pub(crate) async fn count_attempts<T>(doing: impl Future<Output = T>) -> (T, u64) {
    let counted = async {
        let done = doing.await;
        (done, ATTEMPTS.with(Cell::get))
    };
    ATTEMPTS.scope(Cell::new(0), counted).await
}

/// Counts attempts, where anybody counts them.
pub(crate) fn add_attempts(attempts: u32) {
    let add = |count: &Cell<u64>| count.set(count.get().saturating_add(attempts.into()));
    ATTEMPTS.try_with(add).unwrap_or(());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_at_once_is_counted_apart() {
        let calls = |calls: u64| async move {
            for _ in 0..calls {
                add_calls(1);
                tokio::task::yield_now().await;
            }
            "done"
        };
        let both = tokio::join!(count_calls(calls(2)), count_calls(calls(3)));
        assert_eq!(both, (("done", 2), ("done", 3)));
        add_calls(1);
        assert_eq!(count_calls(calls(0)).await.1, 0);
    }
}
