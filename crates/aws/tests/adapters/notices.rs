//! Messages to Slack, Teams and webhooks: taken, tried again or refused, and nothing of a secret in any
//! error.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecr_sweep_aws::Deadline;
use ecr_sweep_aws::notice::{Address, Courier, Posted, UndeliveredKind};
use ecr_sweep_protocol::notice::{slack_messages, teams_messages};
use ecr_sweep_test_world::{Listener, Reply};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

/// What no error may tell. It is in every address, token and key.
const SECRET: &str = "nottobetold";

struct World {
    listener: Listener,
    courier: Courier,
}

impl World {
    fn start() -> Self {
        let listener = Listener::start();
        let courier = Courier::to_this_machine(listener.at("/api/chat.postMessage"));
        Self { listener, courier }
    }

    fn hook(&self) -> String {
        self.listener.at(HOOK)
    }

    /// Posts to an endpoint that takes everything.
    async fn post(&self, deadline: Deadline) -> Posted {
        let url = self.hook();
        let posted = self.courier.post(&Address::Webhook(&url), &json!({}), "id", deadline).await;
        assert!(!format!("{posted:?}").contains(SECRET), "{posted:?}");
        posted
    }

    fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.listener.reply(HOOK, replies);
    }
}

const HOOK: &str = "/hook/nottobetold";

fn problem(posted: &Posted) -> String {
    posted.outcome.as_ref().unwrap_err().to_string()
}

fn message() -> Value {
    slack_messages("a subject", "a line\n").swap_remove(0)
}

#[tokio::test]
async fn slack_takes_a_message_by_webhook_and_by_token() {
    let world = World::start();
    let url = world.listener.at("/services/nottobetold");
    // Who pastes an address often pastes the end of the line.
    let url = format!("{url}\n");
    let to = Address::SlackWebhook(&url);
    let posted = world.courier.post(&to, &message(), "id", Deadline::NEVER).await;
    assert_eq!(posted, Posted { attempts: 1, outcome: Ok(()) });
    let [received] = &world.listener.received("/services/nottobetold")[..] else { panic!() };
    assert_eq!(received.json(), message());
    assert!(received.headers["content-type"].starts_with("application/json"));

    let mut in_channel = message();
    in_channel["channel"] = "C1".into();
    let to = Address::SlackToken("xoxb-nottobetold");
    let posted = world.courier.post(&to, &in_channel, "id", Deadline::NEVER).await;
    assert_eq!(posted.outcome, Ok(()));
    let [received] = &world.listener.received("/api/chat.postMessage")[..] else { panic!() };
    assert_eq!(received.headers["authorization"], "Bearer xoxb-nottobetold");
    assert_eq!(received.json()["channel"], "C1");
}

#[tokio::test]
async fn what_slack_says_no_to_is_told_by_its_name_and_not_sent_again() {
    let world = World::start();
    for (token, channel, code) in [
        ("nottobetold", json!("C1"), "invalid_auth"),
        ("xoxb-nottobetold", Value::Null, "channel_not_found"),
    ] {
        let mut message = message();
        message["channel"] = channel;
        let to = Address::SlackToken(token);
        let posted = world.courier.post(&to, &message, "id", Deadline::NEVER).await;
        assert_eq!(posted.attempts, 1);
        assert!(problem(&posted).contains(code), "{posted:?}");
        assert!(!format!("{posted:?}").contains(SECRET), "{posted:?}");
    }
    let too_long = json!({ "text": "x".repeat(40_001), "channel": "C1" });
    let to = Address::SlackToken("xoxb-nottobetold");
    let posted = world.courier.post(&to, &too_long, "id", Deadline::NEVER).await;
    assert!(problem(&posted).contains("msg_too_long"), "{posted:?}");
}

