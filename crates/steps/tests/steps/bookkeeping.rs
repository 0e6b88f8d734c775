//! What a deletion writes down, counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ecr_sweep_aws::store::{FolderStore, PutIf, PutNew, RunStore, StoreError, Stored, Version};
use ecr_sweep_protocol::documents::keys;
use ecr_sweep_steps::{Environment, sweep_planned};
use serde_json::{Value, json};

use crate::world::{World, definition, draft, id, in_registry, old, organization};

/// A folder of which the writes are counted.
struct CountingStore {
    folder: FolderStore,
    /// How many bytes were written under each key, write by write.
    writes: Mutex<BTreeMap<String, Vec<usize>>>,
}

impl CountingStore {
    fn count(&self, key: &str, bytes: &[u8]) {
        self.writes.lock().unwrap().entry(key.to_owned()).or_default().push(bytes.len());
    }

    /// The bytes of all writes of which the key starts so.
    fn written(&self, prefix: &str) -> usize {
        let writes = self.writes.lock().unwrap();
        writes.iter().filter(|(key, _)| key.starts_with(prefix)).flat_map(|(_, it)| it).sum()
    }

    fn times(&self, key: &str) -> usize {
        self.writes.lock().unwrap().get(key).map_or(0, Vec::len)
    }
}

#[async_trait]
impl RunStore for CountingStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.folder.get(key).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.count(key, &bytes);
        self.folder.put(key, bytes).await
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        self.count(key, &bytes);
        self.folder.put_new(key, bytes).await
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        self.count(key, &bytes);
        self.folder.put_if(key, bytes, expected).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.folder.list(prefix).await
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.folder.folders(folder).await
    }

    fn address(&self, key: &str) -> String {
        self.folder.address(key)
    }
}

/// `dev/app` with so many untagged indexes of one image each, and one image that stays.
async fn indexes(count: u32) -> World {
    let images: Vec<Value> = (0..count)
        .flat_map(|number| {
            let mut index = old(1_000 + number, &[]);
            index["media_type"] = "application/vnd.oci.image.index.v1+json".into();
            index["children"] = json!([draft(5_000 + number)]);
            [index, old(5_000 + number, &[])]
        })
        .chain([old(1, &["v1"])])
        .collect();
    let repositories = json!([{ "name": "dev/app", "images": images }]);
    World::start(organization(&repositories, &definition())).await
}

#[tokio::test]
async fn what_a_deletion_writes_down_grows_with_the_images_alone() {
    const INDEXES: u32 = 1_100;
    let world = indexes(INDEXES).await;
    world.dry_run("r1").await;
    let before = world.environment();
    let folder = FolderStore::new(world.path(""));
    let store = Arc::new(CountingStore { folder, writes: Mutex::default() });
    let environment = Environment { store: store.clone(), ..before };
    let summary = sweep_planned(&environment, &id("r1"), async |_| true).await.unwrap();
    assert_eq!(summary.totals.outcomes.deleted, u64::from(2 * INDEXES));

    // Each receipt is written before the registry is asked, with its answer, and at the end.
    let repository = in_registry("dev/app");
    let receipts = &*keys::receipts(&id("r1"), &repository);
    let together = store.written(receipts);
    assert_eq!(store.times(receipts), 1);
    assert!(store.written("sweeps/r1/batches/") <= 2 * together + together / 10);
    // All batches together write once that there are more reads, and once which are left.
    assert_eq!(store.times(&keys::manifest_reads(&repository)), 2);
    let reads = environment.find(&keys::manifest_reads(&repository)).await.unwrap().unwrap();
    let apart = environment.find(&keys::deletion_reads(&repository)).await.unwrap().unwrap();
    assert!(reads.has_more && reads.reads.is_empty() && apart.reads.is_empty());
}

#[tokio::test]
async fn reads_of_a_deletion_that_stopped_are_nobodys_pulls_later() {
    let world = indexes(1_100).await;
    world.dry_run("r1").await;
    world.fault("ecr:BatchDeleteImage", crate::world::error("AccessDeniedException"));
    world.sweep_planned("r1").await.unwrap();
    assert_eq!(world.images("dev/app").len(), 2_201);
    world.simulator.set_faults(Vec::new());
    let apart = world.path(&keys::deletion_reads(&in_registry("dev/app")));
    assert!(apart.exists());
    let summary = world.sweep("r2").await;
    assert_eq!(summary.totals.outcomes.deleted, 2_200);
}
