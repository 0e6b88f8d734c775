//! The lock: one deleting run at a time per home.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, StopWish, V1};

/// Which taking of the lock it was: higher with every one.
///
/// It comes from the lock's document, or from a state that has kept it: nobody can make one out of
/// a number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct FencingToken(u64);

impl FencingToken {
    /// The token of the taking that follows now on a lock that was there, if one was. It grows with
    /// the time, too, so that it does where the document was removed.
    #[must_use]
    pub fn after(last: Option<&Lock>, now: Timestamp) -> Self {
        let next = last.map_or(1, |last| last.token.0.saturating_add(1));
        Self(u64::try_from(now.as_millisecond()).unwrap_or(0).max(next))
    }
}

/// Who may delete now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of this format.
    pub schema_version: V1,
    /// Who took it, for people.
    pub owner: Box<str>,
    /// The run that took it.
    pub run: RunId,
    /// Who comes back with a lower one has lost it.
    pub token: FencingToken,
    /// What it was taken for, where that is not to delete. Absent while a run deletes, and once it is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<LockWork>,
    /// Which process of the owner's took it: another one each time. Absent in what earlier versions
    /// wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Box<str>>,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When it ends unless it is renewed.
    pub expires_at: Timestamp,
    /// When it was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// Who wants the run to stop before its next batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopWish>,
    /// How many deletions have failed since it was taken, by repository, where the policy stops a run
    /// for that. A repository that is not here has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<Box<str>, u64>,
    /// Until when it is known, by registry, what was asked for again, where the policy stops a run for
    /// that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub looked_at: BTreeMap<Box<str>, Timestamp>,
    /// The runs that may have asked a registry for something without hearing what came of it, and that
    /// ended all the same. Who takes the lock to delete looks it up. Absent if there are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsettled: BTreeSet<RunId>,
}

/// What the lock is taken for, where that is not to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockWork {
    /// To put images of the run back.
    Restore,
    /// To remove copies from the vault.
    PruneVault,
    /// To plan again what the run has planned.
    Recheck,
    /// To look up what earlier runs have asked for.
    Settle,
}

impl Lock {
    /// Whether nobody else may take it.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.released_at.is_none() && now < self.expires_at
    }

    /// The runs whose answers have to be looked up, of this lock and before. Who never gave it back was
    /// killed.
    #[must_use]
    pub fn left_unsettled(&self) -> BTreeSet<RunId> {
        let killed = self.released_at.is_none().then(|| self.run.clone());
        self.unsettled.iter().cloned().chain(killed).collect()
    }
}
