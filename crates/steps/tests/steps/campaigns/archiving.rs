//! Killed at every point of a sweep that archives first, and run again; and swept once more when the time in
//! the archive is over: each image was archived once, and is deleted with what belongs to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::DeletionOutcome;
use jiff::{SignedDuration, Timestamp};

use super::crashing::{Next, at_each, digests, run, told};
use super::deployed::Execution;
use super::points::{At, Point, Points, until_killed};
use super::stage::{Stage, holes};
use super::{is_side_effect, is_wide};

/// What an undisturbed sweep archives, by number. 9 was archived long ago, and is deleted.
const ARCHIVED: [u32; 6] = [1, 2, 4, 5, 6, 7];

/// What can be pulled then: 32 waits for what it signs.
const LEFT: [u32; 4] = [3, 8, 31, 32];

/// What is left of that once what was archived is deleted.
const STAYING: [u32; 3] = [3, 8, 31];

/// What is wrong once everything is archived; and after the sweep that deletes it. What was archived before
/// `killed_at` was not asked for again.
async fn problems(
    stage: &Stage,
    after: &[Arc<Points>],
    runs: &[&str],
    killed_at: Option<Timestamp>,
) -> Vec<String> {
    let mut problems = told(holes(&stage.before, &stage.images()));
    let archived = stage.archived();
    let asked = after.iter().flat_map(|points| points.passed());
    for digest in asked.filter(is_archival).flat_map(|point| digests(&point.body)) {
        if archived.get(&digest).copied().flatten() <= killed_at {
            problems.push(format!("{} was archived, and asked for again", stage.name(digest)));
        }
    }
    let archived: BTreeSet<Digest> = archived.into_keys().collect();
    if archived != stage.world.digests(&ARCHIVED) {
        problems.push(format!("archived are {}", stage.names(&archived)));
    }
    if stage.there() != stage.world.digests(&LEFT) {
        problems.push(format!("left are {}", stage.names(&stage.there())));
    }
    let outcomes = stage.outcomes(runs).await;
    let archived = ARCHIVED.map(|number| (number, DeletionOutcome::Archived));
    for (number, expected) in archived.into_iter().chain([(9, DeletionOutcome::Deleted)]) {
        let of_it = outcomes.get(&stage.world.digest(number)).map_or(&[][..], Vec::as_slice);
        let done = of_it.iter().filter(|it| **it == expected).count();
        if done != 1 || of_it.contains(&DeletionOutcome::Asked) {
            problems.push(format!("{number} has the receipts {of_it:?}"));
        }
    }
    if stage.is_locked().await {
        problems.push("the lock is held".to_owned());
    }
    stage.pass(SignedDuration::from_hours(24 * 91));
    let environment = stage.environment(&Points::new(is_side_effect, At::Never));
    match run(stage, &environment, "r9").await {
        Ok(summary) if summary.ending == Ending::Done => {}
        ended => problems.push(format!("the last one ended {ended:#?}")),
    }
    if stage.there() != stage.world.digests(&STAYING) {
        problems.push(format!("left are at last {}", stage.names(&stage.there())));
    }
    // That signs what was deleted just now, and could be pulled until then.
    let archived: BTreeSet<Digest> = stage.archived().into_keys().collect();
    if archived != stage.world.digests(&[32]) {
        problems.push(format!("archived are at last {}", stage.names(&archived)));
    }
    problems
}

fn is_archival(point: &Point) -> bool {
    point.name == "ecr:UpdateImageStorageClass"
}

/// Kills a process before a point. None: it does not come so far.
async fn crash(at: usize, next: Next) -> Option<Vec<String>> {
    let stage = Stage::archiving().await;
    let points = Points::new(is_side_effect, At::Killed(at));
    let environment = stage.environment(&points);
    if let Some(ended) = until_killed(&points, Box::pin(run(&stage, &environment, "r1"))).await {
        assert_eq!(ended.unwrap().ending, Ending::Done);
        assert_eq!(problems(&stage, &[], &["r1"], None).await, [] as [String; 0]);
        return None;
    }
    let mut problems = told(holes(&stage.before, &stage.images()));
    let killed_at = stage.world.environment().now();
    // Until then it may still be at it, as far as anybody can tell.
    stage.pass(SignedDuration::from_mins(16));
    let after = Points::new(is_side_effect, At::Never);
    let environment = stage.environment(&after);
    match next.take_up(&stage, &environment).await {
        Ok(summary) if summary.ending == Ending::Done => {}
        Ok(summary) => problems.push(format!("it ended {:?}: {summary:#?}", summary.ending)),
        Err(error) => problems.push(format!("it ended with {}", error.in_full())),
    }
    problems.extend(self::problems(&stage, &[after], &["r1", "r2"], Some(killed_at)).await);
    Some(problems.into_iter().map(|it| format!("{next:?} after {at}: {it}")).collect())
}

/// Kills the process of a function before a point, whose call is made again. None: none comes so far.
async fn crash_deployed(at: usize) -> Option<Vec<String>> {
    let stage = Stage::archiving().await;
    let mut execution = Execution::new(&stage, Points::new(is_side_effect, At::Killed(at)));
    execution.sweep("r1").await;
    let is_killed = execution.points.len() > 1;
    // No time goes by between two calls.
    let problems = problems(&stage, &[], &["r1"], None).await;
    if !is_killed {
        assert_eq!(problems, [] as [String; 0]);
        return None;
    }
    Some(problems.into_iter().map(|it| format!("after {at}: {it}")).collect())
}

const STEP: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn who_archives_on_after_a_crash_at_any_point_ends_as_if_there_was_none() {
    let step = if is_wide() { 1 } else { STEP };
    at_each(40, step, |at| crash(at, Next::GoesOn)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_after_a_crash_while_archiving_ends_as_if_there_was_none() {
    let step = if is_wide() { 1 } else { STEP };
    at_each(40, step, |at| crash(at, Next::BeginsAnew)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_dies_while_it_archives_and_is_called_again_costs_nothing() {
    let step = if is_wide() { 1 } else { STEP };
    at_each(40, step, crash_deployed).await;
}
