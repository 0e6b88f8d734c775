//! Slots: how many calls are under way at once.
//!
//! AWS's rates hold for one API of one registry, an account in a Region, so each API of each
//! registry has slots of its own. A call holds one from when it is sent until it is answered,
//! its retries included: where calls are throttled there are to be fewer, and no other in place of
//! one that waits. Between calls nobody holds one: what is computed and stored takes none.
//!
//! Of ECR's rates that of `BatchGetImage` is published, 2,000 a second, which pulls share. At some
//! 30 ms a call, 64 slots use all of it, and 16 a quarter. The rates of the others have to be
//! found out: where calls are throttled again and again there are fewer slots, down to one, and again
//! more where they are not. Half of the attempts may be throttled: what somebody else uses up is not given
//! way to for ever, and of what is there nothing is left lying.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::call_count::count_attempts;

/// The slots of one registry. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    at_once: usize,
    by_api: Arc<Mutex<BTreeMap<&'static str, Arc<Api>>>>,
}

/// The slots of one API.
#[derive(Debug)]
struct Api {
    free: Arc<Semaphore>,
    width: Mutex<Width>,
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
        let api = self.of(api);
        let slot = Arc::clone(&api.free).acquire_owned().await;
        let (answer, attempts) = count_attempts(call).await;
        api.give_back(slot.ok(), attempts);
        answer
    }

    /// The same, if there is a slot within this time. Without one the call is not made.
    pub(crate) async fn call_within<T>(
        &self,
        longest: Duration,
        api: &'static str,
        call: impl Future<Output = T>,
    ) -> Option<T> {
        let api = self.of(api);
        let slot = timeout(longest, Arc::clone(&api.free).acquire_owned()).await.ok()?;
        let (answer, attempts) = count_attempts(call).await;
        api.give_back(slot.ok(), attempts);
        Some(answer)
    }

    fn of(&self, api: &'static str) -> Arc<Api> {
        let mut by_api = self.by_api.lock().unwrap_or_else(PoisonError::into_inner);
        let made = by_api.entry(api).or_insert_with(|| {
            let width = Mutex::new(Width::new(self.at_once));
            Arc::new(Api { free: Arc::new(Semaphore::new(self.at_once)), width })
        });
        Arc::clone(made)
    }
}

impl Api {
    fn give_back(&self, slot: Option<OwnedSemaphorePermit>, attempts: u64) {
        let change = {
            let mut width = self.width.lock().unwrap_or_else(PoisonError::into_inner);
            width.after_a_call(attempts)
        };
        match (change, slot) {
            (Change::OneLess, Some(slot)) => slot.forget(),
            (Change::OneMore, _) => self.free.add_permits(1),
            _ => {}
        }
    }
}

/// Of so many calls it is seen how often each was tried.
const CALLS_A_LOOK: u64 = 8;

/// How many slots there are of an API.
#[derive(Debug, PartialEq, Eq)]
struct Width {
    most: usize,
    slots: usize,
    /// Slots that are to go as soon as calls give them back.
    too_many: usize,
    calls: u64,
    attempts: u64,
}

/// What becomes of the slots when a call gives one back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    OneLess,
    OneMore,
}

impl Width {
    const fn new(most: usize) -> Self {
        Self { most, slots: most, too_many: 0, calls: 0, attempts: 0 }
    }

    /// Halves the slots where calls took more than two attempts on average, and adds one where they
    /// took at most one and a half.
    fn after_a_call(&mut self, attempts: u64) -> Change {
        if self.too_many > 0 {
            self.too_many -= 1;
            return Change::OneLess;
        }
        self.calls += 1;
        self.attempts += attempts;
        if self.calls < CALLS_A_LOOK {
            return Change::None;
        }
        let (calls, attempts) = (self.calls, self.attempts);
        (self.calls, self.attempts) = (0, 0);
        if attempts > 2 * calls && self.slots > 1 {
            self.too_many = self.slots / 2 - 1;
            self.slots -= self.slots / 2;
            return Change::OneLess;
        }
        if 2 * attempts <= 3 * calls && self.slots < self.most {
            self.slots += 1;
            return Change::OneMore;
        }
        Change::None
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

    /// How many slots are left after so many calls of so many attempts each.
    fn slots_after(calls: usize, attempts: u64) -> usize {
        let mut width = Width::new(16);
        let mut slots = 16;
        for _ in 0..calls {
            match width.after_a_call(attempts) {
                Change::None => {}
                Change::OneLess => slots -= 1,
                Change::OneMore => slots += 1,
            }
        }
        slots
    }

    #[test]
    fn where_calls_are_throttled_again_and_again_there_are_fewer_and_one_at_last() {
        let slots = [8, 15, 16, 100, 1_000].map(|calls| slots_after(calls, 3));
        assert_eq!(slots, [15, 8, 8, 1, 1]);
    }

    #[test]
    fn two_attempts_a_call_narrow_nothing_and_nobody_has_more_than_the_most() {
        assert_eq!([1, 2].map(|attempts| slots_after(1_000, attempts)), [16, 16]);
        let mut width = Width::new(16);
        let narrow = (0..100).filter(|_| width.after_a_call(3) == Change::OneLess).count();
        let wide = (0..1_000).filter(|_| width.after_a_call(1) == Change::OneMore).count();
        assert_eq!((narrow, wide), (15, 15));
    }

    #[tokio::test]
    async fn what_a_call_tried_again_takes_its_slots() {
        let slots = Slots::new(2);
        for _ in 0..CALLS_A_LOOK {
            slots.call("DescribeImages", async { crate::call_count::add_attempts(3) }).await;
        }
        assert_eq!(most(&slots, &["DescribeImages"; 9]).await, 1);
        // Each of these is a call without an attempt.
        assert_eq!(most(&slots, &["DescribeImages"; 9]).await, 2);
        assert_eq!(most(&slots, &["BatchGetImage"; 9]).await, 2);
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
