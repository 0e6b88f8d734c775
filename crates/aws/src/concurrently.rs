//! Several calls under way at once.

use std::pin::pin;

use futures::channel::mpsc::UnboundedSender;
use futures::{Stream, StreamExt, TryStreamExt, stream};

/// What all of these calls give together, in the order of the items, or the first error in it.
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
    stream::iter(items).map(call).buffered(limit).try_concat().await
}

/// Makes a call for each item as it comes, and gives each answer in the order of the items, to the
/// last one or to the first error: which error is told does not depend on which call was faster.
pub(crate) async fn each_answer<I, T, E, R>(
    limit: usize,
    items: impl Stream<Item = I>,
    call: impl FnMut(I) -> R,
    mut found: impl FnMut(T),
) -> Result<(), E>
where
    R: Future<Output = Result<T, E>>,
{
    let mut answers = pin!(items.map(call).buffered(limit));
    while let Some(answer) = answers.next().await {
        found(answer?);
    }
    Ok(())
}

/// Hands something on to what works on it meanwhile. Where nobody takes it any more, that has
/// failed, and its error ends both.
pub(crate) fn hand_on<T>(to: &UnboundedSender<T>, item: T) {
    drop(to.unbounded_send(item));
}

/// Cuts a list into batches of at most so many.
pub(crate) fn batches<T: Clone>(items: &[T], size: usize) -> Vec<Vec<T>> {
    items.chunks(size).map(<[T]>::to_vec).collect()
}
