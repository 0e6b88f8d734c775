//! Other programs that delete images which nothing uses, on the same organizations.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use miette::{IntoDiagnostic, miette};

use super::setting::{Measured, Setting, Store, folder};
use super::{POLICY, deleting, planning, row};

/// The program of a peer, as `NAME=PATH`.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    name: &'static str,
    program: PathBuf,
    arguments: fn(Act) -> &'static [&'static str],
    /// What its file of settings is called, and what is in it.
    settings: (&'static str, &'static str),
}

/// What is measured of a program.
#[derive(Debug, Clone, Copy)]
enum Act {
    Plan,
    Delete,
}

/// ecrm keeps what [`organization::POLICY`](super::organization::POLICY) keeps, as far as it can be
/// told to. It finds the endpoint as every program with an AWS SDK for Go does, in the environment.
///
/// <https://github.com/fujiwara/ecrm>
const ECRM: &str = "\
clusters:
  - name_pattern: \"*\"
task_definitions:
  - name: \"*\"
    keep_count: 5
lambda_functions:
  - name: \"*\"
    keep_count: 5
repositories:
  - name_pattern: \"*\"
    expires: 90days
    keep_count: 5
    keep_tag_patterns:
      - \"release-*\"
";

/// As it was given.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.program.display())
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, program) = text.split_once('=').ok_or("expected NAME=PATH")?;
        if name != "ecrm" {
            return Err(format!("nobody has said how to run `{name}`; only `ecrm` is known"));
        }
        let arguments = |act| -> &[&str] {
            match act {
                Act::Plan => &["plan", "--config", "ecrm.yaml"],
                Act::Delete => &["delete", "--force", "--config", "ecrm.yaml"],
            }
        };
        let program = std::path::absolute(program).map_err(|error| error.to_string())?;
        Ok(Self { name: "ecrm", program, arguments, settings: ("ecrm.yaml", ECRM) })
    }
}

pub(crate) fn measure(peers: &[Peer]) -> miette::Result<()> {
    const LATENCY: Duration = Duration::from_millis(25);
    println!("\nBeside other programs, a first plan of 300 x 300 images at 25 ms a call:");
    compare(peers, Act::Plan, &planning::snapshot()?, LATENCY)?;
    println!("\nBeside other programs, deleting 1 x 20,000 images at 25 ms a call:");
    compare(peers, Act::Delete, &deleting::one_repository(20_000)?, LATENCY)
}

fn compare(peers: &[Peer], act: Act, snapshot: &Snapshot, latency: Duration) -> miette::Result<()> {
    row::heads();
    let setting = Setting::of(snapshot, latency, Store::Folder)?;
    let ours = match act {
        Act::Plan => setting.sweep(&["plan", "--policy", POLICY, "--format", "json"])?,
        Act::Delete => setting.sweep(&["run", "--policy", POLICY, "--yes", "--format", "json"])?,
    };
    show("ecr-sweep", act, &setting, &ours);
    for peer in peers {
        let Peer { name, program, arguments, settings: (file, text) } = peer;
        if !program.exists() {
            return Err(miette!("{} is not there", program.display()));
        }
        std::fs::write(folder()?.join(file), text).into_diagnostic()?;
        let setting = Setting::of(snapshot, latency, Store::Folder)?;
        let theirs = setting.run(Command::new(program).args(arguments(act)))?;
        show(name, act, &setting, &theirs);
        let ratio = |of: fn(&Measured) -> f64| of(&theirs) / of(&ours);
        println!(
            "{:>34} {name} / ecr-sweep: {:.1} times the seconds, {:.1} the CPU, {:.1} the memory, \
             {:.1} the calls",
            "",
            ratio(|it| it.taken.seconds),
            ratio(|it| it.taken.cpu_seconds),
            ratio(|it| it.taken.resident_mib),
            ratio(|it| row::number(it.asked.calls.values().sum())),
        );
    }
    Ok(())
}

fn show(name: &str, act: Act, setting: &Setting, measured: &Measured) {
    row::print(name, setting, measured);
    row::print_calls(measured);
    if matches!(act, Act::Delete) {
        println!("{:>34} {} images gone", "", measured.gone());
    }
}
