//! What would have become of what a policy deletes, from looks at a repository over time.

mod nearest;

pub use nearest::{Nearest, nearest_need};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{Digest, coded};

/// One look at a repository: what was there, what was in use, and what the policy would delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When it was.
    pub at: Timestamp,
    /// What was there, with the times that the registry told.
    pub images: BTreeMap<Digest, ImageTimes>,
    /// What something named, also of images that were not there.
    pub used: BTreeSet<Digest>,
    /// Whether all was seen that could name an image here.
    pub is_whole: bool,
    /// What the policy would delete.
    pub deletes: BTreeSet<Digest>,
}

/// The times of an image, as the registry told them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImageTimes {
    /// When it was pushed.
    pub pushed_at: Option<Timestamp>,
    /// When it was pulled last.
    pub pulled_at: Option<Timestamp>,
    /// When it was restored last.
    pub restored_at: Option<Timestamp>,
}

coded! {
    /// How it shows that somebody needed an image.
    pub enum Need {
        Used "used" "Something named it.",
        Pulled "pulled" "Somebody pulled it.",
        Restored "restored" "Somebody restored it from the archive.",
        PushedAgain "pushed-again" "Somebody pushed it again.",
    }
}

/// What became, as it really went on, of an image that the policy would have deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It was looked at again, with all that could name it, and nobody had needed it.
    NotNeeded,
    /// Somebody needed it.
    NeededAgain {
        /// How that showed.
        need: Need,
        /// When that was; of what is named, when it was seen.
        at: Timestamp,
        /// The look that showed it.
        look: usize,
    },
    /// No later look saw all that could name it: nobody knows.
    NotKnown,
}

/// An image that the policy would have deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WouldHaveGone {
    /// The image.
    pub digest: Digest,
    /// The first look at which it would have.
    pub look: usize,
    /// What became of it.
    pub afterwards: Afterwards,
}

/// Judges a policy by looks at a repository, the first first: every image that it would have deleted, once,
/// and whether somebody needed it after that.
///
/// An image that was really deleted is looked for among what is named all the same.
#[must_use]
pub fn judge_looks(looks: &[Look]) -> Vec<WouldHaveGone> {
    let mut first: BTreeMap<Digest, usize> = BTreeMap::new();
    for (place, look) in looks.iter().enumerate() {
        for digest in &look.deletes {
            first.entry(*digest).or_insert(place);
        }
    }
    let judged = |(digest, look): (Digest, usize)| {
        let afterwards = afterwards(digest, looks[look].at, looks, look + 1);
        WouldHaveGone { digest, look, afterwards }
    };
    first.into_iter().map(judged).collect()
}

fn afterwards(digest: Digest, gone_at: Timestamp, looks: &[Look], from: usize) -> Afterwards {
    let later = looks.iter().enumerate().skip(from);
    for (look, seen) in later.clone() {
        if let Some((need, at)) = needed_since(digest, gone_at, seen) {
            return Afterwards::NeededAgain { need, at, look };
        }
    }
    let is_known = later.into_iter().any(|(_, look)| look.is_whole);
    if is_known { Afterwards::NotNeeded } else { Afterwards::NotKnown }
}

/// Whether a look shows that somebody needed an image after a time.
fn needed_since(digest: Digest, since: Timestamp, look: &Look) -> Option<(Need, Timestamp)> {
    if look.used.contains(&digest) {
        return Some((Need::Used, look.at));
    }
    let times = look.images.get(&digest)?;
    let is_later = |at: Option<Timestamp>| at.filter(|at| *at > since);
    let pulled = is_later(times.pulled_at).map(|at| (Need::Pulled, at));
    let restored = || is_later(times.restored_at).map(|at| (Need::Restored, at));
    let pushed = || is_later(times.pushed_at).map(|at| (Need::PushedAgain, at));
    pulled.or_else(restored).or_else(pushed)
}

#[cfg(test)]
mod tests;
