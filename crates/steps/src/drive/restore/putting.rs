//! Asking a registry to take images back, and what its answers mean.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::registry::{ActivateOutcome, PutOutcome, RegistryRestorer};
use ecr_sweep_aws::store::Version;
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{Digest, Image, ImageStatus, RepositoryId};
use ecr_sweep_protocol::documents::{
    Key, RestoreOutcome, Restored, RestoredImage, TagElsewhere, keys,
};
use futures::{StreamExt, stream};

use super::stored::Deleted;
use super::{layers, tags_of};
use crate::stored_manifests::Manifest;
use crate::{HeldLock, Run, StepError};

/// What is put back in one repository.
pub(super) struct Putting<'a> {
    run: &'a Run,
    /// None where it is only told what would come back.
    lock: Option<&'a HeldLock>,
    repository: &'a RepositoryId,
    restorer: RegistryRestorer,
    there: BTreeMap<Digest, ImageStatus>,
    tags: BTreeMap<Box<str>, Digest>,
    key: Key<Restored>,
    /// What is stored; none where nothing is, or is to be.
    version: Option<Version>,
    document: Restored,
}

/// An image that comes back now.
struct Asked<'a> {
    /// What is put. None for one that is archived, and is restored by the registry.
    manifest: Option<&'a Manifest>,
    image: RestoredImage,
}

impl<'a> Putting<'a> {
    pub(super) async fn open(
        run: &'a Run,
        lock: Option<&'a HeldLock>,
        repository: &'a RepositoryId,
        there: &[Image],
    ) -> Result<Self, StepError> {
        let key = keys::restored(&run.id, repository);
        let stored = match lock {
            Some(_) => run.store.get(&key).await?,
            None => None,
        };
        let document = match &stored {
            Some(stored) => match run.parse(&key, &stored.bytes) {
                // What was put back before is there, and is found there: it is written anew.
                Err(StepError::Document { .. }) => Restored::none(&run.id, repository),
                read => read?,
            },
            None => Restored::none(&run.id, repository),
        };
        Ok(Self {
            run,
            lock,
            repository,
            restorer: run.sessions.registry_restorer(&repository.registry),
            there: there.iter().map(|image| (image.digest, image.status)).collect(),
            tags: tags_of(there).map(|(tag, digest)| (tag.into(), digest)).collect(),
            key,
            version: stored.map(|stored| stored.version),
            document,
        })
    }

    /// Puts the images of a batch, together: none of them needs another.
    pub(super) async fn put(&mut self, batch: &[&Deleted]) -> Result<(), StepError> {
        let mut asked = Vec::new();
        for deleted in batch {
            let image = self.begin(deleted);
            if image.outcome == RestoreOutcome::Asked {
                asked.push(Asked { manifest: deleted.to_put(), image: image.clone() });
            }
            self.document.enter(image);
        }
        self.write().await?;
        let this = &*self;
        let answered: Vec<RestoredImage> = stream::iter(asked)
            .map(|asked| this.put_one(asked))
            .buffer_unordered(this.run.sessions.concurrency())
            .collect()
            .await;
        if answered.is_empty() {
            return Ok(());
        }
        for image in answered {
            self.document.enter(image);
        }
        self.write().await
    }

    /// Tells of the images of a batch what would become of them. None of them needs another.
    pub(super) async fn tell(&mut self, batch: &[&Deleted]) {
        let this = &*self;
        let told: Vec<RestoredImage> = stream::iter(batch.iter().copied())
            .map(|deleted| async move {
                let mut image = this.begin(deleted);
                if image.outcome == RestoreOutcome::Asked {
                    image.outcome = this.foresee(deleted).await;
                }
                image
            })
            .buffer_unordered(this.run.sessions.concurrency())
            .collect()
            .await;
        for image in told {
            self.document.enter(image);
        }
    }

    /// What would become of an image that the registry would be asked for, by everything that can be looked at.
    async fn foresee(&self, deleted: &Deleted) -> RestoreOutcome {
        let Some(manifest) = deleted.to_put() else { return RestoreOutcome::Restorable };
        if let Some(outcome) = self.foresee_children(manifest) {
            return outcome;
        }
        let lost = match layers::gone(&self.restorer, &self.repository.name, manifest).await {
            Ok(gone) => layers::lost(self.run, gone).await,
            Err(error) => Err(error.into()),
        };
        match lost {
            Ok(lost) if lost.is_empty() => RestoreOutcome::Restorable,
            Ok(layers) => RestoreOutcome::LayersGone { layers },
            Err(error) => RestoreOutcome::CannotTell { reason: with_causes(&error).into() },
        }
    }

