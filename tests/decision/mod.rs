//! The decision, judged from outside: by a naive model and by what must hold of every plan.

mod agreement;
mod drawn;
mod invariants;
mod regressions;

pub(crate) use agreement::as_the_model_says;
#[cfg(feature = "live")]
pub(crate) use plan as offline;

use ecr_sweep_core::{OrganizationFacts, OrganizationPlan, Policy};
use ecr_sweep_protocol::Snapshot;
use proptest::test_runner::Config;

/// How many random cases each property sees: `ECR_SWEEP_CASES`, or so many that all of them
/// together take about half a minute of two cores.
pub(crate) fn cases(default: u32) -> Config {
    let cases = std::env::var("ECR_SWEEP_CASES").ok().and_then(|text| text.parse().ok());
    Config {
        cases: cases.unwrap_or(default),
        max_shrink_iters: 200_000,
        failure_persistence: None,
        ..Config::default()
    }
}

pub(crate) fn plan(snapshot: &Snapshot, policy: &Policy) -> OrganizationPlan {
    OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        cache_rules: &snapshot.cache_rules,
        usage: snapshot.usage.clone(),
        coverage: &snapshot.coverage,
        policy,
        now: snapshot.taken_at,
    }
    .plan()
}
