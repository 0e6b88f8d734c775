//! `cargo xtask verify-aws`: what no emulator shows, tried once in a real account that is there for it.
//!
//! It spends cents. It makes repositories under one prefix, a stack and two buckets, and removes all of
//! it at its end, however that comes. It begins with nothing if the account has an image, or a
//! repository, that it did not make.

mod account;
mod aws;
mod cases;
mod deployment;
mod images;
mod policies;

use std::path::PathBuf;

use clap::Args;
use miette::miette;

use crate::run::target;
use account::Account;
use aws::Aws;
use deployment::Deployment;

/// Where it is tried.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The profile whose account it is
    #[arg(long)]
    profile: Option<String>,
    /// The 12 digits of that account, so that it is no other by mistake
    #[arg(long)]
    account: String,
    /// The Region
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// What is deployed, as `cargo xtask package` makes it
    #[arg(long, value_name = "FOLDER")]
    package: Option<PathBuf>,
    /// The `ecr-sweep` that starts and approves
    #[arg(long, value_name = "FILE")]
    command: Option<PathBuf>,
    /// Leave a check out
    #[arg(long, value_enum)]
    without: Vec<Check>,
    /// Only remove what an earlier call has left there
    #[arg(long)]
    tear_down: bool,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Check {
    /// `validate-state-machine-definition`
    Definition,
    /// `accessanalyzer validate-policy` of every policy
    Policies,
    /// A run whose policy takes no repository
    Empty,
    /// A dry run
    DryRun,
    /// More at once than functions may run
    Concurrency,
    /// A run that is stopped, and redriven
    Redrive,
    /// An approval that nobody gives
    Timeout,
    /// A sweep that somebody approves
    Sweep,
}

/// How a check ended.
struct Tried {
    check: Check,
    problem: Option<String>,
}

pub(crate) fn verify(options: &Verify) -> miette::Result<()> {
    let aws = Aws::new(options.profile.as_deref(), &options.region);
    let account = Account::of(&aws, &options.account)?;
    if options.tear_down {
        return Deployment::of(&aws, &account).remove();
    }
    // Before anything is made.
    account.refuse_what_is_not_ours(&aws)?;
    let package = options.package.clone().unwrap_or_else(|| target("package"));
    let command = options.command.clone().unwrap_or_else(|| target("debug").join("ecr-sweep"));
    for there in [&package, &command] {
        if !there.exists() {
            return Err(miette!("there is no {}", there.display()).context(
                "`cargo xtask package` and `cargo build --workspace` make what is tried",
            ));
        }
    }
    let deployment = Deployment::of(&aws, &account);
    let mut tried = Vec::new();
    let mut is = |check: Check, result: miette::Result<()>| {
        let problem = result.err().map(|error| format!("{error:?}"));
        println!("{check:?}: {}", problem.as_deref().unwrap_or("as it should be"));
        tried.push(Tried { check, problem });
    };
    let wanted = |check: Check| !options.without.contains(&check);
    let cases = cases::Cases { aws: &aws, deployment: &deployment, command: &command };
    if wanted(Check::Policies) {
        is(Check::Policies, cases.try_one(Check::Policies));
    }
    let made = deployment.make(&package).and_then(|()| images::push(&aws));
    match made {
        Ok(()) => {
            for check in cases::ALL.into_iter().filter(|check| wanted(*check)) {
                is(check, cases.try_one(check));
            }
        }
        Err(error) => is(Check::DryRun, Err(error.context("it is not deployed"))),
    }
    let removed = deployment.remove();
    summarize(&tried, options);
    removed?;
    let failed: Vec<String> = tried
        .iter()
        .filter(|it| it.problem.is_some())
        .map(|it| format!("{:?}", it.check))
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(miette!("not as it should be: {}", failed.join(", ")))
    }
}

/// Says what was tried, and what was not: no account by itself can show the last three.
fn summarize(tried: &[Tried], options: &Verify) {
    println!("\n{} checks in {} of {}", tried.len(), options.region, options.account);
    for Tried { check, problem } in tried {
        println!("  {check:?}: {}", if problem.is_some() { "FAILED" } else { "ok" });
    }
    for check in &options.without {
        println!("  {check:?}: left out");
    }
    println!(
        "not tried, as it takes more than this account: a Region that a service control policy denies, a deletion in another account, roles of other names there"
    );
}

#[cfg(test)]
mod tests;
