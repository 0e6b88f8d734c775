//! Keys: paths that stay inside the store.

use super::StoreError;

/// The most characters that a bucket takes as a key.
const MAX_LENGTH: usize = 1024;

/// Whether a document can have this key: it stays in the store, and no name in it is one that the
/// store uses itself (those start with a dot).
pub(super) fn check(key: &str) -> Result<(), StoreError> {
    problem(key).map_or(Ok(()), |problem| Err(StoreError::Key { key: key.to_owned(), problem }))
}

/// The folder in which everything is that starts with this prefix. A prefix ends anywhere, but what
/// is before its last `/` is a folder.
pub(super) fn folder_of(prefix: &str) -> Result<&str, StoreError> {
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    if !folder.is_empty() {
        check(folder)?;
    }
    Ok(folder)
}

/// What is wrong with a key, if something is.
pub(super) fn problem(key: &str) -> Option<&'static str> {
    if key.is_empty() || key.len() > MAX_LENGTH {
        return Some("it has from 1 to 1024 characters");
    }
    if key.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
        return Some("it has printable ASCII characters alone, no space and no backslash");
    }
    key.split('/').find_map(|segment| {
        if segment.is_empty() {
            Some("it is relative, and no part of it is empty")
        } else if segment.starts_with('.') {
            Some("no part of it starts with a dot")
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_in_the_store() {
        for key in ["a", "plans/111122223333/eu-west-1/dev/app.json", "cache/sha256:ab"] {
            assert!(check(key).is_ok(), "{key}");
        }
        let long = "a".repeat(1025);
        for key in
            ["", "/a", "a/", "a//b", "..", "a/../b", "./a", ".lock", "a\\b", "a b", "é", &long]
        {
            assert!(check(key).is_err(), "{key}");
        }
    }
}
