//! The facts of one repository: its images, what its indexes list, and when others pulled them.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::RegistryReader;
use ecr_sweep_aws::registry::{IDS_A_CALL, Manifest};
use ecr_sweep_core::{Admitted, Digest, Image, ImageStatus, Repository, RepositoryId};
use ecr_sweep_protocol::documents::{StoredManifest, V1, keys, sha256};
use ecr_sweep_protocol::manifest;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::steps::reads::ReadLedger;
use crate::steps::registry_settings::read_admitted;
use crate::{Reading, StepError};

/// A repository with all that the decision looks at. None: it does not exist any more. Whom its
/// registry's policy lets pull is known already, as is the organization that is looked at.
///
/// The manifest of an index is read once per digest, ever. One that cannot be had leaves the
/// children of its index unknown, which the decision keeps and blocks for.
pub(crate) async fn list_repository(
    reading: &Reading,
    repository: &RepositoryId,
    tags: &BTreeMap<Box<str>, Box<str>>,
    by_the_registry: &[Admitted],
    organization: Option<&str>,
) -> Result<Option<Repository>, StepError> {
    let read = async || -> Result<Repository, StepError> {
        let allows = read_admitted(reading, repository, by_the_registry, organization).await?;
        let images = list_images(reading, repository).await?;
        Ok(Repository { name: repository.name.clone(), tags: tags.clone(), allows, images })
    };
    match read().await {
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.is_repository_gone() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn list_images(
    reading: &Reading,
    repository: &RepositoryId,
) -> Result<Vec<Image>, StepError> {
    let client = reading.sessions.registry(&repository.registry);
    let images = client.images(&repository.name).await?;
    let mut ledger = ReadLedger::open(reading, repository).await?;
    let mut images: Vec<Image> =
        images.into_iter().map(|image| ledger.without_own_reads(image)).collect();
    let indexes: BTreeSet<Digest> = images
        .iter()
        .filter(|image| image.media_type.is_index())
        .map(|image| image.digest)
        .collect();
    let mut children = cached(reading, indexes.iter().copied()).await?;
    // What is archived cannot be read until it is restored.
    let to_read: BTreeMap<Digest, Option<Timestamp>> = images
        .iter()
        .filter(|image| indexes.contains(&image.digest) && !children.contains_key(&image.digest))
        .filter(|image| image.status == ImageStatus::Active)
        .map(|image| (image.digest, image.pulled_at))
        .collect();
    if !to_read.is_empty() {
        ledger.forget_all_but(&images);
        let known = children.len();
        children
            .extend(read(reading, &client, &repository.name, &mut ledger, &to_read, known).await?);
    }
    for image in &mut images {
        if let Some(children) = children.remove(&image.digest) {
            image.children = Some(children);
        }
    }
    Ok(images)
}

/// So many manifests are read at a time: each window is written down twice, with all those before
/// it, and has to be short.
const A_WINDOW: usize = 10 * IDS_A_CALL;

type Children = BTreeMap<Digest, Vec<Digest>>;

/// What indexes list whose manifests were read before.
async fn cached(
    reading: &Reading,
    indexes: impl Iterator<Item = Digest>,
) -> Result<Children, StepError> {
    stream::iter(indexes)
        .map(|digest| async move {
            let document = reading.find(&keys::cached_manifest(&digest)).await?;
            Ok::<_, StepError>(
                document.and_then(|document| Some((digest, verified(digest, &document)?))),
            )
        })
        .buffer_unordered(reading.sessions.concurrency())
        .try_filter_map(async |row| Ok(row))
        .try_collect()
        .await
}

/// What a stored manifest lists, if it is the manifest with this digest.
fn verified(digest: Digest, document: &StoredManifest) -> Option<Vec<Digest>> {
    let bytes = document.manifest.as_bytes();
    let is_it = document.digest == digest && sha256(bytes) == digest;
    is_it.then(|| manifest::children(&document.media_type, bytes).ok()).flatten()
}

async fn read(
    reading: &Reading,
    client: &RegistryReader,
    repository: &str,
    ledger: &mut ReadLedger,
    to_read: &BTreeMap<Digest, Option<Timestamp>>,
    known: usize,
) -> Result<Children, StepError> {
    let mut children = Children::new();
    let digests: Vec<Digest> = to_read.keys().copied().collect();
    for (number, batch) in digests.chunks(A_WINDOW).enumerate() {
        // Each call of the step gets at least one window further.
        if number > 0 && reading.deadline.has_passed() {
            return Err(StepError::OutOfTime { steps: (known + children.len()) as u64 });
        }
        let window = batch.iter().map(|digest| (*digest, to_read[digest])).collect();
        ledger.begin(reading, &window).await?;
        let rows = client.manifests(repository, batch).await?;
        ledger.complete(reading, &window).await?;
        let manifests = rows.into_iter().filter_map(|(_, row)| row.ok());
        let listed: Vec<_> = stream::iter(manifests)
            .map(|manifest| remember(reading, manifest))
            .buffer_unordered(reading.sessions.concurrency())
            .try_collect()
            .await?;
        children.extend(listed.into_iter().flatten());
    }
    Ok(children)
}

/// What a manifest lists, if that can be told. It is stored, and not read again.
async fn remember(
    reading: &Reading,
    manifest: Manifest,
) -> Result<Option<(Digest, Vec<Digest>)>, StepError> {
    let Ok(listed) = manifest.children() else { return Ok(None) };
    if let Some(document) = stored(&manifest) {
        reading.write(&keys::cached_manifest(&manifest.digest), &document).await?;
    }
    Ok(Some((manifest.digest, listed)))
}

/// The manifest as a document. None if it is no text: JSON always is.
fn stored(manifest: &Manifest) -> Option<StoredManifest> {
    let text = std::str::from_utf8(&manifest.bytes).ok()?;
    Some(StoredManifest {
        schema_version: V1,
        digest: manifest.digest,
        media_type: manifest.media_type.clone(),
        manifest: text.into(),
    })
}
