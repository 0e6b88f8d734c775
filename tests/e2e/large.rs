use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, keys};
use serde_json::json;

use crate::documents::{assert_same, documents};
use crate::organization::{HUGE, KEEP_ONE, MANY, policy};
use crate::stage::{Stage, stage};
use crate::transitions::transitions;

#[test]
fn a_repository_of_ten_thousand_images_is_swept() {
    const KEPT: u32 = 8_500;
    let stage = stage();
    let policy = policy(&format!("  - keep: {{ newest: {KEPT} }}\n"));
    Stage::set_policy(&stage.sweeping, &policy);
    let input = json!({ "dryRun": false, "repositories": ["huge/*"] });
    let ended = stage.sweeping.run("huge", &input);
    ended.assert_succeeded();
    assert_eq!(stage.images(&stage.sweeping, "huge/app").len(), KEPT as usize);
    let key = keys::summary(&"huge".parse().unwrap(), Made::Plan);
    let summary: RunSummary = stage.sweeping.read(&key);
    assert_eq!(summary.totals.outcomes.deleted, u64::from(HUGE - KEPT));
    eprintln!("{HUGE} images, {} deleted: {:.1} s", HUGE - KEPT, ended.seconds);

    let alone = stage.alone_named(&policy, "huge");
    alone.sweep(|| true).unwrap();
    assert_same(&documents(&*stage.sweeping.store, "huge"), &alone.documents());
}

#[test]
fn three_hundred_repositories_are_planned_in_few_transitions() {
    let stage = stage();
    let policy = policy(KEEP_ONE);
    Stage::set_policy(&stage.sweeping, &policy);
    let ended = stage.sweeping.run("many", &json!({ "repositories": ["many/*"] }));
    ended.assert_succeeded();
    let key = keys::summary(&"many".parse().unwrap(), Made::Plan);
    let summary: RunSummary = stage.sweeping.read(&key);
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(summary.totals.repositories, u64::from(MANY));
    assert_eq!(summary.totals.plan.delete, 2 * u64::from(MANY));

    let transitions = transitions(&stage.sweeping, &ended.arn);
    let each = f64::from(transitions) / f64::from(MANY);
    eprintln!(
        "{MANY} repositories: {:.1} s, {transitions} state transitions, {each:.2} a repository",
        ended.seconds
    );
    assert!(each <= 12.0, "{each} transitions a repository");

    let alone = stage.alone_named(&policy, "many");
    alone.dry_run().unwrap();
    assert_same(&documents(&*stage.sweeping.store, "many"), &alone.documents());
}
