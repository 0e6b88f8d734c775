//! What became of images that were put back after a run had deleted or archived them.

use ecr_sweep_core::{Account, Digest, Region, RepositoryId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// What became of the images of one repository that were to be put back. It is written before the
/// registry is asked, and again with its answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restored {
    /// The version of this format.
    pub schema_version: V1,
    /// The run that deleted or archived them.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The images, sorted by digest.
    pub images: Vec<RestoredImage>,
}

impl Restored {
    /// Those of a repository to which none was put back yet.
    #[must_use]
    pub fn none(run: &RunId, repository: &RepositoryId) -> Self {
        Self {
            schema_version: V1,
            run: run.clone(),
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            images: Vec::new(),
        }
    }

    /// Enters what became of an image, in place of what was entered before.
    pub fn enter(&mut self, image: RestoredImage) {
        match self.images.binary_search_by_key(&image.digest, |it| it.digest) {
            Ok(row) => self.images[row] = image,
            Err(row) => self.images.insert(row, image),
        }
    }

    /// What became of an image, if it was taken up.
    #[must_use]
    pub fn image(&self, digest: Digest) -> Option<&RestoredImage> {
        let row = self.images.binary_search_by_key(&digest, |it| it.digest).ok()?;
        self.images.get(row)
    }
}

/// What became of one image that was to be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoredImage {
    /// The image.
    pub digest: Digest,
    /// The tags that are put on it again.
    pub tags: Vec<Box<str>>,
    /// Those that it had, and that are on other images by now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags_elsewhere: Vec<TagElsewhere>,
    /// When the registry was asked, or it was decided not to ask it.
    pub asked_at: Timestamp,
    /// When it was done; absent if it is not, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: RestoreOutcome,
}

/// A tag that another image has by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagElsewhere {
    /// The tag.
    pub tag: Box<str>,
    /// The image that has it; absent where the registry only says that some image has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Digest>,
}

/// What became of an image that was to be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RestoreOutcome {
    /// It would come back: nothing was asked for but to tell.
    Restorable,
    /// Whether it would come back cannot be told without trying.
    CannotTell {
        /// Why not.
        reason: Box<str>,
    },
    /// The registry is asked, and its answer is not known.
    Asked,
    /// It is there again, under its digest.
    Restored,
    /// It was archived, and is being restored, which takes up to 20 minutes.
    Activating,
    /// It was there already, and is left as it is.
    ThereAlready,
    /// It was not taken up before the end.
    NotAsked,
    /// Layers of it are gone for good.
    LayersGone {
        /// Which, sorted.
        layers: Vec<Digest>,
    },
    /// Its manifest is not stored, or is not what was stored.
    NoManifest {
        /// Why not.
        reason: Box<str>,
    },
    /// The registry refused it, or could not be asked.
    Failed {
        /// The registry's code, such as `ReferencedImagesNotFoundException`.
        code: Box<str>,
        /// The same in words.
        reason: Box<str>,
    },
}

impl RestoreOutcome {
    /// Whether the image is there, or would be; or is on its way out of the archive.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Restorable | Self::Restored | Self::Activating | Self::ThereAlready)
    }
}
