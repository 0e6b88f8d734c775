//! Settings of registries: whom their policies let pull, and where deletions are replicated to.

use ecr_sweep_core::BlockCode;
use ecr_sweep_protocol::documents::Stage;
use ecr_sweep_protocol::{Ending, ExitCode, Snapshot};
use ecr_sweep_test_world::{registry, snapshot};
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, DELETED, KEEP_ONE, KEPT, REGION, World, app, changing_calls, definition, error, fault,
    id, meanwhile, old, organization, policy, small,
};

const OTHER: &str = "444455556666";
const OFF: &str = "    - { accounts: [\"444455556666\"], reason: \"it pulls nothing\" }";

fn shared() -> Snapshot {
    let mut app = app();
    app["allows"] = json!([OTHER]);
    organization(&json!([app]), &definition())
}

/// Deletions in `eu-west-1` go to `us-east-1`, and a task definition names an image there.
fn replicating() -> Snapshot {
    let mut definitions = definition();
    let replica = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/dev/app:v1");
    definitions["task_definitions"].as_array_mut().unwrap().push(json!({
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/far:1"),
        "containerDefinitions": [{ "name": "main", "image": replica }],
    }));
    let mut snapshot = organization(&json!([app()]), &definitions);
    let to = json!([{ "account": ACCOUNT, "region": "us-east-1" }]);
    snapshot.registries[0].deletes_replicate_to = serde_json::from_value(to).unwrap();
    snapshot
}

fn admitting(account: &str) -> String {
    let principal = json!({ "AWS": format!("arn:aws:iam::{account}:root") });
    statement(&json!({ "Effect": "Allow", "Principal": principal, "Action": "ecr:*" }))
}

fn statement(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

#[tokio::test]
async fn a_repository_that_another_account_may_pull_from_is_blocked_until_that_is_off() {
    let mut world = World::start(shared()).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::Incomplete);
    let [block] = &summary.repositories[0].blocked[..] else { panic!("{summary:?}") };
    assert_eq!(block.code, BlockCode::UnscannedConsumer);
    assert!(block.detail.contains(OTHER), "{}", block.detail);
    assert_eq!((summary.totals.plan.delete, summary.totals.plan.would_delete), (0, 6));
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    assert_eq!(plan.allows, [OTHER.to_owned().try_into().unwrap()]);
    world.sweep("r2").await;
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());

    world.policy = policy(OFF, KEEP_ONE);
    let summary = world.dry_run("r3").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 6));
}

#[tokio::test]
async fn the_policy_of_a_registry_speaks_of_every_repository() {
    let other = json!({ "name": "dev/other", "images": [old(31, &["v1"]), old(32, &[])] });
    let world = World::start(organization(&json!([app(), other]), &definition())).await;
    world.somebody().puts_a_registry_policy(&admitting(OTHER)).await;
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.blocked), (Ending::Incomplete, 2));
    for repository in &summary.repositories {
        assert_eq!(repository.blocked[0].code, BlockCode::UnscannedConsumer);
    }
}

#[tokio::test]
async fn a_policy_that_admits_the_own_account_or_lets_nobody_pull_blocks_nothing() {
    let world = World::start(small()).await;
    world.somebody().sets_the_policy(&admitting(ACCOUNT)).await;
    let replicate = json!({
        "Effect": "Allow", "Principal": { "AWS": OTHER }, "Action": "ecr:ReplicateImage",
    });
    world.somebody().puts_a_registry_policy(&statement(&replicate)).await;
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 6));
}

