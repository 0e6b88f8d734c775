//! What every run store does, whatever it is made of.

use std::sync::Arc;

use ecr_sweep_aws::store::{PutIf, PutNew, RunStore, StoreError, Stored};

async fn text(store: &dyn RunStore, key: &str) -> Option<String> {
    store.get(key).await.unwrap().map(|stored| String::from_utf8(stored.bytes).unwrap())
}

pub(crate) async fn a_document_is_read_as_it_was_written(store: Arc<dyn RunStore>) {
    assert_eq!(store.get("plans/a.json").await.unwrap(), None);
    assert!(store.get_held("plans/a.json").await.unwrap().is_none());
    let version = store.put("plans/a.json", b"1".to_vec()).await.unwrap();
    let stored = store.get("plans/a.json").await.unwrap().unwrap();
    assert_eq!(stored, Stored { bytes: b"1".to_vec(), version });
    assert_eq!(*store.get_held("plans/a.json").await.unwrap().unwrap(), stored);
    assert_ne!(store.put("plans/a.json", b"2".to_vec()).await.unwrap(), stored.version);
    assert_eq!(text(&*store, "plans/a.json").await.as_deref(), Some("2"));
}

pub(crate) async fn an_unsynced_document_is_read_as_it_was_written(store: Arc<dyn RunStore>) {
    let version = store.put_unsynced("plans/a.json", b"1".to_vec()).await.unwrap();
    let stored = Some(Stored { bytes: b"1".to_vec(), version });
    assert_eq!(store.get("plans/a.json").await.unwrap(), stored);
    assert_eq!(store.put_new("plans/a.json", b"2".to_vec()).await.unwrap(), PutNew::Exists);
    store.sync().await.unwrap();
    assert_eq!(store.get("plans/a.json").await.unwrap(), stored);
    assert_eq!(store.list("").await.unwrap(), ["plans/a.json"]);
}

pub(crate) async fn an_empty_document_is_one(store: Arc<dyn RunStore>) {
    store.put("a", Vec::new()).await.unwrap();
    assert_eq!(text(&*store, "a").await.as_deref(), Some(""));
    assert_eq!(store.put_new("a", Vec::new()).await.unwrap(), PutNew::Exists);
}

pub(crate) async fn a_new_document_leaves_an_old_one_as_it_was(store: Arc<dyn RunStore>) {
    assert!(matches!(store.put_new("lock", b"1".to_vec()).await.unwrap(), PutNew::Written(_)));
    assert_eq!(store.put_new("lock", b"2".to_vec()).await.unwrap(), PutNew::Exists);
    assert_eq!(text(&*store, "lock").await.as_deref(), Some("1"));
}

/// That it is there counts, not who wrote the same before.
pub(crate) async fn a_new_document_that_equals_an_old_one_exists(store: Arc<dyn RunStore>) {
    assert!(matches!(store.put_new("lock", b"1".to_vec()).await.unwrap(), PutNew::Written(_)));
    assert_eq!(store.put_new("lock", b"1".to_vec()).await.unwrap(), PutNew::Exists);
}

pub(crate) async fn a_document_is_replaced_only_if_it_is_the_expected_one(
    store: Arc<dyn RunStore>,
) {
    let first = store.put("a", b"1".to_vec()).await.unwrap();
    let PutIf::Written(second) = store.put_if("a", b"2".to_vec(), &first).await.unwrap() else {
        panic!("it was the expected one");
    };
    assert_eq!(store.put_if("a", b"3".to_vec(), &first).await.unwrap(), PutIf::Changed);
    assert_eq!(text(&*store, "a").await.as_deref(), Some("2"));
    assert_eq!(store.get("a").await.unwrap().unwrap().version, second);
    assert_eq!(store.put_if("b", b"3".to_vec(), &second).await.unwrap(), PutIf::Changed);
    assert_eq!(text(&*store, "b").await, None);
}

pub(crate) async fn of_many_that_write_a_new_document_one_does(store: Arc<dyn RunStore>) {
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.put_new("lock", vec![writer]).await.unwrap() })
        })
        .collect();
    let mut written = Vec::new();
    for writer in writers {
        if let PutNew::Written(version) = writer.await.unwrap() {
            written.push(version);
        }
    }
    assert_eq!(written, [store.get("lock").await.unwrap().unwrap().version]);
}

pub(crate) async fn no_compare_and_swap_is_lost_among_many(store: Arc<dyn RunStore>) {
    const WRITERS: u32 = 4;
    const TIMES: u32 = 5;
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
    assert_eq!(text(&*store, "count").await, Some((WRITERS * TIMES).to_string()));
}

pub(crate) async fn keys_are_listed_by_prefix_and_sorted(store: Arc<dyn RunStore>) {
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

pub(crate) async fn folders_are_listed_by_what_is_in_them(store: Arc<dyn RunStore>) {
    assert_eq!(store.folders("sweeps").await.unwrap(), [""; 0]);
    for key in ["sweeps/b/request.json", "sweeps/a/plans/x/y.json", "sweeps/file.json", "lock.json"]
    {
        store.put(key, Vec::new()).await.unwrap();
    }
    assert_eq!(store.folders("").await.unwrap(), ["sweeps"]);
    assert_eq!(store.folders("sweeps").await.unwrap(), ["a", "b"]);
    assert_eq!(store.folders("sweeps/a").await.unwrap(), ["plans"]);
    assert_eq!(store.folders("sweeps/a/plans/x").await.unwrap(), [""; 0]);
    assert_eq!(store.folders("sweep").await.unwrap(), [""; 0]);
}

pub(crate) async fn no_key_leads_out_of_the_store(store: Arc<dyn RunStore>) {
    for key in ["../a", "/a", "a/../../b", "", ".store/lock"] {
        assert!(matches!(store.get(key).await, Err(StoreError::Key { .. })), "{key}");
        let put = store.put(key, Vec::new()).await;
        assert!(matches!(put, Err(StoreError::Key { .. })), "{key}");
    }
    for folder in ["../a", "/a", "a/"] {
        assert!(matches!(store.folders(folder).await, Err(StoreError::Key { .. })), "{folder}");
    }
    for prefix in ["../", "a//b"] {
        assert!(matches!(store.list(prefix).await, Err(StoreError::Key { .. })), "{prefix}");
    }
}

/// Every clause of the contract as a test of the stores that `$store` makes, each in a place of its
/// own that lasts as long as the guard beside it.
macro_rules! contract {
    ($store:path: $($clause:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            let (_guard, store) = $store().await;
            crate::contract::$clause(std::sync::Arc::new(store)).await;
        }
    )*};
    ($store:path) => {
        crate::contract::contract! {
            $store:
            a_document_is_read_as_it_was_written
            an_unsynced_document_is_read_as_it_was_written
            an_empty_document_is_one
            a_new_document_leaves_an_old_one_as_it_was
            a_new_document_that_equals_an_old_one_exists
            a_document_is_replaced_only_if_it_is_the_expected_one
            of_many_that_write_a_new_document_one_does
            no_compare_and_swap_is_lost_among_many
            keys_are_listed_by_prefix_and_sorted
            folders_are_listed_by_what_is_in_them
            no_key_leads_out_of_the_store
        }
    };
}

pub(crate) use contract;
