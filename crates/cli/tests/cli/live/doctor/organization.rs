//! An organization of two accounts in which all is well, and what its doctor says.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use ecr_sweep_steps::DoctorAsks;
use ecr_sweep_test_world::{changing_calls, digest, off_unbuilt};
use serde_json::{Value, json};

use super::super::world::World;
use crate::command::Ended;

pub const HOME: &str = "111122223333";
pub const OTHER: &str = "444455556666";

/// A registry in each account. The policy sweeps both, and looks for usage in the organization, with
/// every source that there is.
const POLICY: &str = "\
schema_version: 1
scope:
  registries: { accounts: [\"111122223333\", \"444455556666\"] }
  consumers: organization
  role: EcrSweepRead
  off:
OFFrepositories:
  - match: { name: [\"dev/*\"] }
    keep: { newest: 3 }
";

/// What is there, as it is started.
pub struct Doctored {
    pub policy: String,
    pub options: SimulatorOptions,
    /// What is answered instead.
    pub faults: Vec<Fault>,
    pub arguments: Vec<String>,
}

/// What the doctor said.
pub struct Said {
    pub ended: Ended,
    pub report: Value,
    pub calls: BTreeMap<String, u64>,
    pub stored: bool,
}

impl Doctored {
    /// All is well.
    pub fn well() -> Self {
        let roles = BTreeSet::from(["EcrSweepRead".to_owned(), "EcrSweepDelete".to_owned()]);
        let options = SimulatorOptions {
            roles: BTreeMap::from([(OTHER.parse().unwrap(), roles)]),
            ..SimulatorOptions::default()
        };
        let policy = POLICY.replace("OFF", &off_unbuilt());
        let well = Self { policy, options, faults: Vec::new(), arguments: Vec::new() };
        let excluded = |arn: &str| json!({ "pullTimeUpdateExclusions": [arn] });
        let caller = excluded(&format!("arn:aws:iam::{HOME}:user/simulated"));
        let role = excluded(&format!("arn:aws:iam::{OTHER}:role/EcrSweepRead"));
        let exclusions = "ecr:ListPullTimeUpdateExclusions";
        well.answering(exclusions, HOME, &caller).answering(exclusions, OTHER, &role)
    }

    /// The same with another text in the policy.
    pub fn with_policy(mut self, old: &str, new: &str) -> Self {
        assert!(self.policy.contains(old), "{old}");
        self.policy = self.policy.replace(old, new);
        self
    }

    /// The same where calls of an account to an operation fare otherwise.
    pub fn where_calls(mut self, operation: &str, account: &str, effect: Effect) -> Self {
        let fault = Fault::new(operation.parse().unwrap(), effect);
        self.faults.push(Fault { account: Some(account.parse().unwrap()), ..fault });
        self
    }

    /// The same where an operation is denied in an account.
    pub fn denied(self, operation: &str, account: &str) -> Self {
        let effect = Effect::Error {
            code: "AccessDeniedException".to_owned(),
            status: 403,
            message: "not authorized".to_owned(),
        };
        self.where_calls(operation, account, effect)
    }

    /// The same with an answer that an operation gives in an account.
    pub fn answering(self, operation: &str, account: &str, body: &Value) -> Self {
        self.answering_text(operation, account, &body.to_string())
    }

    /// The same with an answer that is no JSON.
    pub fn answering_text(self, operation: &str, account: &str, body: &str) -> Self {
        let (headers, body) = (BTreeMap::new(), body.to_owned());
        self.where_calls(operation, account, Effect::Respond { status: 200, headers, body })
    }

    /// The same in place of the answer by which all is well.
    pub fn answering_first(mut self, operation: &str, account: &str, body: &Value) -> Self {
        self = self.answering(operation, account, body);
        self.faults.rotate_right(1);
        self
    }

    /// The world, before anybody looks at it.
    pub fn world(&self) -> World {
        let image = json!({
            "digest": digest(1), "tags": ["v1"], "pushed_at": "2026-01-01T00:00:00Z",
        });
        let registry = |account: &str, name: &str| {
            let repositories = json!([{ "name": name, "images": [image] }]);
            json!({ "account": account, "region": "eu-west-1", "repositories": repositories })
        };
        let snapshot = json!({
            "schema_version": 1,
            "taken_at": "2026-11-20T00:00:00Z",
            "home": { "account": HOME, "region": "eu-west-1" },
            "registries": [registry(HOME, "dev/app"), registry(OTHER, "dev/api")],
            "usage": [],
            "coverage": "complete",
            "workloads": { "regions": ["eu-west-1"] },
        });
        let world = World::with(snapshot, &self.policy, self.options.clone());
        world.simulator.set_faults(self.faults.clone());
        world
    }

    /// What the doctor says, who has to leave everything as it is.
    pub fn asked(&self) -> Said {
        self.asked_in(&self.world())
    }

    /// The same in a world that something was done to.
    pub fn asked_in(&self, world: &World) -> Said {
        let mut arguments = vec!["doctor", "--format", "json"];
        arguments.extend(self.arguments.iter().map(String::as_str));
        let stored_before = world.path().join(".ecr-sweep").exists();
        world.simulator.reset_counts();
        let ended = world.run(&arguments);
        let calls = world.simulator.counts();
        assert_eq!(changing_calls(&calls), BTreeMap::new());
        assert_eq!(untold_calls(&calls), [""; 0]);
        let report = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let stored = world.path().join(".ecr-sweep").exists() && !stored_before;
        Said { ended, report, calls, stored }
    }
}

/// Those that neither a run makes, by the page of permissions, nor the doctor besides.
fn untold_calls(calls: &BTreeMap<String, u64>) -> Vec<&str> {
    let page = include_str!("../../../../../../docs/permissions.md");
    let is_told = |action: &str| {
        page.contains(&format!("`{action}`"))
            || DoctorAsks::ALL.into_iter().flat_map(DoctorAsks::actions).any(|it| it == action)
    };
    calls.keys().map(|call| action(call)).filter(|action| !is_told(action)).collect()
}

/// A call, as IAM spells it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn action(call: &str) -> &str {
    match call {
        "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "s3:ListObjectsV2" => "s3:ListBucket",
        call => call,
    }
}

impl Said {
    /// The codes of all findings.
    pub fn codes(&self) -> BTreeSet<&str> {
        self.findings().iter().map(|it| it["code"].as_str().unwrap()).collect()
    }

    pub fn findings(&self) -> &[Value] {
        let findings = self.report["findings"].as_array();
        findings.unwrap_or_else(|| panic!("{}{}", self.ended.stdout, self.ended.stderr))
    }

    /// The one finding of this code: with what it is wrong, and what mends it. Nothing else is found.
    pub fn only(&self, code: &str) -> (Vec<&str>, &str) {
        assert_eq!(self.codes(), [code].into(), "{}", self.report);
        let [finding] = self.findings() else { panic!("{}", self.report) };
        let fix = finding["fix"].as_str().unwrap();
        assert!(!fix.is_empty() && finding["why"].as_str().is_some_and(|why| !why.is_empty()));
        let objects = finding["objects"].as_array().unwrap();
        (objects.iter().map(|it| it.as_str().unwrap()).collect(), fix)
    }
}
