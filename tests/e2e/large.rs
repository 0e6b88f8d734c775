use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, keys};
use serde_json::json;

use crate::bill::Bill;
use crate::documents::{assert_same, documents};
use crate::organization::{HUGE, KEEP_ONE, MANY, policy};
use crate::stage::{Stage, stage};

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
    let begins = stage.billed();
    let ended = stage.sweeping.run("many", &json!({ "repositories": ["many/*"] }));
    ended.assert_succeeded();
    let key = keys::summary(&"many".parse().unwrap(), Made::Plan);
    let summary: RunSummary = stage.sweeping.read(&key);
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(summary.totals.repositories, u64::from(MANY));
    assert_eq!(summary.totals.plan.delete, 2 * u64::from(MANY));

    let bill = stage.bill(&stage.sweeping, begins, &ended, MANY);
    eprintln!("a dry run in {:.1} s: {bill}", ended.seconds);
    assert_costs(&bill, [4.0, 7.0, 16.0]);

    let alone = stage.alone_named(&policy, "many");
    alone.dry_run().unwrap();
    assert_same(&documents(&*stage.sweeping.store, "many"), &alone.documents());

    let begins = stage.billed();
    let sweep = json!({ "repositories": ["many/app-0*"], "dryRun": false });
    let ended = stage.sweeping.run("many-gone", &sweep);
    ended.assert_succeeded();
    let bill = stage.bill(&stage.sweeping, begins, &ended, 100);
    eprintln!("a sweep in {:.1} s: {bill}", ended.seconds);
    assert_costs(&bill, [12.0, 22.0, 52.0]);
}

/// A run costs no more than so many transitions, writes and reads for each repository.
fn assert_costs(bill: &Bill, most: [f64; 3]) {
    for (cost, most) in bill.of_a_repository().into_iter().zip(most) {
        assert!(cost <= most, "more than {most} for a repository: {bill}");
    }
}
