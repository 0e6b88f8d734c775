//! Accounts: the members of the organization, and what is there in each.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Account, Region, UnitId};
use ecr_sweep_protocol::Snapshot;

use crate::Explorer;

/// What is known of accounts besides their resources.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    /// The accounts of the organization, each with its state.
    pub(crate) members: BTreeMap<Account, String>,
    /// The organizational units, each with the one that it is in, if it is in any.
    pub(crate) units: BTreeMap<UnitId, Option<UnitId>>,
    /// The unit that an account is right in, if it is in any.
    pub(crate) unit_of: BTreeMap<Account, UnitId>,
    /// The roles that can be assumed; any, in an account that is not here.
    pub(crate) roles: BTreeMap<Account, BTreeSet<String>>,
    /// What Resource Explorer has indexed; none: it is not turned on.
    pub(crate) explorer: Option<Explorer>,
    /// The enabled Regions; those of the snapshot, for an account that is not here.
    pub(crate) regions: BTreeMap<Account, BTreeSet<Region>>,
}

impl Accounts {
    /// With the home account as a member, and the others of a snapshot where none are named.
    pub(super) fn with_members(mut self, home: &Account, snapshot: Option<&Snapshot>) -> Self {
        if self.members.is_empty() {
            let mentioned = snapshot.into_iter().flat_map(mentioned);
            self.members.extend(mentioned.map(|account| (account, ACTIVE.to_owned())));
        }
        self.members.entry(home.clone()).or_insert_with(|| ACTIVE.to_owned());
        self
    }
}

const ACTIVE: &str = "ACTIVE";

/// The accounts in which a snapshot says that something is or was looked for.
fn mentioned(snapshot: &Snapshot) -> BTreeSet<Account> {
    let registries = snapshot.registries.iter().map(|registry| &registry.account);
    registries
        .chain(snapshot.usage.iter().map(|usage| &usage.account))
        .chain(snapshot.coverage.except.iter().map(|row| &row.account))
        .chain(snapshot.workloads.iter().map(|workloads| &workloads.place().account))
        .cloned()
        .collect()
}
