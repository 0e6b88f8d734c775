//! `cargo xtask demo --deployed`: the same organization, swept by what is deployed to AWS.

use std::path::PathBuf;
use std::time::Instant;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_ministack::{
    Cdk, Deployment, FUNCTIONS, Home, Machine, MiniStack, MiniStackOptions, Outputs,
    lay_out_functions,
};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::{Value, json};

use super::{CHANGING, organization, say};
use crate::run::{cargo, root, run, target};

const STACK: &str = "EcrSweep";

pub(crate) fn deployed() -> miette::Result<()> {
    // The selection of `cargo xtask test`, so that nothing is built twice.
    run(&mut cargo(["build", "--quiet", "--workspace", "--all-targets"]), 0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .into_diagnostic()?;
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
    let ministack = MiniStack::start(MiniStackOptions {
        cache: &target("tmp"),
        home: home.clone(),
        simulator: Some(&simulator.endpoint()),
        enforce_iam: false,
    })
    .into_diagnostic()?;
    let stage = Stage { ministack, home, simulator };

    say(
        "An AWS on this machine (MiniStack), in which a simulated organization has its images. The\n\
         app is deployed as it is anywhere: with the CDK CLI.",
    );
    let outputs = stage.deploy()?;
    say("An execution without an input is a dry run, which can delete nothing.");
    stage.execute(&outputs, "first", &json!({}))?;
    if stage.changes() != 0 {
        return Err(miette!("the dry run made {} calls that change something", stage.changes()));
    }
    say(
        "This one is to delete: it plans, takes the lock, scans and plans again, and deletes what\n\
         both plans delete.",
    );
    stage.execute(&outputs, "second", &json!({ "dryRun": false }))?;
    if stage.changes() == 0 {
        return Err(miette!("the sweep deleted nothing"));
    }
    say("What is left, by one more dry run:");
    stage.execute(&outputs, "third", &json!({}))
}

struct Stage {
    ministack: MiniStack,
    home: Home,
    simulator: Simulator,
}

impl Stage {
    fn deploy(&self) -> miette::Result<Outputs> {
        let functions = target("lambda-debug");
        lay_out_functions(&target("debug"), &functions).into_diagnostic()?;
        let cdk = Cdk::install(&root().join("infra"), &target("tmp")).into_diagnostic()?;
        let functions = functions.display().to_string();
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

    /// Runs an execution, says which states it enters, and shows what came of it.
    fn execute(&self, outputs: &Outputs, name: &str, input: &Value) -> miette::Result<()> {
        let arn = outputs.get(STACK, "StateMachineArn").into_diagnostic()?;
        let bucket = outputs.get(STACK, "BucketName").into_diagnostic()?;
        eprintln!("\n$ aws stepfunctions start-execution --name {name} --input '{input}'\n");
        let start = Instant::now();
        let ended = Machine::new(&self.ministack, &self.home, arn)
            .run(name, input, |state| {
                eprintln!("{:>6.1} s  {state}", start.elapsed().as_secs_f64());
            })
            .into_diagnostic()?;
        if ended.status != "SUCCEEDED" {
            return Err(miette!("{}: {}: {}", ended.status, ended.error, ended.cause));
        }
        let key = format!("sweeps/{name}/summary.csv");
        let table = self.ministack.object(&self.home, bucket, &key).into_diagnostic()?;
        eprintln!("\n{} (s3://{bucket}/{key})\n", ended.status);
        show(&String::from_utf8_lossy(&table));
        Ok(())
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

/// The columns of the table that say what it came to.
const COLUMNS: [&str; 5] = ["repository", "images", "keep", "delete", "deleted"];

/// Prints some columns of a table, in which no value has a comma.
fn show(table: &str) {
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    let at = COLUMNS.map(|column| header.iter().position(|it| *it == column));
    for row in std::iter::once(header.clone()).chain(rows) {
        let [repository, numbers @ ..] =
            at.map(|at| at.and_then(|at| row.get(at)).copied().unwrap_or_default());
        let numbers: String = numbers.iter().map(|number| format!("{number:>10}")).collect();
        eprintln!("{repository:<20}{numbers}");
    }
}