    /// What keeps an index from coming back: the registry takes none that lists what is not there. What it lists
    /// was told before.
    fn foresee_children(&self, manifest: &Manifest) -> Option<RestoreOutcome> {
        let children = || manifest.parts.children.iter().filter(|it| !self.there.contains_key(it));
        let told = |child: &Digest| self.document.image(*child).map(|image| &image.outcome);
        if let Some(lost) = children().find(|it| {
            told(it)
                .is_none_or(|it| !it.is_good() && !matches!(it, RestoreOutcome::CannotTell { .. }))
        }) {
            return Some(RestoreOutcome::Failed {
                code: NOT_THERE.into(),
                reason: format!("it lists {lost}, which would not come back").into(),
            });
        }
        let unsure = children().find(|it| told(it).is_none_or(|it| !it.is_good()))?;
        let reason = format!("it lists {unsure}, of which it cannot be told").into();
        Some(RestoreOutcome::CannotTell { reason })
    }

    /// Leaves the images of a batch for another call.
    pub(super) fn leave(&mut self, batch: &[&Deleted]) {
        for deleted in batch {
            let mut image = self.begin(deleted);
            if image.outcome == RestoreOutcome::Asked {
                image.outcome = RestoreOutcome::NotAsked;
            }
            self.document.enter(image);
        }
    }

    /// What became of the images that were wanted.
    pub(super) fn end(self, wanted: &BTreeSet<Digest>) -> Restored {
        let mut document = self.document;
        document.images.retain(|image| wanted.contains(&image.digest));
        document
    }

    /// What is known of an image before the registry is asked: that it is to be, or why not.
    fn begin(&self, deleted: &Deleted) -> RestoredImage {
        if deleted.receipt.archive {
            return self.begin_archived(deleted);
        }
        let digest = deleted.digest();
        let before = self.document.image(digest);
        let is_there = self.there.contains_key(&digest);
        if let Some(before) = before
            && is_there
            && before.outcome.is_good()
        {
            return before.clone();
        }
        let (mut tags, mut tags_elsewhere) = (Vec::new(), Vec::new());
        for tag in &deleted.receipt.tags {
            match self.tags.get(tag) {
                Some(image) if *image != digest => {
                    tags_elsewhere.push(TagElsewhere { tag: tag.clone(), image: Some(*image) });
                }
                _ => tags.push(tag.clone()),
            }
        }
        // What was asked for without an answer may have come back without all of its tags.
        let is_begun = before.is_some_and(|before| {
            matches!(before.outcome, RestoreOutcome::Asked | RestoreOutcome::Failed { .. })
        });
        let outcome = match &deleted.manifest {
            _ if is_there && !is_begun => RestoreOutcome::ThereAlready,
            Ok(_) => RestoreOutcome::Asked,
            Err(reason) => RestoreOutcome::NoManifest { reason: reason.as_str().into() },
        };
        let asked_at = self.run.now();
        RestoredImage { digest, tags, tags_elsewhere, asked_at, answered_at: None, outcome }
    }

    /// The same of one that was archived. What it is says the registry: it may have been archived again
    /// since it came back. The tags that it has it keeps; others are not put on it.
    fn begin_archived(&self, deleted: &Deleted) -> RestoredImage {
        let digest = deleted.digest();
        let (mut tags, mut tags_elsewhere) = (Vec::new(), Vec::new());
        for tag in &deleted.receipt.tags {
            match self.tags.get(tag) {
                Some(image) if *image == digest => tags.push(tag.clone()),
                Some(image) => {
                    tags_elsewhere.push(TagElsewhere { tag: tag.clone(), image: Some(*image) });
                }
                None => {}
            }
        }
        let outcome = match self.there.get(&digest) {
            Some(ImageStatus::Archived) => RestoreOutcome::Asked,
            Some(ImageStatus::Activating) => RestoreOutcome::Activating,
            Some(ImageStatus::Active) => RestoreOutcome::ThereAlready,
            None => RestoreOutcome::NoManifest {
                reason: "it was archived, which keeps no copy, and has been deleted since".into(),
            },
        };
        let asked_at = self.run.now();
        RestoredImage { digest, tags, tags_elsewhere, asked_at, answered_at: None, outcome }
    }

    async fn put_one(&self, asked: Asked<'_>) -> RestoredImage {
        let Asked { manifest, mut image } = asked;
        let came_of_it = match manifest {
            Some(manifest) => self.put_with_tags(manifest, &mut image).await,
            None => self.activate(image.digest).await,
        };
        image.outcome = match came_of_it {
            Ok(outcome) => outcome,
            Err(error) => failed(&error),
        };
        image.answered_at = Some(self.run.now());
        image
    }

