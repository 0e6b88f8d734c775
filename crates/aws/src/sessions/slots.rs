//! Slots: how many calls are under way at once.
//!
//! AWS's rates hold for one API of one registry, an account in a Region, so each API of each
//! registry has slots of its own. A call holds one from when it is sent until it is answered,
//! its retries included: where calls are throttled there are to be fewer, and no other in place of
//! one that waits. Between calls nobody holds one: what is computed and stored takes none.
//!
//! Of ECR's rates that of `BatchGetImage` is published, 2,000 a second, which pulls share. At some
//! 30 ms a call, 64 slots use all of it, and 16 a quarter. The rates of the others have to be
//! found out: a call that is throttled slows its client down.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The slots of one registry. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    at_once: usize,
    by_api: Arc<Mutex<BTreeMap<&'static str, Arc<Semaphore>>>>,
}

impl Slots {
    /// So many of each API; at least 1.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), by_api: Arc::default() }
    }

    /// How many each API has.
    pub(crate) const fn at_once(&self) -> usize {
        self.at_once
    }

    /// Makes a call to an API once there is a slot for it.
    pub(crate) async fn call<T>(&self, api: &'static str, call: impl Future<Output = T>) -> T {
        let slot = self.of(api).acquire_owned().await;
        let answer = call.await;
        drop(slot);
        answer
    }

    /// The same, if there is a slot within this time. Without one the call is not made.
    pub(crate) async fn call_within<T>(
        &self,
        longest: Duration,
        api: &'static str,
        call: impl Future<Output = T>,
    ) -> Option<T> {
        let slot = timeout(longest, self.of(api).acquire_owned()).await.ok()?;
        let answer = call.await;
        drop(slot);
        Some(answer)
    }

    fn of(&self, api: &'static str) -> Arc<Semaphore> {
        let mut by_api = self.by_api.lock().unwrap_or_else(PoisonError::into_inner);
        let made = by_api.entry(api).or_insert_with(|| Arc::new(Semaphore::new(self.at_once)));
        Arc::clone(made)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    /// The most of these calls that were under way together.
    async fn most(slots: &Slots, apis: &[&'static str]) -> usize {
        let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        join_all(apis.iter().map(|api| {
            slots.call(api, async {
                most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                under_way.fetch_sub(1, Ordering::SeqCst);
            })
        }))
        .await;
        most.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn calls_to_one_api_share_its_slots() {
        let slots = Slots::new(2);
        assert_eq!(most(&slots, &["DescribeImages"; 9]).await, 2);
        assert_eq!(most(&slots.clone(), &["DescribeImages"; 9]).await, 2, "none is lost");
    }

    #[tokio::test]
    async fn one_api_does_not_wait_for_another() {
        let apis = ["DescribeImages", "BatchGetImage", "DescribeImages", "BatchGetImage"];
        assert_eq!(most(&Slots::new(1), &apis).await, 2);
    }

    #[tokio::test]
    async fn a_call_without_a_slot_in_time_is_not_made() {
        let slots = Slots::new(1);
        let made = slots.call("BatchDeleteImage", async {
            slots.call_within(Duration::ZERO, "BatchDeleteImage", async {}).await
        });
        assert_eq!(made.await, None);
        assert_eq!(slots.call_within(Duration::ZERO, "BatchDeleteImage", async {}).await, Some(()));
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_gives_its_slot_back() {
        let slots = Slots::new(1);
        let never = slots.call("DescribeImages", std::future::pending::<()>());
        assert!(timeout(Duration::ZERO, never).await.is_err());
        assert_eq!(most(&slots, &["DescribeImages"]).await, 1);
    }
}
