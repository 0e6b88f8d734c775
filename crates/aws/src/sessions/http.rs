//! The HTTP client of all SDK clients.

use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// An HTTP client, with the certificates that the system trusts.
///
/// Clients that share it share connections and trusted certificates, which are read once. Its
/// cryptography is ring's: AWS-LC, the SDK's own choice, would be a quarter of a function's size.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    Builder::new().tls_provider(ring).build_https()
}
