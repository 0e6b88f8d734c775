//! Turns: when the event history of an account and Region may be asked again.
//!
//! Whoever reads it in a process shares them: the rate is one for all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Two calls a second for each account and Region.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const BETWEEN_CALLS: Duration = Duration::from_millis(500);

/// The turns of one account and Region. Cheap to clone: clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns {
    next: Arc<Mutex<Option<Instant>>>,
}

impl Turns {
    /// Waits until a call may be made. Who came first has the first turn.
    pub(super) async fn wait(&self) {
        tokio::time::sleep_until(self.take(Instant::now()).into()).await;
    }

    /// The turn of somebody who comes now: no two have the same.
    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + BETWEEN_CALLS);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_has_turns_half_a_second_apart_and_who_comes_late_saves_none_up() {
        let (turns, now) = (Turns::default(), Instant::now());
        let taken = [(); 3].map(|()| turns.clone().take(now) - now);
        assert_eq!(taken, [0, 500, 1000].map(Duration::from_millis));
        let late = now + Duration::from_mins(1);
        assert_eq!([(); 2].map(|()| turns.take(late)), [late, late + BETWEEN_CALLS]);
    }
}
