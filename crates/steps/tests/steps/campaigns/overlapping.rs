//! Two runs at once, at every point of the first: by clocks that agree and by such that do not; and an owner
//! of the lock who was thought to be dead, and wakes up.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::RunSummary;
use ecr_sweep_steps::{Clock, Environment, StepError, sweep};
use jiff::{SignedDuration, Timestamp};

use super::crashing::digests;
use super::points::{At, Points, until_none};
use super::stage::{STAYING, Stage, holes};
use super::{is_side_effect, is_wide};
use crate::world::{TestClock, id};

/// A clock that goes before another one, or after it.
struct Apart(Arc<TestClock>, SignedDuration);

impl Clock for Apart {
    fn now(&self) -> Timestamp {
        self.0.now().checked_add(self.1).unwrap()
    }
}

/// What the second run finds.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    /// For how long the first one is held up.
    held_for: SignedDuration,
    /// How far the second one's clock is ahead.
    ahead: SignedDuration,
}

const fn meeting(held_for_minutes: i64, minutes_ahead: i64) -> Meeting {
    let held_for = SignedDuration::from_mins(held_for_minutes);
    Meeting { held_for, ahead: SignedDuration::from_mins(minutes_ahead) }
}

const MEETINGS: [Meeting; 7] = [
    meeting(0, 0),
    meeting(16, 0),
    meeting(90, 0),
    meeting(0, 4),
    meeting(0, 60),
    meeting(0, -60),
    meeting(16, -10),
];

async fn run(
    stage: &Stage,
    environment: &Environment,
    name: &str,
) -> Result<RunSummary, StepError> {
    sweep(environment, &id(name), stage.world.options(), async |_| true).await
}

/// Holds a run before a point while another one runs. None: it does not come so far.
async fn meet(at: usize, meeting: Meeting) -> Option<Vec<String>> {
    let stage = Stage::open().await;
    let points = Points::new(is_side_effect, At::Held(at));
    let first = stage.environment(&points);
    let others = Points::new(is_side_effect, At::Never);
    let mut running = Box::pin(run(&stage, &first, "r1"));
    let other = async {
        points.reached().await;
        stage.pass(meeting.held_for);
        // Requests pass one gate: those of the second run are not of the first one's points.
        let environment = stage.environment(&others);
        let clock = Arc::new(Apart(stage.world.clock.clone(), meeting.ahead));
        let ended = Box::pin(run(&stage, &Environment { clock, ..environment }, "r2")).await;
        let there = stage.there();
        points.release();
        (ended, there)
    };
    let (ended, (second, there)) = {
        tokio::pin!(other);
        tokio::select! {
            ended = &mut running => {
                assert_eq!(ended.unwrap().totals.outcomes.not_asked, 0);
                return None;
            }
            met = &mut other => (running.await, met),
        }
    };
    let mut problems = Vec::new();
    for (kept, lost) in holes(&stage.before, &stage.images()) {
        problems.push(format!("{} has lost {}", stage.name(kept), stage.name(lost)));
    }
    let after = stage.there();
    for number in STAYING {
        if !after.contains(&stage.world.digest(number)) {
            problems.push(format!("{number} is gone"));
        }
    }
    let asked = points.passed().into_iter().chain(others.passed());
    let mut times: BTreeMap<Digest, usize> = BTreeMap::new();
    for point in asked.filter(|point| point.name == "ecr:BatchDeleteImage") {
        for digest in digests(&point.body) {
            *times.entry(digest).or_default() += 1;
        }
    }
    // Who is held right before it asks for a batch has looked at the lock: of that batch nobody else knows.
    let is_asking = points.passed()[at].name == "ecr:BatchDeleteImage";
    for (digest, _) in times.iter().filter(|(_, times)| **times > 1 + usize::from(is_asking)) {
        problems.push(format!("{} was asked for again", stage.name(*digest)));
    }
    let has_both = ended.is_ok() && second.is_ok();
    if !has_both && ended.is_err() && second.is_err() {
        problems.push(format!("neither ended: {ended:?}, {second:?}"));
    }
    // Whom the other one has overtaken deletes nothing more.
    let is_overtaken = matches!(&ended, Err(StepError::Conflict { .. }));
    if is_overtaken && !is_asking && after != there {
        problems.push("who was overtaken went on".to_owned());
    }
    for error in [ended.err(), second.err()].into_iter().flatten() {
        if !matches!(error, StepError::Conflict { .. }) {
            problems.push(format!("it ended with {}", error.in_full()));
        }
    }
    if stage.is_locked().await {
        problems.push("the lock is held".to_owned());
    }
    Some(problems.into_iter().map(|it| format!("{meeting:?} at {at}: {it}")).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_ask_for_nothing_twice_and_who_wakes_up_stops() {
    let step = if is_wide() { 1 } else { MEETINGS.len() };
    let mut reached = 0;
    let mut problems = Vec::new();
    for (row, meeting) in MEETINGS.into_iter().enumerate() {
        let met = until_none((row % step..).step_by(step), |at| meet(at, meeting)).await;
        reached += met.len();
        problems.extend(met.into_iter().flatten());
    }
    assert!(reached > 40, "{reached} meetings are few");
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}
