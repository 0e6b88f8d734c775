use std::collections::BTreeSet;

use ecr_sweep_core::Source;
use ecr_sweep_core::{MediaType, Place};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::documents::{Stage, StoredPlan, keys};
use ecr_sweep_protocol::snapshot::Workloads;
use ecr_sweep_steps::{RecordRequest, plan_one, record};
use serde_json::json;

use crate::world::{
    ACCOUNT, HOST, REGION, World, app, changing_calls, draft, id, in_registry, old, organization,
    place, small,
};

#[tokio::test]
async fn a_recorded_account_plans_offline_as_it_does_live() {
    let world = World::start(small()).await;
    let live = world.dry_run("r1").await;
    let (snapshot, offline) = world.plan_offline().await;
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    assert_eq!(offline.plans, [plan.plan]);
    assert_eq!(offline.warnings, live.warnings);
    assert!(offline.is_complete);
    let names: Vec<_> =
        snapshot.registries[0].repositories.iter().map(|repository| &*repository.name).collect();
    assert_eq!(names, ["dev/app", "prod/api"]);
    assert_eq!(snapshot.workloads.of(Source::Ecs)[0].list("task_definitions").len(), 1);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

/// Everything that can make planning live differ from planning offline: nested indexes, fallback
/// tags, copies in two repositories and two Regions, digests in references, functions, archived
/// images, references to what is not there.
fn varied() -> Snapshot {
    let mut nested = old(11, &["nightly"]);
    nested["media_type"] = json!(MediaType::OciIndex);
    nested["children"] = json!([draft(12), draft(13)]);
    let mut inner = old(12, &[]);
    inner["media_type"] = json!(MediaType::DockerList);
    inner["children"] = json!([draft(13), draft(14)]);
    let signature = old(16, &[&format!("sha256-{}.sig", draft(15).hex())]);
    let mut archived = old(17, &[]);
    archived["status"] = "ARCHIVED".into();
    archived["archived_at"] = "2026-08-01T00:00:00Z".into();
    let mut pulled = old(18, &[]);
    pulled["pulled_at"] = "2026-11-10T00:00:00Z".into();
    let nameless = json!({ "digest": draft(19) });
    let images = json!([
        nested,
        inner,
        old(13, &[]),
        old(14, &[]),
        old(15, &["a"]),
        signature,
        archived,
        pulled,
        nameless,
        old(20, &["z"]),
        old(2, &[]),
    ]);
    let mut snapshot = organization(
        &json!([app(), { "name": "dev/varied", "tags": { "team": "x" }, "images": images }]),
        &json!({ "task_definitions": [{
            "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1"),
            "containerDefinitions": [
                { "name": "main", "image": format!("{HOST}/dev/app@{}", draft(2)) },
                { "name": "side", "image": format!("{HOST}/dev/varied:not-there") },
                { "name": "other", "image": format!("{HOST}/no/such:v1") },
            ],
        }] }),
    );
    let mut registries = snapshot.registries.clone();
    registries[0].region = "us-east-1".parse().unwrap();
    snapshot.registries.append(&mut registries);
    snapshot.workloads.regions.push("us-east-1".parse().unwrap());
    let lambda: Workloads = serde_json::from_value(json!({ "lambda": [{
        "account": ACCOUNT, "region": "us-east-1", "functions": [{
            "Configuration": { "FunctionName": "thumbnails" },
            "Code": {
                "ImageUri": format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/dev/varied:a"),
                "ResolvedImageUri": format!(
                    "{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/dev/varied@{}", draft(14)
                ),
            },
        }],
    }] }))
    .unwrap();
    snapshot.workloads.extend(lambda);
    snapshot
}

#[tokio::test]
async fn a_varied_organization_plans_offline_as_it_does_live_and_is_swept_to_that() {
    let mut world = World::start(varied()).await;
    world.policy = crate::world::policy(
        "  registries: { regions: [eu-west-1, us-east-1] }",
        "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { newest: 1, tags: [a] }\n",
    );
    let live = world.dry_run("r1").await;
    let (_, offline) = world.plan_offline().await;
    assert_eq!(offline.plans.len(), 4);
    assert_eq!(offline.warnings, live.warnings);
    for plan in &offline.plans {
        let key = keys::plan(&"r1".parse().unwrap(), Stage::Plan, &plan.id());
        let stored: StoredPlan = world.run("r1").read(&key).await.unwrap();
        assert_eq!(stored.plan, *plan);
        assert!(!plan.delete.is_empty(), "nothing to delete in {}", plan.place());
    }

    world.sweep("r2").await;
    for plan in &offline.plans {
        let left = world.simulator.images(&plan.place(), &plan.repository).unwrap();
        let left: BTreeSet<_> = left.iter().map(|image| image.digest).collect();
        let keep: BTreeSet<_> = plan.keep.iter().map(|kept| kept.digest).collect();
        assert_eq!(left, keep);
    }
}

#[tokio::test]
async fn a_recording_has_the_facts_that_the_registries_have() {
    let world = World::start(varied()).await;
    let regions = BTreeSet::from(["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()]);
    let request = RecordRequest { regions, ..RecordRequest::default() };
    let recorded = record(&world.environment(), request).await.unwrap();
    assert_eq!(recorded.registries.len(), 2);
    for (recorded, seeded) in recorded.registries.iter().zip(&world.snapshot.registries) {
        assert_eq!(recorded.place(), seeded.place());
        for (recorded, seeded) in recorded.repositories.iter().zip(&seeded.repositories) {
            assert_eq!((&recorded.name, &recorded.tags), (&seeded.name, &seeded.tags));
            let mut seeded = seeded.images.clone();
            seeded.sort_by_key(|image| image.digest);
            for image in &mut seeded {
                image.tags.sort();
            }
            assert_eq!(recorded.images, seeded);
        }
    }
    let other: Place = Place { region: "us-east-1".parse().unwrap(), ..place() };
    assert!(recorded.usage.iter().any(|usage| usage.place() == other));
}

#[tokio::test]
async fn one_repository_is_planned_alone_with_the_images_it_was_planned_from() {
    let world = World::start(small()).await;
    let run = world.run("r1");
    let planned = plan_one(&run, &run.id, world.options(), &in_registry("dev/app")).await.unwrap();
    assert_eq!(planned.plan.plan.summary.delete, 6);
    let images = &planned.registry.repositories[0].images;
    assert_eq!(images.len(), 8);
    let index = images.iter().find(|image| image.digest == world.digest(4)).unwrap();
    assert_eq!(index.children.as_ref().map(Vec::len), Some(2));
    assert_eq!(world.plan("r1", Stage::Plan, "dev/app").await, planned.plan);
    // The list, and what pull time the read of the index has left.
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 2);

    let untouched =
        plan_one(&world.environment(), &id("r2"), world.options(), &in_registry("prod/api")).await;
    let untouched = untouched.unwrap_err().to_string();
    assert!(untouched.contains("no rule of the policy takes"), "{untouched}");
}
