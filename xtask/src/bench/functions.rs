//! The functions as processes: how soon they are ready, what they hold then, and what planning the
//! largest repository takes.

use std::path::Path;
use std::process::Command;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions, reseal};
use ecr_sweep_ministack::FUNCTIONS;
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};
use serde_json::{Value, json};

use super::runtime_api::Environment;
use super::{organization, watch};
use crate::run::{runtime, target};

/// How often a function is started.
const STARTS: usize = 20;

/// As many images as a repository can have.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const IMAGES: u32 = 100_000;

pub(crate) fn measure() -> miette::Result<()> {
    let runtime = runtime()?;
    let folder = target("bench");
    std::fs::create_dir_all(&folder).into_diagnostic()?;
    println!("\nThe functions, from spawn to the first /next, and what is resident then:");
    println!(
        "{:>16} {:>10} {:>10} {:>14} {:>10}",
        "function", "median ms", "slowest ms", "resident MiB", "MB"
    );
    for name in FUNCTIONS {
        let (mut starts, mut resident) = (Vec::with_capacity(STARTS), 0.0_f64);
        for _ in 0..STARTS {
            let started = Environment::start(function(name, &folder, "http://127.0.0.1:9"));
            let (environment, took) = runtime.block_on(started)?;
            starts.push(took.as_secs_f64() * 1e3);
            let now = watch::memory(environment.process(), "VmRSS:").unwrap_or_default();
            resident = resident.max(now);
        }
        let bytes = std::fs::metadata(target("release").join(name)).into_diagnostic()?.len();
        starts.sort_by(f64::total_cmp);
        let (median, slowest) = (starts[STARTS / 2], starts[STARTS - 1]);
        println!(
            "{name:>16} {median:>10.1} {slowest:>10.1} {resident:>14.1} {:>10.1}",
            bytes as f64 / 1e6
        );
    }
    println!("   bounds: 15 ms, 16 MiB");
    runtime.block_on(plan_the_largest(&folder))
}

/// Plans a repository of [`IMAGES`] in a process of plan-repo, in a run that the command began.
async fn plan_the_largest(folder: &Path) -> miette::Result<()> {
    let snapshot = organization::of(Timestamp::now(), 1, IMAGES, true, IMAGES / 10)?;
    let options = SimulatorOptions {
        snapshot: Some(reseal(snapshot).snapshot),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.into_diagnostic()?;
    let store = folder.join("largest");
    if store.exists() {
        std::fs::remove_dir_all(&store).into_diagnostic()?;
    }
    std::fs::write(folder.join("policy.yaml"), organization::POLICY).into_diagnostic()?;
    let mut command = Command::new(target("release").join("ecr-sweep"));
    command.args(["plan", "--format", "json", "--policy"]).arg(folder.join("policy.yaml"));
    let errors = folder.join("errors.txt");
    watch::watch(surroundings(&mut command, &store, &simulator.endpoint()), &[0, 3], &errors)?;
    // The function finds no manifests that the command has read.
    std::fs::remove_dir_all(store.join("cache")).into_diagnostic()?;

    let (run, repository) = begun(&store)?;
    let (mut environment, _) =
        Environment::start(function("plan-repo", &store, &simulator.endpoint())).await?;
    let mut event = json!({
        "act": "plan", "run": run, "stage": "plan", "token": null,
        "repository": repository, "cursor": null,
    });
    let start = std::time::Instant::now();
    let mut calls = 0;
    loop {
        let progress = environment.invoke(event.clone()).await?;
        calls += 1;
        if progress["done"] == true {
            break;
        }
        event["cursor"] = progress["cursor"].clone();
    }
    let seconds = start.elapsed().as_secs_f64();
    let most = watch::memory(environment.process(), "VmHWM:").unwrap_or_default();
    println!("\nplan-repo, a repository of {IMAGES} images, a third of them indexes:");
    println!("{seconds:>8.1} s in {calls} call(s); {most:.0} MiB at most (bound: 256 MiB)");
    Ok(())
}

/// The run that is in a run store, and its only repository.
fn begun(store: &Path) -> miette::Result<(String, Value)> {
    let mut runs = std::fs::read_dir(store.join("sweeps")).into_diagnostic()?;
    let run = runs.next().ok_or_else(|| miette!("the command began no run"))?;
    let run = run.into_diagnostic()?;
    let bytes = std::fs::read(run.path().join("repositories.json")).into_diagnostic()?;
    let mut repositories: Value = serde_json::from_slice(&bytes).into_diagnostic()?;
    Ok((run.file_name().to_string_lossy().into_owned(), repositories["repositories"][0].take()))
}

fn function(name: &str, store: &Path, endpoint: &str) -> Command {
    let mut command = Command::new(target("release").join(name));
    // As it is deployed: `infra/lib/environment.ts`.
    surroundings(&mut command, store, endpoint).env("MALLOC_ARENA_MAX", "1");
    command
}

/// Nothing of this machine's settings, and everything that a function reads.
fn surroundings<'a>(command: &'a mut Command, store: &Path, endpoint: &str) -> &'a mut Command {
    command
        .env_clear()
        .env("ECR_SWEEP_STORE", store)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "simulated")
}
