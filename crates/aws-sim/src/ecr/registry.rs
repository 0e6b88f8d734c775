//! The registry as a whole: `DescribeRegistry`, `GetAuthorizationToken`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::arn::registry_host;
use crate::state::Registry;
use crate::wire::{Answer, Call, Outcome, epoch};

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
