//! One story: a snapshot, a policy, and the plan that they give.

use std::path::PathBuf;

use ecr_sweep_core::{OffRow, OrganizationFacts, Policy, Savings};
use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::{Besides, PlanDocument, Snapshot, snapshot};
use serde_json::Value;

/// The folder of the stories.
pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("plans")
}

/// A folder of `tests/plans`.
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) policy_text: String,
}

impl Story {
    /// Every story, by name.
    pub(crate) fn all() -> Vec<Self> {
        let mut names: Vec<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert!(!names.is_empty(), "there are no stories in {}", folder().display());
        names.into_iter().map(|name| Self::named(&name)).collect()
    }

    /// The story of this name.
    pub(crate) fn named(name: &str) -> Self {
        let path = folder().join(name).join("policy.yaml");
        let policy_text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: name.to_owned(), policy_text }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let bytes = std::fs::read(self.path("snapshot.json")).unwrap();
        snapshot::read(&self.name, &bytes).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn policy(&self) -> Policy {
        let file = policy::read(&self.name, &self.policy_text, Use::Offline)
            .unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(file.warnings, [], "{}", self.name);
        file.policy
    }

    /// What `ecr-sweep plan --format json` prints.
    pub(super) fn plan(&self) -> PlanDocument {
        let snapshot = self.snapshot();
        let now = snapshot.taken_at;
        let policy = self.policy();
        let planned = OrganizationFacts {
            home: &snapshot.home.account,
            registries: &snapshot.registries,
            cache_rules: &snapshot.cache_rules,
            usage: snapshot.usage,
            coverage: &snapshot.coverage,
            policy: &policy,
            now,
        }
        .plan();
        let saves = Savings::of_plans(&policy.prices, planned.plans.iter());
        let besides = Besides {
            saves,
            untouched: planned.untouched,
            off: OffRow::all(&policy.scope),
            warnings: planned.warnings,
        };
        PlanDocument::new(now, planned.plans, besides)
    }

    /// What it should print.
    pub(crate) fn expected(&self) -> Value {
        let bytes = std::fs::read(self.path("plan.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    pub(super) fn write_plan(&self, plan: &PlanDocument) {
        let text = serde_json::to_string_pretty(plan).unwrap();
        std::fs::write(self.path("plan.json"), text + "\n").unwrap();
    }

    pub(super) fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = std::fs::read_dir(self.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        files
    }

    fn path(&self, file: &str) -> PathBuf {
        folder().join(&self.name).join(file)
    }
}