#[tokio::test]
async fn a_policy_that_cannot_be_understood_admits_everybody() {
    let world = World::start(small()).await;
    world.somebody().sets_the_policy(r#"{ "Grants": [] }"#).await;
    let summary = world.dry_run("r1").await;
    let block = &summary.repositories[0].blocked[0];
    assert_eq!(block.code, BlockCode::UnscannedConsumer);
    assert!(block.detail.contains("everybody"), "{}", block.detail);
}

#[tokio::test]
async fn a_policy_that_changes_before_the_deletion_is_read_again() {
    for of_the_registry in [false, true] {
        let world = World::start(small()).await;
        let somebody = world.somebody();
        let summary =
            ecr_sweep_steps::sweep(&world.environment(), &id("r1"), world.options(), async |_| {
                let somebody = somebody.clone();
                meanwhile(async move {
                    if of_the_registry {
                        somebody.puts_a_registry_policy(&admitting(OTHER)).await;
                    } else {
                        somebody.sets_the_policy(&admitting(OTHER)).await;
                    }
                });
                true
            })
            .await
            .unwrap();
        assert_eq!(summary.totals.outcomes.deleted, 0);
        assert_eq!(world.images("dev/app").len(), DELETED.len() + KEPT.len());
        let recheck = world.plan("r1", Stage::Recheck, "dev/app").await;
        assert_eq!(recheck.plan.blocked[0].code, BlockCode::UnscannedConsumer);
    }
}

#[tokio::test]
async fn a_policy_that_may_not_be_read_fails_its_repository_alone() {
    let other = json!({ "name": "dev/other", "images": [old(31, &["v1"]), old(32, &[])] });
    let world = World::start(organization(&json!([app(), other]), &definition())).await;
    world.simulator.set_faults(vec![ecr_sweep_aws_sim::Fault {
        object: Some("dev/other".to_owned()),
        ..fault("ecr:GetRepositoryPolicy", error("AccessDeniedException"))
    }]);
    let swept = world.sweep("r1").await;
    assert_eq!(swept.ending, Ending::Partial);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    assert_eq!(world.images("dev/other").len(), 2);
    let [failed] = &swept.failed[..] else { panic!("{:?}", swept.failed) };
    assert_eq!((&*failed.repository, failed.error.as_str()), ("dev/other", "AccessDenied"));
    assert!(failed.message.contains("allow ecr:GetRepositoryPolicy"), "{}", failed.message);
}

#[tokio::test]
async fn settings_are_read_once_a_registry_and_once_a_planned_repository() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    for operation in ["GetRegistryPolicy", "DescribeRegistry", "GetRepositoryPolicy"] {
        assert_eq!(world.simulator.count(&format!("ecr:{operation}")), 1, "{operation}");
    }
    world.sweep_planned("r1").await.unwrap();
    for operation in ["GetRegistryPolicy", "DescribeRegistry", "GetRepositoryPolicy"] {
        assert_eq!(world.simulator.count(&format!("ecr:{operation}")), 2, "{operation}");
    }
}

#[tokio::test]
async fn a_reference_to_where_deletions_go_keeps_the_image_here() {
    let world = World::start(replicating()).await;
    let summary = world.sweep("r1").await;
    assert_eq!(summary.totals.outcomes.deleted, 4);
    // The first image, which is named there, and 7, which signs it.
    assert_eq!(world.images("dev/app"), world.digests(&[1, 3, 7, 8]));
}

#[tokio::test]
async fn settings_are_recorded_and_give_the_same_plan_offline() {
    for snapshot in [shared(), replicating()] {
        let world = World::start(snapshot).await;
        world.dry_run("r1").await;
        let (recorded, offline) = world.plan_offline().await;
        let (registry, seeded) = (&recorded.registries[0], &world.snapshot.registries[0]);
        assert_eq!(registry.deletes_replicate_to, seeded.deletes_replicate_to);
        assert_eq!(registry.repositories[0].allows, seeded.repositories[0].allows);
        assert_eq!(offline.plans, [world.plan("r1", Stage::Plan, "dev/app").await.plan]);
    }
}

