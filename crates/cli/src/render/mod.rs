//! What results look like.

pub mod advice;
pub mod backtest;
mod broken;
pub mod diff;
pub mod doctor;
pub mod explain;
mod grid;
mod images;
pub mod inspection;
pub mod json;
mod notes;
pub mod plain;
pub mod policy;
mod pulls;
mod quantities;
pub mod recheck;
pub mod repository;
pub mod restoration;
pub mod run;
pub mod runs;
pub mod scan;
pub mod stored;
pub mod styles;
pub mod summary;
pub mod table;
pub mod unseen;
mod used;

pub use images::short;
pub use notes::folded;
pub use quantities::{Bytes, Count, Time, counted};

use ecr_sweep_core::Summary;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write as _};

use terminal_size::{Width, terminal_size_of};

/// What a run of a plan does, deleted and archived apart.
pub fn goes(plan: &Summary) -> String {
    let (deleted, archive) = (Count(plan.deleted()), Count(plan.archive));
    match (plan.deleted(), plan.archive) {
        (_, 0) => format!("deletes these {deleted} images"),
        (0, _) => format!("archives these {archive} images"),
        _ => format!("deletes {deleted} of these images, and archives {archive}"),
    }
}

/// Writes a text to standard output, without its colours where they do not belong, and as wide as the terminal is.
pub fn print(text: &impl Display) -> io::Result<()> {
    let text = fitted(text, terminal_size_of(io::stdout()).map(|(width, _)| width));
    let mut stdout = BufWriter::new(anstream::stdout().lock());
    while_somebody_reads(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// A text for a terminal of this width; for none it has whole lines.
pub fn fitted(text: &impl Display, width: Option<Width>) -> String {
    let text = match width {
        // A text of its own is filled up to the width.
        Some(Width(columns)) => {
            format!("{text:columns$}", columns = columns.into()).trim_end_matches(' ').to_owned()
        }
        None => text.to_string(),
    };
    plain::on_a_terminal(&text)
}

/// Counts a reader who has seen enough (`| head`) as success.
pub fn while_somebody_reads(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
