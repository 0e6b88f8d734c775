//! `BatchDeleteImage`.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Place};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::image_id::{ImageFailure, ImageId, batch};
use super::repositories::find_repository_mut;
use super::request::RepositoryRequest;
use crate::state::{ByPlace, Registry, Repository};
use crate::wire::{Answer, Call, Outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_ids: Option<Vec<ImageId>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    image_ids: Vec<ImageId>,
    failures: Vec<ImageFailure>,
}

/// Something that was deleted, as it goes to the registries that deletions are replicated to.
enum Deleted {
    Image(Digest),
    Tag(Box<str>),
}

/// By digest the image goes with all its tags, and there is a row for each tag, or one without a
/// tag. By tag (with the digest or without) the tag goes, and with the last one the image.
///
/// A child of an index that was there when the call began is refused, even if the call deletes the
/// index too: whatever the order of the ids, the index goes and its children fail.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html>
/// <https://github.com/opensupplyhub/open-supply-hub/pull/1243>
pub(super) fn batch_delete_image(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let ids = batch(input.image_ids)?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    let listed: BTreeSet<Digest> = ids
        .iter()
        .filter_map(|id| id.find(repository).ok())
        .filter(|digest| repository.indexes_of(*digest).next().is_some())
        .collect();
    let mut output = Output { image_ids: Vec::new(), failures: Vec::new() };
    let mut deleted = Vec::new();
    for id in ids {
        let found = id.find(repository).and_then(|digest| {
            match call.image_faults.iter().find(|fault| fault.covers(digest)) {
                Some(fault) => Err(id.failure(&fault.code, &fault.reason)),
                None => Ok(digest),
            }
        });
        let gone = found
            .and_then(|digest| delete(repository, &id, digest, &listed, call.now, &mut deleted));
        match gone {
            Ok(rows) => output.image_ids.extend(rows),
            Err(failure) => output.failures.push(failure),
        }
    }
    replicate(&mut registries, &place, &name, &deleted, call.now);
    Answer::json(&output)
}

fn delete(
    repository: &mut Repository,
    id: &ImageId,
    digest: Digest,
    listed: &BTreeSet<Digest>,
    now: Timestamp,
    deleted: &mut Vec<Deleted>,
) -> Result<Vec<ImageId>, ImageFailure> {
    if let Some(tag) = id.image_tag.as_deref()
        && repository.image(digest).is_some_and(|image| image.facts.tags.len() > 1)
    {
        repository.untag(tag);
        deleted.push(Deleted::Tag(tag.into()));
        return Ok(vec![ImageId::of(digest, Some(tag))]);
    }
    if listed.contains(&digest) {
        let indexes: Vec<String> =
            repository.indexes_of(digest).map(|index| index.to_string()).collect();
        return Err(id.failure(
            "ImageReferencedByManifestList",
            &format!("Requested image referenced by manifest list: [{}]", indexes.join(", ")),
        ));
    }
    let tags = repository.remove(digest, now).map(|image| image.facts.tags).unwrap_or_default();
    deleted.push(Deleted::Image(digest));
    Ok(if tags.is_empty() {
        vec![ImageId::of(digest, None)]
    } else {
        tags.iter().map(|tag| ImageId::of(digest, Some(tag))).collect()
    })
}

/// Deletes the same in the registries that deletions are replicated to; not from there on. What a
/// living index lists there, stays.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html>
fn replicate(
    registries: &mut ByPlace<Registry>,
    place: &Place,
    name: &str,
    deleted: &[Deleted],
    now: Timestamp,
) {
    let destinations =
        registries.get(place).map(|it| it.deletes_replicate_to.clone()).unwrap_or_default();
    for destination in destinations {
        let Some(repository) =
            registries.get_mut(&destination).and_then(|it| it.repositories.get_mut(name))
        else {
            continue;
        };
        for deleted in deleted {
            match deleted {
                Deleted::Image(digest) if repository.indexes_of(*digest).next().is_none() => {
                    repository.remove(*digest, now);
                }
                Deleted::Image(_) => {}
                Deleted::Tag(tag) => repository.untag(tag),
            }
        }
    }
}
