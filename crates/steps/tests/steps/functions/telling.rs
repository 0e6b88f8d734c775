//! What notify tells of a run.

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{RunSummary, Stage};
use ecr_sweep_protocol::functions::{NotifyCall, Outcome};
use ecr_sweep_steps::StepError;
use ecr_sweep_steps::functions::{NotifySettings, notify};

use super::Execution;
use crate::world::{World, small};

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:ecr-sweep";

/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const PUBLISHED: &str =
    "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";

/// Tells how a run ended. The topic takes a message only if the text occurs in it.
async fn tell(world: &World, run: &str, text: &str) -> Result<(), StepError> {
    let takes = Effect::Respond { status: 200, headers: [].into(), body: PUBLISHED.to_owned() };
    world.simulator.set_faults(vec![Fault {
        object: Some(text.to_owned()),
        ..Fault::new("sns:Publish".parse().unwrap(), takes)
    }]);
    let bytes = std::fs::read(world.path(&format!("sweeps/{run}/summary.json"))).unwrap();
    let summary: RunSummary = serde_json::from_slice(&bytes).unwrap();
    let digest: Digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
    let outcome = Outcome::of(&summary, Stage::Plan, false, digest);
    let call =
        NotifyCall::Tell { run: run.parse().unwrap(), outcome, entered_at: Some(text.into()) };
    let settings = NotifySettings { topic_arn: TOPIC.to_owned(), channels: Vec::new() };
    notify(&Execution::of(world).host, &settings, call).await.map(drop)
}

#[tokio::test]
async fn a_notice_says_what_changed_since_the_run_before_and_the_first_says_nothing_of_it() {
    let world = World::start(small()).await;
    world.dry_run("earlier").await;
    tell(&world, "earlier", "Since").await.unwrap_err();
    tell(&world, "earlier", "Next").await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    world.dry_run("later").await;
    // A message is sent as a form.
    tell(&world, "later", "Since%20earlier").await.unwrap();
    tell(&world, "earlier", "Since").await.unwrap_err();
}

#[tokio::test]
async fn a_notice_is_sent_where_the_run_before_cannot_be_read_and_says_so() {
    let world = World::start(small()).await;
    world.dry_run("earlier").await;
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    world.dry_run("later").await;
    let path = world.path("sweeps/earlier/summary.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"warnings\"", "\"warned\"")).unwrap();
    tell(&world, "later", "Since%20the%20run%20before").await.unwrap();
}
