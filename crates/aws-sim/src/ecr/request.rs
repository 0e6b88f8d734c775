//! What the requests about one repository have in common.

use ecr_sweep_core::Place;
use serde::Deserialize;

use crate::wire::{ApiError, Call, required};

/// Which repository a request is about: of the caller's own registry, where it names none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepositoryRequest {
    registry_id: Option<String>,
    repository_name: Option<String>,
}

impl RepositoryRequest {
    /// The registry, and the repository's name.
    pub(super) fn read(self, call: &Call<'_>) -> Result<(Place, String), ApiError> {
        let place = call.registry(self.registry_id.as_deref())?;
        Ok((place, required(self.repository_name, "repositoryName")?))
    }
}
