//! Every operation that a sweep calls fails in every way, one at a time, at its first, second and last call:
//! what is used stays, and the run does not end as if nothing had been wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_protocol::ExitCode;
use futures::{StreamExt, stream};

use super::is_wide;
use crate::answers::{Ended, Form, run};
use crate::world::{error, fault};

/// One way to fail.
struct Failure {
    name: &'static str,
    effect: Effect,
    /// Whether a client asks again: then it fails from that call on.
    is_retried: bool,
}

fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> Effect {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Effect::Respond { status, headers: headers.collect(), body: body.to_owned() }
}

fn failures() -> [Failure; 12] {
    let json = [("content-type", "application/x-amz-json-1.1")];
    let html = [("content-type", "text/html")];
    let there = [("location", "http://127.0.0.1:9/")];
    let broken =
        Effect::Error { code: "InternalFailure".to_owned(), status: 500, message: String::new() };
    let once = |name, effect| Failure { name, effect, is_retried: false };
    let retried = |name, effect| Failure { name, effect, is_retried: true };
    [
        once("denied", error("AccessDeniedException")),
        retried("throttled", error("ThrottlingException")),
        retried("broken", broken),
        retried("reset", Effect::Drop),
        retried("lost", Effect::DropAnswer),
        once("cut", respond(200, &json, "{\"cut")),
        once("empty", respond(200, &json, "")),
        once("of another type", respond(200, &json, "\"text\"")),
        once("a page", respond(200, &html, "<html><body>Please log in</body></html>")),
        once("elsewhere", respond(307, &there, "")),
        once("expired", error("ExpiredTokenException")),
        once("late", Effect::Late(100)),
    ]
}

/// The services that have something here and adapters of their own: see `answers`.
const WITH_ADAPTERS: [&str; 6] = ["account:", "ecr:", "ecs:", "lambda:", "organizations:", "sts:"];

/// A failure of one operation, after so many calls.
#[derive(Debug)]
struct Case {
    operation: String,
    failure: &'static str,
    fault: Fault,
}

fn cases(whole: &Ended) -> Vec<Case> {
    let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
    for answer in &whole.answers {
        *calls.entry(&answer.operation).or_default() += 1;
    }
    calls.retain(|operation, _| WITH_ADAPTERS.iter().any(|it| operation.starts_with(it)));
    let mut cases = Vec::new();
    for (operation, calls) in calls {
        for Failure { name, effect, is_retried } in failures() {
            let mut moments = vec![0, 1, calls - 1];
            moments.retain(|after| *after < calls);
            moments.dedup();
            for after in moments {
                let times = (!is_retried).then_some(1);
                let fault = Fault { after, times, ..fault(operation, effect.clone()) };
                cases.push(Case { operation: operation.to_owned(), failure: name, fault });
            }
        }
    }
    cases
}

impl Case {
    /// What is wrong with how it ended, if anything is.
    async fn problem(self, whole: &Ended) -> Option<String> {
        let limit = Duration::from_mins(5);
        let what = format!("{} {} after {}", self.operation, self.failure, self.fault.after);
        let ended = tokio::time::timeout(limit, run(Form::Sweep, vec![self.fault])).await;
        let Ok(ended) = ended else { return Some(format!("{what}: it hangs")) };
        if !ended.images.is_superset(&whole.images) {
            return Some(format!("{what}: what is kept is gone"));
        }
        let is_done = ended.code == Some(ExitCode::Done);
        if is_done && (ended.images != whole.images || ended.documents != whole.documents) {
            return Some(format!("{what}: it ended as if nothing had been wrong"));
        }
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_of_any_call_costs_an_image_that_is_used_and_each_is_told() {
    let whole = run(Form::Sweep, Vec::new()).await;
    assert_eq!(whole.code, Some(ExitCode::Done));
    let cases = cases(&whole);
    assert!(cases.len() > 500, "{} cases", cases.len());
    let step = if is_wide() { 1 } else { 11 };
    let problems: Vec<String> = stream::iter(cases.into_iter().step_by(step))
        .map(|case| case.problem(&whole))
        .buffer_unordered(4)
        .filter_map(async |problem| problem)
        .collect()
        .await;
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}
