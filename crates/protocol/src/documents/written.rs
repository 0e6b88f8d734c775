//! Documents as bytes.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A stored document that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("at `{path}`: {source}")]
pub struct DocumentError {
    path: String,
    source: serde_json::Error,
}

/// Reads a document, naming the field that is wrong if one is.
pub fn read<D: DeserializeOwned>(bytes: &[u8]) -> Result<D, DocumentError> {
    // Keeping track of the path takes longer than reading, so only a bad document is read twice.
    serde_json::from_slice(bytes).map_err(|error| {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        match serde_path_to_error::deserialize::<_, D>(&mut json) {
            Err(error) => {
                DocumentError { path: error.path().to_string(), source: error.into_inner() }
            }
            Ok(_) => DocumentError { path: ".".to_owned(), source: error },
        }
    })
}

/// Writes a document as people read it: indented, with a line end behind it.
pub fn write<D: Serialize>(document: &D) -> Result<Vec<u8>, DocumentError> {
    let failed = |source| DocumentError { path: ".".to_owned(), source };
    // The plan of a large repository has tens of megabytes. A buffer that grows to hold them would
    // take up to twice as much of a function's memory.
    let mut length = Length(1);
    serde_json::to_writer_pretty(&mut length, document).map_err(failed)?;
    let mut bytes = Vec::with_capacity(length.0);
    serde_json::to_writer_pretty(&mut bytes, document).map_err(failed)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// How many bytes were written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Lock;

    fn lock(version: u32, more: &str) -> String {
        format!(
            r#"{{ "schema_version": {version}, "owner": "somebody", "run": "r1", "token": 3,
                 "taken_at": "2026-11-20T00:00:00Z", "expires_at": "2026-11-20T00:15:00Z"{more} }}"#
        )
    }

    #[test]
    fn a_document_reads_as_it_is_written() {
        let first: Lock = read(lock(1, "").as_bytes()).unwrap();
        let again: Lock = read(&write(&first).unwrap()).unwrap();
        assert_eq!(first, again);
    }

    #[test]
    fn an_unknown_field_and_a_newer_version_are_refused_by_name() {
        let unknown = read::<Lock>(lock(1, r#", "colour": "red""#).as_bytes()).unwrap_err();
        assert!(unknown.to_string().contains("unknown field `colour`"), "{unknown}");
        let newer = read::<Lock>(lock(2, "").as_bytes()).unwrap_err();
        assert!(newer.to_string().contains("at `schema_version`"), "{newer}");
        assert!(newer.to_string().contains("a newer ecr-sweep wrote it"), "{newer}");
    }

    #[test]
    fn what_follows_a_document_is_refused() {
        assert!(read::<Lock>(format!("{} {{}}", lock(1, "")).as_bytes()).is_err());
    }
}
