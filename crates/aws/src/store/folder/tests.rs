use std::sync::Arc;

use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, FolderStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::new(folder.path().join("not/yet/there"));
    (folder, store)
}

async fn text(store: &FolderStore, key: &str) -> Option<String> {
    store.get(key).await.unwrap().map(|stored| String::from_utf8(stored.bytes).unwrap())
}

#[tokio::test]
async fn a_document_is_read_as_it_was_written() {
    let (_folder, store) = store();
    assert_eq!(store.get("plans/a.json").await.unwrap(), None);
    let version = store.put("plans/a.json", b"1".to_vec()).await.unwrap();
    let stored = store.get("plans/a.json").await.unwrap().unwrap();
    assert_eq!(stored, Stored { bytes: b"1".to_vec(), version });
    assert_ne!(store.put("plans/a.json", b"2".to_vec()).await.unwrap(), stored.version);
    assert_eq!(text(&store, "plans/a.json").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_new_document_leaves_an_old_one_as_it_was() {
    let (_folder, store) = store();
    assert!(matches!(store.put_new("lock", b"1".to_vec()).await.unwrap(), PutNew::Written(_)));
    assert_eq!(store.put_new("lock", b"2".to_vec()).await.unwrap(), PutNew::Exists);
    assert_eq!(text(&store, "lock").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_document_is_replaced_only_if_it_is_the_expected_one() {
    let (_folder, store) = store();
    let first = store.put("a", b"1".to_vec()).await.unwrap();
    let PutIf::Written(second) = store.put_if("a", b"2".to_vec(), &first).await.unwrap() else {
        panic!("it was the expected one");
    };
    assert_eq!(store.put_if("a", b"3".to_vec(), &first).await.unwrap(), PutIf::Changed);
    assert_eq!(text(&store, "a").await.as_deref(), Some("2"));
    assert_eq!(store.put_if("b", b"3".to_vec(), &second).await.unwrap(), PutIf::Changed);
    assert_eq!(text(&store, "b").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_write_a_new_document_one_does() {
    let (_folder, store) = store();
    let store = Arc::new(store);
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.put_new("lock", vec![writer]).await.unwrap() })
        })
        .collect();
    let mut written = 0;
    for writer in writers {
        written += usize::from(writer.await.unwrap() != PutNew::Exists);
    }
    assert_eq!(written, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_compare_and_swap_is_lost_among_many() {
    const WRITERS: u32 = 8;
    const TIMES: u32 = 10;
    let (_folder, store) = store();
    let store = Arc::new(store);
    store.put("count", b"0".to_vec()).await.unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..TIMES {
                    loop {
                        let Stored { bytes, version } = store.get("count").await.unwrap().unwrap();
                        let count: u32 = String::from_utf8(bytes).unwrap().parse().unwrap();
                        let next = (count + 1).to_string().into_bytes();
                        let put = store.put_if("count", next, &version).await.unwrap();
                        if put != PutIf::Changed {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(text(&store, "count").await, Some((WRITERS * TIMES).to_string()));
}

#[tokio::test]
async fn keys_are_listed_by_prefix_and_sorted() {
    let (_folder, store) = store();
    assert_eq!(store.list("").await.unwrap(), [""; 0]);
    for key in ["plans/b/x.json", "plans/a.json", "plans/ab/y.json", "other"] {
        store.put(key, Vec::new()).await.unwrap();
    }
    let all = ["other", "plans/a.json", "plans/ab/y.json", "plans/b/x.json"];
    assert_eq!(store.list("").await.unwrap(), all);
    assert_eq!(store.list("plans/").await.unwrap(), all[1..]);
    assert_eq!(store.list("plans/a").await.unwrap(), all[1..3]);
    assert_eq!(store.list("plans/ab/").await.unwrap(), all[2..3]);
    assert_eq!(store.list("nowhere/").await.unwrap(), [""; 0]);
    assert_eq!(store.list("other/").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn no_key_leads_out_of_the_folder() {
    let (_folder, store) = store();
    for key in ["../a", "/a", "a/../../b", "", ".store/lock"] {
        assert!(matches!(store.get(key).await, Err(StoreError::Key { .. })), "{key}");
        let put = store.put(key, Vec::new()).await;
        assert!(matches!(put, Err(StoreError::Key { .. })), "{key}");
    }
    assert!(matches!(store.list("../").await, Err(StoreError::Key { .. })));
}

#[tokio::test]
async fn an_error_names_the_document() {
    let (folder, _) = store();
    fs::write(folder.path().join("file"), "").unwrap();
    let store = FolderStore::new(folder.path().join("file"));
    let error = store.put("a/b", Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("write") && error.to_string().contains("a/b"), "{error}");
    assert_eq!(store.address("a/b"), folder.path().join("file/a/b").display().to_string());
}
