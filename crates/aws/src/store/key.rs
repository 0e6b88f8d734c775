//! Keys: paths that stay inside the store.

use ecr_sweep_core::object_name_problem;

use super::StoreError;

/// Whether a document can have this key: it stays in the store, and no name in it is one that the
/// store uses itself (those start with a dot).
pub(super) fn check(key: &str) -> Result<(), StoreError> {
    object_name_problem(key)
        .map_or(Ok(()), |problem| Err(StoreError::Key { key: key.to_owned(), problem }))
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
