//! Every chore of ecr-sweep, one command each: `cargo xtask <chore>`.

mod audit;
mod bench;
mod demo;
mod deny;
mod e2e;
mod fuzz;
mod models;
mod mutants;
mod package;
mod release;
mod report_test;
mod run;
mod test;
mod tools;
mod verify;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Every chore of ecr-sweep, one command each")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Show a dry run and a sweep of a simulated organization
    Demo {
        /// As it is deployed: with the CDK, to an AWS on this machine, by the state machine
        #[arg(long)]
        deployed: bool,
        /// Draw what it shows to `docs/demo.svg`, too
        #[arg(long, conflicts_with = "deployed")]
        picture: bool,
    },
    /// Run everything that CI runs: formatting, clippy, all tests
    Test,
    /// See whether every dependency is one that `deny.toml` allows
    Deny,
    /// Run what is deployed from end to end, on this machine
    E2e {
        /// Only the scenarios whose name contains this
        filter: Option<String>,
    },
    /// Look at the pages of a report in a browser: what they show and what works in them
    ReportTest,
    /// See whether something is known against a dependency, as of today
    Audit,
    /// Build what is deployed to AWS: functions, templates, checksums
    Package {
        /// What the functions are built for
        #[arg(long, value_enum, default_value = "arm64")]
        architecture: package::Architecture,
    },
    /// Make what is released: the command, what is deployed, the construct, lists of components
    Release(release::Release),
    /// Try in a real account, which is there for it, what no emulator shows; spends cents
    VerifyAws(verify::Verify),
    /// Measure, and print the figures beside their bounds
    Bench(bench::Bench),
    /// Feed broken input to whatever reads, and random organizations to the decision
    Fuzz(fuzz::Fuzz),
    /// Compare the sources with the newest models of AWS's services
    Models,
    /// Change the decision, and see whether its tests notice
    Mutants {
        /// Only a part of the changes, such as `0/8`
        #[arg(long)]
        shard: Option<String>,
    },
    /// The part of `bench` that runs in the release profile
    #[command(hide = true)]
    BenchRelease(bench::Bench),
}

fn main() -> miette::Result<()> {
    match Arguments::parse().chore {
        Chore::Demo { deployed: true, .. } => demo::deployed(),
        Chore::Demo { deployed: false, picture } => demo::demo(picture),
        Chore::Test => test::test(),
        Chore::Deny => deny::deny(),
        Chore::E2e { filter } => e2e::e2e(filter.as_deref()),
        Chore::ReportTest => report_test::report_test(),
        Chore::Audit => audit::audit(),
        Chore::Package { architecture } => package::package(architecture).map(drop),
        Chore::VerifyAws(options) => verify::verify(&options),
        Chore::Release(options) => release::release(&options),
        Chore::Bench(bench) => bench::build_and_run(&bench),
        Chore::Fuzz(options) => fuzz::fuzz(&options),
        Chore::Models => models::models(),
        Chore::Mutants { shard } => mutants::mutants(shard.as_deref()),
        Chore::BenchRelease(bench) => bench::measure(&bench),
    }
}
