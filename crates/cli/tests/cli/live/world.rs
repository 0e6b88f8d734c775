//! A simulated account, and a folder in which the command runs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions, reseal};
pub use ecr_sweep_test_world::digest;
use ecr_sweep_test_world::{
    ACCOUNT, HOST, REGION, changing_calls, error, fault, organization, place,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::policy::POLICY;
use crate::command::{Ended, ecr_sweep, ended};

/// `dev/app` with seven images, `v1` the oldest, of which a function uses `v2`; and `other`, which
/// no rule of the policy takes.
pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
}

impl World {
    pub fn new() -> Self {
        let image = |number: u32| {
            json!({
                "digest": digest(number),
                "tags": [format!("v{number}")],
                "pushed_at": format!("2026-0{number}-01T00:00:00Z"),
                "size_bytes": 50 << 20,
            })
        };
        let function = json!({
            "Configuration": { "FunctionName": "resize", "Version": "3" },
            "Code": {
                "ImageUri": format!("{HOST}/dev/app:v2"),
                "ResolvedImageUri": format!("{HOST}/dev/app@{}", digest(2)),
            },
        });
        let lambda = json!([{ "account": ACCOUNT, "region": REGION, "functions": [function] }]);
        let repositories = json!([
            { "name": "dev/app", "images": (1..=7).map(image).collect::<Vec<_>>() },
            { "name": "other", "images": [image(1)] },
        ]);
        let snapshot = organization(&repositories, &json!({ "lambda": lambda }));
        let snapshot = serde_json::to_value(snapshot).unwrap();
        Self::with(snapshot, &POLICY, SimulatorOptions::default())
    }

    /// What a snapshot has, under a policy.
    pub fn with(snapshot: Value, policy: &str, options: SimulatorOptions) -> Self {
        // Whoever deletes an image checks its manifest first, so digests have to be true.
        let sealed = reseal(serde_json::from_value(snapshot).unwrap());
        let options = SimulatorOptions { snapshot: Some(sealed.snapshot), ..options };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("policy.yaml"), policy).unwrap();
        Self { simulator, folder }
    }

    /// `ecr-sweep` as somebody of the account.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ecr_sweep(self.path(), arguments);
        command
            .env("AWS_ENDPOINT_URL", self.simulator.endpoint())
            .env("AWS_ACCESS_KEY_ID", "111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What every call to an operation is answered from now on.
    pub fn refuse(&self, operation: &str, code: &str) {
        self.simulator.set_faults(vec![fault(operation, error(code))]);
    }

    /// The tags of the images of `dev/app` that are there now.
    pub fn tags(&self) -> BTreeSet<String> {
        let images = self.simulator.images(&place(), "dev/app").unwrap();
        images.iter().flat_map(|image| image.tags.iter().map(ToString::to_string)).collect()
    }

    /// The operations that were called and that change something.
    pub fn changes(&self) -> Vec<String> {
        changing_calls(&self.simulator.counts()).into_keys().collect()
    }
}
