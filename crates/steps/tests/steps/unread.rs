//! Registries that are denied, or whose settings nobody understands: they are blocked, and stop
//! nothing else.

use std::collections::BTreeMap;

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_core::{BlockCode, Place, RepositoryId, UnreadPart, WarningCode};
use ecr_sweep_protocol::documents::{RunSummary, Stage};
use ecr_sweep_protocol::{Ending, ErrorName, ExitCode};
use ecr_sweep_steps::{JudgeRequest, Run, dry_run, judge, plan_one};
use serde_json::{Value, json};

use crate::functions::Execution;
use crate::world::{
    ACCOUNT, KEEP_ONE, KEPT, REGION, World, app, definition, draft, error, fault, id, in_registry,
    old, policy,
};

const FAR: &str = "us-east-1";

fn far() -> Place {
    Place { account: ACCOUNT.parse().unwrap(), region: FAR.parse().unwrap() }
}

/// `dev/app` in two Regions, of which both are swept; in the other one with two images.
async fn two_registries(more: Value) -> World {
    let mut here = json!({ "account": ACCOUNT, "region": REGION, "repositories": [app()] });
    here.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let images = json!([old(31, &["v1"]), old(32, &["v2"])]);
    let there = json!({
        "account": ACCOUNT, "region": FAR,
        "repositories": [{ "name": "dev/app", "images": images }],
    });
    let mut ecs = definition();
    ecs["account"] = ACCOUNT.into();
    ecs["region"] = REGION.into();
    let workloads = json!({ "regions": [REGION, FAR], "ecs": [ecs] });
    let snapshot = ecr_sweep_test_world::snapshot(&json!([here, there]), &workloads);
    let mut world = World::start(snapshot).await;
    world.policy = policy(&format!("  registries: {{ regions: [{REGION}, {FAR}] }}\n"), KEEP_ONE);
    world
}

/// Denied, without the id that every request has of its own.
fn denied() -> Effect {
    let headers = [("x-amzn-errortype".to_owned(), "AccessDeniedException".to_owned())];
    Effect::Respond { status: 400, headers: headers.into(), body: "{}".to_owned() }
}

fn answered(body: &Value) -> Effect {
    Effect::Respond { status: 200, headers: BTreeMap::new(), body: body.to_string() }
}

fn in_region(region: &str, operation: &str, effect: Effect) -> Fault {
    Fault { region: Some(region.parse().unwrap()), ..fault(operation, effect) }
}

fn images(world: &World, place: &Place) -> usize {
    world.simulator.images(place, "dev/app").unwrap().len()
}

fn blocks(summary: &RunSummary, region: &str) -> Vec<(BlockCode, String)> {
    let of_region = summary.repositories.iter().filter(|it| it.region.as_str() == region);
    let blocks = of_region.flat_map(|it| &it.blocked);
    blocks.map(|block| (block.code, block.detail.to_string())).collect()
}

#[tokio::test]
async fn a_registry_whose_settings_may_not_be_read_is_blocked_alone() {
    for operation in
        ["ecr:GetRegistryPolicy", "ecr:DescribeRegistry", "ecr:DescribePullThroughCacheRules"]
    {
        let world = two_registries(json!({})).await;
        world.simulator.set_faults(vec![in_region(REGION, operation, denied())]);
        let summary = world.dry_run("r1").await;
        assert_eq!(ExitCode::from(summary.ending), ExitCode::Incomplete);
        let [(code, detail)] = &blocks(&summary, REGION)[..] else { panic!("{summary:?}") };
        assert_eq!(*code, BlockCode::RegistryUnreadable);
        for part in ["the settings of 111122223333/eu-west-1", &format!("allow {operation}")] {
            assert!(detail.contains(part), "`{part}` is not in: {detail}");
        }
        assert_eq!(blocks(&summary, FAR), []);
        let (_, offline) = world.plan_offline().await;
        assert_eq!(offline.plans[0], world.plan("r1", Stage::Plan, "dev/app").await.plan);
        assert_eq!(offline.warnings, summary.warnings);

        let summary = world.sweep("r2").await;
        assert_eq!(ExitCode::from(summary.ending), ExitCode::Partial);
        assert_eq!(images(&world, &in_registry("dev/app").registry), 8);
        assert_eq!(images(&world, &far()), 1);
        let [unread] = &summary.unread_registries[..] else { panic!("{summary:?}") };
        assert_eq!(
            (unread.place().to_string().as_str(), unread.unread.what),
            ("111122223333/eu-west-1", UnreadPart::Settings)
        );
    }
}

#[tokio::test]
async fn a_registry_whose_settings_are_not_understood_is_blocked_alone() {
    let unknown = json!({ "registryId": ACCOUNT, "replicationConfiguration": { "rules": [{
        "destinations": [], "tagReplication": { "enabled": true },
    }] } });
    let world = two_registries(json!({})).await;
    world.simulator.set_faults(vec![in_region(REGION, "ecr:DescribeRegistry", answered(&unknown))]);
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    let [(code, detail)] = &blocks(&summary, REGION)[..] else { panic!("{summary:?}") };
    assert_eq!(*code, BlockCode::RegistryUnreadable);
    assert!(detail.contains("tagReplication"), "{detail}");
    assert_eq!((images(&world, &in_registry("dev/app").registry), images(&world, &far())), (8, 1));
}

