//! What the functions may answer, in their own types, to any call of the machine.

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{ApprovalAnswer, MatchedRepository, RegistryItem, Stage};
use ecr_sweep_protocol::functions::{
    AtOnce, Caught, Cursor, Finished, Outcome, Progressed, SweepState,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::definition::State;

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap()
}

fn sweep(dry_run: bool, reviewed: bool, approval: bool, registries: u64) -> SweepState {
    SweepState {
        run: "2026-11-21".parse().unwrap(),
        stage: if reviewed && dry_run { Stage::Recheck } else { Stage::Plan },
        dry_run,
        reviewed,
        approval,
        other_than: None,
        token: None,
        scopes_key: "sweeps/2026-11-21/items/scopes.json".to_owned(),
        registries_key: "sweeps/2026-11-21/items/plan/registries.json".to_owned(),
        registries,
        concurrency: AtOnce { scopes: 10, registries: 5, repositories: 4 },
        gone: 0,
        gone_in_vain: None,
    }
}

fn outcome(go_on: bool, succeeded: bool) -> Outcome {
    Outcome {
        stage: Stage::Plan,
        ending: if succeeded { Ending::Done } else { Ending::Refused },
        deletions: 3,
        go_on,
        settle: false,
        succeeded,
        error: (!succeeded).then(|| ErrorName::Rejected.into()),
        cause: if succeeded { "" } else { "somebody said no" }.into(),
        plan_digest: ecr_sweep_core::Digest::from_bytes([7; 32]),
    }
}

/// What a state may be answered: every answer that sends it another way.
pub fn answers(state: &State, payload: &Value) -> Vec<Value> {
    let both = [false, true];
    match (state.function().unwrap(), state.act()) {
        ("list-repos", "list") => both
            .into_iter()
            .flat_map(|dry| both.map(|reviewed| (dry, reviewed)))
            .flat_map(|(dry, reviewed)| both.map(|approval| (dry, reviewed, approval)))
            .flat_map(|(dry, reviewed, approval)| {
                [0, 2].map(|registries| value(&sweep(dry, reviewed, approval, registries)))
            })
            .collect(),
        (_, "scan" | "index" | "plan" | "limit" | "delete") => {
            let further = Progressed { done: false, cursor: Some(Cursor { calls: 1, steps: 10 }) };
            vec![value(&Progressed::DONE), value(&further)]
        }
        // Wrongly, for a dry run: the machine is not to believe it.
        ("notify", "judge") => {
            let settle = Outcome { settle: true, ..outcome(false, true) };
            [outcome(false, true), outcome(true, true), settle].map(|it| value(&it)).to_vec()
        }
        ("notify", "judge_deletion") => both.map(|ok| value(&outcome(false, ok))).to_vec(),
        ("notify", "refused") => vec![value(&outcome(false, false))],
        ("notify", "ask") => vec![value(&ApprovalAnswer {
            approved: true,
            by: "arn:aws:iam::111122223333:user/someone".into(),
            at: Timestamp::UNIX_EPOCH,
            plan_digest: ecr_sweep_core::Digest::from_bytes([7; 32]),
            proof: None,
        })],
        ("delete-batch", "begin") => {
            let state: SweepState = serde_json::from_value(payload["state"].clone()).unwrap();
            let begun = SweepState {
                stage: Stage::Recheck,
                token: serde_json::from_str("7").unwrap(),
                ..state
            };
            [0, 2].map(|registries| value(&SweepState { registries, ..begun.clone() })).to_vec()
        }
        ("delete-batch", "finish") => both
            .map(|again| {
                let state = serde_json::from_value(payload["state"].clone()).unwrap();
                value(&Finished { again, state })
            })
            .to_vec(),
        _ => vec![json!({})],
    }
}

/// What Step Functions makes of an error.
pub fn caught(name: &str) -> Value {
    let name = if name == "States.ALL" { "Internal" } else { name };
    value(&Caught { error: name.into(), cause: r#"{"errorMessage":"why"}"#.into() })
}

/// An item of the array that a Map goes through.
pub fn item(map: &str) -> Value {
    let place = json!({ "account": "111122223333", "region": "eu-west-1" });
    match map {
        "ScanUsage" => place,
        "PlanRepos" | "DeleteImages" => value(&RegistryItem {
            account: serde_json::from_value(place["account"].clone()).unwrap(),
            region: serde_json::from_value(place["region"].clone()).unwrap(),
            repositories_key: "sweeps/2026-11-21/items/plan/repositories/1/r.json".to_owned(),
            repositories: 1,
        }),
        _ => value(&MatchedRepository {
            account: serde_json::from_value(place["account"].clone()).unwrap(),
            region: serde_json::from_value(place["region"].clone()).unwrap(),
            repository: "team/app".into(),
            rule: 0,
            tags: [("team".into(), "payments".into())].into(),
        }),
    }
}
