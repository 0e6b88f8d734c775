//! An execution that stops between any two calls of its functions, or whose answer is lost: the same
//! call again, or a new execution with the same input, goes on where it was, on fresh evidence.

use ecr_sweep_core::ScanPlace;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, MatchedRepository, RunSummary, keys};
use ecr_sweep_protocol::functions::{
    Cursor, DeleteBatchCall, Finished, PlanRepoCall, Progressed, ScanUsageCall, SweepState,
};
use ecr_sweep_steps::functions::{plan_repo, scan_usage};
use ecr_sweep_steps::{JudgeRequest, Run, judge};
use jiff::SignedDuration;
use serde_json::json;

use super::{Execution, planned};
use crate::world::{DELETED, KEPT, World, app, definition, id, old, organization};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// Where an execution stands: what it calls next.
#[derive(Debug, Clone)]
enum Next {
    Begin,
    Scan(Vec<ScanPlace>, Option<Cursor>),
    Index(Option<Cursor>),
    Plan(Vec<MatchedRepository>, Option<Cursor>),
    Limit(Option<Cursor>),
    Delete(Vec<MatchedRepository>, Option<Cursor>),
    Finish,
    End,
}

/// An execution that deletes a stored plan, one call after the other, as the definition has them.
#[derive(Clone)]
struct Deletion {
    state: SweepState,
    next: Next,
}

impl Deletion {
    async fn start(execution: &Execution<'_>) -> Self {
        let state = execution.of_plan("r1", false).await.unwrap();
        Self { state, next: Next::Begin }
    }

    /// The state after the next call.
    async fn call(&self, execution: &Execution<'_>, arn: &str) -> Self {
        let mut state = self.state.clone();
        let SweepState { run, stage, token, .. } = state.clone();
        let next = match self.next.clone() {
            Next::Begin => {
                state = execution.begin(state, arn, None).await.unwrap();
                Next::Scan(execution.items(&state.scopes_key), None)
            }
            Next::Scan(mut scopes, cursor) => {
                let scope = scopes[0].clone();
                let call = ScanUsageCall::Scan { run, stage, token, scope, cursor };
                match scan_usage(&execution.host, call).await.unwrap() {
                    Progressed { done: false, cursor } => Next::Scan(scopes, cursor),
                    _ if scopes.len() == 1 => Next::Index(None),
                    _ => {
                        scopes.remove(0);
                        Next::Scan(scopes, None)
                    }
                }
            }
            Next::Index(cursor) => {
                let call = ScanUsageCall::Index { run, stage, token, cursor };
                match scan_usage(&execution.host, call).await.unwrap() {
                    Progressed { done: false, cursor } => Next::Index(cursor),
                    _ => Next::Plan(execution.repositories(&state), None),
                }
            }
            Next::Plan(mut repositories, cursor) => {
                let repository = repositories[0].clone();
                let call = PlanRepoCall::Plan { run, stage, token, repository, cursor };
                match plan_repo(&execution.host, call).await.unwrap() {
                    Progressed { done: false, cursor } => Next::Plan(repositories, cursor),
                    _ if repositories.len() == 1 => Next::Limit(None),
                    _ => {
                        repositories.remove(0);
                        Next::Plan(repositories, None)
                    }
                }
            }
            Next::Limit(cursor) => {
                let call = PlanRepoCall::Limit { run, stage, token, cursor };
                match plan_repo(&execution.host, call).await.unwrap() {
                    Progressed { done: false, cursor } => Next::Limit(cursor),
                    _ => Next::Delete(execution.repositories(&state), None),
                }
            }
            Next::Delete(mut repositories, cursor) => {
                let (repository, token) = (repositories[0].clone(), token.unwrap());
                let call = DeleteBatchCall::Delete { run, token, repository, cursor };
                let answer = execution.delete_batch(call).await.unwrap();
                match serde_json::from_value(answer).unwrap() {
                    Progressed { done: false, cursor } => Next::Delete(repositories, cursor),
                    _ if repositories.len() == 1 => Next::Finish,
                    _ => {
                        repositories.remove(0);
                        Next::Delete(repositories, None)
                    }
                }
            }
            Next::Finish => {
                let call = DeleteBatchCall::Finish { state };
                let answer = execution.delete_batch(call).await.unwrap();
                let finished: Finished = serde_json::from_value(answer).unwrap();
                state = finished.state;
                if finished.again {
                    Next::Scan(execution.items(&state.scopes_key), None)
                } else {
                    Next::End
                }
            }
            Next::End => Next::End,
        };
        Self { state, next }
    }

