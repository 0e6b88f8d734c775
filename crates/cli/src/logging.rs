//! Logs, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::args::{LogFormat, OutputArguments};

/// Starts the log at the level that was asked for.
pub fn start(output: &OutputArguments) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter(output.verbose)))
        .with_writer(std::io::stderr);
    match output.log_format {
        LogFormat::Text => subscriber.with_ansi(is_coloured()).init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
}

const fn filter(verbose: u8) -> &'static str {
    match verbose {
        0 => "warn",
        1 => "warn,ecr_sweep=info",
        2 => "info,ecr_sweep=debug",
        _ => "debug,ecr_sweep=trace",
    }
}

fn is_coloured() -> bool {
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto => {
            anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
                && std::io::stderr().is_terminal()
        }
    }
}
