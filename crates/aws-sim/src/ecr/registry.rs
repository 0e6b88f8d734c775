//! The registry as a whole: `DescribeRegistry`, `GetAuthorizationToken`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_core::UnreadPart;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::arn::registry_host;
use crate::state::Registry;
use crate::wire::{Answer, ApiError, Call, Outcome, epoch};

fn unread(call: &Call<'_>) -> Option<UnreadPart> {
    let registries = call.state.registries();
    registries.get(&call.caller.place)?.unread.as_ref().map(|unread| unread.what)
}

/// Refuses what a snapshot says could not be read of a registry.
pub(super) fn check_may_read(call: &Call<'_>) -> Result<(), ApiError> {
    let operations: &[&str] = match unread(call) {
        None => return Ok(()),
        Some(UnreadPart::Repositories) => &["DescribeRepositories"],
        Some(UnreadPart::Settings) => &["DescribeRegistry", "GetRegistryPolicy"],
    };
    let name = call.operation.name.as_str();
    if operations.contains(&name) {
        let message = format!("the snapshot says that nobody may call {name} here");
        return Err(ApiError::new("AccessDeniedException", message));
    }
    Ok(())
}

/// The raw replication configuration, `deleteReplication` included.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRegistry.html>
pub(super) fn describe_registry(call: &Call<'_>) -> Outcome {
    let place = &call.caller.place;
    let registries = call.state.registries();
    let replication = registries
        .get(place)
        .map_or_else(|| Registry::default().replication(), Registry::replication);
    Answer::json(&json!({
        "registryId": place.account,
        "replicationConfiguration": replication,
    }))
}

/// A password for `docker login`, good for 12 hours of the system's clock.
pub(super) fn get_authorization_token(call: &Call<'_>) -> Outcome {
    let place = &call.caller.place;
    let expires_at =
        Timestamp::now().checked_add(SignedDuration::from_hours(12)).unwrap_or(Timestamp::MAX);
    Answer::json(&json!({ "authorizationData": [{
        "authorizationToken": BASE64_STANDARD.encode(format!("AWS:{}", place.account)),
        "expiresAt": epoch(expires_at),
        "proxyEndpoint": format!("https://{}", registry_host(place)),
    }] }))
}
