//! The manifests of indexes: stored together, read once, and believed as far as they prove themselves.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ecr_sweep_aws::store::{FolderStore, PutIf, PutNew, RunStore, StoreError, Stored, Version};
use ecr_sweep_core::Deletion;
use ecr_sweep_protocol::documents::{
    IndexManifests, Key, ManifestReads, PackedManifest, Stage, StoredManifest, V1, keys, read,
    write,
};
use ecr_sweep_steps::{Environment, dry_run};
use serde_json::{Value, json};

use crate::world::{World, definition, draft, id, in_registry, old, organization};

const ASKED: &str = "ecr:BatchGetImage";

/// `dev/app` with so many untagged indexes of so many images each, none of which is there.
async fn indexes(count: u32, children: u32) -> World {
    let images: Vec<Value> = (0..count)
        .map(|number| {
            let mut index = old(1_000 + number, &[]);
            index["media_type"] = "application/vnd.oci.image.index.v1+json".into();
            let first = 10_000 + number * children;
            index["children"] = json!((first..first + children).map(draft).collect::<Vec<_>>());
            index
        })
        .chain([old(1, &["v1"])])
        .collect();
    World::start(organization(&json!([{ "name": "dev/app", "images": images }]), &definition()))
        .await
}

fn newest(world: &World) -> PathBuf {
    world.path(&keys::index_manifests(&in_registry("dev/app")))
}

fn stored(world: &World) -> IndexManifests {
    read(&fs::read(newest(world)).unwrap()).unwrap()
}

fn packs(world: &World) -> Vec<PathBuf> {
    let key = |pack| keys::index_manifest_pack(&in_registry("dev/app"), pack);
    stored(world).packs.iter().map(|pack| world.path(&key(pack))).collect()
}

async fn deleted(world: &World, run: &str) -> Vec<Deletion> {
    world.dry_run(run).await;
    world.plan(run, Stage::Plan, "dev/app").await.plan.delete
}

/// A folder that counts what it is asked for, and in which somebody else may write first.
struct WatchedStore {
    folder: FolderStore,
    calls: Mutex<Vec<String>>,
    /// What somebody else writes, and where, right before the next write there.
    others: Mutex<Option<(String, Vec<u8>)>>,
}

impl WatchedStore {
    fn of(world: &World) -> Arc<Self> {
        let folder = FolderStore::new(world.path(""));
        Arc::new(Self { folder, calls: Mutex::default(), others: Mutex::default() })
    }

    fn environment(self: &Arc<Self>, world: &World) -> Environment {
        Environment { store: self.clone(), ..world.environment() }
    }

    fn count(&self, call: &str, key: &str) {
        self.calls.lock().unwrap().push(format!("{call} {key}"));
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    async fn others_write(&self, key: &str) {
        let theirs = self.others.lock().unwrap().take_if(|(other, _)| other == key);
        if let Some((key, bytes)) = theirs {
            self.folder.put(&key, bytes).await.unwrap();
        }
    }
}

#[async_trait]
impl RunStore for WatchedStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.count("get", key);
        self.folder.get(key).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.count("put", key);
        self.folder.put(key, bytes).await
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        self.count("put_new", key);
        self.others_write(key).await;
        self.folder.put_new(key, bytes).await
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        self.count("put_if", key);
        self.others_write(key).await;
        self.folder.put_if(key, bytes, expected).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.count("list", prefix);
        self.folder.list(prefix).await
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.count("folders", folder);
        self.folder.folders(folder).await
    }

    fn address(&self, key: &str) -> String {
        self.folder.address(key)
    }
}

#[tokio::test]
async fn a_plan_takes_as_many_store_calls_however_many_indexes_there_are() {
    for count in [2, 150] {
        let world = indexes(count, 1).await;
        let store = WatchedStore::of(&world);
        let environment = store.environment(&world);
        for (run, of_manifests) in [("first", 6), ("second", 2)] {
            dry_run(&environment, &id(run), world.options()).await.unwrap();
            let mut taken = store.taken();
            taken.retain(|call| call.contains("dev/app") || call.contains(keys::EARLIER_MANIFESTS));
            // Beside these: the usage, what is planned since when, what was in use, the images, the plan, and what
            // became of it, some twice; and all of it once more for the report.
            assert!(taken.len() <= of_manifests + 13, "{taken:#?}");
            let others = ["sweeps/", "cache/planned/", "cache/used/"];
            taken.retain(|call| !others.iter().any(|other| call.contains(other)));
            assert_eq!(taken.len(), of_manifests, "{taken:#?}");
        }
        assert_eq!(world.simulator.count(ASKED), u64::from(count.div_ceil(100)));
    }
}

#[tokio::test]
async fn what_an_earlier_version_stored_is_taken_over() {
    let world = indexes(3, 2).await;
    let planned = deleted(&world, "r1").await;
    let asked = world.simulator.count(ASKED);
    for PackedManifest { digest, media_type, manifest } in stored(&world).manifests {
        let earlier = StoredManifest { schema_version: V1, digest, media_type, manifest };
        let path = world.path(&keys::earlier_manifest(&digest));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, write(&earlier).unwrap()).unwrap();
    }
    fs::remove_dir_all(world.path("cache/indexes")).unwrap();
    assert_eq!(deleted(&world, "r2").await, planned);
    fs::remove_dir_all(world.path("cache/manifests")).unwrap();
    assert_eq!(deleted(&world, "r3").await, planned);
    assert_eq!(world.simulator.count(ASKED), asked, "nothing is asked again");
}

