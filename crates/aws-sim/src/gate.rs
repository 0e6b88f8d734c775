//! What every request waits for: tests act, or kill who asks, between two requests.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

/// A request that came, before it is served.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The operation, such as `ecr:DescribeImages`.
    pub operation: &'a str,
    /// The request's body.
    pub body: &'a [u8],
    /// What asks, as its `User-Agent` says.
    pub agent: &'a str,
}

/// A request is served once this is done; never, if it never is.
pub type Passage = Pin<Box<dyn Future<Output = ()> + Send>>;

type Gatekeeper = dyn Fn(Arrival<'_>) -> Passage + Send + Sync;

/// The gate; open unless somebody keeps it.
#[derive(Default)]
pub(crate) struct Gate(RwLock<Option<Arc<Gatekeeper>>>);

impl Gate {
    /// Has every request from now on wait for what `keeper` gives.
    pub(crate) fn keep(&self, keeper: impl Fn(Arrival<'_>) -> Passage + Send + Sync + 'static) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keeper));
    }

    /// Waits until a request may be served.
    pub(crate) async fn pass(&self, arrival: Arrival<'_>) {
        let keeper = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(passage) = keeper.map(|keeper| keeper(arrival)) else { return };
        passage.await;
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_kept = self.0.read().unwrap_or_else(PoisonError::into_inner).is_some();
        f.debug_struct("Gate").field("is_kept", &is_kept).finish()
    }
}
