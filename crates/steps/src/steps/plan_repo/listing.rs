//! The facts of one repository: its images, what its indexes list, and when others pulled them.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::RegistryReader;
use ecr_sweep_aws::registry::{IDS_A_CALL, Manifest, ManifestFailure};
use ecr_sweep_core::{Admitted, Digest, Image, ImageStatus, Repository, RepositoryId};
use ecr_sweep_protocol::documents::PackedManifest;
use futures::try_join;
use jiff::{SignedDuration, Timestamp};

use super::known::{Children, KnownManifests};
use crate::run::computing::computing;
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
        let (allows, images) = try_join!(
            read_admitted(reading, repository, by_the_registry, organization),
            list_images(reading, repository),
        )?;
        let (name, tags) = (repository.name.clone(), tags.clone());
        Ok(Repository { name, tags, allows, use_history: None, images })
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
    let (images, mut known) = try_join!(
        async { Ok(client.images(&repository.name).await?) },
        KnownManifests::open(reading, repository),
    )?;
    let listed_at = reading.now();
    let indexes: BTreeSet<Digest> = images
        .iter()
        .filter(|image| image.media_type.is_index())
        .map(|image| image.digest)
        .collect();
    // Opened when the images are listed, it knows of every read that one of their pull times shows.
    let ledger = async {
        let mut ledger = ReadLedger::open(reading, repository).await?;
        ledger.settle(reading, &images).await?;
        Ok(ledger)
    };
    let (mut ledger, mut children) = try_join!(ledger, known.children(indexes.clone()))?;
    let mut images: Vec<Image> =
        images.into_iter().map(|image| ledger.without_own_reads(image)).collect();
    // What is archived cannot be read until it is restored.
    let to_read: BTreeMap<Digest, Option<Timestamp>> = images
        .iter()
        .filter(|image| indexes.contains(&image.digest) && !children.contains_key(&image.digest))
        .filter(|image| image.status == ImageStatus::Active)
        .map(|image| (image.digest, image.pulled_at))
        .collect();
    if !to_read.is_empty() {
        ledger.forget_all_but(&images);
        let before = children.len();
        let repository = &*repository.name;
        let read = Read { reading, client: &client, repository, before, listed_at };
        children.extend(read.manifests(&mut ledger, &mut known, &to_read).await?);
    }
    for image in &mut images {
        if let Some(children) = children.remove(&image.digest) {
            image.children = Some(children);
        }
    }
    Ok(images)
}

/// So many manifests are read at a time at first, and twice as many each time after that: each
/// window is written down twice, with all those before it. At most so many, as they are in memory.
const FIRST_WINDOW: usize = 10 * IDS_A_CALL;
const LARGEST_WINDOW: usize = 8 * FIRST_WINDOW;

/// After so long the pull times of a list are not those right before a read any more.
const LONG_AGO: SignedDuration = SignedDuration::from_secs(10);

/// Reads manifests from the registry.
struct Read<'a> {
    reading: &'a Reading,
    client: &'a RegistryReader,
    repository: &'a str,
    /// How many were known before.
    before: usize,
    /// When the images were listed.
    listed_at: Timestamp,
}

impl Read<'_> {
    /// What these indexes list, as far as their manifests are to be had. They are stored, and not
    /// read again.
    async fn manifests(
        &self,
        ledger: &mut ReadLedger,
        known: &mut KnownManifests<'_>,
        to_read: &BTreeMap<Digest, Option<Timestamp>>,
    ) -> Result<Children, StepError> {
        let reading = self.reading;
        let mut children = Children::new();
        let digests: Vec<Digest> = to_read.keys().copied().collect();
        let (mut left, mut most) = (&digests[..], FIRST_WINDOW);
        while !left.is_empty() {
            // Each call of the step gets at least one window further.
            if left.len() < digests.len() && reading.deadline.has_passed() {
                return Err(StepError::OutOfTime { steps: (self.before + children.len()) as u64 });
            }
            let (batch, rest) = left.split_at(most.min(left.len()));
            (left, most) = (rest, LARGEST_WINDOW.min(2 * most));
            let mut window: BTreeMap<_, _> =
                batch.iter().map(|digest| (*digest, to_read[digest])).collect();
            if reading.now().duration_since(self.listed_at) > LONG_AGO {
                let now = self.look_at(batch).await?.into_iter();
                let now = now.map(|image| ledger.without_own_reads(image));
                window.extend(now.map(|image| (image.digest, image.pulled_at)));
            }
            ledger.begin(reading, &window).await?;
            let rows = self.client.manifests(self.repository, batch).await;
            // Without an answer, too, they may have been read.
            let shown = self.look_at(batch).await?;
            let close = ledger.close(reading, &shown);
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    close.await?;
                    return Err(error.into());
                }
            };
            let (listed, stored) = computing(move || told(rows)).await?;
            children.extend(listed);
            try_join!(close, known.remember(stored))?;
        }
        Ok(children)
    }

    /// Those of these images that are there, as the registry has them now.
    async fn look_at(&self, digests: &[Digest]) -> Result<Vec<Image>, StepError> {
        Ok(self.client.images_exactly(self.repository, digests).await?.found)
    }
}

/// What these manifests list, as far as that can be told, and those of them as they are stored.
fn told(rows: Vec<(Digest, Result<Manifest, ManifestFailure>)>) -> (Children, Vec<PackedManifest>) {
    let mut children = Children::new();
    let mut stored = Vec::new();
    for (digest, row) in rows {
        let Ok(manifest) = row else { continue };
        let Ok(listed) = manifest.children() else { continue };
        children.insert(digest, listed);
        // JSON is text always.
        if let Ok(text) = String::from_utf8(manifest.bytes) {
            let (media_type, manifest) = (manifest.media_type, text.into());
            stored.push(PackedManifest { digest, media_type, manifest });
        }
    }
    (children, stored)
}
