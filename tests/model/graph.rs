//! The graph: indexes and their children, subjects and their referrers.

use ecr_sweep_core::{Digest, Image};

use super::{Reasons, archive};

/// The digests that a tag of the fallback scheme names: `sha256-<64 hex>`, alone or followed by
/// `.` or `-` and a suffix.
pub(super) fn fallback(tag: &str) -> Option<Digest> {
    let rest = tag.strip_prefix("sha256-")?;
    let hex = rest.get(..64)?;
    let suffix = rest.get(64..)?;
    let separated = (suffix.starts_with('.') || suffix.starts_with('-')) && suffix.len() > 1;
    if suffix.is_empty() || separated { format!("sha256:{hex}").parse().ok() } else { None }
}

/// "A fallback tag that names its own image is an ordinary tag."
fn other(image: &Image, tag: &str) -> Option<Digest> {
    fallback(tag).filter(|subject| *subject != image.digest)
}

pub(super) fn ordinary_tags(image: &Image) -> Vec<&str> {
    image.tags.iter().map(|tag| &**tag).filter(|tag| other(image, tag).is_none()).collect()
}

pub(super) fn is_tagged(image: &Image) -> bool {
    !ordinary_tags(image).is_empty()
}

pub(super) fn lists(index: &Image, digest: Digest) -> bool {
    index.children.as_ref().is_some_and(|children| children.contains(&digest))
}

pub(super) fn refers_to(referrer: &Image, digest: Digest) -> bool {
    referrer.subject == Some(digest)
        || referrer.tags.iter().any(|tag| other(referrer, tag) == Some(digest))
}

pub(super) fn is_referrer(image: &Image) -> bool {
    image.subject.is_some() || image.tags.iter().any(|tag| other(image, tag).is_some())
}

pub(super) fn is_child(image: &Image, images: &[Image]) -> bool {
    images.iter().any(|index| lists(index, image.digest))
}

/// Adds what kept images need, until nothing is added.
pub(super) fn close(images: &[Image], reasons: &mut Reasons) {
    loop {
        let before = reasons.clone();
        for kept in images {
            // What only waits in the archive cannot be pulled either.
            if before[&kept.digest].is_empty() || archive::only_waits(&before[&kept.digest]) {
                continue;
            }
            let used = before[&kept.digest]
                .iter()
                .any(|code| code.starts_with("used-by-") || code == "index-of-used-image");
            for other in images {
                let mut add = |code: &str| {
                    reasons.entry(other.digest).or_default().insert(code.to_owned());
                };
                if lists(kept, other.digest) {
                    add("child-of-kept-index");
                }
                if refers_to(other, kept.digest) {
                    add("referrer-of-kept-image");
                }
                if used && lists(other, kept.digest) {
                    add("index-of-used-image");
                }
            }
        }
        if *reasons == before {
            return;
        }
    }
}
