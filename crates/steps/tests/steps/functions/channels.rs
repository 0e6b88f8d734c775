//! Every channel hears what it is to hear, as often as it takes, and nobody hears a secret.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};

use ecr_sweep_aws::notice::Courier;
use ecr_sweep_aws_sim::{Effect, Fault, GivenSecret, SimulatorOptions};
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{Notice, RunSummary, Stage, sha256};
use ecr_sweep_protocol::functions::{Caught, NotifyCall, Outcome};
use ecr_sweep_protocol::notice::Channel;
use ecr_sweep_steps::StepError;
use ecr_sweep_steps::functions::{NotifySettings, notify_by};
use ecr_sweep_test_world::{Listener, Reply};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::Execution;
use crate::world::{World, small};

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:ecr-sweep";

/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const PUBLISHED: &str =
    "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";

/// What nothing that is stored may hold. It is in every secret.
const SECRET: &str = "nottobetold";

const SLACK: &str = "/services/nottobetold";
const API: &str = "/api/chat.postMessage";
const TEAMS: &str = "/teams/nottobetold";
const HOOK: &str = "/hook/nottobetold";

struct Told {
    world: World,
    listener: Listener,
    channels: Vec<Channel>,
}

impl Told {
    /// A deployment with a channel of each kind.
    async fn start() -> Self {
        let listener = Listener::start();
        let hook = json!({ "url": listener.at(HOOK), "key": "nottobetold" }).to_string();
        let secrets = [
            ("slack", &*listener.at(SLACK)),
            ("token", "xoxb-nottobetold"),
            ("teams", &*listener.at(TEAMS)),
            ("hook", &*hook),
        ];
        let secrets = secrets.map(|(name, text)| GivenSecret::text(name, text)).to_vec();
        let options = SimulatorOptions { secrets, ..SimulatorOptions::default() };
        let world = World::with(small(), options).await;
        let channels = vec![
            Channel::SlackWebhook { secret: "slack".into() },
            Channel::SlackToken { secret: "token".into(), channel: Some("C0".into()) },
            Channel::TeamsWebhook { secret: "teams".into() },
            Channel::Webhook { secret: "hook".into() },
        ];
        let told = Self { world, listener, channels };
        told.topic_takes_everything();
        told
    }

    fn topic_takes_everything(&self) {
        let takes = Effect::Respond { status: 200, headers: [].into(), body: PUBLISHED.to_owned() };
        self.world.simulator.set_faults(vec![Fault::new("sns:Publish".parse().unwrap(), takes)]);
    }

    /// The topic is denied.
    fn topic_takes_nothing(&self) {
        self.world.fault("sns:Publish", crate::world::error("AccessDeniedException"));
    }

    fn published(&self) -> u64 {
        self.world.simulator.count("sns:Publish")
    }

    async fn notify(&self, call: NotifyCall) -> Result<(), StepError> {
        let settings =
            NotifySettings { topic_arn: TOPIC.to_owned(), channels: self.channels.clone() };
        let courier = Courier::to_this_machine(self.listener.at(API));
        let host = &Execution::of(&self.world).host;
        let told = Box::pin(notify_by(host, &settings, &courier, call)).await.map(drop);
        if let Err(error) = &told {
            let text = format!("{error:?} {}", error.in_full());
            assert!(!text.contains(SECRET), "{text}");
        }
        self.assert_nothing_stored_is_secret();
        told
    }

    fn summary(&self, run: &str) -> (RunSummary, Digest) {
        let bytes = std::fs::read(self.world.path(&format!("sweeps/{run}/summary.json"))).unwrap();
        (serde_json::from_slice(&bytes).unwrap(), sha256(&bytes))
    }

    /// The notice of a dry run's end, as the state machine asks for it.
    async fn tell(&self, run: &str) -> Result<(), StepError> {
        let (summary, digest) = self.summary(run);
        let outcome = Outcome::of(&summary, Stage::Plan, false, digest);
        let entered_at = Some("2026-11-28T12:00:00.000Z".into());
        self.notify(NotifyCall::Tell { run: run.parse().unwrap(), outcome, entered_at }).await
    }

    async fn ask(&self, run: &str, task_token: &str) -> Result<(), StepError> {
        let (_, plan_digest) = self.summary(run);
        let (run, task_token) = (run.parse().unwrap(), task_token.to_owned());
        self.notify(NotifyCall::Ask { run, task_token, plan_digest }).await
    }

    fn came_to(&self, path: &str) -> usize {
        self.listener.received(path).len()
    }

    /// How many messages came to each channel, in the order of the channels.
    fn counts(&self) -> [usize; 4] {
        [SLACK, API, TEAMS, HOOK].map(|path| self.came_to(path))
    }

    /// What is stored of the notices of a run, by channel.
    fn notices(&self, run: &str) -> BTreeMap<String, Notice> {
        let mut notices = BTreeMap::new();
        for path in files(&self.world.path(&format!("sweeps/{run}/notices"))) {
            let notice: Notice = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            notices.insert(notice.channel.to_string(), notice);
        }
        notices
    }

