//! Items: what the state machine's maps go through.

use ecr_sweep_core::{Account, Region};
use serde::{Deserialize, Serialize};

/// A registry whose repositories are gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryItem {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// The key of the list of its repositories.
    pub repositories_key: String,
    /// How many there are.
    pub repositories: u64,
}
