//! Which images come back together, and in what order.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::Digest;

use super::stored::Deleted;

/// The most images of one batch: what is asked for is written down once for all of them.
const A_BATCH: usize = 100;

/// These images with all that went with them: what they list, and what refers to them.
pub(super) fn whole(
    deleted: &BTreeMap<Digest, Deleted>,
    digests: &BTreeSet<Digest>,
) -> BTreeSet<Digest> {
    let mut belonging: BTreeMap<Digest, Vec<Digest>> = BTreeMap::new();
    for image in deleted.values() {
        for to in image.subjects().into_iter().chain(image.after.iter().copied()) {
            belonging.entry(to).or_default().push(image.digest());
        }
    }
    let mut whole = BTreeSet::new();
    let mut left: Vec<Digest> = digests.iter().copied().collect();
    while let Some(digest) = left.pop() {
        let Some(image) = deleted.get(&digest) else { continue };
        if whole.insert(digest) {
            left.extend(image.children());
            left.extend(belonging.get(&digest).into_iter().flatten());
        }
    }
    whole
}

/// Batches of them: nothing before what it needs. What waits for one another comes at the end.
pub(super) fn in_order(
    deleted: &BTreeMap<Digest, Deleted>,
    wanted: &BTreeSet<Digest>,
) -> Vec<Vec<Digest>> {
    let needs = |digest: &Digest| {
        let needs = deleted.get(digest).map(Deleted::needs).unwrap_or_default();
        needs.into_iter().filter(|it| it != digest && wanted.contains(it)).collect()
    };
    let mut waits: BTreeMap<Digest, BTreeSet<Digest>> =
        wanted.iter().map(|digest| (*digest, needs(digest))).collect();
    let mut needed_by: BTreeMap<Digest, Vec<Digest>> = BTreeMap::new();
    for (digest, needs) in &waits {
        for need in needs {
            needed_by.entry(*need).or_default().push(*digest);
        }
    }
    let free = |waits: &BTreeMap<Digest, BTreeSet<Digest>>| -> Vec<Digest> {
        waits.iter().filter(|(_, needs)| needs.is_empty()).map(|(digest, _)| *digest).collect()
    };
    let mut batches = Vec::new();
    let mut ready = free(&waits);
    while !waits.is_empty() {
        if ready.is_empty() {
            ready = waits.keys().copied().collect();
        }
        let mut next = Vec::new();
        for digest in &ready {
            waits.remove(digest);
        }
        for digest in &ready {
            for waiting in needed_by.get(digest).into_iter().flatten() {
                if let Some(needs) = waits.get_mut(waiting)
                    && needs.remove(digest)
                    && needs.is_empty()
                {
                    next.push(*waiting);
                }
            }
        }
        batches.extend(ready.chunks(A_BATCH).map(<[Digest]>::to_vec));
        ready = next;
    }
    batches
}
