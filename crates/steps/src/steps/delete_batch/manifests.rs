//! The manifest is stored before its image goes, and what has to go before it is looked for.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::RegistryReader;
use ecr_sweep_core::{Digest, Image, ImageStatus, RepositoryId};
use ecr_sweep_protocol::documents::{ManifestCopy, ManifestPack, PackedManifest, V1, keys};

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
    /// It stays, because this is there, which has to go before it.
    Waits(Digest),
}

/// An image of a batch.
pub(super) struct Leaving<'a> {
    pub(super) image: &'a Image,
    /// What must not be there when it goes.
    pub(super) before: BTreeSet<Digest>,
}

const NOT_FOUND: &str = "ImageNotFound";

/// The most bytes of text in one document, unless a single manifest has more: it is held in memory
/// while it is written.
const MOST_BYTES: usize = 8 << 20;

/// Stores the manifests of the images of a batch, together. An image that is archived cannot be
/// read, and has none.
///
/// They are read anew, those of indexes too, which planning has read: that costs no call more, and
/// what it does to pull times does not matter to images that go.
///
/// What has to be gone before is asked for with them. That it was deleted says nothing: who pushes
/// an image again wants the signatures that it has. Of what is gone no pull is recorded; what came
/// back has one more, and is kept by it.
pub(super) async fn keep(
    run: &Run,
    client: &RegistryReader,
    repository: &RepositoryId,
    ledger: &mut ReadLedger,
    batch: u64,
    leaving: &[Leaving<'_>],
) -> Result<BTreeMap<Digest, Kept>, StepError> {
    let mut kept = BTreeMap::new();
    let mut to_read = BTreeMap::new();
    for Leaving { image, .. } in leaving {
        if image.status == ImageStatus::Active {
            to_read.insert(image.digest, image.pulled_at);
        } else {
            let reason = "an archived image cannot be read".into();
            kept.insert(image.digest, Kept::Copy(ManifestCopy::Missing { reason }));
        }
    }
    let before = leaving.iter().flat_map(|leaving| &leaving.before).copied();
    let digests = Vec::from_iter(to_read.keys().copied().chain(before).collect::<BTreeSet<_>>());
    if digests.is_empty() {
        return Ok(kept);
    }
    if !to_read.is_empty() {
        ledger.begin(run, &to_read).await?;
    }
    let rows = client.manifests(&repository.name, &digests).await?;
    let mut there = BTreeSet::new();
    let mut unclear = Vec::new();
    for (digest, row) in &rows {
        match row {
            Err(failure) if &*failure.code == NOT_FOUND => {}
            Err(_) if !to_read.contains_key(digest) => unclear.push(*digest),
            _ => drop(there.insert(*digest)),
        }
    }
    if !unclear.is_empty() {
        // It cannot be read, or there is no answer for it: is it there?
        let found = client.images_exactly(&repository.name, &unclear).await?.found;
        there.extend(found.into_iter().map(|image| image.digest));
    }
    for Leaving { image, before } in leaving {
        if let Some(before) = before.intersection(&there).next() {
            kept.insert(image.digest, Kept::Waits(*before));
        }
    }
    let mut manifests = Vec::new();
    for (digest, row) in rows {
        if !to_read.contains_key(&digest) || matches!(kept.get(&digest), Some(Kept::Waits(_))) {
            continue;
        }
        match row {
            Err(failure) if &*failure.code == NOT_FOUND => drop(kept.insert(digest, Kept::Gone)),
            Err(failure) => drop(kept.insert(digest, Kept::Unreadable(failure.to_string()))),
            Ok(manifest) => match String::from_utf8(manifest.bytes) {
                Err(_) => {
                    drop(kept.insert(digest, Kept::Unreadable("it is no text".to_owned())));
                }
                Ok(text) => manifests.push(PackedManifest {
                    digest,
                    media_type: manifest.media_type,
                    manifest: text.into(),
                }),
            },
        }
    }
    for (part, manifests) in parts(manifests).into_iter().enumerate() {
        let key = keys::manifest_pack(&run.id, repository, batch, part);
        for manifest in &manifests {
            let copy = ManifestCopy::Packed { key: key.clone().into() };
            kept.insert(manifest.digest, Kept::Copy(copy));
        }
        let pack = ManifestPack {
            schema_version: V1,
            run: run.id.clone(),
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            manifests,
        };
        run.write_unsynced(&key, &pack).await?;
    }
    Ok(kept)
}

/// Manifests by the document that they are written in.
fn parts(manifests: Vec<PackedManifest>) -> Vec<Vec<PackedManifest>> {
    let mut parts: Vec<Vec<PackedManifest>> = Vec::new();
    let mut bytes = 0;
    for manifest in manifests {
        let size = manifest.manifest.len();
        match parts.last_mut() {
            Some(part) if bytes + size <= MOST_BYTES => {
                bytes += size;
                part.push(manifest);
            }
            _ => {
                bytes = size;
                parts.push(vec![manifest]);
            }
        }
    }
    parts
}
