//! Several calls under way at once.

use futures::{StreamExt, TryStreamExt, stream};

/// What all of these calls give together, in no order, or the first error.
///
/// The items are owned: a closure over borrowed ones makes a future that no compiler of today can
/// prove to be `Send`.
pub(crate) async fn concurrently<I, T, E, R>(
    limit: usize,
    items: Vec<I>,
    call: impl Fn(I) -> R,
) -> Result<Vec<T>, E>
where
    R: Future<Output = Result<Vec<T>, E>>,
{
    stream::iter(items).map(call).buffer_unordered(limit).try_concat().await
}

/// Cuts a list into batches of at most so many.
pub(crate) fn batches<T: Clone>(items: &[T], size: usize) -> Vec<Vec<T>> {
    items.chunks(size).map(<[T]>::to_vec).collect()
}
