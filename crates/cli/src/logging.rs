//! Logs, on standard error.

use std::io::{self, IsTerminal as _, Write};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::args::{LogFormat, OutputArguments};
use crate::progress;

/// Starts the log at the level that was asked for.
pub fn start(output: &OutputArguments) {
    let log = registry().with(filter(output.verbose));
    let lines = fmt::layer().with_writer(|| Lines);
    match output.log_format {
        LogFormat::Text => log.with(lines.with_ansi(is_coloured())).init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).init(),
    }
}

/// Standard error, beside what is drawn there. Each event comes in one piece.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::beside(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The levels of ecr-sweep's own crates, and of all others.
fn filter(verbose: u8) -> Targets {
    let (own, others) = match verbose {
        // What others warn of is told in the error that it leads to.
        0 => (Level::WARN, Level::ERROR),
        1 => (Level::INFO, Level::ERROR),
        2 => (Level::DEBUG, Level::INFO),
        _ => (Level::TRACE, Level::DEBUG),
    };
    Targets::new().with_default(others).with_target("ecr_sweep", own)
}

fn is_coloured() -> bool {
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto => {
            anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
                && io::stderr().is_terminal()
        }
    }
}
