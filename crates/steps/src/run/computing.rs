//! Computing, where it holds up no call.

use crate::StepError;

/// Runs a computation on a thread of its own: a repository of 100,000 images takes a while, and
/// meanwhile the calls of the others go on.
pub(crate) async fn computing<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StepError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => Err(cancelled.into()),
        },
    }
}