    fn assert_nothing_stored_is_secret(&self) {
        for path in files(&self.world.path("")) {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(SECRET), "{}", path.display());
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|it| it.unwrap().path());
    paths.flat_map(|it| if it.is_dir() { files(&it) } else { vec![it] }).collect()
}

fn caught() -> Caught {
    Caught { error: ErrorName::AccessDenied.into(), cause: "it was denied".into() }
}

#[tokio::test]
async fn every_channel_hears_the_question_and_the_end_and_it_is_on_record() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.ask("r1", "token-1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([1, 1, 1, 1], 1));
    told.tell("r1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([2, 2, 2, 2], 2));

    let notices = told.notices("r1");
    let channels: Vec<&str> = notices.keys().map(String::as_str).collect();
    let topic = format!("topic {TOPIC}");
    assert_eq!(
        channels,
        [
            "slack-token token C0",
            "slack-webhook slack",
            "teams-webhook teams",
            &topic,
            "webhook hook"
        ]
    );
    assert!(notices.values().all(|it| it.is_delivered() && it.parts[0].attempts == 1));
    let slack = told.listener.received(SLACK)[1].json();
    let said = slack["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(said.contains("run           r1") && said.contains("--store"), "{said}");
    let document = told.listener.received(HOOK)[1].json();
    assert_eq!(
        (&document["about"], &document["run"], &document["ending"]),
        (&json!("ended"), &json!("r1"), &json!("done"))
    );
    assert!(document["totals"]["plan"]["delete"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn every_channel_hears_of_failures_and_of_what_was_not_started() {
    let told = Told::start().await;
    let run = "r1".parse().unwrap();
    let call = NotifyCall::Failed { run, token: None, error: caught(), entered_at: None };
    told.notify(call).await.unwrap();
    assert_eq!((told.counts(), told.published()), ([1, 1, 1, 1], 1));
    let call = NotifyCall::NotStarted { execution: "an execution".to_owned(), error: caught() };
    told.notify(call).await.unwrap();
    assert_eq!((told.counts(), told.published()), ([2, 2, 2, 2], 2));
    let document = told.listener.received(HOOK)[1].json();
    assert_eq!(document["about"], "not-started");
    assert_eq!(document["run"], "an execution");
}

#[tokio::test]
async fn a_try_again_sends_only_what_was_not_taken() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.listener.reply(SLACK, (0..4).map(|_| Reply::of(503, "nottobetold")));
    let error = told.tell("r1").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Unavailable);
    assert!(error.to_string().contains("slack-webhook slack"), "{error}");
    assert_eq!((told.counts(), told.published()), ([4, 1, 1, 1], 1));
    let failed = &told.notices("r1")["slack-webhook slack"].parts[0];
    assert_eq!((failed.attempts, failed.error.as_deref()), (4, Some("it answers 503")));

    told.tell("r1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([5, 1, 1, 1], 1));
    let taken = &told.notices("r1")["slack-webhook slack"].parts[0];
    assert_eq!((taken.attempts, &taken.error), (5, &None));
    assert!(taken.delivered_at.is_some());
    // What is once sent again has the same words, and for a webhook the same id.
    let ids: Vec<String> = told.listener.received(HOOK).into_iter().map(|it| it.body).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn another_end_of_the_same_run_is_another_notice() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.tell("r1").await.unwrap();
    let (summary, digest) = told.summary("r1");
    let outcome = Outcome::of(&summary, Stage::Plan, false, digest);
    let entered_at = Some("2026-11-29T12:00:00.000Z".into());
    let call = NotifyCall::Tell { run: "r1".parse().unwrap(), outcome, entered_at };
    told.notify(call).await.unwrap();
    assert_eq!((told.counts(), told.published()), ([2, 2, 2, 2], 2));
}

#[tokio::test]
async fn a_channel_that_says_no_fails_no_run_and_the_next_notice_says_so() {
    let told = Told::start().await;
    told.world.dry_run("earlier").await;
    told.listener.reply(SLACK, [Reply::of(404, "no_service")]);
    told.tell("earlier").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([1, 1, 1, 1], 1));
    let problem = told.notices("earlier")["slack-webhook slack"].problem().unwrap();
    assert!(problem.contains("no_service") && problem.contains("new webhook"), "{problem}");

    told.world.clock.advance(jiff::SignedDuration::from_hours(1));
    told.world.dry_run("later").await;
    told.tell("later").await.unwrap();
    let text = told.notices("later")["webhook hook"].text.to_string();
    let (_, after) = text.split_once("Notices that did not arrive\n").unwrap();
    assert!(after.contains("earlier, of the end: slack-webhook slack: "), "{after}");
}

#[tokio::test]
async fn a_secret_that_is_not_there_keeps_its_channel_alone_from_hearing() {
    let mut told = Told::start().await;
    told.channels[0] = Channel::SlackWebhook { secret: "nobody".into() };
    told.world.dry_run("r1").await;
    told.tell("r1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([0, 1, 1, 1], 1));
    let problem = told.notices("r1")["slack-webhook nobody"].problem().unwrap();
    assert!(problem.contains("secretsmanager:GetSecretValue"), "{problem}");
}

#[tokio::test]
async fn what_was_sent_and_not_written_down_is_sent_again() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    // As if the function had ended between the two.
    std::fs::write(told.world.path("sweeps/r1/notices"), "in the way").unwrap();
    told.tell("r1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([1, 1, 1, 1], 1));
    std::fs::remove_file(told.world.path("sweeps/r1/notices")).unwrap();
    told.tell("r1").await.unwrap();
    assert_eq!((told.counts(), told.published()), ([2, 2, 2, 2], 2));
    assert_eq!(told.notices("r1").len(), 5);
    let [first, second] = &told.listener.received(HOOK)[..] else { panic!() };
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
}

#[tokio::test]
async fn a_question_that_somebody_hears_is_asked() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.topic_takes_nothing();
    for path in [SLACK, TEAMS, HOOK] {
        told.listener.reply(path, [Reply::of(404, "")]);
    }
    told.ask("r1", "token-1").await.unwrap();
    assert_eq!(told.counts(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_question_that_nobody_hears_fails() {
    let mut told = Told::start().await;
    told.channels.retain(|it| matches!(it, Channel::TeamsWebhook { .. }));
    told.world.dry_run("r1").await;
    told.topic_takes_nothing();
    told.listener.reply(TEAMS, [Reply::of(404, "")]);
    let error = told.ask("r1", "token-1").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::AccessDenied);
}

#[tokio::test]
async fn a_topic_that_takes_nothing_is_an_error_after_all_others_heard() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.topic_takes_nothing();
    let error = told.tell("r1").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert_eq!(told.counts(), [1, 1, 1, 1]);
    let run = "r1".parse().unwrap();
    told.notify(NotifyCall::Untold { run, error: caught() }).await.unwrap();
    assert_eq!(told.counts(), [1, 1, 1, 1]);
}

#[tokio::test]
async fn a_channel_of_repositories_hears_of_its_own_alone() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    let path = told.world.path("sweeps/r1/summary.json");
    let (mut summary, _) = told.summary("r1");
    let mut other = summary.repositories[0].clone();
    other.repository = "dev/other".into();
    other.plan.delete = 0;
    let mut blocked = other.clone();
    blocked.repository = "dev/blocked".into();
    blocked.blocked = serde_json::from_value(json!([
        { "code": "incomplete-usage", "detail": "something was not seen" }
    ]))
    .unwrap();
    summary.repositories[0].notify = vec!["C0".into(), "C1".into()];
    // Nothing of it goes: nobody hears that.
    other.notify = vec!["C2".into()];
    blocked.notify = vec!["C1".into(), "C3".into()];
    summary.repositories.extend([other, blocked]);
    std::fs::write(path, serde_json::to_vec(&summary).unwrap()).unwrap();
    told.tell("r1").await.unwrap();

    let received = told.listener.received(API);
    let mut heard: Vec<(String, String)> = received
        .iter()
        .map(|it| (it.json()["channel"].as_str().unwrap().to_owned(), it.body.clone()))
        .collect();
    heard.sort();
    let channels: Vec<&str> = heard.iter().map(|(channel, _)| &**channel).collect();
    // The first hears of every run already.
    assert_eq!(channels, ["C0", "C1", "C3"]);
    let (first, third) = (&heard[1].1, &heard[2].1);
    assert!(first.contains("dev/app") && first.contains("dev/blocked"), "{first}");
    assert!(third.contains("dev/blocked") && !third.contains("dev/app:"), "{third}");
    assert!(told.notices("r1").contains_key("slack-token token C3"));

    told.ask("r1", "token-1").await.unwrap();
    let asked: Vec<_> = told.listener.received(API)[3..]
        .iter()
        .map(|it| it.json()["channel"].as_str().unwrap().to_owned())
        .collect();
    assert!(asked.contains(&"C1".to_owned()) && !asked.contains(&"C3".to_owned()), "{asked:?}");
}

/// What is logged, down to what a function never logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{}: {value:?}", field.name());
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn nothing_that_is_logged_is_secret() {
    let told = Told::start().await;
    told.world.dry_run("r1").await;
    told.listener.reply(SLACK, [Reply::with(302, "Location", &told.listener.at(SLACK))]);
    told.listener.reply(API, [Reply::of(200, r#"{"ok":false,"error":"invalid_auth"}"#)]);
    told.listener.reply(TEAMS, [Reply::Close, Reply::of(401, "nottobetold")]);
    told.listener.reply(HOOK, [Reply::of(500, "nottobetold"), Reply::of(400, "nottobetold")]);
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    told.tell("r1").await.unwrap();
    drop(guard);
    let log = log.0.lock().unwrap();
    assert!(log.contains("notices_failed: 4"), "{log}");
    assert!(log.contains("invalid_auth") && !log.contains(SECRET), "{log}");
}