#[tokio::test]
async fn long_notices_are_within_the_limits_of_slack_and_teams() {
    let world = World::start();
    let lines: Vec<String> = (0..600).map(|n| format!("{n} <{}>", "&é".repeat(40))).collect();
    let (subject, text) = ("s".repeat(400), lines.join("\n"));
    let slack = world.listener.at("/services/nottobetold");
    for message in slack_messages(&subject, &text) {
        let to = Address::SlackWebhook(&slack);
        let posted = world.courier.post(&to, &message, "id", Deadline::NEVER).await;
        assert_eq!(posted.outcome, Ok(()));
    }
    let teams = world.listener.at("/teams/nottobetold");
    let to = Address::TeamsWebhook(&teams);
    for message in teams_messages(&subject, &text) {
        let posted = world.courier.post(&to, &message, "id", Deadline::NEVER).await;
        assert_eq!(posted.outcome, Ok(()));
    }
    let too_long = json!({ "text": "x".repeat(28 * 1024) });
    let posted = world.courier.post(&to, &too_long, "id", Deadline::NEVER).await;
    assert!(problem(&posted).contains("too long for it (413)"), "{posted:?}");
    assert_eq!(posted.attempts, 1);
}

#[tokio::test]
async fn a_document_for_a_webhook_is_signed_and_has_an_id() {
    let world = World::start();
    let body = json!({ "subject": "é" });
    let secret = json!({ "url": world.hook(), "key": "nottobetold" }).to_string();
    let posted = world.courier.post(&Address::Webhook(&secret), &body, "i1", Deadline::NEVER).await;
    assert_eq!(posted.outcome, Ok(()));
    let [received] = &world.listener.received(HOOK)[..] else { panic!() };
    assert_eq!(received.headers["webhook-id"], "i1");
    let seconds = &received.headers["webhook-timestamp"];
    let age = Timestamp::now().as_second() - seconds.parse::<i64>().unwrap();
    assert!((0..300).contains(&age), "{age}");
    let mut mac = Hmac::<Sha256>::new_from_slice(b"nottobetold").unwrap();
    mac.update(format!("i1.{seconds}.{}", received.body).as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(received.headers["webhook-signature"], expected);

    let plain = world.hook();
    world.courier.post(&Address::Webhook(&plain), &body, "i2", Deadline::NEVER).await;
    let [_, received] = &world.listener.received(HOOK)[..] else { panic!() };
    assert!(!received.headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn a_channel_that_asks_to_wait_is_waited_for() {
    let world = World::start();
    let over = "Sun, 06 Nov 1994 08:49:37 GMT";
    world.reply([Reply::with(429, "Retry-After", "0"), Reply::with(429, "Retry-After", over)]);
    assert_eq!(world.post(Deadline::NEVER).await, Posted { attempts: 3, outcome: Ok(()) });
}

#[tokio::test]
async fn a_wait_that_nobody_has_time_for_is_left_to_who_tries_again() {
    let world = World::start();
    world.reply([Reply::with(429, "Retry-After", "60")]);
    let posted = world.post(Deadline::within(Duration::from_secs(30))).await;
    assert_eq!(posted.attempts, 1);
    let kind = posted.outcome.unwrap_err().kind();
    assert_eq!(kind, UndeliveredKind::Throttled(Some(Duration::from_mins(1))));
    world.reply([Reply::with(429, "Retry-After", "86400")]);
    assert_eq!(world.post(Deadline::NEVER).await.attempts, 1);
}

#[tokio::test]
async fn what_may_pass_is_tried_a_few_times() {
    let world = World::start();
    world.reply([Reply::of(500, "nottobetold"), Reply::Close, Reply::of(503, "")]);
    assert_eq!(world.post(Deadline::NEVER).await, Posted { attempts: 4, outcome: Ok(()) });
    world.reply((0..4).map(|_| Reply::of(502, "<html>nottobetold")));
    let posted = world.post(Deadline::NEVER).await;
    assert_eq!((posted.attempts, &*problem(&posted)), (4, "it answers 502"));
    assert!(posted.outcome.unwrap_err().may_pass());
}

#[tokio::test]
async fn what_does_not_answer_or_is_not_there_may_pass() {
    let world = World::start();
    world.reply([Reply::Hang]);
    let posted = world.post(Deadline::within(Duration::ZERO)).await;
    assert_eq!((posted.attempts, &*problem(&posted)), (1, "it did not answer in time"));
    assert!(posted.outcome.unwrap_err().may_pass());

    let nobody = "http://127.0.0.1:1/nottobetold";
    let to = Address::Webhook(nobody);
    let posted = world.courier.post(&to, &json!({}), "id", Deadline::NEVER).await;
    assert_eq!((posted.attempts, &*problem(&posted)), (4, "it takes no connections"));
    assert!(!format!("{posted:?}").contains(SECRET), "{posted:?}");
}

#[tokio::test]
async fn a_redirect_and_a_no_are_not_tried_again() {
    let world = World::start();
    let elsewhere = world.listener.at("/elsewhere");
    for reply in [
        Reply::with(302, "Location", &elsewhere),
        Reply::with(308, "Location", &elsewhere),
        Reply::of(400, "nottobetold"),
        Reply::of(401, ""),
        Reply::of(404, "nottobetold"),
        Reply::of(410, ""),
        Reply::of(413, ""),
    ] {
        world.reply([reply]);
        let posted = world.post(Deadline::NEVER).await;
        assert_eq!(posted.attempts, 1, "{posted:?}");
        assert_eq!(posted.outcome.unwrap_err().kind(), UndeliveredKind::Refused);
    }
    assert_eq!(world.listener.received("/elsewhere").len(), 0);
}

#[tokio::test]
async fn an_answer_that_is_not_the_services_is_no_delivery() {
    let world = World::start();
    let (webhook, api) = ("/services/nottobetold", "/api/chat.postMessage");
    for path in [webhook, api] {
        world.listener.reply(path, [Reply::of(200, "<html>nottobetold</html>")]);
    }
    let url = world.listener.at(webhook);
    for to in [Address::SlackWebhook(&url), Address::SlackToken("xoxb-nottobetold")] {
        let posted = world.courier.post(&to, &message(), "id", Deadline::NEVER).await;
        assert!(problem(&posted).contains("cannot be read"), "{posted:?}");
        assert!(!format!("{posted:?}").contains(SECRET), "{posted:?}");
    }
}

#[tokio::test]
async fn only_addresses_with_tls_are_written_to() {
    let world = World::start();
    for secret in [
        "http://example.com/nottobetold",
        "https://exa mple.com/nottobetold",
        "ftp://127.0.0.1/nottobetold",
        "nottobetold",
        "",
        "{\"url\": \"nottobetold\"}",
        "{\"address\": \"https://example.com/nottobetold\"}",
        "{\"url\": \"https://example.com/nottobetold\", \"key\": \"\"}",
        "{nottobetold",
    ] {
        let to = Address::Webhook(secret);
        let posted = world.courier.post(&to, &json!({}), "id", Deadline::NEVER).await;
        assert_eq!(posted.attempts, 1);
        let text = format!("{posted:?}");
        assert!(posted.outcome.is_err() && !text.contains(SECRET), "{text}");
    }
    let to = Address::SlackToken("xoxb-nottobetold\nx");
    let posted = world.courier.post(&to, &json!({}), "id", Deadline::NEVER).await;
    assert!(!format!("{posted:?}").contains(SECRET), "{posted:?}");
    assert!(posted.outcome.is_err());
}

#[tokio::test]
async fn this_machine_is_written_to_without_tls_by_tests_alone() {
    let world = World::start();
    let url = world.hook();
    let courier = Courier::default();
    let posted = courier.post(&Address::Webhook(&url), &json!({}), "id", Deadline::NEVER).await;
    assert!(problem(&posted).contains("https://"), "{posted:?}");
    assert_eq!(world.listener.received(HOOK).len(), 0);
}
