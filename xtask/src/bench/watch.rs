//! Running a program and watching what it takes, as Linux tells it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, miette};

/// What a program took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) seconds: f64,
    /// Of the processor, by itself and for it by the system; those that it started are not in it.
    pub(crate) cpu_seconds: f64,
    /// The most memory it had resident, as far as it was seen.
    pub(crate) resident_mib: f64,
    /// What it had written to files, in whole pages.
    pub(crate) written_bytes: f64,
}

/// How often Linux's clock of processor time ticks in a second, wherever Rust's standard library runs.
const TICKS: f64 = 100.0;

/// Runs a program to its end, its output thrown away, and what it complains of in `errors`. Fails
/// if its exit code is none of `expected`.
pub(crate) fn watch(
    command: &mut Command,
    expected: &[i32],
    errors: &Path,
) -> miette::Result<Taken> {
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(File::create(errors).into_diagnostic()?);
    let mut child = command.spawn().into_diagnostic()?;
    let mut resident_mib: f64 = 0.0;
    let ended = loop {
        resident_mib = resident_mib.max(memory(child.id(), "VmHWM:").unwrap_or(0.0));
        // Linux tells what it took until somebody has waited for it.
        if let Some(ended) = Ended::of(child.id()) {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = start.elapsed().as_secs_f64();
    let status = child.wait().into_diagnostic()?;
    if status.code().is_none_or(|code| !expected.contains(&code)) {
        let errors = fs::read_to_string(errors).into_diagnostic()?;
        return Err(miette!("{command:?} ended with {status}: {errors}"));
    }
    let Ended { cpu_seconds, written_bytes } = ended;
    Ok(Taken { seconds, cpu_seconds, resident_mib, written_bytes })
}

/// What is left of a program that has ended, and that nobody has waited for.
struct Ended {
    cpu_seconds: f64,
    written_bytes: f64,
}

impl Ended {
    /// None while the program runs.
    ///
    /// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
    fn of(process: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        if fields.next()? != "Z" {
            return None;
        }
        let mut times = fields.skip(10).map(|ticks| ticks.parse::<f64>().unwrap_or(f64::NAN));
        let ticks = times.next()? + times.next()?;
        let io = fs::read_to_string(format!("/proc/{process}/io")).ok();
        let written = io.as_deref().and_then(|io| field(io, "write_bytes:")?.parse().ok());
        Some(Self { cpu_seconds: ticks / TICKS, written_bytes: written.unwrap_or(f64::NAN) })
    }
}

/// What Linux says of a process's memory, in MiB: `VmRSS:` what is resident now, `VmHWM:` the most
/// that ever was.
pub(crate) fn memory(process: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib: f64 = field(&status, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}
