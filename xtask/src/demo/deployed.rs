//! `cargo xtask demo --deployed`: the same organization, swept by what is deployed to AWS.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_ministack::{Cdk, Deployment, FUNCTIONS, Home, MiniStack, MiniStackOptions, Outputs};
use miette::{IntoDiagnostic, WrapErr, miette};

use super::{CHANGING, organization, say};
use crate::run::{root, run, runtime, target};

const STACK: &str = "EcrSweep";

pub(crate) fn deployed() -> miette::Result<()> {
    let runtime = runtime()?;
    let snapshot = organization()?;
    let home = Home {
        account: snapshot.home.account.to_string(),
        region: snapshot.home.region.to_string(),
    };
    let options = SimulatorOptions { snapshot: Some(snapshot), ..SimulatorOptions::default() };
    let simulator = runtime
        .block_on(Simulator::start(options))
        .into_diagnostic()
        .wrap_err("cannot start the simulated organization")?;
    let ministack = MiniStack::start(&MiniStackOptions {
        cache: &target("tmp"),
        home: home.clone(),
        simulator: Some(&simulator.endpoint()),
        enforce_iam: false,
        bucket_latency: Duration::ZERO,
        functions_at_once: None,
    })
    .into_diagnostic()?;
    let stage = Stage { ministack, home, simulator };

    say(
        "An AWS on this machine (MiniStack), in which a simulated organization has its images. The\n\
         app is deployed as it is anywhere: with the CDK CLI.",
    );
    let outputs = stage.deploy()?;
    say("A dry run by the state machine, which can delete nothing.");
    stage.show(&outputs, &["start", "--wait"])?;
    if stage.changes() != 0 {
        return Err(miette!("the dry run made {} calls that change something", stage.changes()));
    }
    say(
        "This one is to delete: it plans, takes the lock, scans and plans again, and deletes what\n\
         both plans delete.",
    );
    stage.show(&outputs, &["start", "--delete", "--yes", "--wait"])?;
    if stage.changes() == 0 {
        return Err(miette!("the sweep deleted nothing"));
    }
    say("Its documents are in the bucket, and so are those of every run:");
    stage.show(&outputs, &["runs"])
}

struct Stage {
    ministack: MiniStack,
    home: Home,
    simulator: Simulator,
}

impl Stage {
    fn deploy(&self) -> miette::Result<Outputs> {
        let cdk = Cdk::install(&root().join("infra"), &target("tmp")).into_diagnostic()?;
        let functions = cdk.lay_out(&target("debug")).into_diagnostic()?.display().to_string();
        let policy = policy().display().to_string();
        let context = [
            ("deletion", "true"),
            ("policy", &*policy),
            ("functionsDirectory", &*functions),
            ("architecture", std::env::consts::ARCH),
        ];
        eprintln!("\n$ npx cdk bootstrap && npx cdk deploy {STACK} --context deletion=true ...\n");
        let deployment = Deployment { stack: STACK, context: &context, parameters: &[] };
        let start = Instant::now();
        cdk.bootstrap(&self.ministack, &self.home).into_diagnostic()?;
        let outputs = cdk.deploy(&self.ministack, &self.home, deployment).into_diagnostic()?;
        eprintln!(
            "{} functions and the state machine, in {:.0} s",
            FUNCTIONS.len(),
            start.elapsed().as_secs_f64()
        );
        Ok(outputs)
    }

    /// Shows a command of ecr-sweep, and runs it on what is deployed.
    fn show(&self, outputs: &Outputs, arguments: &[&str]) -> miette::Result<()> {
        let store = outputs.get(STACK, "StoreUrl").into_diagnostic()?;
        eprintln!("\n$ ecr-sweep {} --store {store}\n", arguments.join(" "));
        let mut command = Command::new(target("debug").join("ecr-sweep"));
        command
            .args(arguments)
            .args(["--store", store])
            .env_clear()
            .envs(self.ministack.client_environment(&self.home));
        run(&mut command, 0)
    }

    /// The calls so far that changed a registry.
    fn changes(&self) -> u64 {
        CHANGING.iter().map(|operation| self.simulator.count(operation)).sum()
    }
}

/// The policy that is deployed with the app.
fn policy() -> PathBuf {
    root().join("examples/organization/policy.yaml")
}
