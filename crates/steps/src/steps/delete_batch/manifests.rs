//! The manifest is stored before its image goes.

use std::collections::BTreeMap;

use ecr_sweep_aws::RegistryReader;
use ecr_sweep_core::{Digest, Image, ImageStatus, RepositoryId};
use ecr_sweep_protocol::documents::{Key, ManifestCopy, StoredManifest, keys, sha256};
use jiff::Timestamp;

use crate::steps::plan_repo::stored;
use crate::steps::reads::ReadLedger;
use crate::{Run, StepError};

/// What is known of an image's manifest before the image is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// It can go: this is where its manifest is, or why it has none.
    Copy(ManifestCopy),
    /// It is not there any more.
    Gone,
    /// It stays, because its manifest could not be had.
    Unreadable(String),
}

const NOT_FOUND: &str = "ImageNotFound";

/// Stores the manifests of some images. Those of indexes were read when they were planned; an
/// image that is archived cannot be read, and has none.
pub(super) async fn keep(
    run: &Run,
    client: &RegistryReader,
    repository: &RepositoryId,
    ledger: &mut ReadLedger,
    images: &[Image],
) -> Result<BTreeMap<Digest, Kept>, StepError> {
    let mut kept = BTreeMap::new();
    let mut to_read: BTreeMap<Digest, Option<Timestamp>> = BTreeMap::new();
    for image in images {
        let digest = image.digest;
        let key = keys::manifest(&run.id, repository, &digest);
        if image.status != ImageStatus::Active {
            let reason = "an archived image cannot be read".into();
            kept.insert(digest, Kept::Copy(ManifestCopy::Missing { reason }));
        } else if is_stored(run, &key, digest).await? {
            kept.insert(digest, Kept::Copy(ManifestCopy::Stored { key: key.into() }));
        } else if image.is_index()
            && let Some(document) = cached(run, digest).await?
        {
            run.write(&key, &document).await?;
            kept.insert(digest, Kept::Copy(ManifestCopy::Stored { key: key.into() }));
        } else {
            to_read.insert(digest, image.pulled_at);
        }
    }
    if to_read.is_empty() {
        return Ok(kept);
    }
    ledger.begin(run, &to_read).await?;
    let digests: Vec<Digest> = to_read.keys().copied().collect();
    let rows = client.manifests(&repository.name, &digests).await?;
    ledger.complete(run, &to_read).await?;
    for (digest, row) in rows {
        let outcome = match row {
            Err(failure) if &*failure.code == NOT_FOUND => Kept::Gone,
            Err(failure) => Kept::Unreadable(failure.to_string()),
            Ok(manifest) => match stored(&manifest) {
                None => Kept::Unreadable("it is no text".to_owned()),
                Some(document) => {
                    let key = keys::manifest(&run.id, repository, &digest);
                    run.write(&key, &document).await?;
                    Kept::Copy(ManifestCopy::Stored { key: key.into() })
                }
            },
        };
        kept.insert(digest, outcome);
    }
    Ok(kept)
}

/// Whether an earlier attempt of this run stored the manifest.
async fn is_stored(
    run: &Run,
    key: &Key<StoredManifest>,
    digest: Digest,
) -> Result<bool, StepError> {
    let document = run.find(key).await?;
    Ok(document.is_some_and(|document| is_it(&document, digest)))
}

async fn cached(run: &Run, digest: Digest) -> Result<Option<StoredManifest>, StepError> {
    let document = run.find(&keys::cached_manifest(&digest)).await?;
    Ok(document.filter(|document| is_it(document, digest)))
}

fn is_it(document: &StoredManifest, digest: Digest) -> bool {
    document.digest == digest && sha256(document.manifest.as_bytes()) == digest
}
