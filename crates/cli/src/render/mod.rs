//! What results look like.

pub mod advice;
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
pub use quantities::{Bytes, Count, Time, counted};

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write as _};

/// Writes a text to standard output, without its colours where they do not belong.
pub fn print(text: &impl Display) -> io::Result<()> {
    let mut stdout = BufWriter::new(anstream::stdout().lock());
    let text = plain::on_a_terminal(text);
    while_somebody_reads(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Counts a reader who has seen enough (`| head`) as success.
pub fn while_somebody_reads(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
