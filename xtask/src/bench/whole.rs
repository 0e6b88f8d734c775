//! A whole organization by one command: every account has a registry, and services and functions that
//! use its images. Planned, planned again, and swept to the last receipt.

use std::time::Duration;

use ecr_sweep_core::{Account, Place, Registry};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::Workloads;
use jiff::Timestamp;
use miette::IntoDiagnostic;

use super::setting::{Setting, Store, folder};
use super::{organization, row, workloads};

const ACCOUNTS: u32 = 300;

/// Of all accounts together.
const REPOSITORIES: u32 = 5_000;

/// Of each repository, a third of them indexes.
const IMAGES: u32 = 60;

/// What runs in each account.
const RUNS: workloads::Size = workloads::Size { services: 5, functions: 3, tasks: 1 };

/// How long a call takes. It is short, so that the command's own work shows, and not the waiting.
const LATENCY: Duration = Duration::from_millis(5);

const FILE: &str = "whole.yaml";

const SCOPE: &str = "\
schema_version: 1
scope:
  registries: { organization: true, regions: [eu-west-1] }
  consumers: { organization: true, regions: [eu-west-1] }
  role: EcrSweepRead
";

pub(crate) fn measure() -> miette::Result<()> {
    println!(
        "\nA whole organization, {REPOSITORIES} repositories of {IMAGES} images in {ACCOUNTS} accounts, {} ms a call:",
        LATENCY.as_millis()
    );
    row::heads();
    std::fs::write(folder()?.join(FILE), policy()).into_diagnostic()?;
    let setting = Setting::of(&snapshot(Timestamp::now())?, LATENCY, Store::Folder)?;
    for time in ["planned", "planned again"] {
        let planned = setting.sweep(&["plan", "--policy", FILE, "--format", "json"])?;
        row::print(time, &setting, &planned);
        row::print_calls(&planned);
    }
    let swept = setting.sweep(&["run", "--policy", FILE, "--yes", "--format", "json"])?;
    row::print("swept", &setting, &swept);
    row::print_calls(&swept);
    row::print_deletions(&setting, &swept)
}

/// The policy of the other measurements, over all accounts.
fn policy() -> String {
    let (_, off) = organization::POLICY.split_once("scope:\n").unwrap_or_default();
    format!("{SCOPE}{off}")
}

/// A registry for each account, whose images its own services and functions use.
fn snapshot(taken_at: Timestamp) -> miette::Result<Snapshot> {
    let mut whole = organization::of(taken_at, REPOSITORIES, IMAGES, true, 0)?;
    let home = whole.home.clone();
    let mut repositories = whole.registries[0].repositories.split_off(0);
    whole.workloads = Workloads::in_regions(vec![home.region.clone()]);
    let template = whole.registries.remove(0);
    // From the last to the first, so that each takes the end of what is left.
    for n in (0..ACCOUNTS).rev() {
        let first = n * REPOSITORIES / ACCOUNTS;
        let part = repositories.split_off(first as usize);
        let place = Place { account: account(&home, n)?, region: home.region.clone() };
        let names: Vec<(usize, &str)> =
            (first as usize..).zip(part.iter().map(|it| &*it.name)).collect();
        whole.workloads.extend(workloads::using(&place, &names, RUNS, taken_at)?);
        whole.registries.push(Registry {
            account: place.account,
            repositories: part,
            ..template.clone()
        });
    }
    Ok(whole)
}

fn account(home: &Place, n: u32) -> miette::Result<Account> {
    if n == 0 {
        return Ok(home.account.clone());
    }
    format!("{:012}", 222_200_000_000 + u64::from(n)).parse().into_diagnostic()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_account_has_a_registry_that_nobody_else_has_and_all_repositories_are_in_one() {
        let whole = snapshot(Timestamp::UNIX_EPOCH).unwrap();
        let accounts: BTreeSet<_> = whole.registries.iter().map(|it| it.account.clone()).collect();
        assert_eq!((whole.registries.len(), accounts.len()), (300, 300));
        assert!(accounts.contains(&whole.home.account));
        let names: BTreeSet<_> = whole
            .registries
            .iter()
            .flat_map(|it| &it.repositories)
            .map(|it| it.name.clone())
            .collect();
        assert_eq!(names.len(), 5_000);
        assert_eq!(whole.workloads.iter().count(), 2 * 300);
    }
}
