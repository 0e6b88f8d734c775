//! The graph of a repository: indexes and their children, images and what refers to them.

use std::cmp::Ordering;

use crate::{Digest, Image};

/// The images of a repository in their total order, with what lists and what refers to each.
///
/// Images are named by their position in that order.
pub(crate) struct Graph<'a> {
    images: Vec<&'a Image>,
    by_digest: Vec<(Digest, usize)>,
    listed_by: Vec<Vec<usize>>,
    referrers: Vec<Vec<usize>>,
}

/// The total order: push time, newest first, then digest. Images without a push time come last.
pub(crate) fn newest_first(a: &Image, b: &Image) -> Ordering {
    b.pushed_at.cmp(&a.pushed_at).then_with(|| a.digest.cmp(&b.digest))
}

impl<'a> Graph<'a> {
    pub(crate) fn new(images: &'a [Image]) -> Self {
        let mut images: Vec<&Image> = images.iter().collect();
        images.sort_by(|a, b| newest_first(a, b));
        let mut by_digest: Vec<(Digest, usize)> =
            images.iter().enumerate().map(|(at, image)| (image.digest, at)).collect();
        by_digest.sort_unstable();
        let mut graph = Self {
            listed_by: vec![Vec::new(); images.len()],
            referrers: vec![Vec::new(); images.len()],
            images,
            by_digest,
        };
        for at in 0..graph.images.len() {
            let image = graph.images[at];
            for child in image.known_children() {
                if let Some(child) = graph.find(*child) {
                    graph.listed_by[child].push(at);
                }
            }
            for subject in image.subject.into_iter().chain(image.fallback_subjects()) {
                if let Some(subject) = graph.find(subject) {
                    graph.referrers[subject].push(at);
                }
            }
        }
        for lists in graph.listed_by.iter_mut().chain(&mut graph.referrers) {
            lists.dedup();
        }
        graph
    }

    /// How many images there are.
    pub(crate) fn len(&self) -> usize {
        self.images.len()
    }

    /// Every image with its position, newest first.
    pub(crate) fn images(&self) -> impl DoubleEndedIterator<Item = (usize, &'a Image)> + Clone {
        self.images.iter().copied().enumerate()
    }

    pub(crate) fn image(&self, at: usize) -> &'a Image {
        self.images[at]
    }

    /// The position of an image, if it is in the repository.
    pub(crate) fn find(&self, digest: Digest) -> Option<usize> {
        let at = self.by_digest.binary_search_by_key(&digest, |(digest, _)| *digest).ok()?;
        Some(self.by_digest[at].1)
    }

    /// The indexes that list an image.
    pub(crate) fn listed_by(&self, at: usize) -> &[usize] {
        &self.listed_by[at]
    }

    /// The images that refer to an image, by subject or by fallback tag.
    pub(crate) fn referrers(&self, at: usize) -> &[usize] {
        &self.referrers[at]
    }

    /// The manifests of the repository that an image lists.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.images[at].known_children().iter().filter_map(|child| self.find(*child))
    }

    /// The images of the repository that an image refers to.
    pub(crate) fn subjects(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let image = self.images[at];
        image.subject.into_iter().chain(image.fallback_subjects()).filter_map(|it| self.find(it))
    }

    /// Whether an image refers to another, present or not.
    pub(crate) fn is_referrer(&self, at: usize) -> bool {
        let image = self.images[at];
        image.subject.is_some() || image.fallback_subjects().next().is_some()
    }

    /// Whether an index of the repository lists an image.
    pub(crate) fn is_child(&self, at: usize) -> bool {
        !self.listed_by[at].is_empty()
    }

    /// Whether counting rules count an image: nothing in the graph speaks for it, it can be
    /// pulled, and it has a place in the order of pushes.
    pub(crate) fn is_top_level(&self, at: usize) -> bool {
        let image = self.images[at];
        !self.is_referrer(at)
            && !self.is_child(at)
            && image.status == crate::ImageStatus::Active
            && image.pushed_at.is_some()
    }

    /// Adds to `kept` everything that what is kept needs: the children of indexes, recursively,
    /// and all that refers to it.
    pub(crate) fn close(&self, kept: &mut [bool]) {
        let mut open: Vec<usize> = (0..kept.len()).filter(|at| kept[*at]).collect();
        while let Some(at) = open.pop() {
            for needed in self.children(at).chain(self.referrers(at).iter().copied()) {
                if !kept[needed] {
                    kept[needed] = true;
                    open.push(needed);
                }
            }
        }
    }
}
