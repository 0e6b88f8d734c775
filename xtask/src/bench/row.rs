//! Rows: what a run took, beside the least that it can take.

use std::collections::BTreeMap;
use std::time::Duration;

use super::setting::{Measured, Setting, Store};
use super::simulated::{BUCKET_LATENCY, Bytes};

/// How many calls the command has under way at the same time, unless it is told otherwise.
const CONCURRENCY: f64 = 16.0;

/// What the calls to S3 are called.
const BUCKET: &str = "s3:";

/// The heads of the columns.
pub(crate) fn heads() {
    println!(
        "{:>34} {:>8} {:>8} {:>6} {:>8} {:>6} {:>8} {:>9} {:>9} {:>10}",
        "", "s", "bound s", "ratio", "CPU s", "MiB", "calls", "S3 calls", "read MB", "written MB"
    );
}

/// Prints a row, whose bound is what its calls take as many at once as the command has.
pub(crate) fn print(name: &str, setting: &Setting, measured: &Measured) {
    let store = calls(measured, true) * BUCKET_LATENCY.as_secs_f64();
    let others = calls(measured, false) * setting.latency.as_secs_f64();
    print_beside(name, setting, measured, (store + others) / CONCURRENCY);
}

/// Prints a row whose bound is so many calls, of which each waits for the one before.
pub(crate) fn print_chain(name: &str, setting: &Setting, measured: &Measured, calls: u32) {
    let one = |latency: Duration| latency.as_secs_f64();
    print_beside(name, setting, measured, f64::from(calls) * one(setting.latency));
}

fn print_beside(name: &str, setting: &Setting, measured: &Measured, bound: f64) {
    let taken = &measured.taken;
    let (read, written) = match setting.store {
        Store::Bucket => (bytes(measured, |bytes| bytes.sent), bytes(measured, |it| it.received)),
        Store::Folder => (f64::NAN, taken.written_bytes),
    };
    let read = if read.is_nan() { "-".to_owned() } else { format!("{:.1}", read / 1e6) };
    println!(
        "{name:>34} {:>8.2} {bound:>8.2} {:>6.2} {:>8.2} {:>6.0} {:>8} {:>9} {read:>9} {:>10.1}",
        taken.seconds,
        taken.seconds / bound,
        taken.cpu_seconds,
        taken.resident_mib,
        calls(measured, false),
        calls(measured, true),
        written / 1e6,
    );
}

/// Prints how often each operation was asked for.
pub(crate) fn print_calls(measured: &Measured) {
    print_counts(&measured.asked.calls);
}

/// Prints how often each operation was asked for, the most often first.
pub(crate) fn print_counts(counts: &BTreeMap<String, u64>) {
    let mut calls: Vec<(&String, &u64)> = counts.iter().collect();
    calls.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let calls = calls.iter().map(|(operation, count)| format!("{count} {operation}"));
    println!("{:>34} {}", "", calls.collect::<Vec<_>>().join(", "));
}

/// Prints what the deletions of a run came to.
pub(crate) fn print_deletions(setting: &Setting, measured: &Measured) -> miette::Result<()> {
    let gone = number(measured.gone());
    let (deletions, least) = (measured.calls("ecr:BatchDeleteImage"), measured.least_deletions());
    print!(
        "{:>34} {gone} images gone, {:.0} a second; BatchDeleteImage {deletions}, {:.2} of {least}",
        "",
        gone / measured.taken.seconds,
        number(deletions) / number(least)
    );
    match setting.store {
        Store::Bucket => println!("; {:.3} S3 calls an image", calls(measured, true) / gone),
        Store::Folder => {
            let kept = number(setting.kept_bytes()?);
            let times = measured.taken.written_bytes / kept;
            println!("; written {times:.1} times the {:.1} MB that are kept", kept / 1e6);
        }
    }
    Ok(())
}

fn calls(measured: &Measured, to_bucket: bool) -> f64 {
    let calls = measured.asked.calls.iter();
    let calls = calls.filter(|(operation, _)| operation.starts_with(BUCKET) == to_bucket);
    number(calls.map(|(_, count)| count).sum())
}

fn bytes(measured: &Measured, which: impl Fn(&Bytes) -> u64) -> f64 {
    let bytes = measured.asked.bytes.iter();
    let bytes = bytes.filter(|(operation, _)| operation.starts_with(BUCKET));
    number(bytes.map(|(_, bytes)| which(bytes)).sum())
}

/// Counts are far below 2^53.
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
