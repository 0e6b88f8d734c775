//! The layers and configurations of one repository's images, the blobs that a manifest names.

use std::collections::BTreeMap;

use bytes::Bytes;
use ecr_sweep_core::Digest;
use jiff::{SignedDuration, Timestamp};

use super::StoredImage;
use crate::manifest::{blobs_of, made_up};

/// What there is of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// An image of the repository has it.
    InImage,
    /// It is there, and no image has it: it was uploaded, or its images went.
    Loose,
    /// It was there.
    Gone,
    /// Nobody ever put it here.
    Unknown,
}

/// The blobs of a repository by digest.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    known: BTreeMap<Digest, Layer>,
}

#[derive(Debug)]
struct Layer {
    /// In bytes, as a manifest says it, or whoever uploaded it.
    size: u64,
    uploaded: Option<Bytes>,
    /// How many images of the repository have it.
    images: usize,
    /// When the last of them went.
    left_at: Option<Timestamp>,
}

impl Layers {
    /// Those that these images have.
    pub(super) fn of<'a>(images: impl Iterator<Item = &'a StoredImage>) -> Self {
        let mut layers = Self::default();
        images.for_each(|image| layers.add_image(image));
        layers
    }

    pub(super) fn add_image(&mut self, image: &StoredImage) {
        for (digest, size) in blobs_of(&image.facts, image.manifest.as_deref()) {
            self.layer(digest, size).images += 1;
        }
    }

    pub(super) fn remove_image(&mut self, image: &StoredImage, now: Timestamp) {
        for (digest, size) in blobs_of(&image.facts, image.manifest.as_deref()) {
            let layer = self.layer(digest, size);
            layer.images = layer.images.saturating_sub(1);
            layer.left_at = Some(now);
        }
    }

    fn layer(&mut self, digest: Digest, size: u64) -> &mut Layer {
        let new = Layer { size, uploaded: None, images: 0, left_at: None };
        self.known.entry(digest).or_insert(new)
    }

    /// What there is of a blob that outlives its last image by `outlives`, or for ever.
    pub(crate) fn presence(
        &self,
        digest: Digest,
        now: Timestamp,
        outlives: Option<SignedDuration>,
    ) -> Presence {
        let Some(layer) = self.known.get(&digest) else { return Presence::Unknown };
        if layer.images > 0 {
            return Presence::InImage;
        }
        match (layer.left_at, outlives) {
            (Some(left_at), Some(outlives)) if now.duration_since(left_at) >= outlives => {
                Presence::Gone
            }
            _ => Presence::Loose,
        }
    }

    /// In bytes.
    pub(crate) fn size(&self, digest: Digest) -> Option<u64> {
        self.known.get(&digest).map(|layer| layer.size)
    }

    /// What a client uploaded, or what was made up; none for what only a manifest names.
    pub(crate) fn content(&self, digest: Digest) -> Option<Bytes> {
        let layer = self.known.get(&digest)?;
        layer.uploaded.clone().or_else(|| made_up(digest, layer.size))
    }

    /// Takes what a client uploaded. What was gone is there again.
    pub(crate) fn upload(&mut self, digest: Digest, content: Bytes) {
        let layer = self.layer(digest, 0);
        layer.size = content.len() as u64;
        layer.uploaded = Some(content);
        layer.left_at = None;
    }
}
