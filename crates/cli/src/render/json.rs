//! Results as one JSON document.

use std::fmt::Write as _;
use std::io::{BufWriter, IsTerminal as _, Write as _};

use ecr_sweep_core::wording::is_unreadable;
use serde::Serialize;

use super::while_somebody_reads;

/// A document in a line of its own, in which nothing acts on a terminal.
pub fn line<D: Serialize>(document: &D) -> String {
    match serde_json::to_string(document) {
        Ok(text) => format!("{}\n", escaped(&text)),
        // Documents have names as keys alone, so each can be written.
        Err(error) => format!("{error}\n"),
    }
}

/// Writes a document to standard output: indented on a terminal, else in one line.
pub fn write<D: Serialize>(document: &D) -> std::io::Result<()> {
    while_somebody_reads(write_all(document))
}

fn write_all<D: Serialize>(document: &D) -> std::io::Result<()> {
    let stdout = std::io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    let mut out = BufWriter::with_capacity(1 << 16, stdout);
    if is_terminal {
        // JSON spells by its own escapes what is no use to a terminal: the value is the same.
        out.write_all(escaped(&serde_json::to_string_pretty(document)?).as_bytes())?;
    } else {
        serde_json::to_writer(&mut out, document)?;
    }
    out.write_all(b"\n")?;
    out.flush()
}

/// The same JSON, in which what a terminal would act on is escaped. Outside of texts JSON has nothing
/// of that but the ends of lines.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_unreadable(character) {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_on_a_terminal_says_the_same_and_does_nothing() {
        let value = serde_json::json!({ "a": "\u{9b}2J\u{202e}\u{7f}\u{feff}é\n" });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|it| it == '\n' || !is_unreadable(it)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
