//! Who is told of a repository: the channels of its rule and its owner's, by a tag of the repository.

use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::documents::{RunSummary, Stage};
use ecr_sweep_protocol::functions::NotifyCall;
use ecr_sweep_protocol::notice::Channel;
use ecr_sweep_protocol::{Ending, Snapshot};
use ecr_sweep_steps::functions::{NotifySettings, notify};
use serde_json::json;

use crate::functions::Execution;
use crate::world::{REGION, World, app, error, fault, id, organization, policy};

const RULES: &str = "notify: { owner_tag: team, owners: { search: \"#search\" } }
repositories:
  - match: { name: dev/* }
    keep: { newest: 1 }
    notify: { slack: [\"#releases\", \"#dev\", \"#releases\"] }
  - keep: { newest: 1 }";

/// `dev/app` of this team, `lab/a` of one that nobody knows, `lab/b` of none.
fn of_teams(team: &str) -> Snapshot {
    let mut app = app();
    app["tags"] = json!({ "team": team, "stage": "dev" });
    let lost = json!({ "name": "lab/a", "tags": { "team": "lost" }, "images": [] });
    let without = json!({ "name": "lab/b", "tags": {}, "images": [] });
    organization(&json!([app, lost, without]), &json!({}))
}

async fn world(team: &str, rules: &str) -> World {
    let mut world = World::start(of_teams(team)).await;
    world.policy = policy("", rules);
    world
}

fn channels(summary: &RunSummary) -> Vec<(String, String)> {
    let told = summary.repositories.iter();
    told.map(|it| (it.repository.to_string(), it.notify.join(" "))).collect()
}

fn warned(summary: &RunSummary, code: WarningCode) -> Vec<String> {
    let of_it = summary.warnings.iter().filter(|it| it.code == code);
    of_it.map(|it| it.detail.to_string()).collect()
}

#[tokio::test]
async fn a_summary_has_the_channels_of_rule_and_owner_and_tells_of_owners_that_nobody_knows() {
    let world = world("search", RULES).await;
    let summary = world.dry_run("r1").await;
    let told = channels(&summary);
    let told: Vec<(&str, &str)> = told.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(told, [("dev/app", "#dev #releases #search"), ("lab/a", ""), ("lab/b", "")]);
    let [warning] = &warned(&summary, WarningCode::OwnerUnknown)[..] else { panic!("{summary:?}") };
    assert!(warning.starts_with("the tag `team` of 1 repository says `lost`"), "{warning}");
    assert!(warning.ends_with(&format!("{REGION}/lab/a")), "{warning}");
    // Nobody is told by a run of the command, so nothing is told in vain.
    assert_eq!(warned(&summary, WarningCode::ChannelUnheard), Vec::<String>::new());
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(world.simulator.count("ecr:ListTagsForResource"), 3);
}

#[tokio::test]
async fn an_owner_may_be_the_id_of_a_channel_and_decides_nothing() {
    let with = world("C0123ABCD", RULES).await.dry_run("r1").await;
    assert_eq!(with.repositories[0].notify.join(" "), "#dev #releases C0123ABCD");
    let without = world("C0123ABCD", &RULES[RULES.find('\n').unwrap() + 1..]).await;
    let summary = without.dry_run("r1").await;
    assert_eq!(summary.repositories[0].notify.join(" "), "#dev #releases");
    assert_eq!(without.simulator.count("ecr:ListTagsForResource"), 0);
    let plans = |it: &RunSummary| it.repositories.iter().map(|it| it.plan).collect::<Vec<_>>();
    assert_eq!(plans(&with), plans(&summary));
}

#[tokio::test]
async fn a_repository_whose_tags_may_not_be_read_fails_as_where_a_rule_asks_for_them() {
    let world = world("search", RULES).await;
    let denied = error("AccessDeniedException");
    world.simulator.set_faults(vec![fault("ecr:ListTagsForResource", denied)]);
    let summary = world.sweep("r1").await;
    assert_eq!(summary.failed.len(), 3, "{summary:?}");
    assert!(summary.failed.iter().all(|it| it.message.contains("ListTagsForResource")));
    assert_eq!((summary.totals.outcomes.deleted, summary.ending), (0, Ending::Failed));
}

#[tokio::test]
async fn a_deployment_without_a_token_warns_of_channels_that_hear_nothing() {
    let world = world("search", RULES).await;
    let execution = Execution::of(&world);
    let sweep = execution.of_new("r1").await;
    execution.see_and_plan(&sweep).await;
    let token = Channel::SlackToken { secret: "notices/slack".into(), channel: None };
    let hook = Channel::SlackWebhook { secret: "notices/hook".into() };
    for (channels, expected) in [(vec![hook.clone()], 1), (vec![hook, token], 0)] {
        let settings = NotifySettings { topic_arn: "nobody".into(), channels };
        let call = NotifyCall::Judge { run: id("r1"), stage: Stage::Plan, dry_run: true };
        std::fs::remove_file(world.path("sweeps/r1/summary.json")).ok();
        notify(&execution.host, &settings, call).await.unwrap();
        let stored = std::fs::read(world.path("sweeps/r1/summary.json")).unwrap();
        let summary: RunSummary = serde_json::from_slice(&stored).unwrap();
        let warned = warned(&summary, WarningCode::ChannelUnheard);
        assert_eq!(warned.len(), expected, "{warned:?}");
        assert!(warned.iter().all(|it| it.ends_with("not heard in #dev, #releases, #search")));
    }
}
