//! Who is told that a run failed: by EventBridge, whatever became of the run's own notice.

use serde_json::Value;

use crate::execution::wait_for;
use crate::organization::{ASKING, REGION};
use crate::stage::{Stage, stage};

/// A queue that gets what the topic of the asking deployment says.
struct Subscribed<'a> {
    stage: &'a Stage,
    queue: String,
    told: Vec<String>,
}

impl<'a> Subscribed<'a> {
    fn new(stage: &'a Stage) -> Self {
        let create = ["create-queue", "--queue-name", "told", "--query", "QueueUrl"];
        let queue = sqs(stage, &[&create[..], &["--output", "text"]].concat());
        let topic = format!("arn:aws:sns:{REGION}:{ASKING}:ecr-sweep");
        let endpoint = format!("arn:aws:sqs:{REGION}:{ASKING}:told");
        let subscribe = ["sns", "subscribe", "--protocol", "sqs", "--topic-arn", &topic];
        let to = ["--notification-endpoint", &endpoint];
        stage.local.aws(ASKING, &[&subscribe[..], &to].concat());
        Self { stage, queue, told: Vec::new() }
    }

    /// Takes what is there, and says whether something of all that was told has this text.
    fn has(&mut self, text: &str) -> bool {
        let receive = ["receive-message", "--max-number-of-messages", "10", "--queue-url"];
        let answer = sqs(self.stage, &[&receive[..], &[&self.queue]].concat());
        if !answer.is_empty() {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            for message in answer["Messages"].as_array().unwrap() {
                let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                self.told.push(body["Message"].as_str().unwrap().to_owned());
            }
        }
        self.told.iter().any(|told| told.contains(text))
    }
}

/// The CLI goes to where SQS used to be, whatever its environment says.
fn sqs(stage: &Stage, arguments: &[&str]) -> String {
    let endpoint = stage.local.ministack.endpoint().to_string();
    stage.local.aws(ASKING, &[&["--endpoint-url", &endpoint, "sqs"], arguments].concat())
}

#[test]
fn a_run_that_fails_is_told_of_and_one_that_somebody_said_no_to_is_not() {
    let stage = stage();
    let mut subscribed = Subscribed::new(&stage);
    let asked = stage.ask("told-no", "declined/*");
    stage.answer(&asked, false).assert_failed("Rejected");
    let mut asked = stage.ask("told-failed", "declined/*");
    asked.plan_digest = format!("sha256:{}", "0".repeat(64));
    stage.answer(&asked, true).assert_failed("Conflict");

    let failed = "ecr-sweep: the run told-failed ended FAILED: Conflict. What to do: docs/runbook.md#run-failed";
    wait_for("what EventBridge tells", || subscribed.has(failed).then_some(()));
    // Its own notice was told, and nothing besides.
    assert!(subscribed.has("told-no"), "{:?}", subscribed.told);
    assert!(!subscribed.has("the run told-no ended FAILED"), "{:?}", subscribed.told);
}
