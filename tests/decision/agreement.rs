//! The decision and the naive model agree.

use std::fmt::Write;

use ecr_sweep_core::{Policy, RepositoryPlan};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::policy::{Use, read};
use ecr_sweep_tests::model::{self, ModelPlan};
use ecr_sweep_tests::random::{organization, policy, policy_text};
use proptest::prelude::*;

use super::{cases, plan};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn core_and_the_naive_model_agree(snapshot in organization(), policy in policy()) {
        let differences = differences(&snapshot, &policy);
        prop_assert!(differences.is_empty(), "{differences}\n{}\n{}",
            serde_json::to_string_pretty(&snapshot).unwrap(), policy_text(&policy, false));
    }

    #[test]
    fn a_policy_reads_as_it_was_written(policy in policy(), long in any::<bool>()) {
        let text = policy_text(&policy, long);
        let read = read("policy.yaml", &text, Use::Offline);
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        prop_assert_eq!(read.unwrap().policy, policy, "{}", text);
    }
}

/// Where the two differ, in words; empty where they agree.
pub(super) fn differences(snapshot: &Snapshot, policy: &Policy) -> String {
    let core: Vec<ModelPlan> = plan(snapshot, policy).plans.iter().map(as_the_model_says).collect();
    let model = model::plans(snapshot, policy);
    let mut text = String::new();
    let names = |plans: &[ModelPlan]| -> Vec<_> {
        plans.iter().map(|plan| (plan.place.clone(), plan.repository.clone())).collect()
    };
    if names(&core) != names(&model) {
        let _ = writeln!(text, "plans: core {:?}, model {:?}", names(&core), names(&model));
        return text;
    }
    for (core, model) in core.iter().zip(&model) {
        if core != model {
            let _ = writeln!(text, "in {} {}:", core.place, core.repository);
            for digest in core.keep.keys().chain(model.keep.keys()) {
                let (core, model) = (core.keep.get(digest), model.keep.get(digest));
                if core != model {
                    let _ = writeln!(text, "  {digest}: core {core:?}, model {model:?}");
                }
            }
            if core.delete != model.delete {
                let _ =
                    writeln!(text, "  delete: core {:?}, model {:?}", core.delete, model.delete);
            }
            if core.blocked != model.blocked {
                let _ =
                    writeln!(text, "  blocked: core {:?}, model {:?}", core.blocked, model.blocked);
            }
            if core.summary != model.summary {
                let _ =
                    writeln!(text, "  summary: core {:?}, model {:?}", core.summary, model.summary);
            }
        }
    }
    text
}

fn as_the_model_says(plan: &RepositoryPlan) -> ModelPlan {
    ModelPlan {
        place: plan.place(),
        repository: plan.repository.to_string(),
        summary: plan.summary,
        keep: plan
            .keep
            .iter()
            .map(|kept| {
                let codes = kept.reasons.iter().map(|reason| reason.code.text().into_owned());
                (kept.digest, codes.collect())
            })
            .collect(),
        delete: plan.delete.iter().map(|deletion| deletion.digest).collect(),
        blocked: plan
            .blocked
            .iter()
            .map(|block| (block.code.to_string(), block.would_delete.iter().copied().collect()))
            .collect(),
    }
}

#[test]
fn random_organizations_reach_every_reason_and_every_block() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..1000 {
        let snapshot = organization().new_tree(&mut runner).unwrap().current();
        let policy = policy().new_tree(&mut runner).unwrap().current();
        for plan in model::plans(&snapshot, &policy) {
            let keep = plan.keep.values().flatten().cloned();
            let only =
                plan.keep.values().filter(|c| c.len() == 1).flatten().map(|c| format!("only {c}"));
            let blocked = plan.blocked.keys().map(|code| format!("blocked {code}"));
            let going = if plan.delete.is_empty() { None } else { Some("deletes".to_owned()) };
            for code in keep.chain(blocked).chain(going).chain(only).chain(["plans".to_owned()]) {
                *seen.entry(code).or_default() += 1;
            }
            for _ in &plan.delete {
                *seen.entry("deletions".into()).or_default() += 1;
            }
        }
    }
    eprintln!("{seen:#?}");
}
