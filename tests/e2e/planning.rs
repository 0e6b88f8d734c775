use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, StoredPlan, keys};
use serde_json::json;

use crate::documents::{assert_same, documents};
use crate::organization::{DELETED, KEEP_ONE, KEPT, policy};
use crate::stage::{Stage, stage};

#[test]
fn a_dry_run_plans_the_right_images_and_deletes_nothing() {
    let (stage, run, policy) = (stage(), "dry", policy(KEEP_ONE));
    Stage::set_policy(&stage.sweeping, &policy);
    let before = stage.images(&stage.sweeping, "dry/app");
    let ended = stage.sweeping.run(run, &json!({ "repositories": ["dry/*"] }));
    ended.assert_succeeded();

    let id = run.parse().unwrap();
    let summary: RunSummary = stage.sweeping.read(&keys::summary(&id, Made::Plan));
    assert_eq!((summary.ending, summary.dry_run), (Ending::Done, true));
    let plan: StoredPlan =
        stage.sweeping.read(&keys::plan(&id, Made::Plan, &stage.sweeping.repository("dry/app")));
    let planned: BTreeSet<Digest> =
        plan.waves.iter().flat_map(|wave| wave.iter().map(|image| image.digest)).collect();
    assert_eq!(planned, stage.organization.digests("dry/app", &DELETED));
    assert_eq!(stage.images(&stage.sweeping, "dry/app"), before);
    assert!(before.is_superset(&stage.organization.digests("dry/app", &KEPT)));
    assert_eq!(stage.changes(), BTreeMap::new());

    let alone = stage.alone(&policy, run, "dry/*", Vec::new());
    alone.dry_run().unwrap();
    assert_same(&documents(&*stage.sweeping.store, run), &alone.documents());
}

#[test]
fn an_input_with_an_unknown_field_starts_nothing() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let ended = stage.sweeping.run("misspelt", &json!({ "dryrun": false }));
    ended.assert_failed("InvalidRequest");
    assert!(ended.cause.contains("dryrun"), "{ended:?}");
    assert_eq!(stage.changes(), BTreeMap::new());
}

#[test]
fn a_policy_with_a_mistake_starts_nothing() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy("  - keep: { newets: 1 }\n"));
    let ended = stage.sweeping.run("mistaken", &json!({}));
    ended.assert_failed("InvalidPolicy");
    assert!(ended.cause.contains("newets"), "{ended:?}");
}
