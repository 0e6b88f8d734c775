//! Which calls are under way, for whoever waits and wants to know for what.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_types::config_bag::{Storable, StoreReplace};
use ecr_sweep_core::{Account, Region};

static UNDER_WAY: Mutex<Calls> = Mutex::new(Calls { next: 0, begun: BTreeMap::new() });

/// Calls by their number: the first is the one that was begun first.
#[derive(Debug)]
struct Calls {
    next: u64,
    begun: BTreeMap<u64, (LongCall, Instant)>,
}

/// A call that is not answered yet, its waits and further attempts included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongCall {
    service: Box<str>,
    operation: Box<str>,
    account: Option<Account>,
    region: Region,
}

impl LongCall {
    pub(crate) fn new(
        service: &str,
        operation: &str,
        account: Option<&Account>,
        region: &Region,
    ) -> Self {
        Self {
            service: service.into(),
            operation: operation.into(),
            account: account.cloned(),
            region: region.clone(),
        }
    }
}

impl fmt::Display for LongCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, operation, account, region } = self;
        match account {
            Some(account) => write!(f, "{service} {operation} in {account}/{region}"),
            None => write!(f, "{service} {operation} in {region}"),
        }
    }
}

/// The call of this process that is under way for the longest time, and for how long; none where there
/// is none.
#[must_use]
pub fn longest_call() -> Option<(LongCall, Duration)> {
    let calls = calls();
    let (call, begun) = calls.begun.values().next()?;
    Some((call.clone(), begun.elapsed()))
}

/// A call that is under way for as long as this is there: one that nobody waits for any more is none.
#[derive(Debug)]
pub(crate) struct UnderWay(u64);

impl UnderWay {
    pub(crate) fn begin(call: LongCall) -> Self {
        let mut calls = calls();
        let number = calls.next;
        calls.next = number.wrapping_add(1);
        calls.begun.insert(number, (call, Instant::now()));
        Self(number)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        calls().begun.remove(&self.0);
    }
}

impl Storable for UnderWay {
    type Storer = StoreReplace<Self>;
}

fn calls() -> MutexGuard<'static, Calls> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}
