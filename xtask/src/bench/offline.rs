//! Planning offline: the decision alone, and the command from file to plan.

use std::process::Command;
use std::time::Instant;

use ecr_sweep_core::plan_organization;
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::policy::{Use, read};
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};

use super::{organization, watch};
use crate::run::target;

/// How often a measurement is repeated; the fastest counts.
const REPEATS: usize = 5;

pub(crate) fn measure() -> miette::Result<()> {
    let now: Timestamp = "2026-11-20T00:00:00Z".parse().into_diagnostic()?;
    println!("\nThe decision alone, one core, one repository; a third are indexes of two:");
    println!("{:>10} {:>10} {:>12} {:>14}", "images", "ms", "images/s", "ns/image");
    for images in [1_000, 10_000, 100_000] {
        let snapshot = organization::of(now, 1, images, true, images / 10)?;
        let seconds = fastest(|| decide(&snapshot))?;
        let images = f64::from(images);
        println!(
            "{images:>10} {:>10.2} {:>12.0} {:>14.0}",
            seconds * 1e3,
            images / seconds,
            seconds * 1e9 / images
        );
    }
    println!("\nThe command, from the snapshot's file to the plan:");
    println!("{:>24} {:>10} {:>12} {:>14}", "images", "s", "images/s", "resident MiB");
    for (repositories, images) in [(1, 100_000), (500, 1_000)] {
        let snapshot = organization::of(now, repositories, images, true, images / 10)?;
        let taken = plan(&snapshot)?;
        let all = f64::from(repositories) * f64::from(images);
        println!(
            "{:>24} {:>10.2} {:>12.0} {:>14.0}",
            format!("{repositories} x {images}"),
            taken.seconds,
            all / taken.seconds,
            taken.resident_mib
        );
    }
    Ok(())
}

fn fastest(mut act: impl FnMut() -> miette::Result<()>) -> miette::Result<f64> {
    let mut fastest = f64::INFINITY;
    for _ in 0..REPEATS {
        let start = Instant::now();
        act()?;
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    Ok(fastest)
}

fn decide(snapshot: &Snapshot) -> miette::Result<()> {
    let policy = read("policy", organization::POLICY, Use::Offline).into_diagnostic()?.policy;
    let Snapshot { home, registries, usage, coverage, taken_at, .. } = snapshot;
    let plan =
        plan_organization(&home.account, registries, usage.clone(), coverage, &policy, *taken_at);
    if plan.plans.iter().all(|plan| plan.delete.is_empty()) {
        return Err(miette!("the measured organization has nothing to delete"));
    }
    Ok(())
}

fn plan(snapshot: &Snapshot) -> miette::Result<watch::Taken> {
    let folder = target("bench");
    std::fs::create_dir_all(&folder).into_diagnostic()?;
    let (file, policy) = (folder.join("snapshot.json"), folder.join("policy.yaml"));
    std::fs::write(&file, serde_json::to_vec(snapshot).into_diagnostic()?).into_diagnostic()?;
    std::fs::write(&policy, organization::POLICY).into_diagnostic()?;
    let mut command = Command::new(target("release").join("ecr-sweep"));
    command.arg("plan").arg("--snapshot").arg(&file).arg("--policy").arg(&policy);
    watch::watch(command.args(["--format", "json"]))
}
