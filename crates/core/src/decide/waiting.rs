//! When an image goes that only has to wait.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::graph::Graph;

/// What would go and has to wait, with what it needs: until when.
pub(super) struct Waiting {
    /// What would go if nothing had to wait.
    would_go: Vec<usize>,
    /// Until when images wait. None: nobody knows.
    until: HashMap<usize, Option<Timestamp>>,
}

impl Waiting {
    /// Of what would go if nothing had to wait.
    pub(super) fn of(would_go: impl Iterator<Item = usize>) -> Self {
        Self { would_go: would_go.collect(), until: HashMap::new() }
    }

    /// What would go if nothing had to wait.
    pub(super) fn would_go(&self) -> &[usize] {
        &self.would_go
    }

    /// An image waits until then, and until whatever else it waits for.
    pub(super) fn until(&mut self, at: usize, until: Option<Timestamp>) {
        let known = self.until.entry(at).or_insert(until);
        *known = known.zip(until).map(|(known, until)| known.max(until));
    }

    /// What an image needs waits with it, where `waits` says so: the children of an index, and all that
    /// refers to it. So they go with the last image that needs them.
    pub(super) fn tell_what_they_need(
        &mut self,
        graph: &Graph<'_>,
        waits: impl Fn(usize, usize) -> bool,
    ) {
        let mut waiting: Vec<(usize, Option<Timestamp>)> =
            self.until.iter().map(|(at, until)| (*at, *until)).collect();
        // Of two times the later one counts, and what is not known before any: who comes first has it.
        waiting.sort_unstable_by_key(|(at, until)| (until.is_some(), Reverse(*until), *at));
        let mut is_open = vec![false; graph.len()];
        for at in &self.would_go {
            is_open[*at] = true;
        }
        for (at, until) in waiting {
            let mut open = vec![at];
            while let Some(at) = open.pop() {
                if std::mem::take(&mut is_open[at]) {
                    self.until.insert(at, until);
                    let needed = graph.children(at).iter().chain(graph.referrers(at));
                    open.extend(needed.filter(|needed| waits(at, **needed)));
                }
            }
        }
    }

    /// When an image goes at the earliest, if it waits and that is known.
    pub(super) fn goes_at(&self, at: usize) -> Option<Timestamp> {
        self.until.get(&at).copied().flatten()
    }
}
