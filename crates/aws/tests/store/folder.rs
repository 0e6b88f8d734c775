//! The store in a folder.

use std::fs;

use ecr_sweep_aws::store::{FolderStore, RunStore as _};
use tempfile::TempDir;

crate::contract::contract!(store);

#[expect(clippy::unused_async, reason = "the stores of the contract are made by calls")]
async fn store() -> (TempDir, FolderStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::new(folder.path().join("not/yet/there"));
    (folder, store)
}

#[tokio::test]
async fn an_error_names_the_document_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let store = FolderStore::new(folder.path().join("file"));
    let error = store.put("a/b", Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("write") && error.to_string().contains("a/b"), "{error}");
    assert!(error.next_step().unwrap().to_string().contains("permissions"));
    assert_eq!(store.address("a/b"), folder.path().join("file/a/b").display().to_string());
}
