//! The graph of a repository: indexes and their children, images and what refers to them.

mod links;

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::{Digest, Image, ImageStatus};
use links::Links;

/// The images of a repository in their total order, with what lists and what refers to each.
///
/// Images are named by their position in that order.
pub(crate) struct Graph<'a> {
    images: Vec<&'a Image>,
    positions: HashMap<Digest, usize>,
    children: Links,
    listed_by: Links,
    referrers: Links,
}

/// How counting rules look at an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is counted: nothing in the graph speaks for it, it can be pulled, and it has a place in
    /// the order of pushes.
    TopLevel,
    /// It would be, were it not for a fallback tag of another image beside its ordinary tags. It
    /// takes nobody's place, and is kept where it would have had one.
    Beside,
    /// It is not looked at.
    NotCounted,
}

/// The total order: push time, newest first, then digest. Images without a push time come last.
pub(crate) fn newest_first(a: &Image, b: &Image) -> Ordering {
    b.pushed_at.cmp(&a.pushed_at).then_with(|| a.digest.cmp(&b.digest))
}

impl<'a> Graph<'a> {
    pub(crate) fn new(images: &'a [Image]) -> Self {
        let mut images: Vec<&Image> = images.iter().collect();
        images.sort_by(|a, b| newest_first(a, b));
        let positions: HashMap<Digest, usize> =
            images.iter().enumerate().map(|(at, image)| (image.digest, at)).collect();
        let (mut children, mut listed_by, mut referrers) = (Vec::new(), Vec::new(), Vec::new());
        for (at, image) in images.iter().enumerate() {
            for child in image.known_children().iter().filter_map(|it| positions.get(it)) {
                children.push((at, *child));
                listed_by.push((*child, at));
            }
            let subjects = image.subject.into_iter().chain(image.fallback_subjects());
            referrers.extend(subjects.filter_map(|it| Some((*positions.get(&it)?, at))));
        }
        let links = |pairs| Links::new(images.len(), pairs);
        Self {
            children: links(children),
            listed_by: links(listed_by),
            referrers: links(referrers),
            positions,
            images,
        }
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
        self.positions.get(&digest).copied()
    }

    /// The indexes that list an image.
    pub(crate) fn listed_by(&self, at: usize) -> &[usize] {
        self.listed_by.of(at)
    }

    /// The images that refer to an image, by subject or by fallback tag.
    pub(crate) fn referrers(&self, at: usize) -> &[usize] {
        self.referrers.of(at)
    }

    /// The manifests of the repository that an image lists.
    pub(crate) fn children(&self, at: usize) -> &[usize] {
        self.children.of(at)
    }

    /// The images of the repository that an image refers to.
    pub(crate) fn subjects(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let image = self.images[at];
        image.subject.into_iter().chain(image.fallback_subjects()).filter_map(|it| self.find(it))
    }

    /// What an image refers to and that is not in the repository.
    pub(crate) fn absent_subjects(&self, at: usize) -> impl Iterator<Item = Digest> + '_ {
        let image = self.images[at];
        let subjects = image.subject.into_iter().chain(image.fallback_subjects());
        subjects.filter(|it| self.find(*it).is_none())
    }

    /// Whether an image refers to another, present or not.
    pub(crate) fn is_referrer(&self, at: usize) -> bool {
        let image = self.images[at];
        image.subject.is_some() || image.fallback_subjects().next().is_some()
    }

    /// Whether an index of the repository lists an image.
    pub(crate) fn is_child(&self, at: usize) -> bool {
        !self.listed_by(at).is_empty()
    }

    /// How counting rules look at an image.
    pub(crate) fn standing(&self, at: usize) -> Standing {
        let image = self.images[at];
        if self.is_child(at) || image.status != ImageStatus::Active || image.pushed_at.is_none() {
            Standing::NotCounted
        } else if !self.is_referrer(at) {
            Standing::TopLevel
        } else if image.subject.is_none() && image.is_tagged() {
            Standing::Beside
        } else {
            Standing::NotCounted
        }
    }

    /// Adds to `kept` everything that what is kept needs: the children of indexes, recursively,
    /// and all that refers to it.
    pub(crate) fn close(&self, kept: &mut [bool]) {
        let mut open: Vec<usize> = (0..kept.len()).filter(|at| kept[*at]).collect();
        while let Some(at) = open.pop() {
            for needed in self.children(at).iter().chain(self.referrers(at)) {
                if !kept[*needed] {
                    kept[*needed] = true;
                    open.push(*needed);
                }
            }
        }
    }
}
