//! With IAM enforced: every call of the functions and of the state machine is held against the
//! policies of its role, but for those of Lambda's reads, which MiniStack answers itself.

use std::collections::BTreeMap;

use serde_json::json;

use crate::organization::{ACCOUNT, KEEP_ONE, KEPT, MEMBER, place, policy, policy_of_the_member};
use crate::stage::Stage;

#[test]
fn roles_allow_the_work_and_those_of_a_stack_for_dry_runs_no_deletion() {
    let stage = Stage::with(true, &[("deletion", "true")], &[]);
    let (deleting, planning) = (&stage.sweeping, &stage.asking);
    for deployed in [deleting, planning] {
        Stage::set_policy(deployed, &policy(KEEP_ONE));
    }
    let ended = deleting.run("sweep", &json!({ "dryRun": false, "repositories": ["swept/*"] }));
    assert_eq!(ended.status.as_str(), "SUCCEEDED", "{ended:?}\n{}", stage.local.ministack.log());
    let kept = stage.organization.digests("swept/app", &KEPT);
    assert_eq!(stage.images(deleting, "swept/app"), kept);

    // The other account lets it in by its roles, and only as far as they go.
    let home = [("HomeAccount", ACCOUNT)];
    let with_deletion = [("deletion", "true")];
    stage.local.bootstrap(MEMBER);
    stage.local.deploy_stack(MEMBER, "EcrSweepReadRole", &[], &home);
    Stage::set_policy(deleting, &policy_of_the_member(KEEP_ONE));
    let sweep = json!({ "dryRun": false, "repositories": ["guarded/*"] });
    let guarded = || stage.images_in(&place(MEMBER), "guarded/app");
    let before = guarded();
    let ended = deleting.run("reading", &sweep);
    ended.assert_failed("AccessDenied");
    assert!(ended.cause.contains("role/EcrSweepDelete"), "{ended:?}");
    assert_eq!(guarded(), before);
    stage.local.deploy_stack(MEMBER, "EcrSweepDeleteRole", &with_deletion, &home);
    deleting.run("both", &sweep).assert_succeeded();
    assert_eq!(guarded(), stage.organization.digests("guarded/app", &KEPT));

    // Whatever is asked for, the stack without deletion plans.
    stage.simulator.reset_counts();
    let delete = json!({ "dryRun": false, "repositories": ["approved/*"] });
    planning.run("plan", &delete).assert_succeeded();
    assert_eq!(stage.changes(), BTreeMap::new());
    // And if a mistake switched its functions over, they would not be allowed to.
    for function in ["ecr-sweep-list-repos", "ecr-sweep-delete-batch"] {
        let before = planning.set(function, "ECR_SWEEP_DELETION", "enabled");
        assert_eq!(before.as_deref(), Some("disabled"));
    }
    planning.set("ecr-sweep-delete-batch", "ECR_SWEEP_DELETE_ROLE", "EcrSweepDelete");
    let ended = planning.run("mistake", &delete);
    ended.assert_failed("AccessDenied");
    // Not even what comes before a deletion.
    assert!(ended.cause.contains("ecr:"), "{ended:?}");
    assert_eq!(stage.changes(), BTreeMap::new());
}
