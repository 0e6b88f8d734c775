//! How often each operation was asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Requests by operation, spelled `ecr:DescribeImages`.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    requests: Mutex<BTreeMap<String, u64>>,
    throttled: Mutex<BTreeMap<String, u64>>,
}

impl Counts {
    /// Every request, those that fail included.
    pub(crate) fn request(&self, operation: &str) {
        *lock(&self.requests).entry(operation.to_owned()).or_default() += 1;
    }

    /// A request that was over its rate.
    pub(crate) fn throttle(&self, operation: &str) {
        *lock(&self.throttled).entry(operation.to_owned()).or_default() += 1;
    }

    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        lock(&self.requests).clone()
    }

    pub(crate) fn throttled(&self) -> BTreeMap<String, u64> {
        lock(&self.throttled).clone()
    }

    pub(crate) fn reset(&self) {
        lock(&self.requests).clear();
        lock(&self.throttled).clear();
    }
}

/// The counts are whole between any two statements, so a panic elsewhere leaves them usable.
fn lock(counts: &Mutex<BTreeMap<String, u64>>) -> MutexGuard<'_, BTreeMap<String, u64>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