    fn has_ended(&self) -> bool {
        matches!(self.next, Next::End)
    }

    async fn end(mut self, execution: &Execution<'_>, arn: &str) -> usize {
        let mut calls = 0;
        while !self.has_ended() {
            self = self.call(execution, arn).await;
            calls += 1;
        }
        calls
    }
}

/// `dev/app` as ever, and `dev/other`, of whose images the first goes.
async fn world() -> World {
    let other = json!({ "name": "dev/other", "images": [old(31, &[]), old(32, &["v1"])] });
    let world = World::start(organization(&json!([app(), other]), &definition())).await;
    planned(world, "r1").await
}

/// All that was planned is gone and nothing else, each was asked for once, and the lock is free.
async fn is_as_undisturbed(world: &World, at: &str) {
    assert_eq!(world.images("dev/app"), world.digests(&KEPT), "{at}");
    assert_eq!(world.images("dev/other"), world.digests(&[32]), "{at}");
    let run = Run::open(&world.environment(), &id("r1")).await.unwrap();
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let summary: RunSummary = judge(&run, request).await.unwrap();
    let deleted = DELETED.len() as u64 + 1;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, deleted), "{at}");
    for repository in ["dev/app", "dev/other"] {
        for receipt in world.receipts("r1", repository).await.receipts {
            assert_eq!(receipt.outcome, DeletionOutcome::Deleted, "{at}: {receipt:?}");
        }
    }
    // No image was asked for after its answer, so that there is one call for each wave.
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 3, "{at}");
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert!(lock.released_at.is_some(), "{at}");
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_made_again_at_once_or_hours_later() {
    for later in [SignedDuration::ZERO, SignedDuration::from_hours(3)] {
        for lost in 0.. {
            let world = world().await;
            let execution = Execution::of(&world).in_a_hurry();
            let mut deletion = Deletion::start(&execution).await;
            for _ in 0..lost {
                deletion = deletion.call(&execution, ARN).await;
            }
            if deletion.has_ended() {
                assert!(lost > 8, "{lost} calls are no deletion");
                break;
            }
            let at = format!("{later:#} after {:?}", deletion.next);
            deletion.call(&execution, ARN).await;
            world.clock.advance(later);
            deletion.end(&execution, ARN).await;
            is_as_undisturbed(&world, &at).await;
        }
    }
}

#[tokio::test]
async fn an_execution_that_died_between_any_two_calls_is_started_again_with_the_same_input() {
    for later in [SignedDuration::from_mins(16), SignedDuration::from_hours(3)] {
        for calls in 0.. {
            let world = world().await;
            let execution = Execution::of(&world).in_a_hurry();
            let mut died = Deletion::start(&execution).await;
            for _ in 0..calls {
                died = died.call(&execution, ARN).await;
            }
            if died.has_ended() {
                assert!(calls > 8, "{calls} calls are no deletion");
                break;
            }
            let at = format!("{later:#} after {:?}", died.next);
            // Whoever died has not given the lock back.
            world.clock.advance(later);
            let again = Deletion::start(&execution).await;
            again.end(&execution, "another").await;
            is_as_undisturbed(&world, &at).await;
        }
    }
}

#[tokio::test]
async fn who_goes_on_after_another_took_the_run_up_deletes_nothing() {
    let world = world().await;
    let execution = Execution::of(&world);
    let mut held_up = Deletion::start(&execution).await;
    while !matches!(held_up.next, Next::Delete(..)) {
        held_up = held_up.call(&execution, ARN).await;
    }
    world.clock.advance(SignedDuration::from_mins(16));
    let again = Deletion::start(&execution).await.call(&execution, "another").await;
    let (run, token) = (held_up.state.run.clone(), held_up.state.token.unwrap());
    let repository = execution.repositories(&held_up.state).remove(0);
    let call = DeleteBatchCall::Delete { run, token, repository, cursor: None };
    let lost = execution.delete_batch(call).await.unwrap_err();
    assert!(lost.in_full().contains("has lost the lock"), "{}", lost.in_full());
    // Nor does it give back what it has lost.
    let call = DeleteBatchCall::Finish { state: held_up.state };
    assert!(execution.delete_batch(call).await.is_err());
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);
    again.end(&execution, "another").await;
    is_as_undisturbed(&world, "after another").await;
}
