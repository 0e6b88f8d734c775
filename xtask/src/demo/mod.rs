//! `cargo xtask demo`: a dry run and a sweep of a simulated organization, on loopback.

mod deployed;
mod moments;
mod picture;

pub(crate) use deployed::deployed;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions, reseal};
use ecr_sweep_core::Usage;
use ecr_sweep_protocol::{Snapshot, snapshot};
use jiff::Timestamp;
use miette::{IntoDiagnostic, WrapErr, miette};

use crate::run::{root, run, runtime, target};
use picture::Picture;

const PLAN: &[&str] = &["plan", "--policy", "policy.yaml"];
const RUN: &[&str] = &["run", "--policy", "policy.yaml", "--yes"];

/// The calls that change a registry.
const CHANGING: [&str; 3] = ["ecr:BatchDeleteImage", "ecr:PutImage", "ecr:UpdateImageStorageClass"];

/// Shows the demo; with `picture`, it is written down besides as a picture for the documentation.
pub(crate) fn demo(picture: bool) -> miette::Result<()> {
    let runtime = runtime()?;
    let organization = organization()?;
    let pinned = pinned_image(&organization)?;
    let options = SimulatorOptions { snapshot: Some(organization), ..SimulatorOptions::default() };
    let simulator = runtime
        .block_on(Simulator::start(options))
        .into_diagnostic()
        .wrap_err("cannot start the simulated organization")?;
    let store = fresh_store()?;
    let picture = picture.then(RefCell::default);
    let stage = Stage { endpoint: simulator.endpoint(), store, picture };

    stage.say(
        "An organization, simulated on this machine: a registry with six repositories, two ECS\n\
         services, a Lambda function. First a dry run, which can delete nothing.",
    );
    stage.show(PLAN)?;
    let changed: u64 = CHANGING.iter().map(|operation| simulator.count(operation)).sum();
    if changed != 0 {
        return Err(miette!("the dry run made {changed} calls that change something"));
    }
    stage.say("The dry run changed nothing. Why is this untagged image of prod/payments kept?");
    stage.show(&["explain", &pinned, "--policy", "policy.yaml"])?;
    stage
        .say("Now the sweep: it plans, scans and plans again, and deletes what both plans delete.");
    stage.show(RUN)?;
    if simulator.count("ecr:BatchDeleteImage") == 0 {
        return Err(miette!("the sweep deleted nothing"));
    }
    stage.say("What is left:");
    stage.show(PLAN)?;
    if let Some(picture) = &stage.picture {
        picture.borrow().write(&picture::of_the_documentation())?;
    }
    eprintln!("\nEvery document of these runs: {}", stage.store.display());
    Ok(())
}

/// The example organization as if it had been recorded just now.
fn organization() -> miette::Result<Snapshot> {
    let path = root().join("examples/organization/snapshot.json");
    let bytes = std::fs::read(&path).into_diagnostic().wrap_err("cannot read the example")?;
    let moved = moments::as_of(&bytes, Timestamp::now())?;
    let snapshot = snapshot::read("the example", &moved).into_diagnostic()?;
    Ok(reseal(snapshot).snapshot)
}

/// The image that the payments service runs by digest, after its tag has moved on.
fn pinned_image(organization: &Snapshot) -> miette::Result<String> {
    let runs_payments = |usage: &&Usage| {
        usage.kind.as_str() == "ecs-service-revision" && usage.reference.contains("prod/payments")
    };
    organization
        .usage
        .iter()
        .filter(runs_payments)
        .find_map(|usage| usage.resolved)
        .map(|digest| format!("prod/payments@{digest}"))
        .ok_or_else(|| miette!("the example lost its payments service"))
}

fn fresh_store() -> miette::Result<PathBuf> {
    let store = target("demo-store");
    match std::fs::remove_dir_all(&store) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).into_diagnostic().wrap_err("cannot empty the demo's store")
        }
        _ => Ok(store),
    }
}

fn say(text: &str) {
    eprintln!("\n# {text}");
}

struct Stage {
    endpoint: String,
    store: PathBuf,
    picture: Option<RefCell<Picture>>,
}

impl Stage {
    fn say(&self, text: &str) {
        say(text);
        if let Some(picture) = &self.picture {
            picture.borrow_mut().say(text);
        }
    }

    /// Shows a command of ecr-sweep, and runs it with nothing of this machine's AWS settings.
    fn show(&self, arguments: &[&str]) -> miette::Result<()> {
        eprintln!("\n$ ecr-sweep {}\n", arguments.join(" "));
        // `cargo xtask` has built it beside this program.
        let this = std::env::current_exe().into_diagnostic()?;
        let mut command = Command::new(this.with_file_name("ecr-sweep"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(root().join("examples/organization"))
            .env("ECR_SWEEP_STORE", &self.store)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "simulated")
            .env("AWS_CONFIG_FILE", Path::new("/dev/null"))
            .env("AWS_SHARED_CREDENTIALS_FILE", Path::new("/dev/null"))
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let Some(picture) = &self.picture else { return run(&mut command, 0) };
        let output = command.env("CLICOLOR_FORCE", "1").stderr(Stdio::inherit()).output();
        let output = output.into_diagnostic().wrap_err("cannot start ecr-sweep")?;
        if !output.status.success() {
            return Err(miette!("ecr-sweep {} ended with {}", arguments.join(" "), output.status));
        }
        let printed = String::from_utf8(output.stdout).into_diagnostic()?;
        println!("{printed}");
        let line = format!("ecr-sweep {}", arguments.join(" "));
        picture.borrow_mut().command(&line, &printed);
        Ok(())
    }
}
