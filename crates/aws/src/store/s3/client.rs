//! The client of the bucket.

use std::net::Ipv4Addr;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_smithy_runtime::client::retries::classifiers::HttpStatusCodeClassifier;
use aws_types::service_config::ServiceConfigKey;

use crate::Sessions;
use crate::sessions::clients::configured;

/// Two conditional writes at once: S3 asks for another try.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
const CONFLICT: [u16; 1] = [409];

pub(super) fn client(sessions: &Sessions) -> Client {
    let config = sessions.client_config();
    let has_address = endpoint(config).is_some_and(|endpoint| is_address(&endpoint));
    Client::from_conf(
        configured!(aws_sdk_s3, config, sessions.home(), "s3")
            // There is no `bucket.127.0.0.1`.
            .force_path_style(has_address)
            .retry_classifier(HttpStatusCodeClassifier::new_from_codes(&CONFLICT))
            .build(),
    )
}

/// The endpoint that is set for S3, or for every service.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
fn endpoint(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config
        .service_config()
        .and_then(|settings| settings.load_config(key))
        .or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Whether the host of an endpoint is an IP address, or this machine.
fn is_address(endpoint: &str) -> bool {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    authority.starts_with('[') || host == "localhost" || host.parse::<Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_name() {
        for endpoint in [
            "http://127.0.0.1:5000",
            "http://localhost:4566/",
            "https://10.0.0.1",
            "http://[::1]:5000",
        ] {
            assert!(is_address(endpoint), "{endpoint}");
        }
        for endpoint in ["https://s3.eu-west-1.amazonaws.com", "http://localhost.example/127.0.0.1"]
        {
            assert!(!is_address(endpoint), "{endpoint}");
        }
    }
}
