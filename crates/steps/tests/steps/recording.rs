use std::collections::BTreeSet;

use ecr_sweep_core::plan_organization;
use ecr_sweep_protocol::documents::Stage;
use ecr_sweep_protocol::policy::{Use, read};
use ecr_sweep_steps::{ImageName, RecordRequest, Verdict, explain, plan_one, record};

use crate::world::{World, changing_calls, place, small};

#[tokio::test]
async fn a_recorded_account_plans_offline_as_it_does_live() {
    let world = World::start(small()).await;
    let live = world.dry_run("r1").await;
    let policy = read("policy.yaml", &world.policy, Use::Live).unwrap().policy;
    let request = RecordRequest { regions: BTreeSet::new(), policy: policy.clone() };
    let snapshot = record(&world.context("unused"), request).await.unwrap();

    let offline = plan_organization(
        &snapshot.home.account,
        &snapshot.registries,
        snapshot.usage.clone(),
        &snapshot.coverage,
        &policy,
        snapshot.taken_at,
    );
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    assert_eq!(offline.plans, [plan.plan]);
    assert_eq!(offline.warnings, live.warnings);
    assert!(offline.is_complete);
    let names: Vec<_> =
        snapshot.registries[0].repositories.iter().map(|repository| &*repository.name).collect();
    assert_eq!(names, ["dev/app", "prod/api"]);
    assert_eq!(snapshot.workloads.ecs[0].task_definitions.len(), 1);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn one_repository_is_explained_by_tag_and_by_digest() {
    let world = World::start(small()).await;
    let ctx = world.context("r1");
    let planned = plan_one(&ctx, world.options(), &place(), "dev/app").await.unwrap();
    let verdict = |name: &str| {
        explain(&planned.plan.plan, &planned.images, &name.parse::<ImageName>().unwrap())
    };
    let Some(Verdict::Keep(used)) = verdict("used") else { panic!() };
    assert_eq!(used.digest, world.digest(8));
    let Some(Verdict::Delete(child)) = verdict(&world.digest(5).to_string()) else { panic!() };
    assert_eq!(child.digest, world.digest(5));
    assert_eq!(verdict("no-such-tag"), None);

    let untouched = plan_one(&world.context("r2"), world.options(), &place(), "prod/api").await;
    let untouched = untouched.unwrap_err().to_string();
    assert!(untouched.contains("no rule of the policy takes"), "{untouched}");
}

#[tokio::test]
async fn an_image_of_a_blocked_repository_is_explained_with_its_blocks() {
    let mut world = World::start(small()).await;
    world.policy = format!("schema_version: 1\n{}", crate::world::KEEP_ONE);
    let ctx = world.context("r1");
    let planned = plan_one(&ctx, world.options(), &place(), "dev/app").await.unwrap();
    let name = "v1".parse::<ImageName>().unwrap();
    let verdict = explain(&planned.plan.plan, &planned.images, &name);
    let Some(Verdict::Blocked { digest, blocks }) = verdict else { panic!("{verdict:?}") };
    assert_eq!((digest, blocks.len()), (world.digest(1), 1));
}
