//! Sweeps where the registry answers so many calls a second and no more.

use std::time::Duration;

use ecr_sweep_aws_sim::Rate;
use jiff::Timestamp;

use super::setting::{Measured, Setting, Store};
use super::simulated::{BUCKET_LATENCY, Pace};
use super::{organization, row};

const REPOSITORIES: u32 = 500;
const IMAGES: u32 = 1_000;
const LATENCY: Duration = Duration::from_millis(25);

/// So many `BatchDeleteImage` and as many `DescribeImages` a second.
const RATES: [[&str; 2]; 3] = [
    ["ecr:BatchDeleteImage=10", "ecr:DescribeImages=10"],
    ["ecr:BatchDeleteImage=20", "ecr:DescribeImages=20"],
    ["ecr:BatchDeleteImage=50", "ecr:DescribeImages=50"],
];

const FILE: &str = "half.yaml";

pub(crate) fn measure() -> miette::Result<()> {
    println!(
        "\nSweeps of half of {REPOSITORIES} x {IMAGES} images, {} ms a call, at so many calls a second:",
        LATENCY.as_millis()
    );
    row::heads();
    let snapshot = organization::of(Timestamp::now(), REPOSITORIES, IMAGES, false, 0)?;
    // Nothing is pushed within a week: half of each go.
    let policy = organization::policy_of_newest(IMAGES / 2);
    for rates in RATES {
        let pace = Pace { latency: LATENCY, bucket_latency: BUCKET_LATENCY, rates: &rates };
        let setting = Setting::with(&snapshot, pace, Store::Folder)?;
        setting.write(FILE, &policy)?;
        let swept = setting.sweep(&["run", "--policy", FILE, "--yes", "--format", "json"])?;
        row::print(rates[0], &setting, &swept);
        row::print_calls(&swept);
        row::print_deletions(&setting, &swept)?;
        print_beside_rates(&rates, &swept);
    }
    Ok(())
}

/// Prints the time beside what the calls take at their rate that are the least there can be.
fn print_beside_rates(rates: &[&str], swept: &Measured) {
    let deletions = swept.least_deletions();
    // Each image is listed twice, a thousand a call, and what goes is looked at, a hundred a call.
    let listings = u64::from(REPOSITORIES) * u64::from(IMAGES).div_ceil(1_000);
    let least = [deletions, 2 * listings + deletions];
    let mut seconds: f64 = 0.0;
    for (rate, least) in rates.iter().zip(least) {
        let Ok(rate) = rate.parse::<Rate>() else { continue };
        let operation = rate.operation.as_str();
        let (calls, throttled) = (swept.calls(operation), swept.throttled(operation));
        let (answered, least) = (row::number(calls - throttled), row::number(least));
        seconds = seconds.max(least / rate.per_second);
        println!(
            "{:>34} {operation}: {answered:.0} answered, {:.2} of {least}; {throttled} throttled; {:.0} s at this rate",
            "",
            answered / least,
            least / rate.per_second
        );
    }
    println!("{:>34} {:.2} times the longest of these", "", swept.taken.seconds / seconds);
}