#[tokio::test]
async fn settings_that_cannot_be_read_any_more_before_the_deletion_stop_it_there() {
    let world = two_registries(json!({})).await;
    world.dry_run("r1").await;
    world.simulator.set_faults(vec![in_region(REGION, "ecr:DescribeRegistry", denied())]);
    let summary = world.sweep_planned("r1").await.unwrap();
    assert_eq!(summary.ending, Ending::Partial);
    assert_eq!((images(&world, &in_registry("dev/app").registry), images(&world, &far())), (8, 1));
    assert_eq!(blocks(&summary, REGION)[0].0, BlockCode::RegistryUnreadable);
}

#[tokio::test]
async fn a_registry_that_may_not_be_listed_stops_no_other() {
    let world = two_registries(json!({})).await;
    world.simulator.set_faults(vec![in_region(FAR, "ecr:DescribeRepositories", denied())]);
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.repositories), (Ending::Incomplete, 1));
    let [unread] = &summary.unread_registries[..] else { panic!("{summary:?}") };
    assert_eq!((unread.place(), unread.unread.what), (far(), UnreadPart::Repositories));
    assert!(unread.unread.reason.contains("allow ecr:DescribeRepositories"), "{unread:?}");
    let codes: Vec<_> = summary.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::RegistryUnreadable]);
    let (_, offline) = world.plan_offline().await;
    assert_eq!(offline.plans, [world.plan("r1", Stage::Plan, "dev/app").await.plan]);
    assert_eq!((offline.is_complete, offline.warnings), (false, summary.warnings));

    let summary = world.sweep("r2").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::Partial);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    assert_eq!(images(&world, &far()), 2);
}

#[tokio::test]
async fn where_no_registry_can_be_listed_there_is_no_run() {
    let world = two_registries(json!({})).await;
    world.fault("ecr:DescribeRepositories", error("AccessDeniedException"));
    let refused = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
    assert_eq!((refused.name(), refused.exit_code()), (ErrorName::AccessDenied, ExitCode::Failed));
    assert!(refused.in_full().contains("allow ecr:DescribeRepositories"), "{refused}");
}

#[tokio::test]
async fn where_deletions_go_to_a_registry_that_cannot_be_listed_nothing_is_deleted() {
    let goes = json!({ "deletes_replicate_to": [{ "account": ACCOUNT, "region": FAR }] });
    for (operation, part) in
        [("ecr:DescribeRepositories", "repositories"), ("ecr:DescribeRegistry", "settings")]
    {
        let world = two_registries(goes.clone()).await;
        world.simulator.set_faults(vec![in_region(FAR, operation, denied())]);
        let summary = world.sweep("r1").await;
        let [(code, detail)] = &blocks(&summary, REGION)[..] else { panic!("{summary:?}") };
        assert_eq!(*code, BlockCode::RegistryUnreadable);
        let words = format!("where deletions go: the {part} of 111122223333/us-east-1");
        assert!(detail.contains(&words), "{detail}");
        assert_eq!(images(&world, &in_registry("dev/app").registry), 8);
        let (_, offline) = world.plan_offline().await;
        assert_eq!(offline.plans[0], world.plan("r1", Stage::Plan, "dev/app").await.plan);
    }
}

#[tokio::test]
async fn what_refers_to_an_image_that_may_be_in_such_a_registry_stays() {
    let mut signature = old(41, &[]);
    signature["subject"] = json!(draft(31));
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    let signatures = json!({ "name": "dev/signatures", "images": [signature, old(42, &[])] });
    let world = two_registries(json!({ "repositories": [app(), signatures] })).await;
    let left = |world: &World| world.images("dev/signatures").len();
    world.simulator.set_faults(vec![in_region(FAR, "ecr:DescribeRepositories", denied())]);
    world.sweep("r1").await;
    assert_eq!(left(&world), 1);
    let plan = world.plan("r1", Stage::Plan, "dev/signatures").await.plan;
    let reason = &plan.keep[0].reasons[0];
    assert_eq!(reason.code.text(), "referrer-of-image-elsewhere");
    assert!(reason.detail.contains("is in 111122223333/us-east-1 is not known"), "{reason:?}");
    let (_, offline) = world.plan_offline().await;
    assert!(
        offline.plans.iter().any(|it| it.repository == plan.repository && it.keep == plan.keep)
    );
}

#[tokio::test]
async fn who_asks_for_an_image_of_such_a_registry_is_told_why_it_has_no_plan() {
    let world = two_registries(json!({})).await;
    world.simulator.set_faults(vec![in_region(FAR, "ecr:DescribeRepositories", denied())]);
    let repository = RepositoryId::new(&far(), "dev/app");
    let run = id("r1");
    let asked = plan_one(&world.environment(), &run, world.options(), &repository).await;
    let text = asked.unwrap_err().in_full();
    assert!(text.contains("allow ecr:DescribeRepositories"), "{text}");
}

#[tokio::test]
async fn deployed_too_a_registry_that_is_denied_stops_no_other() {
    let world = two_registries(json!({})).await;
    world.simulator.set_faults(vec![
        in_region(FAR, "ecr:DescribeRepositories", denied()),
        in_region(REGION, "ecr:DescribeRegistry", denied()),
    ]);
    let execution = Execution::of(&world);
    let state = execution.of_new("r1").await;
    execution.see_and_plan(&state).await;
    let run = world.run("r1");
    let run = Run::open(&run, &run.id).await.unwrap();
    let summary = judge(&run, JudgeRequest::default()).await.unwrap();
    assert_eq!(summary.ending, Ending::Incomplete);
    let what: Vec<_> = summary.unread_registries.iter().map(|it| it.unread.what).collect();
    assert_eq!(what, [UnreadPart::Settings, UnreadPart::Repositories]);
}