/// Deletions go to `us-east-1`, which is swept, too, and where 1 is the only image.
#[tokio::test]
async fn what_is_kept_where_deletions_go_is_kept_at_the_source() {
    let there = json!({
        "account": ACCOUNT, "region": "us-east-1",
        "repositories": [{ "name": "dev/app", "images": [old(1, &["v1"])] }],
    });
    let mut here = registry(&json!([app()]));
    here["deletes_replicate_to"] = json!([{ "account": ACCOUNT, "region": "us-east-1" }]);
    let mut ecs = definition();
    ecs["account"] = ACCOUNT.into();
    ecs["region"] = REGION.into();
    let workloads = json!({ "regions": [REGION, "us-east-1"], "ecs": [ecs] });
    let mut world = World::start(snapshot(&json!([here, there]), &workloads)).await;
    world.policy =
        policy(&format!("  registries: {{ regions: [{REGION}, us-east-1] }}\n"), KEEP_ONE);
    world.dry_run("r1").await;
    let plan = world.plan("r1", Stage::Plan, "dev/app").await.plan;
    let kept = plan.keep.iter().find(|kept| kept.digest == world.digest(1)).unwrap();
    let codes: Vec<_> = kept.reasons.iter().map(|reason| reason.code.text()).collect();
    assert_eq!(codes, ["kept-by-replica"]);
    assert_eq!(plan.summary.delete, 4);

    // A deletion arrives there whatever it is that cannot be read.
    world.simulator.set_faults(vec![ecr_sweep_aws_sim::Fault {
        region: Some("us-east-1".parse().unwrap()),
        ..fault("ecr:DescribeImages", error("AccessDeniedException"))
    }]);
    let summary = world.dry_run("r2").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::Failed);
    assert_eq!((summary.totals.plan.delete, summary.failed.len()), (0, 2));
}

/// A task definition names an image of a cache in `us-east-1`, which is not swept, of `dev/app`.
fn caching() -> Snapshot {
    let mut definitions = definition();
    let cached = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/up/app:v1");
    definitions["task_definitions"].as_array_mut().unwrap().push(json!({
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/cached:1"),
        "containerDefinitions": [{ "name": "main", "image": cached }],
    }));
    let mut snapshot = organization(&json!([app()]), &definitions);
    let rules = json!([{ "account": ACCOUNT, "region": "us-east-1", "rules": [{
        "prefix": "up", "upstream": { "account": ACCOUNT, "region": REGION },
        "upstream_prefix": "dev",
    }] }]);
    snapshot.cache_rules = serde_json::from_value(rules).unwrap();
    snapshot
}

#[tokio::test]
async fn a_reference_to_a_cache_keeps_the_image_upstream() {
    let world = World::start(caching()).await;
    let summary = world.sweep("r1").await;
    assert_eq!(summary.totals.outcomes.deleted, 4);
    // The first image, which is named there, and 7, which signs it.
    assert_eq!(world.images("dev/app"), world.digests(&[1, 3, 7, 8]));
    // Once for each of the two plans: here, and where something names an image.
    assert_eq!(world.simulator.count("ecr:DescribePullThroughCacheRules"), 4);
}

#[tokio::test]
async fn what_caches_cache_is_recorded_and_gives_the_same_plan_offline() {
    let world = World::start(caching()).await;
    world.dry_run("r1").await;
    let (recorded, offline) = world.plan_offline().await;
    assert_eq!(recorded.cache_rules, world.snapshot.cache_rules);
    assert_eq!(offline.plans, [world.plan("r1", Stage::Plan, "dev/app").await.plan]);
    assert_eq!(offline.plans[0].summary.delete, 4);
}

#[tokio::test]
async fn where_the_rules_of_a_cache_cannot_be_read_what_it_may_cache_is_kept() {
    let world = World::start(caching()).await;
    world.simulator.set_faults(vec![ecr_sweep_aws_sim::Fault {
        region: Some("us-east-1".parse().unwrap()),
        ..fault("ecr:DescribePullThroughCacheRules", error("AccessDeniedException"))
    }]);
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.totals.plan.delete, 4);
    let told = |it: &ecr_sweep_core::Warning| it.detail.contains("us-east-1 could not be read");
    assert!(summary.warnings.iter().any(told), "{:?}", summary.warnings);
    let (recorded, offline) = world.plan_offline().await;
    assert!(recorded.cache_rules[0].unread.is_some(), "{:?}", recorded.cache_rules);
    assert_eq!(offline.plans, [world.plan("r1", Stage::Plan, "dev/app").await.plan]);
}