#[tokio::test]
async fn what_is_damaged_or_forged_is_read_anew_and_hides_nothing() {
    let world = indexes(3, 2).await;
    let planned = deleted(&world, "r0").await;
    let whole = stored(&world);
    let forged = |change: &dyn Fn(&mut PackedManifest)| {
        let mut forged = whole.clone();
        change(&mut forged.manifests[1]);
        write(&forged).unwrap()
    };
    let other = whole.manifests[0].manifest.clone();
    let mut without_one = whole.clone();
    without_one.manifests.remove(1);
    let mut with_a_lost_pack = without_one.clone();
    with_a_lost_pack.packs = vec![draft(1)];
    let damages = [
        b"".to_vec(),
        b"{}".to_vec(),
        write(&whole).unwrap().split_at(300).0.to_vec(),
        String::from_utf8(write(&whole).unwrap())
            .unwrap()
            .replacen("version\": 1", "version\": 2", 1)
            .into(),
        forged(&|it| it.manifest = it.manifest.replace("manifests", "manifest5").into()),
        forged(&|it| it.manifest = other.clone()),
        forged(&|it| it.media_type = "application/vnd.oci.image.manifest.v1+json".into()),
        write(&without_one).unwrap(),
        write(&with_a_lost_pack).unwrap(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let asked = world.simulator.count(ASKED);
        fs::write(newest(&world), damage).unwrap();
        assert_eq!(deleted(&world, &format!("r1-{number}")).await, planned, "{number}");
        assert_eq!(world.simulator.count(ASKED), asked + 1, "{number}: it is asked again");
        assert_eq!(stored(&world), whole, "{number}: it is whole again");
    }
}

#[tokio::test]
async fn many_manifests_are_in_packs_and_a_lost_one_is_read_anew() {
    // Each of these has about 0.8 MB.
    let world = indexes(9, 4_000).await;
    let planned = deleted(&world, "r1").await;
    let before = packs(&world);
    assert!(!before.is_empty());
    for document in before.iter().chain([&newest(&world)]) {
        let bytes = fs::metadata(document).unwrap().len();
        assert!(bytes <= 4 << 20, "{}: {bytes}", document.display());
    }
    assert_eq!(deleted(&world, "r2").await, planned);
    assert_eq!(world.simulator.count(ASKED), 1);
    fs::remove_file(&before[0]).unwrap();
    assert_eq!(deleted(&world, "r3").await, planned);
    assert_eq!(world.simulator.count(ASKED), 2);
    assert_eq!(deleted(&world, "r4").await, planned);
    assert_eq!(world.simulator.count(ASKED), 2, "it is stored again");
}

#[tokio::test]
async fn what_others_store_meanwhile_stays() {
    let world = indexes(3, 2).await;
    let planned = deleted(&world, "r0").await;
    let whole = stored(&world);
    let mut theirs = whole.clone();
    theirs.manifests.truncate(1);
    fs::remove_dir_all(world.path("cache/indexes")).unwrap();
    let key = keys::index_manifests(&in_registry("dev/app"));
    let store = WatchedStore::of(&world);
    // They have read another index meanwhile, which was pushed after this planner's list.
    theirs.manifests.push(PackedManifest {
        digest: "sha256:ff00000000000000000000000000000000000000000000000000000000000000"
            .parse()
            .unwrap(),
        ..whole.manifests[0].clone()
    });
    *store.others.lock().unwrap() = Some((key.into(), write(&theirs).unwrap()));
    dry_run(&store.environment(&world), &id("r1"), world.options()).await.unwrap();
    let both = [whole.manifests, theirs.manifests.split_off(1)].concat();
    assert_eq!(stored(&world).manifests, both);
    assert_eq!(deleted(&world, "r2").await, planned);
}

#[tokio::test]
async fn two_planners_at_once_lose_nothing() {
    let world = indexes(120, 1).await;
    let plan = async |run| {
        dry_run(&world.environment(), &id(run), world.options()).await.unwrap();
    };
    tokio::join!(plan("r1"), plan("r2"));
    let asked = world.simulator.count(ASKED);
    assert_eq!(stored(&world).manifests.len(), 120);
    let reads: Key<ManifestReads> = keys::manifest_reads(&in_registry("dev/app"));
    let reads: ManifestReads = read(&fs::read(world.path(&reads)).unwrap()).unwrap();
    assert!(reads.reads.iter().all(|read| read.to.is_some()));
    plan("r3").await;
    assert_eq!(world.simulator.count(ASKED), asked);
}

#[tokio::test]
async fn what_is_gone_is_left_out_of_the_next_write() {
    let world = indexes(3, 2).await;
    world.dry_run("r1").await;
    let whole = stored(&world);
    // One index is unknown again, and the document names one that is not there any more.
    let mut other = whole.clone();
    other.manifests.remove(0);
    let gone = draft(9_999);
    other.manifests.push(PackedManifest { digest: gone, ..whole.manifests[0].clone() });
    fs::write(newest(&world), write(&other).unwrap()).unwrap();
    world.dry_run("r2").await;
    assert_eq!(stored(&world), whole);
}
