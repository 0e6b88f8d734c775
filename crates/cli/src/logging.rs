//! Logs, on standard error.

use std::io::{self, IsTerminal as _, Write};

use jiff::Timestamp;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::args::{LogFormat, OutputArguments};
use crate::progress;
use crate::render::styles::{FAINT, WARNING};

/// Starts the log at the level that was asked for.
pub fn start(output: &OutputArguments) {
    let log = registry().with(filter(output.verbose));
    let lines = fmt::layer().with_writer(|| Lines);
    let has_a_reader = output.verbose <= 1 && io::stderr().is_terminal();
    match output.log_format {
        LogFormat::Text if has_a_reader => {
            log.with(lines.with_ansi(is_coloured()).event_format(Short)).init();
        }
        LogFormat::Text => log.with(lines.with_ansi(is_coloured())).init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).init(),
    }
}

/// An event for somebody who looks on: one run is under way in one place, and what each event says of it besides
/// its own fields would fill the terminal.
struct Short;

impl<S, N> FormatEvent<S, N> for Short
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let time = Timestamp::now().strftime("%H:%M:%S");
        let level = event.metadata().level();
        if writer.has_ansi_escapes() {
            let style = if *level == Level::INFO { FAINT } else { WARNING };
            write!(writer, "{FAINT}{time}{FAINT:#} {style}{level}{style:#} ")?;
        } else {
            write!(writer, "{time} {level} ")?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
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
