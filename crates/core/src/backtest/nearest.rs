//! How near a policy came to deleting what somebody needed then.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Look, needed_since};
use crate::Digest;

/// So many days are looked ahead.
const FARTHEST: u32 = 366;

/// The image that came nearest to being deleted before somebody needed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nearest {
    /// The image.
    pub digest: Digest,
    /// The look after which somebody needed it.
    pub look: usize,
    /// When that was.
    pub needed_at: Timestamp,
    /// So many more whole days without it, and the policy would have deleted it: rounded down.
    pub days_short: u32,
}

/// Of the images that the policy kept, the one that it would have deleted soonest after somebody needed it
/// again, had nobody. None where none came near within a year.
///
/// Needed again is what one look shows as not in use and the next as used, or as pulled, restored or pushed
/// since. `deletes_in` says what the policy would delete of a look so many days later, if nothing
/// but the time had changed: of one day more it is at least as much.
pub fn nearest_need<E>(
    looks: &[Look],
    mut deletes_in: impl FnMut(usize, u32) -> Result<BTreeSet<Digest>, E>,
) -> Result<Option<Nearest>, E> {
    let mut nearest: Option<Nearest> = None;
    let mut gone: BTreeSet<Digest> = BTreeSet::new();
    for (place, pair) in looks.windows(2).enumerate() {
        let [look, next] = pair else { continue };
        gone.extend(&look.deletes);
        let kept = look.images.keys().filter(|it| !gone.contains(it) && !look.used.contains(it));
        let needed: Vec<(Digest, Timestamp)> = kept
            .filter_map(|digest| Some((*digest, needed_since(*digest, look.at, next)?.1)))
            .collect();
        let mut search = Search { look, place, nearest: &mut nearest, deletes_in: &mut deletes_in };
        search.between(needed, 0, FARTHEST + 1)?;
    }
    Ok(nearest)
}

struct Search<'a, F> {
    look: &'a Look,
    place: usize,
    nearest: &'a mut Option<Nearest>,
    deletes_in: &'a mut F,
}

impl<E, F: FnMut(usize, u32) -> Result<BTreeSet<Digest>, E>> Search<'_, F> {
    /// Finds the day on which each of these images would go: none of them after `kept` days, and all of them
    /// after `gone`, if that is no more than the farthest. What cannot come nearer is left alone.
    fn between(&mut self, needed: Vec<(Digest, Timestamp)>, kept: u32, gone: u32) -> Result<(), E> {
        let is_nearer = |it: &(Digest, Timestamp)| {
            let at_least = self.days_short(kept + 1, it.1);
            self.nearest.is_none_or(|nearest| at_least < nearest.days_short)
        };
        let needed: Vec<(Digest, Timestamp)> = needed.into_iter().filter(is_nearer).collect();
        if needed.is_empty() || kept == FARTHEST {
            return Ok(());
        }
        if kept + 1 == gone {
            for (digest, needed_at) in needed {
                let days_short = self.days_short(gone, needed_at);
                if self.nearest.is_none_or(|nearest| days_short < nearest.days_short) {
                    let look = self.place;
                    *self.nearest = Some(Nearest { digest, look, needed_at, days_short });
                }
            }
            return Ok(());
        }
        // What goes soon is looked for first, at one day, two, four.
        let middle =
            if gone > FARTHEST { (2 * kept).clamp(1, FARTHEST) } else { kept.midpoint(gone) };
        let middle = if middle == kept { kept + 1 } else { middle };
        let deletes = (self.deletes_in)(self.place, middle)?;
        let (before, after): (Vec<_>, Vec<_>) =
            needed.into_iter().partition(|(digest, _)| deletes.contains(digest));
        self.between(before, kept, middle)?;
        self.between(after, middle, gone)
    }

    fn days_short(&self, days: u32, needed_at: Timestamp) -> u32 {
        let goes_at = self.look.at.saturating_add(SignedDuration::from_hours(24 * i64::from(days)));
        let left = goes_at.map_or(0, |at| at.duration_since(needed_at).as_hours() / 24);
        u32::try_from(left).unwrap_or(0)
    }
}
