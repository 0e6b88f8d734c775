use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_aws::{Deadline, Sessions};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{Receipts, RunSummary, Stage as Made, keys};
use ecr_sweep_steps::{Environment, HeldLock, SystemClock, Unwatched};
use serde_json::json;

use crate::documents::{assert_same, documents};
use crate::organization::{DELETED, KEEP_ONE, KEPT, policy};
use crate::stage::{RUNTIME, Stage, stage};

#[test]
fn a_sweep_deletes_exactly_the_plan() {
    let (stage, run, policy) = (stage(), "swept", policy(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    let others = stage.images(&stage.sweeping, "kept/app");
    let input = json!({ "dryRun": false, "repositories": ["swept/*"] });
    stage.sweeping.run(run, &input).assert_succeeded();

    assert_eq!(
        stage.images(&stage.sweeping, "swept/app"),
        stage.organization.digests("swept/app", &KEPT)
    );
    assert_eq!(stage.images(&stage.sweeping, "kept/app"), others);
    let id = run.parse().unwrap();
    let summary: RunSummary = stage.sweeping.read(&keys::summary(&id, Made::Plan));
    assert_eq!((summary.ending, summary.dry_run), (Ending::Done, false));
    assert_eq!(summary.totals.outcomes.deleted, DELETED.len() as u64);
    let receipts: Receipts =
        stage.sweeping.read(&keys::receipts(&id, &stage.sweeping.repository("swept/app")));
    assert!(receipts.finished);
    // The lock is free again, for any other run.
    let again = stage.sweeping.run("swept-again", &input);
    again.assert_succeeded();

    let alone = stage.alone_named(&policy, run);
    alone.sweep(|| true).unwrap();
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}

#[test]
fn a_reviewed_plan_is_deleted_by_a_later_execution() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let planned = stage.sweeping.run("plan-1", &json!({ "repositories": ["reviewed/*"] }));
    planned.assert_succeeded();
    let rechecked = stage.sweeping.run("recheck-1", &json!({ "plan": "plan-1" }));
    rechecked.assert_succeeded();
    assert_eq!(stage.changes(), BTreeMap::new());

    let input = json!({ "plan": "plan-1", "dryRun": false });
    stage.sweeping.run("delete-1", &input).assert_succeeded();
    assert_eq!(
        stage.images(&stage.sweeping, "reviewed/app"),
        stage.organization.digests("reviewed/app", &KEPT)
    );
}

#[test]
fn a_sweep_is_refused_while_another_run_holds_the_lock() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let environment = Environment {
        sessions: Sessions::with_config(
            stage.sweeping.config.clone(),
            stage.sweeping.place.clone(),
        ),
        sources: Sources::built(),
        store: Arc::clone(&stage.sweeping.store),
        clock: Arc::new(SystemClock),
        progress: Arc::new(Unwatched),
        deadline: Deadline::NEVER,
    };
    let lock = RUNTIME.block_on(HeldLock::take(&environment, &"another".parse().unwrap())).unwrap();
    let input = json!({ "dryRun": false, "repositories": ["locked/*"] });
    let ended = stage.sweeping.run("locked", &input);
    RUNTIME.block_on(lock.release(&environment)).unwrap();

    ended.assert_failed("Conflict");
    assert!(ended.cause.contains("another"), "{ended:?}");
    assert_eq!(stage.changes(), BTreeMap::new());
}
