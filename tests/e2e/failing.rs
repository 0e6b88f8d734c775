use std::collections::BTreeMap;

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{
    AttemptOutcome, RepositoryAttempt, RunSummary, Stage as Made, StepName, keys,
};
use serde_json::json;

use crate::documents::{assert_same, documents};
use crate::execution::wait_for;
use crate::organization::{KEEP_ONE, KEPT, policy};
use crate::processes::kill;
use crate::stage::{Stage, refused, stage};

/// The function that plans, as it is deployed.
const PLAN_REPO: &str = "ecr-sweep-plan-repo";

#[test]
fn a_repository_that_fails_stops_no_other_and_the_run_fails() {
    let (stage, run, policy) = (stage(), "failing", policy(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    let fault = refused("ecr:DescribeImages", Some("failing/two"), "AccessDeniedException");
    stage.simulator.set_faults(vec![fault.clone()]);
    let before = stage.images(&stage.sweeping, "failing/two");
    let input = json!({ "dryRun": false, "repositories": ["failing/*"] });
    let ended = stage.sweeping.run(run, &input);

    ended.assert_failed("AccessDenied");
    assert!(ended.cause.contains("failing/two"), "{ended:?}");
    for swept in ["failing/one", "failing/three"] {
        assert_eq!(stage.images(&stage.sweeping, swept), stage.organization.digests(swept, &KEPT));
    }
    assert_eq!(stage.images(&stage.sweeping, "failing/two"), before);
    let id = run.parse().unwrap();
    let key = keys::attempt(&id, Made::Plan, &stage.sweeping.repository("failing/two"));
    let attempt: RepositoryAttempt = stage.sweeping.read(&key);
    let AttemptOutcome::Failed { step, error, .. } = attempt.outcome else { panic!("{attempt:?}") };
    assert_eq!((step, error), (StepName::Plan, ErrorName::AccessDenied.into()));
    let summary: RunSummary = stage.sweeping.read(&keys::summary(&id, Made::Plan));
    assert_eq!(summary.ending, Ending::Partial);

    let alone = stage.alone(&policy, run, "failing/*", vec![fault]);
    alone.sweep(|| true).unwrap();
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}

#[test]
fn a_scan_that_is_denied_deletes_nothing() {
    let (stage, run, policy) = (stage(), "denied", policy(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    let fault = refused("ecs:ListTaskDefinitions", None, "AccessDeniedException");
    stage.simulator.set_faults(vec![fault.clone()]);
    let before = stage.images(&stage.sweeping, "denied/app");
    let input = json!({ "dryRun": false, "repositories": ["denied/*"] });
    let ended = stage.sweeping.run(run, &input);

    ended.assert_failed("IncompleteUsage");
    assert!(ended.cause.contains("ecs"), "{ended:?}");
    assert_eq!(stage.images(&stage.sweeping, "denied/app"), before);
    assert_eq!(stage.changes(), BTreeMap::new());

    let alone = stage.alone(&policy, run, "denied/*", vec![fault]);
    assert_eq!(alone.sweep(|| true).unwrap().ending, Ending::NothingDeleted);
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}

#[test]
fn a_dry_run_of_a_scan_that_is_denied_succeeds_and_says_so() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    stage.refuse("ecs:ListTaskDefinitions", None, "AccessDeniedException");
    let ended = stage.sweeping.run("denied-dry", &json!({ "repositories": ["denied/*"] }));
    ended.assert_succeeded();
    let key = keys::summary(&"denied-dry".parse().unwrap(), Made::Plan);
    let summary: RunSummary = stage.sweeping.read(&key);
    assert_eq!((summary.ending, summary.totals.blocked), (Ending::Incomplete, 1));
}

#[test]
fn a_function_that_is_killed_at_work_fails_its_repository_and_stops_no_other() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let once_a_plan = "ecr:GetRepositoryPolicy";
    let hang = Fault {
        object: Some("killed/app".to_owned()),
        ..Fault::new(once_a_plan.parse().unwrap(), Effect::Hang)
    };
    stage.simulator.set_faults(vec![hang]);
    let before = stage.images(&stage.sweeping, "killed/app");
    let input = json!({ "dryRun": false, "repositories": ["killed/*"] });
    let arn = stage.sweeping.start("killed", &input);
    let other = keys::plan(
        &"killed".parse().unwrap(),
        Made::Plan,
        &stage.sweeping.repository("killed/other"),
    );
    wait_for("one function at work and the other done", || {
        (stage.simulator.count(once_a_plan) > 1 && stage.sweeping.has(&other)).then_some(())
    });
    // A call whose function is killed is made once more.
    for calls in [2, 3] {
        wait_for("the function to be at work", || {
            (stage.simulator.count(once_a_plan) >= calls).then_some(())
        });
        assert!(kill(PLAN_REPO, &stage.local.ministack.endpoint().to_string()));
    }
    let ended = stage.sweeping.end_of(&arn);

    ended.assert_failed("Runtime.ExitError");
    assert!(ended.cause.contains("killed/app"), "{ended:?}");
    assert_eq!(stage.images(&stage.sweeping, "killed/app"), before);
    let kept = stage.organization.digests("killed/other", &KEPT);
    assert_eq!(stage.images(&stage.sweeping, "killed/other"), kept);
}

#[test]
fn a_function_that_cannot_start_fails_the_run_and_deletes_nothing() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let right = stage.sweeping.set(PLAN_REPO, "ECR_SWEEP_STORE", "s3://").unwrap();
    let before = stage.images(&stage.sweeping, "broken/app");
    let input = json!({ "dryRun": false, "repositories": ["broken/*"] });
    let ended = stage.sweeping.run("broken", &input);
    stage.sweeping.set(PLAN_REPO, "ECR_SWEEP_STORE", &right);

    assert_eq!(ended.status.as_str(), "FAILED", "{ended:?}");
    assert_eq!(stage.images(&stage.sweeping, "broken/app"), before);
    assert_eq!(stage.changes(), BTreeMap::new());
}
