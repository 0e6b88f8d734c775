use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage};
use ecr_sweep_steps::dry_run;

use crate::world::{DELETED, KEPT, World, changing_calls, id, policy, small};

#[tokio::test]
async fn a_dry_run_plans_and_changes_nothing() {
    let world = World::start(small()).await;
    let before = world.images("dev/app");
    let summary = world.dry_run("r1").await;
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    let delete = plan.plan.delete.iter().map(|deletion| deletion.digest).collect();
    assert_eq!(world.digests(&DELETED), delete);
    let keep = plan.plan.keep.iter().map(|kept| kept.digest).collect();
    assert_eq!(world.digests(&KEPT), keep);

    assert_eq!((summary.ending, summary.dry_run), (Ending::Done, true));
    assert_eq!((summary.totals.repositories, summary.totals.plan.delete), (1, 6));
    assert_eq!(world.images("dev/app"), before);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn what_is_used_and_there_is_not_reported_as_missing() {
    let world = World::start(small()).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.warnings, []);
}

#[tokio::test]
async fn what_a_rule_looks_for_among_tags_in_vain_is_told_of_the_run() {
    let mut world = World::start(small()).await;
    let rules = r#"
repositories:
  - match: { name: ["dev/*"] }
    keep: { pushed_within: 30d, tags: ["relase-*"] }
"#;
    world.policy = policy("", rules);
    let told = |summary: &RunSummary| -> Vec<String> {
        let warnings = summary.warnings.iter();
        let in_vain = warnings.filter(|it| it.code == WarningCode::PatternMatchesNothing);
        in_vain.map(|it| it.detail.to_string()).collect()
    };
    let in_vain = "no tag matches `relase-*` of `repositories[0].keep.tags`";
    assert_eq!(told(&world.dry_run("r1").await), [in_vain]);
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    assert_eq!(plan.sought_in_vain, [in_vain.into()].into());

    // In the repositories that are not looked at there may be such a tag.
    let mut options = world.options();
    options.repositories = vec!["dev/app".into()];
    let summary = dry_run(&world.environment(), &id("r2"), options).await.unwrap();
    assert_eq!(told(&summary), [""; 0]);
}
