//! The HTTP client of all SDK clients, and the one that fetches what AWS gives addresses of.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

fn provider() -> tls::Provider {
    tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)
}

/// An HTTP client, with the certificates that the system trusts.
///
/// Clients that share it share connections and trusted certificates, which are read once. Its
/// cryptography is ring's: AWS-LC, the SDK's own choice, would be a quarter of a function's size.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(provider()).build_https()
}

/// Fetches what is under addresses that are signed already. Cheap to clone; made once it is needed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Downloads(Arc<OnceLock<SharedHttpConnector>>);

impl Downloads {
    /// The answer to a request without a body; its own body is still to be read.
    pub(crate) async fn get(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.0.get_or_init(connector).call(request).await
    }
}

/// What makes single requests outside the SDK. Redirects are not followed.
pub(crate) fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30))
        .build();
    let builder = Connector::builder().connector_settings(settings);
    SharedHttpConnector::new(builder.tls_provider(provider()).build())
}
