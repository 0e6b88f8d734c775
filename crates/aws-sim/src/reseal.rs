//! Sealing: a snapshot whose digests are those of manifests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ecr_sweep_core::{Digest, Image, MediaType};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use serde_json::Value;

use crate::manifest::{digest_of, synthesize, usual_target};

/// A sealed snapshot, and what could not be sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Resealed {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The digests that stayed: images in a cycle of children and subjects, which no manifests can
    /// be in, and those that list or refer to one. By their text.
    pub unsealed: Vec<Digest>,
    /// Every new digest by the old one.
    pub renamed: BTreeMap<Digest, Digest>,
}

/// Rebuilds a snapshot so that every image's digest is the SHA-256 of the manifest that the
/// simulator answers for it, as a registry would have it; clients that verify digests need that.
///
/// Everything that names a digest is rewritten: children, subjects, fallback tags, usage,
/// workloads. Digests of images that are not in the snapshot stay.
///
/// A digest means one content, so its copies in all repositories get the same media type, artifact
/// type, children, subject and size: those of the copy that knows most. Distinct images stay
/// distinct: where nothing of this tells two of them apart, the second gets the next larger size.
#[must_use]
pub fn reseal(mut snapshot: Snapshot) -> Resealed {
    let contents = contents(&snapshot);
    let renamed = seal(&contents);
    let unsealed =
        contents.keys().filter(|digest| !renamed.contains_key(digest)).copied().collect();
    for repository in snapshot.registries.iter_mut().flat_map(|it| &mut it.repositories) {
        for image in &mut repository.images {
            if let Some(content) = contents.get(&image.digest) {
                content.clone_into_image(image);
            }
            rename_image(image, &renamed);
        }
    }
    for usage in &mut snapshot.usage {
        usage.reference = rename_in(&usage.reference, &renamed).into();
        if let Some(resolved) = &mut usage.resolved {
            *resolved = rename(*resolved, &renamed);
        }
    }
    for resource in snapshot.workloads.iter_mut().flat_map(PlaceWorkloads::resources_mut) {
        rename_resource(resource, &renamed);
    }
    Resealed { snapshot, unsealed, renamed }
}

/// What a digest stands for: an image with nothing but its content.
struct Content(Image);

impl Content {
    fn clone_into_image(&self, image: &mut Image) {
        image.media_type = self.0.media_type.clone();
        image.artifact_type.clone_from(&self.0.artifact_type);
        image.children.clone_from(&self.0.children);
        image.subject = self.0.subject;
        image.size_bytes = self.0.size_bytes;
    }

    /// The images that have to be sealed first.
    fn depends_on(&self) -> impl Iterator<Item = Digest> + '_ {
        self.0.known_children().iter().copied().chain(self.0.subject)
    }
}

/// The content of every digest, told apart by size where nothing else does.
fn contents(snapshot: &Snapshot) -> BTreeMap<Digest, Content> {
    let mut contents = BTreeMap::<Digest, Content>::new();
    let images =
        snapshot.registries.iter().flat_map(|it| &it.repositories).flat_map(|it| &it.images);
    for image in images {
        let content = Image {
            media_type: image.media_type.clone(),
            artifact_type: image.artifact_type.clone(),
            children: image.children.clone(),
            subject: image.subject,
            size_bytes: image.size_bytes,
            ..Image::new(image.digest)
        };
        let knows_more = contents
            .get(&image.digest)
            .is_none_or(|known| known.0.children.is_none() && image.children.is_some());
        if knows_more {
            contents.insert(image.digest, Content(content));
        }
    }
    let mut sizes = Sizes::default();
    for Content(image) in contents.values_mut() {
        image.size_bytes = sizes.take(image);
    }
    contents
}

/// The sizes that are taken, by what is else in a manifest.
#[derive(Default)]
struct Sizes {
    unknown: BTreeSet<Digest>,
    /// The next size to look at behind one that is taken.
    next: HashMap<(Digest, u64), u64>,
}

