//! Running a program and watching what it takes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic, miette};

/// What a program took.
pub(crate) struct Taken {
    pub(crate) seconds: f64,
    /// The most memory it had resident, as far as it was seen.
    pub(crate) resident_mib: f64,
}

/// Runs a program to its end, its output thrown away. Exit code 3, a dry run with something in
/// the way, is fine.
pub(crate) fn watch(command: &mut Command) -> miette::Result<Taken> {
    let start = Instant::now();
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().into_diagnostic()?;
    let mut resident_mib: f64 = 0.0;
    let status = loop {
        resident_mib = resident_mib.max(memory(child.id(), "VmHWM:").unwrap_or(0.0));
        if let Some(status) = child.try_wait().into_diagnostic()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    match status.code() {
        Some(0 | 3) => Ok(Taken { seconds: start.elapsed().as_secs_f64(), resident_mib }),
        _ => Err(miette!("{command:?} ended with {status}")),
    }
}

/// What Linux says of a process's memory, in MiB: `VmRSS:` what is resident now, `VmHWM:` the most
/// that ever was.
pub(crate) fn memory(process: u32, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
