//! How often each operation was asked for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Requests by operation, spelled `ecr:DescribeImages`.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    requests: Mutex<BTreeMap<String, u64>>,
    throttled: Mutex<BTreeMap<String, u64>>,
    traffic: Mutex<BTreeMap<String, Traffic>>,
}

/// Bytes of bodies, as the simulator sees them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Bytes of requests.
    pub received: u64,
    /// Bytes of answers. Connections that faults close have none.
    pub sent: u64,
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

    /// The bytes of a request and its answer.
    pub(crate) fn transfer(&self, operation: &str, bytes: Traffic) {
        let mut traffic = lock(&self.traffic);
        let sum = traffic.entry(operation.to_owned()).or_default();
        sum.received += bytes.received;
        sum.sent += bytes.sent;
    }

    pub(crate) fn traffic(&self) -> BTreeMap<String, Traffic> {
        lock(&self.traffic).clone()
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
        lock(&self.traffic).clear();
    }
}

/// The counts are whole between any two statements, so a panic elsewhere leaves them usable.
fn lock<N>(counts: &Mutex<BTreeMap<String, N>>) -> MutexGuard<'_, BTreeMap<String, N>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
