//! The store in a bucket of moto's, whose S3 has conditional writes and pages.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::Client;
use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::{RunStore as _, S3Location, S3Store, StoreError};
use ecr_sweep_core::Place;

use crate::moto::Moto;

crate::contract::contract!(store);

/// One server for all tests: it ends with the process.
static MOTO: LazyLock<Moto> = LazyLock::new(Moto::start);
static BUCKETS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn sessions(endpoint: &str) -> Sessions {
    let place =
        Place { account: "123456789012".parse().unwrap(), region: "us-east-1".parse().unwrap() };
    Sessions::simulated(endpoint, place)
}

/// A bucket of its own, as everybody else sees it.
struct Bucket {
    client: Client,
    name: String,
    sessions: Sessions,
}

impl Bucket {
    async fn make() -> Self {
        let name = format!("sweeps-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        let sessions = tokio::task::spawn_blocking(|| sessions(&MOTO.endpoint())).await.unwrap();
        let client = Client::new(sessions.config());
        client.create_bucket().bucket(&name).send().await.unwrap();
        Self { client, name, sessions }
    }

    fn store(&self, prefix: &str) -> S3Store {
        S3Store::new(&self.sessions, S3Location::new(&self.name, prefix).unwrap())
    }

    async fn put(&self, key: &str) {
        let put = self.client.put_object().bucket(&self.name).key(key);
        put.body(Vec::new().into()).send().await.unwrap();
    }
}

async fn store() -> (Bucket, S3Store) {
    let bucket = Bucket::make().await;
    let store = bucket.store("home/of-sweeps");
    (bucket, store)
}

#[tokio::test]
async fn documents_are_objects_under_the_prefix() {
    let bucket = Bucket::make().await;
    for (prefix, object) in [("", "plans/a.json"), ("a/b", "a/b/plans/a.json")] {
        let store = bucket.store(prefix);
        store.put("plans/a.json", b"{}".to_vec()).await.unwrap();
        let head = bucket.client.head_object().bucket(&bucket.name).key(object).send().await;
        assert_eq!(head.unwrap().content_type(), Some("application/json"));
        assert_eq!(store.address("plans/a.json"), format!("s3://{}/{object}", bucket.name));
    }
}

#[tokio::test]
async fn stores_of_one_bucket_are_apart() {
    let bucket = Bucket::make().await;
    let (one, other) = (bucket.store("sweeps"), bucket.store("sweeps-2"));
    other.put("a", Vec::new()).await.unwrap();
    assert_eq!(one.get("a").await.unwrap(), None);
    assert_eq!(one.list("").await.unwrap(), [""; 0]);
    assert_eq!(other.list("").await.unwrap(), ["a"]);
}

#[tokio::test]
async fn every_page_is_listed() {
    let bucket = Bucket::make().await;
    let store = bucket.store("sweeps");
    let names: Vec<String> = (0..1001).map(|number| format!("plans/{number:04}")).collect();
    for names in names.chunks(100) {
        let objects: Vec<String> = names.iter().map(|name| format!("sweeps/{name}")).collect();
        futures::future::join_all(objects.iter().map(|object| bucket.put(object))).await;
    }
    assert_eq!(store.list("plans/").await.unwrap(), names);
}

#[tokio::test]
async fn folders_on_every_page_are_listed() {
    let bucket = Bucket::make().await;
    let names: Vec<String> = (0..1001).map(|number| format!("{number:04}")).collect();
    for names in names.chunks(100) {
        let objects: Vec<String> =
            names.iter().map(|name| format!("home/sweeps/{name}/a")).collect();
        futures::future::join_all(objects.iter().map(|object| bucket.put(object))).await;
    }
    assert_eq!(bucket.store("home").folders("sweeps").await.unwrap(), names);
}

#[tokio::test]
async fn the_object_of_a_folder_is_no_document() {
    let bucket = Bucket::make().await;
    for key in ["sweeps/", "sweeps/plans/", "sweeps/plans/a", "sweeps/.hidden"] {
        bucket.put(key).await;
    }
    assert_eq!(bucket.store("sweeps").list("").await.unwrap(), ["plans/a"]);
}

#[tokio::test]
async fn prefix_and_key_together_are_no_longer_than_a_key() {
    let bucket = Bucket::make().await;
    let key = "a".repeat(1020);
    bucket.store("").put(&key, Vec::new()).await.unwrap();
    let error = bucket.store("sweeps").put(&key, Vec::new()).await.unwrap_err();
    assert!(matches!(error, StoreError::Key { .. }), "{error}");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_an_error_that_names_it() {
    let bucket = Bucket::make().await;
    let store = S3Store::new(&bucket.sessions, S3Location::new("nobodys", "").unwrap());
    let got = store.get("a.json").await.unwrap_err();
    let listed = store.list("").await.unwrap_err();
    let put = store.put_new("a.json", Vec::new()).await.unwrap_err();
    for (error, operation) in
        [(got, "s3:GetObject"), (listed, "s3:ListObjectsV2"), (put, "s3:PutObject")]
    {
        assert!(error.to_string().contains("s3://nobodys/"), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(operation) && source.contains("NoSuchBucket"), "{source}");
        assert!(error.next_step().unwrap().to_string().contains("create the bucket `nobodys`"));
    }
}
