//! Every chore of ecr-sweep, one command each: `cargo xtask <chore>`.

mod bench;
mod demo;
mod fuzz;
mod mutants;
mod run;
mod test;

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
    Demo,
    /// Run everything that CI runs: formatting, clippy, all tests
    Test,
    /// Measure, and print the figures beside their bounds
    Bench {
        /// Only the part whose name contains this
        part: Option<String>,
    },
    /// Feed broken input to whatever reads, and random organizations to the decision
    Fuzz(fuzz::Fuzz),
    /// Change the decision, and see whether its tests notice
    Mutants {
        /// Only a part of the changes, such as `0/8`
        #[arg(long)]
        shard: Option<String>,
    },
    /// The part of `bench` that runs in the release profile
    #[command(hide = true)]
    BenchRelease { part: Option<String> },
}

fn main() -> miette::Result<()> {
    match Arguments::parse().chore {
        Chore::Demo => demo::demo(),
        Chore::Test => test::test(),
        Chore::Bench { part } => bench::build_and_run(part.as_deref()),
        Chore::Fuzz(options) => fuzz::fuzz(&options),
        Chore::Mutants { shard } => mutants::mutants(shard.as_deref()),
        Chore::BenchRelease { part } => bench::measure(part.as_deref()),
    }
}
