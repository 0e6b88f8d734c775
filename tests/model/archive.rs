//! The archive: "instead of being deleted, an image is archived; a later run deletes what has been archived
//! for that long and nobody restored".

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Action;
use ecr_sweep_core::{Age, Digest, Image, ImageStatus};
use jiff::SignedDuration;

use super::graph::{lists, refers_to};
use super::{Reasons, Scene, unkept};

const IN_ARCHIVE: &str = "in-archive";

fn archive_for(scene: &Scene<'_>) -> Option<Age> {
    match scene.rule.action {
        Action::Delete => None,
        Action::ArchiveFor(age) => Some(age),
    }
}

/// Those of these images that are archived and not deleted: under such a rule, all that can be pulled.
pub(super) fn first(scene: &Scene<'_>, going: &BTreeSet<Digest>) -> BTreeSet<Digest> {
    if archive_for(scene).is_none() {
        return BTreeSet::new();
    }
    let images = scene.images().iter();
    let active = images.filter(|image| image.status == ImageStatus::Active);
    active.map(|image| image.digest).filter(|digest| going.contains(digest)).collect()
}

/// "Until then it is kept; so is one of which nobody knows since when it is archived."
pub(super) fn keep(scene: &Scene<'_>, reasons: &mut Reasons) {
    let Some(age) = archive_for(scene) else { return };
    for digest in unkept(reasons) {
        let Some(image) = scene.image(digest) else { continue };
        if image.status == ImageStatus::Archived && !is_over(scene, image, age) {
            reasons.entry(digest).or_default().insert(IN_ARCHIVE.to_owned());
        }
    }
}

fn is_over(scene: &Scene<'_>, image: &Image, age: Age) -> bool {
    let Some(archived_at) = image.archived_at else { return false };
    let archived_at = match image.restored_at {
        Some(restored_at) if restored_at > archived_at => restored_at,
        _ => archived_at,
    };
    let seconds = i64::try_from(age.as_seconds()).unwrap_or(i64::MAX);
    let ends_at = archived_at.checked_add(SignedDuration::from_secs(seconds));
    ends_at.is_ok_and(|ends_at| ends_at <= scene.now)
}

/// "What an index lists that is archived, or waits in the archive, is not deleted before it, nor what refers
/// to such an image."
pub(super) fn keep_what_others_need(scene: &Scene<'_>, reasons: &mut Reasons) {
    if archive_for(scene).is_none() {
        return;
    }
    loop {
        let going = unkept(reasons);
        let archived = first(scene, &going);
        let waiting = reasons.iter().filter(|(_, codes)| only_waits(codes));
        let stays: BTreeSet<Digest> =
            waiting.map(|(digest, _)| *digest).chain(archived.iter().copied()).collect();
        let mut is_any = false;
        for digest in &going - &archived {
            let Some(image) = scene.image(digest) else { continue };
            let is_needed = stays
                .iter()
                .filter_map(|it| scene.image(*it))
                .any(|other| lists(other, image.digest) || refers_to(image, other.digest));
            if is_needed {
                reasons.entry(digest).or_default().insert(IN_ARCHIVE.to_owned());
                is_any = true;
            }
        }
        if !is_any {
            return;
        }
    }
}

/// Whether nothing else speaks for an image.
pub(super) fn only_waits(codes: &BTreeSet<String>) -> bool {
    codes.len() == 1 && codes.contains(IN_ARCHIVE)
}
