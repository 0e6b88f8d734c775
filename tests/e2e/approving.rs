use std::collections::BTreeMap;

use ecr_sweep_aws::Sessions;
use ecr_sweep_core::{Place, WarningCode};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, keys};
use serde_json::{Value, json};

use crate::documents::{assert_same, documents};
use crate::execution::{Ended, wait_for};
use crate::organization::{KEEP_ONE, KEPT, policy};
use crate::stage::{Deployed, RUNTIME, Stage, stage};

/// Who is asked by a run that waits for an answer.
pub(crate) struct Asked {
    arn: String,
    task_token: String,
    pub(crate) plan_digest: String,
}

impl Deployed {
    /// Waits until a run asks, and gives what it asks with.
    pub(crate) fn wait_for_the_question(&self, run: &str) -> Value {
        let key = keys::approval_request(&run.parse().unwrap());
        wait_for("the question", || self.has(&key).then_some(()));
        self.read(&key)
    }
}

impl Stage {
    /// Starts a sweep of a deployment that asks first, up to its question.
    pub(crate) fn ask(&self, run: &str, repositories: &str) -> Asked {
        Self::set_policy(&self.asking, &policy(KEEP_ONE));
        let input = json!({ "dryRun": false, "repositories": [repositories] });
        let arn = self.asking.start(run, &input);
        let request = self.asking.wait_for_the_question(run);
        let text = |name: &str| request[name].as_str().unwrap().to_owned();
        let asked = Asked { arn, task_token: text("task_token"), plan_digest: text("plan_digest") };
        assert_eq!(self.changes(), BTreeMap::new());
        asked
    }

    /// Answers, and waits for the end.
    pub(crate) fn answer(&self, asked: &Asked, approved: bool) -> Ended {
        let answer = json!({
            "approved": approved,
            "by": "arn:aws:iam::222233334444:user/somebody",
            "at": jiff::Timestamp::now(),
            "plan_digest": asked.plan_digest,
        });
        let answered = self
            .asking
            .sfn
            .send_task_success()
            .task_token(&asked.task_token)
            .output(answer.to_string());
        RUNTIME.block_on(answered.send()).unwrap();
        self.asking.end_of(&asked.arn)
    }

    fn summary_of(&self, run: &str) -> RunSummary {
        self.asking.read(&keys::summary(&run.parse().unwrap(), Made::Plan))
    }
}

#[test]
fn what_is_approved_is_deleted() {
    let stage = stage();
    let asked = stage.ask("approved", "approved/*");
    stage.answer(&asked, true).assert_succeeded();
    assert_eq!(
        stage.images(&stage.asking, "approved/app"),
        stage.organization.digests("approved/app", &KEPT)
    );
    assert_eq!(stage.summary_of("approved").ending, Ending::Done);
}

#[test]
fn what_is_rejected_is_not_deleted() {
    let stage = stage();
    let before = stage.images(&stage.asking, "rejected/app");
    let asked = stage.ask("rejected", "rejected/*");
    let rejected = stage
        .asking
        .sfn
        .send_task_failure()
        .task_token(&asked.task_token)
        .error("Rejected")
        .cause("not this week");
    RUNTIME.block_on(rejected.send()).unwrap();
    let ended = stage.asking.end_of(&asked.arn);

    ended.assert_failed("Rejected");
    assert!(ended.cause.contains("not this week"), "{ended:?}");
    assert_eq!(stage.images(&stage.asking, "rejected/app"), before);
    assert_eq!(stage.changes(), BTreeMap::new());
    assert_eq!(stage.summary_of("rejected").ending, Ending::Refused);
}

#[test]
fn an_answer_that_says_no_is_a_rejection() {
    let stage = stage();
    let asked = stage.ask("declined", "declined/*");
    stage.answer(&asked, false).assert_failed("Rejected");
    assert_eq!(stage.changes(), BTreeMap::new());

    let alone = stage.alone_asking(&policy(KEEP_ONE), "declined");
    assert_eq!(alone.sweep(|| false).unwrap().ending, Ending::Refused);
}

#[test]
fn an_approval_of_another_plan_deletes_nothing() {
    let stage = stage();
    let mut asked = stage.ask("other-plan", "declined/*");
    asked.plan_digest = format!("sha256:{}", "0".repeat(64));
    let ended = stage.answer(&asked, true);
    ended.assert_failed("Conflict");
    assert_eq!(stage.changes(), BTreeMap::new());
}

#[test]
fn a_repository_that_is_removed_in_mid_run_stops_no_other() {
    let stage = stage();
    let asked = stage.ask("removed", "removed/*");
    remove(&stage.simulator.endpoint(), &stage.asking.place);
    stage.answer(&asked, true).assert_succeeded();

    let kept = stage.organization.digests("removed/other", &KEPT);
    assert_eq!(stage.images(&stage.asking, "removed/other"), kept);
    let summary = stage.summary_of("removed");
    assert_eq!((summary.ending, summary.totals.outcomes.already_gone), (Ending::Done, 6));
    let gone = WarningCode::RepositoryGone;
    assert!(summary.warnings.iter().any(|it| it.code == gone), "{:?}", summary.warnings);

    let alone = stage.alone_asking(&policy(KEEP_ONE), "removed");
    let (endpoint, place) = (alone.simulator.endpoint(), stage.asking.place.clone());
    let somebody = || std::thread::spawn(move || remove(&endpoint, &place)).join().is_ok();
    alone.sweep(somebody).unwrap();
    assert_same(&documents(&*stage.asking.store, "removed"), &alone.documents());
}

/// Somebody else removes `removed/app`.
fn remove(simulator: &str, place: &Place) {
    let sessions = Sessions::simulated(simulator, place.clone());
    let ecr = aws_sdk_ecr::Client::new(sessions.config());
    let removal = ecr.delete_repository().repository_name("removed/app").force(true);
    RUNTIME.block_on(removal.send()).unwrap();
}
