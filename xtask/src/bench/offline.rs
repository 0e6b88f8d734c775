//! Planning offline: the decision alone, and the command from file to plan.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;
use std::time::Instant;

use ecr_sweep_core::OrganizationFacts;
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::Snapshot;
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
    println!(
        "{:>24} {:>10} {:>12} {:>14} {:>20}",
        "images", "s", "images/s", "resident MiB", "decided images/s"
    );
    for (repositories, images) in [(1, 100_000), (500, 1_000), (5_000, 1_000)] {
        let snapshot = organization::of(now, repositories, images, true, images / 10)?;
        let alone = decide(&snapshot)?;
        let taken = plan(snapshot)?;
        let all = f64::from(repositories) * f64::from(images);
        println!(
            "{:>24} {:>10.2} {:>12.0} {:>14.0} {:>20.0}",
            format!("{repositories} x {images}"),
            taken.seconds,
            all / taken.seconds,
            taken.resident_mib,
            all / alone
        );
    }
    Ok(())
}

fn fastest(mut act: impl FnMut() -> miette::Result<f64>) -> miette::Result<f64> {
    (0..REPEATS).try_fold(f64::INFINITY, |fastest, _| Ok(act()?.min(fastest)))
}

/// The seconds of one decision, from facts that are at hand to the plans.
fn decide(snapshot: &Snapshot) -> miette::Result<f64> {
    let policy = read("policy", organization::POLICY, Use::Offline).into_diagnostic()?.policy;
    let Snapshot { home, registries, cache_rules, coverage, taken_at, .. } = snapshot;
    let usage = snapshot.usage.clone();
    let start = Instant::now();
    let (home, policy, now) = (&home.account, &policy, *taken_at);
    let facts = OrganizationFacts { home, registries, cache_rules, usage, coverage, policy, now };
    let plan = facts.plan();
    let seconds = start.elapsed().as_secs_f64();
    if plan.plans.iter().all(|plan| plan.delete.is_empty()) {
        return Err(miette!("the measured organization has nothing to delete"));
    }
    Ok(seconds)
}

/// Runs the command when the machine has nothing else to do: the snapshot is on the disk, and gone
/// from memory.
fn plan(snapshot: Snapshot) -> miette::Result<watch::Taken> {
    let folder = target("bench");
    std::fs::create_dir_all(&folder).into_diagnostic()?;
    let (file, policy) = (folder.join("snapshot.json"), folder.join("policy.yaml"));
    let mut out = BufWriter::new(File::create(&file).into_diagnostic()?);
    serde_json::to_writer(&mut out, &snapshot).into_diagnostic()?;
    drop(snapshot);
    out.flush().into_diagnostic()?;
    out.get_ref().sync_all().into_diagnostic()?;
    std::fs::write(&policy, organization::POLICY).into_diagnostic()?;
    let mut command = Command::new(target("release").join("ecr-sweep"));
    command.arg("plan").arg("--snapshot").arg(&file).arg("--policy").arg(&policy);
    watch::watch(command.args(["--format", "json"]), &[0, 3], &folder.join("errors.txt"))
}
