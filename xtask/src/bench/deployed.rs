//! A sweep of the largest repository by what is deployed: the functions in the release profile under
//! the state machine, with documents in a bucket.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions, reseal};
use ecr_sweep_ministack::{Cdk, Deployment, Home, MiniStack, MiniStackOptions, Outputs};
use miette::{IntoDiagnostic, WrapErr, miette};

use super::simulated::BUCKET_LATENCY;
use super::{POLICY, deleting, organization, row};
use crate::run::{root, run, runtime, target};

const STACK: &str = "EcrSweep";

/// How many images go, of as many as a repository can have and a few that stay.
const TO_GO: u32 = 100_000;

/// How long a call to AWS takes.
const LATENCY: Duration = Duration::from_millis(25);

/// How old evidence may get: the setting's default, and so short that it is scanned again in between.
const EVIDENCE: [&str; 2] = ["60m", "120s"];

pub(crate) fn measure() -> miette::Result<()> {
    let runtime = runtime()?;
    let folder = target("bench");
    println!(
        "\nDeployed, {TO_GO} images of one repository that go; 25 ms a call, 20 ms one to S3:"
    );
    for evidence in EVIDENCE {
        let policy = folder.join(POLICY);
        let text = format!("{}evidence_max_age: {evidence}\n", organization::POLICY);
        std::fs::write(&policy, text).into_diagnostic()?;
        runtime.block_on(sweep(evidence, &policy, &folder))?;
    }
    Ok(())
}

async fn sweep(evidence: &str, policy: &Path, cache: &Path) -> miette::Result<()> {
    let snapshot = reseal(deleting::one_repository(TO_GO)?).snapshot;
    let place = snapshot.home.clone();
    let home = Home { account: place.account.to_string(), region: place.region.to_string() };
    let names: Vec<_> = snapshot.registries.iter().flat_map(|it| &it.repositories).collect();
    let names: Vec<String> = names.into_iter().map(|it| it.name.to_string()).collect();
    let options = SimulatorOptions {
        snapshot: Some(snapshot),
        latency: LATENCY,
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.into_diagnostic()?;
    let ministack = MiniStack::start(&MiniStackOptions {
        cache: &target("tmp"),
        home: home.clone(),
        simulator: Some(&simulator.endpoint()),
        enforce_iam: false,
        bucket_latency: BUCKET_LATENCY,
        functions_at_once: None,
    })
    .into_diagnostic()?;
    let outputs = deploy(&ministack, &home, policy, cache)?;
    let store = outputs.get(STACK, "StoreUrl").into_diagnostic()?;
    simulator.reset_counts();
    let mut command = Command::new(target("release").join("ecr-sweep"));
    command
        .args(["start", "--delete", "--yes", "--wait", "--store", store])
        .env_clear()
        .envs(ministack.client_environment(&home));
    let start = Instant::now();
    run(&mut command, 0).wrap_err_with(|| ministack.log())?;
    let seconds = start.elapsed().as_secs_f64();
    let counts = simulator.counts();
    let left = names.iter().filter_map(|name| simulator.images(&place, name));
    let left: usize = left.map(|images| images.len()).sum();
    let scans = counts.get("ecs:ListClusters").copied().unwrap_or_default();
    println!(
        "{:>34} {seconds:.1} s, {:.0} images a second, {left} left; {scans} scans",
        format!("evidence for {evidence}"),
        f64::from(TO_GO) / seconds
    );
    row::print_counts(&counts);
    Ok(())
}

/// Deploys the app with the functions of the release profile.
fn deploy(
    ministack: &MiniStack,
    home: &Home,
    policy: &Path,
    cache: &Path,
) -> miette::Result<Outputs> {
    let cdk = Cdk::install(&root().join("infra"), cache).into_diagnostic()?;
    let functions = cdk.lay_out(&target("release")).into_diagnostic()?;
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| miette!("{} is no text", path.display()))
    };
    let (functions, policy) = (text(&functions)?, text(policy)?);
    let context = [
        ("deletion", "true"),
        ("policy", &*policy),
        ("functionsDirectory", &*functions),
        ("architecture", std::env::consts::ARCH),
    ];
    cdk.bootstrap(ministack, home).into_diagnostic()?;
    let deployment = Deployment { stack: STACK, context: &context, parameters: &[] };
    cdk.deploy(ministack, home, deployment).into_diagnostic()
}
