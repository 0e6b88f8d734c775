//! A simulated account, and a folder in which the command runs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use ecr_sweep_aws_sim::{Effect, Fault, Simulator, SimulatorOptions, reseal};
use ecr_sweep_core::{Digest, Place};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::policy::POLICY;
use crate::command::{Ended, ecr_sweep, ended};

const HOST: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

/// `dev/app` with seven images, `v1` the oldest, of which a function uses `v2`; and `other`, which
/// no rule of the policy takes.
pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
}

fn home() -> Place {
    Place { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
}

pub fn digest(number: u32) -> Digest {
    format!("sha256:{number:064x}").parse().unwrap()
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
        let lambda =
            json!([{ "account": "111122223333", "region": "eu-west-1", "functions": [function] }]);
        let snapshot = json!({
            "schema_version": 1,
            "taken_at": "2026-11-20T00:00:00Z",
            "home": home(),
            "registries": [{
                "account": "111122223333",
                "region": "eu-west-1",
                "repositories": [
                    { "name": "dev/app", "images": (1..=7).map(image).collect::<Vec<_>>() },
                    { "name": "other", "images": [image(1)] },
                ],
            }],
            "usage": [],
            "coverage": "complete",
            "workloads": { "lambda": lambda },
        });
        Self::with(snapshot, POLICY, SimulatorOptions::default())
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
        let code = code.to_owned();
        let effect = Effect::Error { code, status: 400, message: "not for you".to_owned() };
        self.simulator.set_faults(vec![Fault {
            operation: operation.parse().unwrap(),
            account: None,
            region: None,
            object: None,
            after: 0,
            times: None,
            effect,
        }]);
    }

    /// The tags of the images of `dev/app` that are there now.
    pub fn tags(&self) -> BTreeSet<String> {
        let images = self.simulator.images(&home(), "dev/app").unwrap();
        images.iter().flat_map(|image| image.tags.iter().map(ToString::to_string)).collect()
    }

    /// The operations that were called and that change something.
    pub fn changes(&self) -> Vec<String> {
        let is_read = |operation: &str| {
            let (_, verb) = operation.split_once(':').unwrap();
            ["Describe", "List", "Get", "BatchGet"].iter().any(|read| verb.starts_with(read))
        };
        self.simulator.counts().into_keys().filter(|operation| !is_read(operation)).collect()
    }
}