impl Sizes {
    /// The image's own size, or the next one that no image with the same manifest has.
    ///
    /// Sealing gives equal digests the same new one and others another, so manifests that are
    /// equal before would be equal behind it.
    fn take(&mut self, image: &Image) -> Option<u64> {
        let nameless = Digest::from_bytes([0; 32]);
        let sizeless = Image { digest: nameless, size_bytes: None, ..image.clone() };
        let like = digest_of(&synthesize(&sizeless, |index, _| usual_target(index)));
        if image.size_bytes.is_none() && self.unknown.insert(like) {
            return None;
        }
        let mut passed = Vec::new();
        let mut size = image.size_bytes.unwrap_or_default();
        while let Some(next) = self.next.get(&(like, size)) {
            passed.push(size);
            size = *next;
        }
        // Whoever comes the same way again need not look at every size in between.
        for passed in passed {
            self.next.insert((like, passed), size.wrapping_add(1));
        }
        self.next.insert((like, size), size.wrapping_add(1));
        Some(size)
    }
}

/// The new digests, from the leaves up.
fn seal(contents: &BTreeMap<Digest, Content>) -> BTreeMap<Digest, Digest> {
    let mut waits_for = BTreeMap::<Digest, usize>::new();
    let mut awaited_by = BTreeMap::<Digest, Vec<Digest>>::new();
    for (digest, content) in contents {
        let present: BTreeSet<Digest> =
            content.depends_on().filter(|on| contents.contains_key(on)).collect();
        waits_for.insert(*digest, present.len());
        for on in present {
            awaited_by.entry(on).or_default().push(*digest);
        }
    }
    let mut renamed = BTreeMap::new();
    let mut ready: Vec<Digest> =
        waits_for.iter().filter(|(_, waits)| **waits == 0).map(|(digest, _)| *digest).collect();
    while let Some(digest) = ready.pop() {
        let Some(Content(image)) = contents.get(&digest) else { continue };
        let mut sealed = image.clone();
        rename_image(&mut sealed, &renamed);
        // Children are looked up by their old digest, so the new manifest takes them in order.
        let old: BTreeMap<Digest, Digest> = image
            .known_children()
            .iter()
            .copied()
            .chain(image.subject)
            .map(|old| (rename(old, &renamed), old))
            .collect();
        let manifest = synthesize(&sealed, |from: &MediaType, target| {
            old.get(&target)
                .and_then(|old| contents.get(old))
                .map_or_else(|| usual_target(from), |Content(target)| target.media_type.clone())
        });
        renamed.insert(digest, digest_of(&manifest));
        for waiting in awaited_by.get(&digest).into_iter().flatten() {
            if let Some(waits) = waits_for.get_mut(waiting) {
                *waits -= 1;
                if *waits == 0 {
                    ready.push(*waiting);
                }
            }
        }
    }
    renamed
}

fn rename(digest: Digest, renamed: &BTreeMap<Digest, Digest>) -> Digest {
    renamed.get(&digest).copied().unwrap_or(digest)
}

fn rename_image(image: &mut Image, renamed: &BTreeMap<Digest, Digest>) {
    image.digest = rename(image.digest, renamed);
    for child in image.children.iter_mut().flatten() {
        *child = rename(*child, renamed);
    }
    if let Some(subject) = &mut image.subject {
        *subject = rename(*subject, renamed);
    }
    for tag in &mut image.tags {
        *tag = rename_in(tag, renamed).into();
    }
}

fn rename_resource(resource: &mut Resource, renamed: &BTreeMap<Digest, Digest>) {
    resource.values_mut().for_each(|value| rename_value(value, renamed));
}

fn rename_value(value: &mut Value, renamed: &BTreeMap<Digest, Digest>) {
    match value {
        Value::String(text) => *text = rename_in(text, renamed),
        Value::Array(items) => items.iter_mut().for_each(|item| rename_value(item, renamed)),
        Value::Object(members) => rename_resource(members, renamed),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Rewrites each `sha256:<64 hex>` and `sha256-<64 hex>` in a text.
fn rename_in(text: &str, renamed: &BTreeMap<Digest, Digest>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("sha256") {
        let (before, from) = rest.split_at(at + "sha256".len());
        written.push_str(before);
        rest = from;
        let hex = rest.strip_prefix([':', '-']).and_then(|hex| hex.get(..64));
        if let Some(digest) = hex.and_then(Digest::from_hex) {
            written.push_str(&rest[..1]);
            written.push_str(&rename(digest, renamed).hex());
            rest = &rest[65..];
        }
    }
    written.push_str(rest);
    written
}
