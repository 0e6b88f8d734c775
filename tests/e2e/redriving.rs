//! An execution that failed, started again: it goes on with what is left, on evidence of its own.

use serde_json::json;

use crate::organization::{KEEP_ONE, KEPT, policy};
use crate::stage::{Stage, refused, stage};

/// What says that usage was scanned.
const SCAN: &str = "ecs:ListTaskDefinitions";

#[test]
fn what_failed_and_is_started_again_asks_for_what_is_left_and_for_nothing_else() {
    let stage = stage();
    Stage::set_policy(&stage.sweeping, &policy(KEEP_ONE));
    let fault = refused("ecr:BatchDeleteImage", Some("redriven/two"), "AccessDeniedException");
    stage.simulator.set_faults(vec![fault]);
    let before = stage.images(&stage.sweeping, "redriven/two");
    let input = json!({ "dryRun": false, "repositories": ["redriven/*"] });
    stage.sweeping.run("redriven-1", &input).assert_failed("AccessDenied");
    let swept = |name: &str| {
        assert_eq!(stage.images(&stage.sweeping, name), stage.organization.digests(name, &KEPT));
    };
    swept("redriven/one");
    assert_eq!(stage.images(&stage.sweeping, "redriven/two"), before);

    let calls = || stage.simulator.count("ecr:BatchDeleteImage");
    let (first, scans) = (calls(), stage.simulator.count(SCAN));
    stage.simulator.set_faults(Vec::new());
    let again = json!({ "plan": "redriven-1", "dryRun": false });
    stage.sweeping.run("redriven-2", &again).assert_succeeded();
    swept("redriven/two");
    // As many as for the other, whose images are not asked for again: one of the first was refused.
    let second = calls() - first;
    assert_eq!(second, first - 1);
    assert!(stage.simulator.count(SCAN) > scans, "it goes by old evidence");

    // With the same input it plans anew, and finds nothing left.
    stage.sweeping.run("redriven-3", &input).assert_succeeded();
    assert_eq!(calls(), first + second);
}
