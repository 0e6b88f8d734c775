//! Layers that the registry does not have any more.

use std::collections::BTreeSet;

use ecr_sweep_aws::AwsError;
use ecr_sweep_aws::registry::RegistryRestorer;
use ecr_sweep_core::Digest;

use super::stored::Manifest;

/// Those of an image's layers that are gone, sorted.
pub(super) async fn gone(
    restorer: &RegistryRestorer,
    repository: &str,
    manifest: &Manifest,
) -> Result<Vec<Digest>, AwsError> {
    let layers: BTreeSet<Digest> = manifest.parts.blobs.iter().map(|blob| blob.digest).collect();
    restorer.missing_layers(repository, &layers).await
}
