//! Waves: the order in which images can go, so that a stop at any point leaves orphans at worst.
//!
//! An index goes before what it lists, a subject before what refers to it. So there is never an
//! index with a missing child, nor a kept image without its signature; and ECR, which refuses to
//! delete a child of a living index even in the same call, is not asked to.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::{Digest, Image, Queued, Wave};

/// Puts what is deleted in waves: each can go once every earlier one is gone.
///
/// In corrupt data images can list one another in a circle; these go together, and the registry
/// has the final word.
#[must_use]
pub fn deletion_waves(images: &[Image], delete: &[Digest]) -> Vec<Wave> {
    let graph = Graph::new(images);
    let delete = delete.iter().filter_map(|digest| graph.find(*digest)).collect();
    waves_of(&graph, &delete, |_| false)
}

/// The waves of those images of a graph, some of which are archived and not deleted.
pub(crate) fn waves_of(
    graph: &Graph<'_>,
    delete: &BTreeSet<usize>,
    is_archived_first: impl Fn(usize) -> bool,
) -> Vec<Wave> {
    let mut waiting: Waiting = delete
        .iter()
        .map(|at| {
            let before = graph.listed_by(*at).iter().copied().chain(graph.subjects(*at));
            (*at, before.filter(|before| before != at && delete.contains(before)).collect())
        })
        .collect();
    let mut dependents: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, before) in &waiting {
        for before in before {
            dependents.entry(*before).or_default().push(*at);
        }
    }
    let after = waiting.clone();
    let mut ready = free(&waiting);
    let mut waves = Vec::new();
    while !waiting.is_empty() {
        if ready.is_empty() {
            ready = circle(&waiting);
        }
        waves.push(wave(graph, &ready, &after, &is_archived_first));
        let mut next = BTreeSet::new();
        for gone in &ready {
            waiting.remove(gone);
        }
        for gone in &ready {
            for dependent in dependents.get(gone).into_iter().flatten() {
                if let Some(before) = waiting.get_mut(dependent) {
                    before.remove(gone);
                    if before.is_empty() {
                        next.insert(*dependent);
                    }
                }
            }
        }
        ready = next;
    }
    waves
}

type Waiting = BTreeMap<usize, BTreeSet<usize>>;

/// What waits for nothing.
fn free(waiting: &Waiting) -> BTreeSet<usize> {
    waiting.iter().filter(|(_, before)| before.is_empty()).map(|(at, _)| *at).collect()
}

/// Images that wait for one another, and for nothing else. There are some where everything waits.
fn circle(waiting: &Waiting) -> BTreeSet<usize> {
    let Some(start) = waiting.keys().next() else { return BTreeSet::new() };
    let mut circle = awaited(waiting, *start);
    // Each step goes to an image that waits for strictly less.
    while let Some(inner) =
        circle.iter().map(|at| awaited(waiting, *at)).find(|inner| inner.len() < circle.len())
    {
        circle = inner;
    }
    circle
}

/// All that an image waits for, in turn.
fn awaited(waiting: &Waiting, at: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        for before in waiting.get(&at).into_iter().flatten() {
            if found.insert(*before) {
                open.push(*before);
            }
        }
    }
    found
}

/// One wave. Those of a circle do not wait for one another.
fn wave(
    graph: &Graph<'_>,
    ready: &BTreeSet<usize>,
    after: &Waiting,
    is_archived_first: &impl Fn(usize) -> bool,
) -> Wave {
    let queued = |at: &usize| Queued {
        archive: is_archived_first(*at),
        ..queued(graph, *at, &(&after[at] - ready))
    };
    ready.iter().map(queued).collect()
}

fn queued(graph: &Graph<'_>, at: usize, after: &BTreeSet<usize>) -> Queued {
    let image = graph.image(at);
    let mut tags = image.tags.clone();
    tags.sort();
    let mut after: Vec<Digest> = after.iter().map(|at| graph.image(*at).digest).collect();
    after.sort();
    let (status, pulled_at) = (image.status, image.pulled_at);
    Queued { digest: image.digest, tags, status, pulled_at, after, archive: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{digest, image, index, referrer, tagged};

    fn waves(images: &[Image], delete: &[u8]) -> Vec<Vec<u8>> {
        let delete: Vec<Digest> = delete.iter().map(|n| digest(*n)).collect();
        let number = |of: Digest| (0..=u8::MAX).find(|n| digest(*n) == of).unwrap();
        deletion_waves(images, &delete)
            .iter()
            .map(|wave| {
                let mut wave: Vec<u8> = wave.iter().map(|it| number(it.digest)).collect();
                wave.sort_unstable();
                wave
            })
            .collect()
    }

    #[test]
    fn indexes_go_before_their_children_and_subjects_before_their_referrers() {
        let fallback = format!("sha256-{}", digest(1).hex());
        let mut fallback_index = index(5, 60, &[6]);
        fallback_index.tags.push(fallback.into());
        let images = [
            index(1, 60, &[2, 3]),
            image(2, 60),
            index(3, 60, &[4]),
            image(4, 60),
            fallback_index,
            referrer(6, 60, 1),
            image(7, 60),
            tagged(8, 60, &[&format!("sha256-{}.sig", digest(4).hex())]),
        ];
        assert_eq!(
            waves(&images, &[1, 2, 3, 4, 5, 6, 7, 8]),
            [vec![1, 7], vec![2, 3, 5], vec![4, 6], vec![8]]
        );
    }

    #[test]
    fn what_stays_is_waited_for_by_nobody() {
        let images = [index(1, 60, &[2]), image(2, 60), referrer(3, 60, 1)];
        assert_eq!(waves(&images, &[3]), [vec![3]]);
        let first = &deletion_waves(&images, &[digest(1), digest(2)])[1][0];
        assert_eq!((first.digest, first.after.as_slice()), (digest(2), &[digest(1)][..]));
    }

    #[test]
    fn a_circle_that_waits_for_another_goes_after_it() {
        let images =
            [index(1, 50, &[2]), index(2, 50, &[1]), index(3, 60, &[4]), index(4, 60, &[3, 1])];
        assert_eq!(waves(&images, &[1, 2, 3, 4]), [vec![3, 4], vec![1, 2]]);
    }

    #[test]
    fn a_circle_goes_together() {
        let images = [index(1, 60, &[2]), index(2, 60, &[1]), image(3, 60), index(4, 60, &[4])];
        assert_eq!(waves(&images, &[1, 2, 3, 4]), [vec![3, 4], vec![1, 2]]);
    }
}
