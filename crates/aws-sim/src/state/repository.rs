//! The images of one repository, ordered by digest so that a page costs what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use ecr_sweep_core::{self as core, Admitted, Digest, Image, ImageStatus};
use jiff::Timestamp;
use serde_json::Value;

use super::{Layers, NotASeed};

/// An image, with the manifest that was put. Seeded images have none: theirs is synthesized.
#[derive(Debug)]
pub(crate) struct StoredImage {
    pub(crate) facts: Image,
    pub(crate) manifest: Option<Box<str>>,
}

impl StoredImage {
    /// An archived image, or one that is being restored, cannot be pulled.
    pub(crate) fn can_be_pulled(&self) -> bool {
        self.facts.status == ImageStatus::Active
    }
}

/// What an image id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Found(Digest),
    NotFound,
    /// The tag is on another image.
    TagDoesNotMatch,
}

/// A repository and its images.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) created_at: Timestamp,
    pub(crate) tags: BTreeMap<Box<str>, Box<str>>,
    pub(crate) allows: Vec<Admitted>,
    pub(crate) policy: Option<String>,
    pub(crate) tag_mutability: String,
    pub(crate) mutability_exclusions: Vec<Value>,
    /// The layers, once somebody asks for one or an image goes.
    layers: Option<Layers>,
    images: BTreeMap<Digest, StoredImage>,
    tagged: BTreeMap<Box<str>, Digest>,
    listed_by: BTreeMap<Digest, BTreeSet<Digest>>,
    referred_by: BTreeMap<Digest, BTreeSet<Digest>>,
}

impl Repository {
    pub(crate) fn new(created_at: Timestamp) -> Self {
        Self {
            created_at,
            tags: BTreeMap::new(),
            allows: Vec::new(),
            policy: None,
            tag_mutability: "MUTABLE".to_owned(),
            mutability_exclusions: Vec::new(),
            layers: None,
            images: BTreeMap::new(),
            tagged: BTreeMap::new(),
            listed_by: BTreeMap::new(),
            referred_by: BTreeMap::new(),
        }
    }

    pub(crate) fn from_facts(
        facts: core::Repository,
        created_at: Timestamp,
    ) -> Result<Self, NotASeed> {
        let mut repository = Self::new(created_at);
        repository.tags = facts.tags;
        repository.allows = facts.allows;
        for image in facts.images {
            if repository.images.contains_key(&image.digest) {
                return Err(NotASeed::ImageTwice { repository: facts.name, digest: image.digest });
            }
            if let Some(tag) = image.tags.iter().find(|tag| repository.tagged.contains_key(*tag)) {
                return Err(NotASeed::TagTwice { repository: facts.name, tag: tag.clone() });
            }
            repository.insert(StoredImage { facts: image, manifest: None });
        }
        Ok(repository)
    }

    pub(crate) fn to_facts(&self, name: &str) -> core::Repository {
        core::Repository {
            name: name.into(),
            tags: self.tags.clone(),
            allows: self.allows.clone(),
            use_history: None,
            images: self.images().map(|image| image.facts.clone()).collect(),
        }
    }

    /// All images, by digest.
    pub(crate) fn images(&self) -> impl Iterator<Item = &StoredImage> {
        self.images.values()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The images from a digest on, that one included or not; all, without one.
    pub(crate) fn images_from(&self, start: Bound<Digest>) -> impl Iterator<Item = &StoredImage> {
        self.images.range((start, Bound::Unbounded)).map(|(_, image)| image)
    }

    pub(crate) fn image(&self, digest: Digest) -> Option<&StoredImage> {
        self.images.get(&digest)
    }

    pub(crate) fn image_mut(&mut self, digest: Digest) -> Option<&mut StoredImage> {
        self.images.get_mut(&digest)
    }

    pub(crate) fn tagged(&self, tag: &str) -> Option<Digest> {
        self.tagged.get(tag).copied()
    }

    /// The image that a digest, a tag, or both name.
    pub(crate) fn find(&self, digest: Option<Digest>, tag: Option<&str>) -> Lookup {
        let by_tag = tag.map(|tag| self.tagged(tag));
        match (digest, by_tag) {
            (Some(digest), None) if self.images.contains_key(&digest) => Lookup::Found(digest),
            (Some(digest), Some(Some(tagged))) if digest == tagged => Lookup::Found(digest),
            (Some(digest), Some(_)) if self.images.contains_key(&digest) => Lookup::TagDoesNotMatch,
            (None, Some(Some(tagged))) => Lookup::Found(tagged),
            _ => Lookup::NotFound,
        }
    }

    /// The indexes that list an image.
    pub(crate) fn indexes_of(&self, digest: Digest) -> impl Iterator<Item = Digest> {
        self.listed_by.get(&digest).into_iter().flatten().copied()
    }

    /// The images whose `subject` an image is.
    pub(crate) fn referrers_of(&self, digest: Digest) -> impl Iterator<Item = &StoredImage> {
        self.referred_by
            .get(&digest)
            .into_iter()
            .flatten()
            .filter_map(|referrer| self.images.get(referrer))
    }

    /// Adds an image with its tags. A tag that another image has moves.
    pub(crate) fn insert(&mut self, mut image: StoredImage) {
        let digest = image.facts.digest;
        let tags = std::mem::take(&mut image.facts.tags);
        for child in image.facts.known_children() {
            self.listed_by.entry(*child).or_default().insert(digest);
        }
        if let Some(subject) = image.facts.subject {
            self.referred_by.entry(subject).or_default().insert(digest);
        }
        if let Some(layers) = &mut self.layers {
            layers.add_image(&image);
        }
        self.images.insert(digest, image);
        for tag in tags {
            self.tag(digest, tag);
        }
    }

    /// Puts a tag on an image; the image that had it is left without it.
    pub(crate) fn tag(&mut self, digest: Digest, tag: Box<str>) {
        self.untag(&tag);
        let Some(image) = self.images.get_mut(&digest) else { return };
        let at = image.facts.tags.partition_point(|other| *other < tag);
        image.facts.tags.insert(at, tag.clone());
        self.tagged.insert(tag, digest);
    }

    /// Takes a tag away; the image stays.
    pub(crate) fn untag(&mut self, tag: &str) {
        let Some(digest) = self.tagged.remove(tag) else { return };
        if let Some(image) = self.images.get_mut(&digest) {
            image.facts.tags.retain(|other| **other != *tag);
        }
    }

    /// The layers of all images, and what else was uploaded.
    pub(crate) fn layers(&mut self) -> &mut Layers {
        self.layers.get_or_insert_with(|| Layers::of(self.images.values()))
    }

    /// Removes an image and its tags. Its layers may stay for a while.
    pub(crate) fn remove(&mut self, digest: Digest, now: Timestamp) -> Option<StoredImage> {
        self.layers();
        let image = self.images.remove(&digest)?;
        self.layers().remove_image(&image, now);
        for tag in &image.facts.tags {
            self.tagged.remove(tag);
        }
        for child in image.facts.known_children() {
            forget(&mut self.listed_by, *child, digest);
        }
        if let Some(subject) = image.facts.subject {
            forget(&mut self.referred_by, subject, digest);
        }
        Some(image)
    }
}

fn forget(relation: &mut BTreeMap<Digest, BTreeSet<Digest>>, of: Digest, digest: Digest) {
    if let Some(digests) = relation.get_mut(&of) {
        digests.remove(&digest);
        if digests.is_empty() {
            relation.remove(&of);
        }
    }
}
