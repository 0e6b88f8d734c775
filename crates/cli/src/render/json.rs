//! Results as one JSON document.

use std::io::{BufWriter, IsTerminal as _, Write as _};

use serde::Serialize;

use super::while_somebody_reads;

/// Writes a document to standard output: indented on a terminal, else in one line.
pub fn write<D: Serialize>(document: &D) -> std::io::Result<()> {
    while_somebody_reads(write_all(document))
}

fn write_all<D: Serialize>(document: &D) -> std::io::Result<()> {
    let stdout = std::io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    let mut out = BufWriter::with_capacity(1 << 16, stdout);
    if is_terminal {
        serde_json::to_writer_pretty(&mut out, document)?;
    } else {
        serde_json::to_writer(&mut out, document)?;
    }
    out.write_all(b"\n")?;
    out.flush()
}
