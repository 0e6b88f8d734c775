//! Two accounts: the deployment's, and one that lets it in by roles.

use std::collections::BTreeMap;

use ecr_sweep_aws_sim::Fault;
use ecr_sweep_protocol::Ending;
use serde_json::json;

use crate::documents::{assert_same, documents};
use crate::organization::{KEEP_ONE, KEPT, MEMBER, place, policy_of_the_member};
use crate::stage::{Stage, refused, stage};

#[test]
fn a_registry_of_another_account_is_swept_by_the_roles_of_that_account() {
    let (stage, run, policy) = (stage(), "member", policy_of_the_member(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    let input = json!({ "dryRun": false, "repositories": ["member/*"] });
    stage.sweeping.run(run, &input).assert_succeeded();
    let kept = stage.organization.digests("member/app", &KEPT);
    assert_eq!(stage.images_in(&place(MEMBER), "member/app"), kept);
    assert!(stage.simulator.count("sts:AssumeRole") > 0);

    let alone = stage.alone(&policy, run, "member/*", Vec::new());
    alone.sweep(|| true).unwrap();
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}

#[test]
fn an_account_that_lets_nobody_in_is_not_seen_and_nothing_is_deleted() {
    let (stage, run, policy) = (stage(), "closed", policy_of_the_member(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    // The registry can be read, and then who uses its images cannot be seen any more.
    let fault = Fault {
        account: Some(place(MEMBER).account),
        ..refused("ecs:ListTaskDefinitions", None, "AccessDeniedException")
    };
    stage.simulator.set_faults(vec![fault.clone()]);
    let input = json!({ "dryRun": false, "repositories": ["guarded/*"] });
    let ended = stage.sweeping.run(run, &input);
    ended.assert_failed("IncompleteUsage");
    assert_eq!(stage.changes(), BTreeMap::new());

    let alone = stage.alone(&policy, run, "guarded/*", vec![fault]);
    assert_eq!(alone.sweep(|| true).unwrap().ending, Ending::NothingDeleted);
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}
