//! How what a run saw in use is added to what runs before it saw.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Age, Digest, RepositoryId, SeenInUse, Usage, UseHistory};
use ecr_sweep_protocol::documents::{Consumer, UsedImage, UsedImages, V1};
use jiff::{SignedDuration, Timestamp};

/// So long is remembered of an image that is gone, where no rule looks back further.
const AT_LEAST: Age = Age::days(90);

/// When a run last looked need not be known exactly: it is written down by itself after so long.
const EXACT_TO: Age = Age::days(1);

/// The most images that are remembered of one repository: some 6 MB where each has its consumers.
const MOST: usize = 10_000;

/// The most bytes of what names a resource.
const LONGEST_ARN: usize = 512;

/// Clocks differ, but not by more.
const CLOCKS_DIFFER: Age = Age::days(1);

/// Which images of one repository runs have seen in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UseMemory {
    /// None where no run has seen all usage yet.
    pub(super) history: Option<UseHistory>,
    pub(super) images: BTreeMap<Digest, UsedImage>,
}

/// What one run sees.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What is in use.
    pub(crate) in_use: SeenInUse,
    /// Every image of the repository.
    pub(crate) there: BTreeSet<Digest>,
    /// How far back the repository's rule looks, where it does.
    pub(crate) look_back: Option<Age>,
    /// When.
    pub(crate) at: Timestamp,
}

impl From<UsedImages> for UseMemory {
    fn from(document: UsedImages) -> Self {
        let mut images: BTreeMap<Digest, UsedImage> = BTreeMap::new();
        for used in document.images {
            match images.get(&used.digest) {
                Some(known) if known.last_seen >= used.last_seen => {}
                _ => drop(images.insert(used.digest, used)),
            }
        }
        Self { history: document.history, images }
    }
}

impl UseMemory {
    pub(super) fn into_document(self, repository: &RepositoryId) -> UsedImages {
        UsedImages {
            schema_version: V1,
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            history: self.history,
            images: self.images.into_values().collect(),
        }
    }

    /// The history as it can be believed at a time: nobody has looked later than that.
    pub(super) fn history_until(&self, at: Timestamp) -> Option<UseHistory> {
        let is_past = |history: &UseHistory| {
            history.since <= at && history.looked_at <= CLOCKS_DIFFER.after(at)
        };
        self.history.filter(is_past)
    }

    /// Adds what a run sees. Says whether that changes anything: a second look within the hour
    /// seldom does.
    pub(super) fn add(&mut self, seen: &Seen) -> bool {
        let mut has_changed = false;
        for (digest, rows) in &seen.in_use.images {
            has_changed |= self.see(*digest, rows, seen.at);
        }
        if seen.in_use.is_whole {
            has_changed |= self.end_use(seen);
        }
        let keeps = seen.look_back.map_or(AT_LEAST, |back| back.max(AT_LEAST));
        let (first, before) = (keeps.before(seen.at), self.images.len());
        self.images.retain(|digest, used| used.last_seen >= first || seen.there.contains(digest));
        has_changed |= self.images.len() < before;
        if seen.in_use.is_whole {
            has_changed |= self.look(seen.at, has_changed);
        }
        self.forget_beyond(MOST, seen) || has_changed
    }

    fn see(&mut self, digest: Digest, rows: &[Usage], at: Timestamp) -> bool {
        let mut used = UsedImage {
            digest,
            first_seen: at,
            last_seen: end_of_hour(at),
            unused_at: None,
            by: Vec::new(),
        };
        if let Some(known) = self.images.get(&digest) {
            let is_used_again = known.unused_at.is_some_and(|unused| unused <= at);
            if known.last_seen >= used.last_seen && !is_used_again {
                return false;
            }
            used.first_seen = known.first_seen;
            used.last_seen = used.last_seen.max(known.last_seen);
            // A run that looked later may have written before.
            used.unused_at = known.unused_at.filter(|_| !is_used_again);
        }
        used.by = rows.iter().map(consumer).collect();
        self.images.insert(digest, used);
        true
    }

    /// Writes down until when what was in use may have been: what a look before saw, and this one
    /// does not. Of what a look has missed already, an earlier version wrote down nothing.
    fn end_use(&mut self, seen: &Seen) -> bool {
        let looked_at = self.history_until(seen.at).map_or(Timestamp::MIN, |it| it.looked_at);
        if seen.at < looked_at {
            return false;
        }
        let ended = self.images.values_mut().filter(|used| {
            used.unused_at.is_none()
                && used.last_seen >= looked_at
                && !seen.in_use.images.contains_key(&used.digest)
        });
        let mut is_any = false;
        for used in ended {
            used.unused_at = Some(seen.at);
            is_any = true;
        }
        is_any
    }

    /// Goes on with the history, or begins it anew where no run looked for too long, or where a
    /// clock was wrong.
    fn look(&mut self, at: Timestamp, is_written_anyway: bool) -> bool {
        let known = self.history_until(at).filter(|history| !history.is_broken_at(at));
        let since = known.map_or(at, |history| history.since);
        let is_due = known.is_none_or(|history| history.looked_at < EXACT_TO.before(at));
        if is_due || is_written_anyway {
            self.history = Some(UseHistory { since, looked_at: at });
        }
        is_due
    }

    /// Forgets the images that were used longest ago, those first that are gone. Of the others nobody
    /// can say any more when they were used, so the history begins after that.
    fn forget_beyond(&mut self, most: usize, seen: &Seen) -> bool {
        let too_many = self.images.len().saturating_sub(most);
        if too_many == 0 {
            return false;
        }
        let order = |used: &UsedImage| {
            let until = used.unused_at.unwrap_or(seen.at).max(used.last_seen);
            (seen.there.contains(&used.digest), used.last_seen, used.digest, until)
        };
        let mut oldest: Vec<_> = self.images.values().map(order).collect();
        oldest.sort_unstable();
        for (is_there, _, digest, until) in oldest.into_iter().take(too_many) {
            self.images.remove(&digest);
            if let Some(history) = self.history.as_mut().filter(|_| is_there) {
                let after = until.checked_add(SignedDuration::from_secs(1));
                history.since = history.since.max(after.unwrap_or(Timestamp::MAX));
            }
        }
        true
    }
}

/// The end of the hour that an instant is in: what is seen again within the hour is no news, and what
/// is used until then is not used later than that.
fn end_of_hour(at: Timestamp) -> Timestamp {
    let rest = at.as_second().rem_euclid(3_600);
    let hour = at.as_second() - rest + 3_600;
    Timestamp::from_second(hour).unwrap_or(Timestamp::MAX)
}

fn consumer(usage: &Usage) -> Consumer {
    let mut end = usage.arn.len().min(LONGEST_ARN);
    while !usage.arn.is_char_boundary(end) {
        end -= 1;
    }
    Consumer {
        kind: usage.kind.clone(),
        arn: usage.arn[..end].into(),
        account: usage.account.clone(),
        region: usage.region.clone(),
    }
}

#[cfg(test)]
mod tests;
