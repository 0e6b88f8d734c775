//! The images of a repository as a run found them: what it decided over.

use std::collections::BTreeMap;

use ecr_sweep_core::{
    Account, Admitted, Digest, Image, ImageStatus, MediaType, Region, Repository, RepositoryId,
    UseHistory,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// The images of one repository as a run found them when it planned: all that the decision looked at
/// besides usage. Who asks later what another policy would have done decides over these again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunImages {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The clock of the plan.
    pub planned_at: Timestamp,
    /// The repository's own tags, where the policy asked for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Box<str>, Box<str>>,
    /// Whom the repository's or its registry's resource policy let pull besides its own account, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<Admitted>,
    /// How far could be relied on what was remembered of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_history: Option<UseHistory>,
    /// The kinds of manifests that there are; images name them by their place, counted from 0.
    pub kinds: Vec<ManifestKind>,
    /// The images, in the registry's order.
    pub images: Vec<RunImage>,
}

/// What a manifest is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestKind {
    /// The manifest's media type.
    pub media_type: MediaType,
    /// The media type of the image's configuration, or its artifact type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<Box<str>>,
}

/// One image: the fields of [`Image`], of which those that are absent are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunImage {
    /// The image.
    pub digest: Digest,
    /// The tags that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Box<str>>,
    /// When it was pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// Its last pull, without those of ecr-sweep itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled_at: Option<Timestamp>,
    /// When it was last restored from the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
    /// When it was last archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
    /// When a run had last seen it in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// When a run had first seen that it was not in use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_at: Option<Timestamp>,
    /// Bytes of its layers; of an index, of its largest child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// The place of its kind.
    pub kind: usize,
    /// The manifests that an index lists. Absent for an index: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Digest>>,
    /// The image that a referrer refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Whether it could be pulled.
    #[serde(default, skip_serializing_if = "is_active")]
    pub status: ImageStatus,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_active(status: &ImageStatus) -> bool {
    *status == ImageStatus::Active
}

impl RunImages {
    /// The images of a repository as a plan of this time looked at them.
    #[must_use]
    pub fn of(run: &RunId, id: &RepositoryId, planned_at: Timestamp, found: &Repository) -> Self {
        let mut places: BTreeMap<ManifestKind, usize> = BTreeMap::new();
        let mut kinds = Vec::new();
        let mut place_of = |image: &Image| {
            let (media_type, artifact_type) =
                (image.media_type.clone(), image.artifact_type.clone());
            let kind = ManifestKind { media_type, artifact_type };
            *places.entry(kind).or_insert_with_key(|kind| {
                kinds.push(kind.clone());
                kinds.len() - 1
            })
        };
        let images =
            found.images.iter().map(|image| RunImage::of(image, place_of(image))).collect();
        Self {
            schema_version: V1,
            run: run.clone(),
            account: id.registry.account.clone(),
            region: id.registry.region.clone(),
            repository: id.name.clone(),
            planned_at,
            tags: found.tags.clone(),
            allows: found.allows.clone(),
            use_history: found.use_history,
            kinds,
            images,
        }
    }

    /// The repository as it was. None where an image is of a kind that the document does not have.
    #[must_use]
    pub fn into_repository(self) -> Option<Repository> {
        let Self { repository: name, tags, allows, use_history, kinds, images, .. } = self;
        let images = images.into_iter().map(|image| {
            let kind = kinds.get(image.kind)?;
            Some(image.into_image(kind.clone()))
        });
        Some(Repository { name, tags, allows, use_history, images: images.collect::<Option<_>>()? })
    }
}

impl RunImage {
    fn of(image: &Image, kind: usize) -> Self {
        Self {
            digest: image.digest,
            tags: image.tags.clone(),
            pushed_at: image.pushed_at,
            pulled_at: image.pulled_at,
            restored_at: image.restored_at,
            archived_at: image.archived_at,
            used_at: image.used_at,
            unused_at: image.unused_at,
            size_bytes: image.size_bytes,
            kind,
            children: image.children.clone(),
            subject: image.subject,
            status: image.status,
        }
    }

    fn into_image(self, ManifestKind { media_type, artifact_type }: ManifestKind) -> Image {
        Image {
            digest: self.digest,
            tags: self.tags,
            pushed_at: self.pushed_at,
            pulled_at: self.pulled_at,
            restored_at: self.restored_at,
            archived_at: self.archived_at,
            used_at: self.used_at,
            unused_at: self.unused_at,
            size_bytes: self.size_bytes,
            media_type,
            artifact_type,
            children: self.children,
            subject: self.subject,
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Place;

    use super::*;
    use crate::documents;

    fn image(number: u8, media_type: MediaType) -> Image {
        Image { media_type, ..Image::new(Digest::from_hex(&format!("{number:064x}")).unwrap()) }
    }

    #[test]
    fn what_is_stored_of_images_is_all_that_was_known() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let at = Timestamp::UNIX_EPOCH;
        let listed = Image {
            tags: vec!["v1".into()],
            pushed_at: Some(at),
            pulled_at: Some(at),
            restored_at: Some(at),
            archived_at: Some(at),
            used_at: Some(at),
            unused_at: Some(at),
            size_bytes: Some(7),
            artifact_type: Some("application/x".into()),
            children: Some(Vec::new()),
            subject: Some(Digest::from_hex(&"a".repeat(64)).unwrap()),
            status: ImageStatus::Archived,
            ..image(1, MediaType::OciIndex)
        };
        let images =
            vec![listed, image(2, MediaType::OciManifest), image(3, MediaType::OciManifest)];
        let found = Repository {
            name: "dev/app".into(),
            tags: BTreeMap::from([("team".into(), "web".into())]),
            allows: vec![Admitted::try_from("444455556666".to_owned()).unwrap()],
            use_history: None,
            images,
        };
        let id = RepositoryId::new(&place, "dev/app");
        let stored = RunImages::of(&"r1".parse().unwrap(), &id, at, &found);
        assert_eq!((stored.kinds.len(), stored.images[2].kind), (2, 1));
        let again: RunImages = documents::read(&documents::write(&stored).unwrap()).unwrap();
        assert_eq!(again.into_repository(), Some(found));
    }

    #[test]
    fn a_kind_that_is_not_there_makes_nothing_up() {
        let mut stored = RunImages {
            schema_version: V1,
            run: "r1".parse().unwrap(),
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            repository: "dev/app".into(),
            planned_at: Timestamp::UNIX_EPOCH,
            tags: BTreeMap::new(),
            allows: Vec::new(),
            use_history: None,
            kinds: Vec::new(),
            images: Vec::new(),
        };
        stored.images.push(RunImage::of(&image(1, MediaType::OciManifest), 0));
        assert_eq!(stored.into_repository(), None);
    }
}
