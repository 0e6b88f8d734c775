//! The vault's blobs, in a folder and in a bucket alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ecr_sweep_aws::store::{
    BlobCopy, BlobError, BlobStore, ByteStream, FolderStore, RunStore, StoreError,
};
use ecr_sweep_core::policy::StorageClass;
use ecr_sweep_core::{Digest, sha256};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::simulated;

/// What is put in parts, and more than one.
const LARGE: usize = (17 << 20) + 1;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251).to_le_bytes()[0]).collect()
}

/// The same in pieces.
fn pieces(bytes: &[u8]) -> ByteStream {
    let pieces: Vec<Vec<u8>> = bytes.chunks(100_000).map(<[u8]>::to_vec).collect();
    stream::iter(pieces.into_iter().map(Ok)).boxed()
}

async fn put(store: &dyn RunStore, content: &[u8]) -> Digest {
    let (vault, digest) = (store.blobs().unwrap(), sha256(content));
    let copy = vault.put_blob(digest, StorageClass::StandardIa, pieces(content)).await;
    assert_eq!(copy.unwrap().bytes, content.len() as u64);
    digest
}

async fn read(vault: &dyn BlobStore, digest: Digest) -> Option<Vec<u8>> {
    let opened = vault.open_blob(digest).await.unwrap()?;
    Some(opened.try_concat().await.unwrap())
}

async fn in_each(test: impl AsyncFn(&dyn RunStore)) {
    let folder = tempfile::tempdir().unwrap();
    test(&FolderStore::new(folder.path().to_owned())).await;
    let (_simulator, store) = simulated::store().await;
    test(&store).await;
}

#[tokio::test]
async fn a_blob_is_there_as_it_was_put() {
    in_each(async |store| {
        let vault = store.blobs().unwrap();
        for length in [0, 1, 100_000, LARGE] {
            let content = bytes(length);
            let digest = sha256(&content);
            assert!(vault.find_blob(digest, None).await.unwrap().is_none());
            put(store, &content).await;
            let found = vault.find_blob(digest, None).await.unwrap().unwrap();
            assert_eq!(found.bytes, length as u64);
            assert!(read(vault, digest).await.unwrap() == content, "{length}");
            assert_eq!(vault.list_blobs().await.unwrap(), [digest]);
            vault.remove_blob(digest).await.unwrap();
            vault.remove_blob(digest).await.unwrap();
            assert_eq!(read(vault, digest).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn what_says_that_something_is_wanted_is_removed_and_no_other_document() {
    in_each(async |store| {
        let vault = store.blobs().unwrap();
        for key in ["vault/wanted/2026-01-01/r1.json", "sweeps/r1/request.json"] {
            store.put(key, b"{}".to_vec()).await.unwrap();
        }
        vault.remove_wanted("vault/wanted/2026-01-01/r1.json").await.unwrap();
        vault.remove_wanted("vault/wanted/2026-01-01/r1.json").await.unwrap();
        assert_eq!(store.list("vault/").await.unwrap(), [] as [String; 0]);
        let refused = vault.remove_wanted("sweeps/r1/request.json").await.unwrap_err();
        assert!(matches!(refused, StoreError::Key { .. }), "{refused:?}");
        assert_eq!(store.list("sweeps/").await.unwrap(), ["sweeps/r1/request.json"]);
    })
    .await;
}

#[tokio::test]
async fn bytes_of_another_digest_are_not_kept() {
    in_each(async |store| {
        let vault = store.blobs().unwrap();
        for length in [10, LARGE] {
            let asked = sha256(b"another");
            let put = vault.put_blob(asked, StorageClass::Standard, pieces(&bytes(length))).await;
            let error = put.unwrap_err();
            assert!(matches!(error, BlobError::OtherDigest { .. }), "{error:?}");
            assert_eq!(vault.list_blobs().await.unwrap(), []);
        }
    })
    .await;
}

#[tokio::test]
async fn what_breaks_off_is_not_kept() {
    in_each(async |store| {
        let vault = store.blobs().unwrap();
        let content = bytes(LARGE);
        let broken = std::io::Error::other("broken off");
        let most = pieces(&content[..LARGE - 9]);
        let source = most.chain(stream::iter([Err(broken.into())])).boxed();
        let put = vault.put_blob(sha256(&content), StorageClass::Standard, source).await;
        assert!(matches!(put, Err(BlobError::Source(_))));
        assert_eq!(vault.list_blobs().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_is_there_and_has_another_digest_is_not_found() {
    in_each(async |store| {
        let vault = store.blobs().unwrap();
        for length in [10, LARGE] {
            let content = bytes(length);
            let digest = put(store, &content).await;
            let copy = vault.find_blob(digest, None).await.unwrap();
            let mut other = content;
            other[9] ^= 1;
            store.put(&format!("vault/blobs/sha256/{}", digest.hex()), other).await.unwrap();
            for told in [None, copy.as_ref()] {
                assert_eq!(vault.find_blob(digest, told).await.unwrap(), None, "{length}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_large_blob_in_a_bucket_is_read_again_unless_it_is_known_to_be_the_same() {
    let (simulator, store) = simulated::store().await;
    let vault = store.blobs().unwrap();
    for (length, reads) in [(1_000, 0), (LARGE, 1)] {
        let digest = put(&store, &bytes(length)).await;
        simulator.reset_counts();
        let copy = vault.find_blob(digest, None).await.unwrap();
        assert_eq!(simulator.count("s3:GetObject"), reads);
        assert_eq!(vault.find_blob(digest, copy.as_ref()).await.unwrap(), copy);
        assert_eq!(simulator.count("s3:GetObject"), reads);
        let other = BlobCopy { bytes: 1, mark: copy.unwrap().mark };
        vault.find_blob(digest, Some(&other)).await.unwrap();
        assert_eq!(simulator.count("s3:GetObject"), 2 * reads);
    }
}

/// What is taken from the source and is not in the bucket yet is a part, the piece that filled it, and no
/// more, however large the blob is.
#[tokio::test]
async fn no_more_than_a_part_of_a_blob_is_in_memory() {
    const PIECES: usize = 250;
    const PIECE: usize = 100_000;
    let (simulator, store) = simulated::store().await;
    let simulator = Arc::new(simulator);
    let most = Arc::new(AtomicU64::new(0));
    let piece = bytes(PIECE);
    let digest = sha256(&piece.repeat(PIECES));
    let (watched, seen, given) = (Arc::clone(&simulator), Arc::clone(&most), AtomicU64::new(0));
    let source = stream::iter(0..PIECES).map(move |_| {
        let given = given.fetch_add(PIECE as u64, Ordering::SeqCst) + PIECE as u64;
        let traffic = watched.traffic();
        let written = traffic.get("s3:UploadPart").map_or(0, |it| it.received);
        seen.fetch_max(given - written, Ordering::SeqCst);
        Ok(piece.clone())
    });
    let vault = store.blobs().unwrap();
    let copy = vault.put_blob(digest, StorageClass::Standard, source.boxed()).await.unwrap();
    assert_eq!(copy.bytes, (PIECES * PIECE) as u64);
    let most = most.load(Ordering::SeqCst);
    assert!(most <= (8 << 20) + 2 * PIECE as u64, "{most} bytes were taken and not written");
}
