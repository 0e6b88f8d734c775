//! Layers that the registry does not have any more, and that the vault may have.

use std::collections::BTreeSet;

use ecr_sweep_aws::registry::RegistryRestorer;
use ecr_sweep_aws::store::StoreError;
use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_core::Digest;
use futures::StreamExt as _;
use jiff::SignedDuration;

use crate::stored_manifests::Manifest;
use crate::{HeldLock, Run, StepError, vault};

/// How often it is seen to that the lock lasts.
const BETWEEN_RENEWALS: SignedDuration = SignedDuration::from_mins(2);

/// Those of an image's layers that are gone from the registry, sorted.
pub(super) async fn gone(
    restorer: &RegistryRestorer,
    repository: &str,
    manifest: &Manifest,
) -> Result<Vec<Digest>, AwsError> {
    let layers: BTreeSet<Digest> = manifest.parts.blobs.iter().map(|blob| blob.digest).collect();
    restorer.missing_layers(repository, &layers).await
}

/// Those of these layers that the vault has not, either: what it has is held against its digest.
pub(super) async fn lost(run: &Run, layers: Vec<Digest>) -> Result<Vec<Digest>, StepError> {
    let opened = vault::open_of(run)?;
    let Some(vault) = opened.blobs() else { return Ok(layers) };
    let mut lost = Vec::new();
    for layer in layers {
        if vault.find_blob(layer, None).await?.is_none() {
            lost.push(layer);
        }
    }
    Ok(lost)
}

/// Uploads layers from the vault, and gives those that it has not: the registry holds what comes against
/// the digest.
pub(super) async fn bring(
    run: &Run,
    lock: &HeldLock,
    restorer: &RegistryRestorer,
    repository: &str,
    layers: Vec<Digest>,
) -> Result<Vec<Digest>, StepError> {
    let opened = vault::open_of(run)?;
    let Some(vault) = opened.blobs() else { return Ok(layers) };
    let mut lost = Vec::new();
    for layer in layers {
        lock.renew(run).await?;
        let mut renewed_at = run.now();
        let Some(mut bytes) = vault.open_blob(layer).await? else {
            lost.push(layer);
            continue;
        };
        let mut upload = restorer.begin_layer(repository, layer).await?;
        while let Some(some) = bytes.next().await {
            let some = some.map_err(|source| StoreError::Io {
                act: "read",
                address: format!("{layer} in the vault"),
                next: None,
                source,
            })?;
            upload.write(&some).await?;
            // A layer may take longer than the lock lasts.
            if run.now().duration_since(renewed_at) >= BETWEEN_RENEWALS {
                lock.renew(run).await?;
                renewed_at = run.now();
            }
        }
        match upload.complete().await {
            Ok(()) => {}
            // What is there is not what was put there.
            Err(error) if error.kind == AwsErrorKind::InvalidRequest => {
                tracing::warn!(repository, %layer, %error, "the vault's copy is damaged");
                lost.push(layer);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(lost)
}
