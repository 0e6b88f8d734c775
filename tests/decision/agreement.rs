//! The decision and the naive model agree.

use std::collections::BTreeMap;
use std::fmt::Write;

use ecr_sweep_core::{BlockCode, Policy, ReasonCode, RepositoryPlan};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::model::{self, ModelPlan};
use ecr_sweep_tests::random::{organization, policy, policy_text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::stories::NOT_FROM_A_SNAPSHOT;

use super::{cases, plan};

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn core_and_the_naive_model_agree(snapshot in organization(), policy in policy()) {
        let differences = differences(&snapshot, &policy);
        prop_assert!(differences.is_empty(), "{differences}\n{}\n{}",
            serde_json::to_string_pretty(&snapshot).unwrap(), policy_text(&policy, false));
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

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

pub(crate) fn as_the_model_says(plan: &RepositoryPlan) -> ModelPlan {
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
        archive: plan.delete.iter().filter(|it| it.archive).map(|it| it.digest).collect(),
        blocked: plan
            .blocked
            .iter()
            .map(|block| (block.code.to_string(), block.would_delete.iter().copied().collect()))
            .collect(),
    }
}

#[test]
fn random_organizations_reach_every_reason_and_every_block() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<String, usize>::new();
    let mut see = |what: String| *seen.entry(what).or_default() += 1;
    for _ in 0..600 {
        let snapshot = organization().new_tree(&mut runner).unwrap().current();
        let policy = policy().new_tree(&mut runner).unwrap().current();
        for plan in model::plans(&snapshot, &policy) {
            let reasons = plan.keep.values();
            reasons.filter(|codes| codes.len() == 1).flatten().cloned().for_each(&mut see);
            plan.blocked.keys().map(|code| format!("blocked by {code}")).for_each(&mut see);
            see("planned".to_owned());
            if !plan.delete.is_empty() {
                see("deleted from".to_owned());
            }
        }
    }
    for (code, _) in ReasonCode::plain() {
        if NOT_FROM_A_SNAPSHOT.contains(&code) {
            continue;
        }
        assert!(seen.contains_key(&*code.text()), "never alone: {code} in {seen:#?}");
    }
    for code in BlockCode::ALL {
        assert!(seen.contains_key(&format!("blocked by {code}")), "{code} in {seen:#?}");
    }
    assert!(seen["deleted from"] * 6 > seen["planned"], "{seen:#?}");
}