    /// Has an archived image restored. A call whose answer was lost is made again, and refused then: so
    /// what is refused is looked at.
    async fn activate(&self, digest: Digest) -> Result<RestoreOutcome, StepError> {
        let name = &self.repository.name;
        Ok(match self.restorer.activate(name, digest).await? {
            ActivateOutcome::Activating => RestoreOutcome::Activating,
            ActivateOutcome::Gone => RestoreOutcome::Failed {
                code: "ImageNotFoundException".into(),
                reason: "it was archived, and is not there any more".into(),
            },
            ActivateOutcome::Refused { code, reason } => {
                let reader = self.run.sessions.registry(&self.repository.registry);
                let found = reader.images_exactly(name, &[digest]).await?.found;
                match found.first().map(|image| image.status) {
                    Some(ImageStatus::Activating) => RestoreOutcome::Activating,
                    Some(ImageStatus::Active) => RestoreOutcome::Restored,
                    Some(ImageStatus::Archived) | None => RestoreOutcome::Failed { code, reason },
                }
            }
        })
    }

    /// Puts an image with each of its tags; without any, where it has none or none can be put.
    async fn put_with_tags(
        &self,
        manifest: &Manifest,
        image: &mut RestoredImage,
    ) -> Result<RestoreOutcome, StepError> {
        let (mut put, mut is_there) = (Vec::new(), false);
        for tag in std::mem::take(&mut image.tags) {
            match self.put_with_layers(manifest, image.digest, Some(&tag)).await? {
                Put::There => put.push(tag),
                Put::TagTaken(on) => image.tags_elsewhere.push(TagElsewhere { tag, image: on }),
                Put::Not(outcome) => {
                    image.tags = put;
                    return Ok(outcome);
                }
            }
            is_there = !put.is_empty();
        }
        image.tags = put;
        if !is_there
            && let Put::Not(outcome) = self.put_with_layers(manifest, image.digest, None).await?
        {
            return Ok(outcome);
        }
        Ok(RestoreOutcome::Restored)
    }

    async fn put_with_layers(
        &self,
        manifest: &Manifest,
        digest: Digest,
        tag: Option<&str>,
    ) -> Result<Put, StepError> {
        let Manifest { media_type, text, .. } = manifest;
        let name = &self.repository.name;
        let put = || self.restorer.put(name, digest, media_type, text, tag);
        let mut outcome = put().await?;
        if outcome == PutOutcome::LayersGone
            && let Some(lock) = self.lock
        {
            let gone = layers::gone(&self.restorer, name, manifest).await?;
            let lost = layers::bring(self.run, lock, &self.restorer, name, gone).await?;
            if !lost.is_empty() {
                return Ok(Put::Not(RestoreOutcome::LayersGone { layers: lost }));
            }
            outcome = put().await?;
        }
        Ok(match outcome {
            PutOutcome::Put | PutOutcome::AlreadyThere => Put::There,
            PutOutcome::Refused { code, .. } if &*code == TAG_TAKEN => match tag {
                Some(tag) => self.look_at_tag(digest, tag).await?,
                None => Put::TagTaken(None),
            },
            PutOutcome::Refused { code, reason } => {
                Put::Not(RestoreOutcome::Failed { code, reason })
            }
            PutOutcome::LayersGone => {
                let layers = layers::gone(&self.restorer, name, manifest).await?;
                Put::Not(RestoreOutcome::LayersGone { layers })
            }
        })
    }

    /// Looks which image has a tag that cannot be moved: it may have come to this very one, by a call whose answer
    /// was lost.
    async fn look_at_tag(&self, digest: Digest, tag: &str) -> Result<Put, StepError> {
        let reader = self.run.sessions.registry(&self.repository.registry);
        let on = reader.image_of_tag(&self.repository.name, tag).await?;
        Ok(if on == Some(digest) { Put::There } else { Put::TagTaken(on) })
    }

    async fn write(&mut self) -> Result<(), StepError> {
        let version = self.version.as_ref();
        self.version = Some(self.run.write_alone(&self.key, &self.document, version).await?);
        Ok(())
    }
}

const TAG_TAKEN: &str = "ImageTagAlreadyExistsException";

/// What a registry answers to an index that lists what is not there.
const NOT_THERE: &str = "ReferencedImagesNotFoundException";

/// What came of putting an image with one tag.
enum Put {
    There,
    /// An image has the tag, and it cannot be moved: this one, as far as it is known.
    TagTaken(Option<Digest>),
    Not(RestoreOutcome),
}

fn failed(error: &StepError) -> RestoreOutcome {
    let code = match error {
        StepError::Aws(error) => error.code(),
        _ => None,
    };
    RestoreOutcome::Failed {
        code: code.unwrap_or_else(|| error.name().as_str()).into(),
        reason: with_causes(error).into(),
    }
}
