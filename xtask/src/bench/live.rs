//! A live plan of a simulated organization, beside the least time that its calls can take.

use std::process::Command;
use std::time::Duration;

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};

use super::{organization, watch};
use crate::run::target;

const REPOSITORIES: u32 = 500;
const IMAGES: u32 = 1_000;
const LATENCY: Duration = Duration::from_millis(25);
const CONCURRENCY: u32 = 16;

pub(crate) fn measure() -> miette::Result<()> {
    let snapshot = organization::of(Timestamp::now(), REPOSITORIES, IMAGES, false, 0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .into_diagnostic()?;
    let options = SimulatorOptions {
        snapshot: Some(snapshot),
        latency: LATENCY,
        ..SimulatorOptions::default()
    };
    let simulator = runtime.block_on(Simulator::start(options)).into_diagnostic()?;
    let folder = target("bench");
    let store = folder.join("store");
    if store.exists() {
        std::fs::remove_dir_all(&store).into_diagnostic()?;
    }
    std::fs::create_dir_all(&folder).into_diagnostic()?;
    std::fs::write(folder.join("policy.yaml"), organization::POLICY).into_diagnostic()?;
    let mut command = Command::new(target("release").join("ecr-sweep"));
    command
        .args(["plan", "--policy", "policy.yaml", "--format", "json", "--concurrency"])
        .arg(CONCURRENCY.to_string())
        .current_dir(&folder)
        .env_clear()
        .env("ECR_SWEEP_STORE", &store)
        .env("AWS_ENDPOINT_URL", simulator.endpoint())
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "simulated");
    let taken = watch::watch(&mut command)?;
    let counts = simulator.counts();
    let calls: u64 = counts.values().sum();
    let describes = simulator.count("ecr:DescribeImages");
    if describes < u64::from(REPOSITORIES) {
        return Err(miette!("only {describes} repositories were looked at"));
    }
    let least = LATENCY.as_secs_f64() * f64::from(u32::try_from(calls).into_diagnostic()?)
        / f64::from(CONCURRENCY);
    println!(
        "\nA live plan, {REPOSITORIES} x {IMAGES} images at {} ms a call, {CONCURRENCY} at once:",
        LATENCY.as_millis()
    );
    for (operation, count) in &counts {
        println!("{count:>8} {operation}");
    }
    println!(
        "{calls:>8} calls; DescribeImages {:.2} of the minimum of one a repository",
        f64::from(u32::try_from(describes).into_diagnostic()?) / f64::from(REPOSITORIES)
    );
    println!(
        "{:>8.2} s, {:.2} of calls x latency / concurrency ({least:.2} s); {:.0} MiB resident",
        taken.seconds,
        taken.seconds / least,
        taken.resident_mib
    );
    Ok(())
}
