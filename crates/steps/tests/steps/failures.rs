use ecr_sweep_aws_sim::{Fault, Rate, SimulatorOptions};
use ecr_sweep_core::BlockCode;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::Stage;
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{Purpose, Run, dry_run};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::{
    KEEP_ONE, KEPT, World, app, definition, error, fault, id, old, organization, policy, small,
};

#[tokio::test]
async fn a_repository_that_cannot_be_read_stops_none_of_the_others() {
    let other = json!({ "name": "dev/other", "images": [old(31, &["v1"]), old(32, &[])] });
    let world = World::start(organization(&json!([app(), other]), &definition())).await;
    world.simulator.set_faults(vec![Fault {
        object: Some("dev/other".to_owned()),
        ..fault("ecr:DescribeImages", error("AccessDeniedException"))
    }]);
    let planned = world.dry_run("r1").await;
    assert_eq!(ExitCode::from(planned.ending), ExitCode::Failed);
    assert_eq!((planned.totals.repositories, planned.totals.plan.delete), (1, 6));
    let [failed] = &planned.failed[..] else { panic!("{:?}", planned.failed) };
    assert_eq!((&*failed.repository, failed.error.as_str()), ("dev/other", "AccessDenied"));
    assert!(failed.message.contains("ecr:DescribeImages of `dev/other`"), "{}", failed.message);

    let swept = world.sweep("r2").await;
    assert_eq!(swept.ending, Ending::Partial);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    assert_eq!(world.images("dev/other").len(), 2);
}

#[tokio::test]
async fn a_throttled_run_ends_as_any_other() {
    let operations = ["ecr:DescribeImages", "ecr:BatchDeleteImage", "ecs:ListClusters"];
    let rates = operations
        .map(|operation| Rate {
            operation: operation.parse().unwrap(),
            per_second: 100.0,
            burst: 2.0,
        })
        .to_vec();
    let repositories: Vec<_> = (0..6)
        .map(|n| {
            json!({ "name": format!("dev/r{n}"), "images": [
                old(100 + 2 * n, &["v1"]), old(101 + 2 * n, &[]),
            ] })
        })
        .collect();
    let snapshot = organization(&json!(repositories), &definition());
    let world =
        World::with(snapshot, SimulatorOptions { rates, ..SimulatorOptions::default() }).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
    assert!(!world.simulator.throttled().is_empty());
}

#[tokio::test]
async fn an_index_that_cannot_be_read_blocks_its_repository() {
    let world = World::start(small()).await;
    world.fault(
        "ecr:BatchGetImage",
        ecr_sweep_aws_sim::Effect::FailImages {
            digests: Vec::new(),
            code: "ImageInaccessible".to_owned(),
            reason: "no".to_owned(),
        },
    );
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    let codes: Vec<_> = summary.repositories[0].blocked.iter().map(|block| block.code).collect();
    assert_eq!(codes, [BlockCode::ManifestUnreadable]);
}

#[tokio::test]
async fn a_repository_that_does_not_exist_is_an_error_with_the_next_step() {
    let world = World::start(small()).await;
    let options =
        ecr_sweep_steps::RunOptions { repositories: vec!["dev/ap".into()], ..world.options() };
    let refused = dry_run(&world.environment(), &id("r1"), options).await.unwrap_err();
    assert_eq!(
        (refused.name(), refused.exit_code()),
        (ErrorName::InvalidRequest, ExitCode::Invalid)
    );
    let text = refused.in_full();
    for part in ["`dev/ap`", "111122223333/eu-west-1", "the repositories of eu-west-1"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[tokio::test]
async fn only_the_repositories_that_were_asked_for_are_planned() {
    let other = json!({ "name": "dev/other", "images": [old(31, &["v1"])] });
    let world = World::start(organization(&json!([app(), other]), &definition())).await;
    for pattern in ["dev/app", "dev/a*"] {
        let options =
            ecr_sweep_steps::RunOptions { repositories: vec![pattern.into()], ..world.options() };
        let run = format!("r-{}", pattern.len());
        let summary = dry_run(&world.environment(), &id(&run), options).await.unwrap();
        let names: Vec<_> = summary.repositories.iter().map(|it| &*it.repository).collect();
        assert_eq!(names, ["dev/app"]);
    }
}

#[tokio::test]
async fn a_run_whose_name_is_taken_is_refused() {
    let mut world = World::start(small()).await;
    world.dry_run("r1").await;
    let path = world.path("sweeps/r1/plans/111122223333/eu-west-1/dev/app.json");
    let plan = std::fs::read(&path).unwrap();
    world.dry_run("r1").await;
    assert_eq!(std::fs::read(&path).unwrap(), plan, "the same facts give the same document");
    world.clock.advance(SignedDuration::from_mins(1));
    let begun = Run::begin(&world.environment(), &id("r1"), world.options(), Purpose::Plan).await;
    let opened = Run::open(&world.environment(), &id("r1")).await.unwrap();
    assert_eq!(begun.unwrap().request, opened.request, "it goes on as it was begun");
    world.policy = policy("minimum_age: 8d", KEEP_ONE);
    let refused = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Conflict);
}

#[tokio::test]
async fn a_run_beyond_its_limit_is_blocked_or_trimmed_as_the_policy_says() {
    let mut world = World::start(small()).await;
    world.policy = policy("limits: { images: 5 }", KEEP_ONE);
    let blocked = world.sweep("r1").await;
    assert_eq!(blocked.ending, Ending::Partial);
    assert_eq!(blocked.repositories[0].blocked[0].code, BlockCode::OverLimit);
    assert_eq!((blocked.totals.plan.delete, blocked.totals.plan.would_delete), (0, 6));
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);

    world.policy = policy("limits: { images: 5, on_exceed: oldest_first }", KEEP_ONE);
    let trimmed = world.sweep("r2").await;
    assert_eq!(trimmed.ending, Ending::Done);
    // The oldest is 1, which takes its signature, 7, with it; the index, 4, and its children do not
    // fit with these and 2.
    let plan = world.plan("r2", Stage::Plan, "dev/app").await;
    assert_eq!(plan.plan.delete.len(), 3);
    assert_eq!(world.images("dev/app"), world.digests(&[3, 4, 5, 6, 8]));
}

#[tokio::test]
async fn images_of_repositories_that_delete_nothing_count_for_the_runs_limit_both_times() {
    let new = |number| {
        let mut image = old(number, &[]);
        image["pushed_at"] = "2026-11-19T00:00:00Z".into();
        image
    };
    let other = json!({ "name": "dev/new", "images": [new(41), new(42), new(43), new(44)] });
    let mut world = World::start(organization(&json!([app(), other]), &definition())).await;
    // 6 of 12 images; of the 8 in the repository that is planned again it would be too many.
    world.policy = policy("limits: { share: 50% }", KEEP_ONE);
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
}
