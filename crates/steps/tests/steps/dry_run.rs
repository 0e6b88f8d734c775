use ecr_sweep_core::{FindingCode, FindingCount, InUse, Source, WarningCode};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage};
use ecr_sweep_steps::{RunOptions, dry_run};
use serde_json::json;

use crate::world::{
    ACCOUNT, DELETED, HOST, KEPT, REGION, World, app, changing_calls, definition, id, old,
    organization, policy, small,
};

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

#[tokio::test]
async fn what_is_broken_already_is_in_the_plan_and_in_the_summary() {
    let mut definitions = definition();
    definitions["task_definitions"].as_array_mut().unwrap().extend(
        ["dev/app:gone", "dev/web:lost", "prod/api:gone"].map(|image| {
            let family = image.replace(['/', ':'], "-");
            json!({
                "taskDefinitionArn":
                    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:1"),
                "containerDefinitions": [{ "name": "main", "image": format!("{HOST}/{image}") }],
            })
        }),
    );
    let repositories = json!([
        app(),
        { "name": "dev/web", "images": [old(31, &["v1"])] },
        { "name": "prod/api", "images": [old(21, &["v1"])] },
    ]);
    let world = World::start(organization(&repositories, &definitions)).await;
    let count =
        |findings| FindingCount { in_use: InUse::Yes, code: FindingCode::MissingImage, findings };
    // No rule takes `prod/api`, so the run does not look at it.
    for summary in [world.dry_run("r1").await, world.sweep("r2").await] {
        let findings = summary.findings.unwrap();
        assert_eq!((findings.counts.as_slice(), findings.in_use()), (&[count(2)][..], 2));
        let worst = findings.worst.iter().map(|it| format!("{}:{}", it.repository, it.tags[0]));
        assert_eq!(worst.collect::<Vec<_>>(), ["dev/app:gone", "dev/web:lost"]);
        assert_eq!(findings.worst[0].used_by.len(), 1);
    }
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    assert_eq!(plan.findings.unwrap().counts, [count(1)]);
}

#[tokio::test]
async fn a_signature_without_its_subject_is_for_the_inspection_to_tell() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    // What is whole says nothing of findings.
    let summary = std::fs::read_to_string(world.path("sweeps/r1/summary.json")).unwrap();
    assert!(!summary.contains("findings"), "{summary}");

    let mut signature = old(7, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(format!("sha256:{}", "e".repeat(64)));
    let repositories = json!([{ "name": "dev/app", "images": [signature, old(8, &["used"])] }]);
    let world = World::start(organization(&repositories, &definition())).await;
    assert_eq!(world.dry_run("r1").await.findings, None);
}

#[tokio::test]
async fn what_no_rule_takes_and_what_the_policy_turns_off_is_told() {
    let other = json!({ "name": "other/app", "images": [old(31, &["v1"])] });
    let mut world = World::start(organization(&json!([app(), other]), &definition())).await;
    world.policy = policy(
        "    - { source: sagemaker, reason: nobody trains models here }\n",
        "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { newest: 1 }\n",
    );
    let summary = world.dry_run("r1").await;
    let untouched: Vec<&str> = summary.untouched.iter().map(|it| &*it.repository).collect();
    assert_eq!(untouched, ["other/app"]);
    let off = summary.off.iter().find(|it| it.source == Some(Source::Sagemaker)).unwrap();
    assert_eq!(&*off.reason, "nobody trains models here");
    // Of a run of some repositories nobody can tell the others apart.
    let options = RunOptions { repositories: vec!["dev/*".into()], ..world.options() };
    let some = dry_run(&world.environment(), &id("r2"), options).await.unwrap();
    assert_eq!(some.untouched, []);
}
