//! Killed at every point between two side effects, and run again: the same images are gone in the end as
//! if nothing had happened, each was asked for once, and each has a receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, RunSummary};
use ecr_sweep_steps::{Environment, StepError, sweep, sweep_planned};
use jiff::SignedDuration;
use serde_json::Value;

use super::deployed::Execution;
use super::points::{At, Points, until_killed, until_none};
use super::stage::{GOING, STAYING, Stage, holes};
use super::{is_side_effect, is_wide};
use crate::world::id;

/// Who goes on after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The same run, from its plan where it has one.
    GoesOn,
    /// A new run, which knows nothing of the other.
    BeginsAnew,
}

pub(super) async fn run(
    stage: &Stage,
    environment: &Environment,
    run: &str,
) -> Result<RunSummary, StepError> {
    sweep(environment, &id(run), stage.world.options(), async |_| true).await
}

impl Next {
    /// Goes on where `r1` was killed.
    pub(super) async fn take_up(
        self,
        stage: &Stage,
        environment: &Environment,
    ) -> Result<RunSummary, StepError> {
        match self {
            Self::BeginsAnew => run(stage, environment, "r2").await,
            Self::GoesOn => match sweep_planned(environment, &id("r1"), async |_| true).await {
                Err(StepError::Missing { .. }) => run(stage, environment, "r1").await,
                ended => ended,
            },
        }
    }
}

/// The images that a registry was asked to delete, call by call.
fn asked(points: &[Arc<Points>]) -> Vec<BTreeSet<Digest>> {
    let passed = points.iter().flat_map(|points| points.passed());
    let deletions = passed.filter(|point| point.name == "ecr:BatchDeleteImage");
    deletions.map(|point| digests(&point.body)).collect()
}

/// The images of a request; or the one image.
pub(super) fn digests(body: &str) -> BTreeSet<Digest> {
    let request: Value = serde_json::from_str(body).unwrap();
    let one = [request["imageId"].clone()];
    let ids = request["imageIds"].as_array().map_or(&one[..], Vec::as_slice).iter();
    ids.map(|id| id["imageDigest"].as_str().unwrap().parse().unwrap()).collect()
}

pub(super) fn told(holes: Vec<(Digest, Digest)>) -> Vec<String> {
    holes.into_iter().map(|(kept, lost)| format!("{kept} has lost {lost}")).collect()
}

/// What is wrong at the end.
async fn problems(stage: &Stage, points: &[Arc<Points>], runs: &[&str]) -> Vec<String> {
    let mut problems = told(holes(&stage.before, &stage.images()));
    let (there, expected) = (stage.there(), stage.world.digests(&STAYING));
    if there != expected {
        problems.push(format!("left are {}", stage.names(&there)));
    }
    let mut times: BTreeMap<Digest, u32> = BTreeMap::new();
    for digest in asked(points).into_iter().flatten() {
        *times.entry(digest).or_default() += 1;
    }
    for (digest, _) in times.iter().filter(|(_, times)| **times > 1) {
        problems.push(format!("{} was asked for again", stage.name(*digest)));
    }
    let outcomes = stage.outcomes(runs).await;
    for digest in stage.world.digests(&GOING) {
        let of_it = outcomes.get(&digest).map_or(&[][..], Vec::as_slice);
        let deleted = of_it.iter().filter(|it| **it == DeletionOutcome::Deleted).count();
        if deleted != 1 || of_it.contains(&DeletionOutcome::Asked) {
            problems.push(format!("{} has the receipts {of_it:?}", stage.name(digest)));
        }
    }
    if stage.is_locked().await {
        problems.push("the lock is held".to_owned());
    }
    problems
}

/// Kills a process before a point. None: it does not come so far.
async fn crash(stage: Stage, at: usize, next: Next) -> Option<Vec<String>> {
    let points = Points::new(is_side_effect, At::Killed(at));
    let environment = stage.environment(&points);
    if let Some(ended) = until_killed(&points, Box::pin(run(&stage, &environment, "r1"))).await {
        assert_eq!(ended.unwrap().ending, Ending::Done);
        assert_eq!(problems(&stage, &[points], &["r1"]).await, [] as [String; 0]);
        return None;
    }
    let mut problems = told(holes(&stage.before, &stage.images()));
    // Until then it may still be at it, as far as anybody can tell.
    stage.pass(SignedDuration::from_mins(16));
    let after = Points::new(is_side_effect, At::Never);
    let environment = stage.environment(&after);
    match next.take_up(&stage, &environment).await {
        Ok(summary) if summary.ending == Ending::Done => {}
        Ok(summary) => problems.push(format!("it ended {:?}: {summary:#?}", summary.ending)),
        Err(error) => problems.push(format!("it ended with {}", error.in_full())),
    }
    problems.extend(self::problems(&stage, &[points, after], &["r1", "r2"]).await);
    Some(problems.into_iter().map(|it| format!("{next:?} after {at}: {it}")).collect())
}

/// Kills the process of a function before a point, whose call is made again. None: none comes so far.
async fn crash_deployed(at: usize) -> Option<Vec<String>> {
    let stage = Stage::open().await;
    let mut execution = Execution::new(&stage, Points::new(is_side_effect, At::Killed(at)));
    execution.sweep("r1").await;
    let points = execution.points;
    let problems = problems(&stage, &points, &["r1"]).await;
    if points.len() == 1 {
        assert_eq!(problems, [] as [String; 0]);
        return None;
    }
    Some(problems.into_iter().map(|it| format!("after {at}: {it}")).collect())
}

/// Every point until there is none.
pub(super) async fn at_each<F: Future<Output = Option<Vec<String>>>>(
    least: usize,
    step: usize,
    case: impl Fn(usize) -> F,
) {
    let reached = until_none((0..).step_by(step), case).await;
    let points = step * reached.len();
    assert!(points >= least, "{points} points are no sweep");
    let problems: Vec<String> = reached.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_after_a_crash_at_any_point_ends_as_if_there_was_none() {
    at_each(40, 1, async |at| crash(Stage::open().await, at, Next::GoesOn).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_point_costs_nothing_where_runs_are_kept_in_a_bucket() {
    let step = if is_wide() { 1 } else { 3 };
    at_each(40, step, async |at| crash(Stage::in_a_bucket().await, at, Next::GoesOn).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_after_a_crash_at_any_point_ends_as_if_there_was_none() {
    at_each(40, 1, async |at| crash(Stage::open().await, at, Next::BeginsAnew).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_dies_at_any_point_and_is_called_again_costs_nothing() {
    at_each(40, if is_wide() { 1 } else { 2 }, crash_deployed).await;
}
