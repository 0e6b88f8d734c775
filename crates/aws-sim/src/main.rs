//! The simulator as a command: `aws-sim --snapshot FILE --port N`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use ecr_sweep_aws_sim::{Fault, Latency, Rate, Simulator, SimulatorOptions, read_faults, reseal};
use ecr_sweep_core::{Account, NotAPlace, Place, Region};
use ecr_sweep_protocol::{Snapshot, snapshot};
use jiff::{SignedDuration, Timestamp};

/// An ECR, the reads of ECS, Lambda, STS, Account and Organizations that matter, and the S3 of a
/// run store, on a loopback address.
///
/// The first line on standard output is `listening on http://127.0.0.1:PORT`. `GET /_sim/counts`
/// answers the requests so far by operation, `GET /_sim/traffic` the bytes of their bodies;
/// `POST /_sim/reset` sets them to 0; `GET /_sim/images` answers how many images there are.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The snapshot to serve; without one the account is empty.
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// Give the snapshot's images the digests of their manifests.
    #[arg(long, requires = "snapshot")]
    reseal: bool,
    /// The port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The home account of an empty simulator.
    #[arg(long, default_value = "111122223333", conflicts_with = "snapshot")]
    account: Account,
    /// The home Region of an empty simulator.
    #[arg(long, default_value = "us-east-1", conflicts_with = "snapshot")]
    region: Region,
    /// How long every answer takes at least, such as 25ms.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    latency: SignedDuration,
    /// How long the answers of an operation take at least, instead, such as `s3:*=20ms`.
    #[arg(long, value_name = "OPERATION=DURATION")]
    latency_of: Vec<Latency>,
    /// A bucket of the home account.
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,
    /// How long the layers of an image outlive it, such as 1h; without it for ever.
    #[arg(long, value_name = "DURATION")]
    layers_outlive_images: Option<SignedDuration>,
    /// Requests a second of an operation, such as `ecr:DescribeImages=20`, or with a burst
    /// `ecr:DescribeImages=20/50`.
    #[arg(long, value_name = "OPERATION=RATE")]
    rate: Vec<Rate>,
    /// An account of the organization besides the home account, with its state if that is not
    /// ACTIVE; without any, all that the snapshot mentions.
    #[arg(long, value_name = "ACCOUNT[=STATE]", value_parser = member)]
    member: Vec<(Account, String)>,
    /// A role that can be assumed in an account; in accounts of which none is named, any can.
    #[arg(long, value_name = "ACCOUNT/NAME", value_parser = role)]
    role: Vec<(Account, String)>,
    /// A fault, or a list of them, as JSON or in a file.
    #[arg(long, value_name = "JSON|FILE")]
    fault: Vec<String>,
    /// The clock, such as 2026-11-20T00:00:00Z; without it the system's.
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Write the endpoint's URL to this file, too.
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aws-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::start(SimulatorOptions {
        snapshot: arguments
            .snapshot
            .map(|path| read_snapshot(&path, arguments.reseal))
            .transpose()?,
        home: Some(Place { account: arguments.account, region: arguments.region }),
        members: arguments.member.into_iter().collect(),
        roles: by_account(arguments.role),
        now: arguments.now,
        layers_outlive_images: arguments.layers_outlive_images,
        latency: Duration::try_from(arguments.latency)?,
        latencies: arguments.latency_of,
        buckets: arguments.bucket.into_iter().collect(),
        rates: arguments.rate,
        faults: faults(&arguments.fault)?,
        address: Some(([127, 0, 0, 1], arguments.port).into()),
        ..SimulatorOptions::default()
    })
    .await?;
    writeln!(stdout(), "listening on {}", simulator.endpoint())?;
    if let Some(path) = arguments.address_file {
        fs::write(&path, simulator.endpoint())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn member(text: &str) -> Result<(Account, String), NotAPlace> {
    let (account, state) = text.split_once('=').unwrap_or((text, "ACTIVE"));
    Ok((account.parse()?, state.to_owned()))
}

fn role(text: &str) -> Result<(Account, String), Box<dyn Error + Send + Sync>> {
    let (account, name) = text.split_once('/').ok_or("expected an account, `/` and a name")?;
    Ok((account.parse()?, name.to_owned()))
}

fn by_account(roles: Vec<(Account, String)>) -> BTreeMap<Account, BTreeSet<String>> {
    let mut by_account: BTreeMap<Account, BTreeSet<String>> = BTreeMap::new();
    for (account, name) in roles {
        by_account.entry(account).or_default().insert(name);
    }
    by_account
}

fn read_snapshot(path: &Path, sealed: bool) -> Result<Snapshot, Box<dyn Error>> {
    let bytes =
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let snapshot = snapshot::read(&path.display().to_string(), &bytes)?;
    if !sealed {
        return Ok(snapshot);
    }
    let sealed = reseal(snapshot);
    for digest in &sealed.unsealed {
        eprintln!("aws-sim: {digest} keeps its digest: it is in a cycle, or lists what is in one");
    }
    Ok(sealed.snapshot)
}

fn faults(texts: &[String]) -> Result<Vec<Fault>, Box<dyn Error>> {
    let mut faults = Vec::new();
    for text in texts {
        let json = if text.trim_start().starts_with(['{', '[']) {
            text.clone()
        } else {
            fs::read_to_string(text).map_err(|error| format!("cannot read {text}: {error}"))?
        };
        faults.extend(read_faults(&json)?);
    }
    Ok(faults)
}
