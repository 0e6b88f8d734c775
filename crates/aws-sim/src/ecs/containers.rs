//! The containers of a task definition, and what their images resolve to.

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::snapshot::Resource;
use serde_json::Value;

use crate::wire::Call;

/// A container with the digest that its image had when it was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) digest: Option<Digest>,
}

/// The containers of a task definition, each resolved in the simulator's own registries now. An
/// image that is not there, or is elsewhere, has no digest.
pub(super) fn resolve(call: &Call<'_>, definition: &Resource) -> Vec<Container> {
    definition
        .get("containerDefinitions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|container| {
            let image = container.get("image")?.as_str()?.to_owned();
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let digest = call.state.resolve(&image);
            Some(Container { name, image, digest })
        })
        .collect()
}
