//! The connection to a cluster's API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt as _, FixedServerNameResolver, HttpsConnector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::error::{BoxError, KubernetesError, KubernetesErrorKind};

/// Our name in audit logs.
const AGENT: &str = concat!("ecr-sweep/", env!("CARGO_PKG_VERSION"));

/// How long a connection may take, and an answer until it begins.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_mins(1);

/// How often a call is made that got no answer, and the pauses between these tries.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The most of an answer that is no list.
const LARGEST: usize = 16 << 20;

/// Where a cluster's API is, how its server is known, and how the caller is.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// Such as `https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com`.
    pub server: Box<str>,
    /// The certificates of the authorities that know the server, as PEM; those of the system if
    /// there are none.
    pub authority: Option<Box<[u8]>>,
    /// The name in the server's certificate, where it is not the one in the address.
    pub server_name: Option<Box<str>>,
    /// The caller's certificate and its key, as PEM.
    pub client_certificate: Option<(Box<[u8]>, Arc<SecretPem>)>,
    /// What gives the caller's token.
    pub tokens: Option<Arc<dyn Tokens>>,
}

/// A private key as PEM, which no log shows.
pub struct SecretPem(pub(crate) Box<[u8]>);

impl fmt::Debug for SecretPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a key)")
    }
}

/// A bearer token, which no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Box<str>);

impl Token {
    /// The token of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().into())
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a token)")
    }
}

/// What gives a token that is good now.
pub trait Tokens: fmt::Debug + Send + Sync {
    /// A token, or why there is none.
    fn token(&self) -> BoxFuture<'_, Result<Token, Box<dyn std::error::Error + Send + Sync>>>;
}

/// A token that stays the same.
impl Tokens for Token {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(async move { Ok(self.clone()) })
    }
}

/// Something in an endpoint of which no connection can be made.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEndpoint {
    /// The address is none.
    #[error("`{0}` is not the address of an API: expected one such as `https://10.0.0.1:6443`")]
    Server(Box<str>),
    /// A certificate or key cannot be read.
    #[error("{what} cannot be read")]
    Pem {
        /// Which.
        what: &'static str,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    server: Arc<str>,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    tokens: Option<Arc<dyn Tokens>>,
}

impl Connection {
    pub(crate) fn new(endpoint: Endpoint) -> Result<Self, NotAnEndpoint> {
        let server = endpoint.server.trim_end_matches('/');
        let uri: Option<Uri> = server.parse().ok();
        let is_good =
            |uri: &Uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("https" | "http"));
        if !uri.as_ref().is_some_and(is_good) {
            return Err(NotAnEndpoint::Server(endpoint.server.clone()));
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT));
        let tls = tls(&endpoint)?;
        let builder =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let builder = match &endpoint.server_name {
            Some(name) => {
                let name =
                    ServerName::try_from(name.to_string()).map_err(pem("the server's name"))?;
                builder.with_server_name_resolver(FixedServerNameResolver::new(name))
            }
            None => builder,
        };
        let connector = builder.enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { server: server.into(), client, tokens: endpoint.tokens })
    }

    /// A document.
    pub(crate) async fn get_json(&self, path: &str) -> Result<Value, KubernetesError> {
        let broke_off =
            |error| KubernetesError::new(path, KubernetesErrorKind::Unavailable).because(error);
        let body = Limited::new(self.get(path).await?, LARGEST);
        let body = tokio::time::timeout(ANSWER, body.collect())
            .await
            .map_err(|error| broke_off(error.into()))?
            .map_err(broke_off)?;
        serde_json::from_slice(&body.to_bytes())
            .map_err(|error| KubernetesError::unreadable(path, error.to_string()))
    }

    /// The body of an answer, as it comes in. A call that gets no answer is made again.
    pub(crate) async fn get(&self, path: &str) -> Result<Incoming, KubernetesError> {
        for attempt in 1.. {
            let (error, pause) = match self.get_once(path).await {
                Ok(answer) if answer.status().is_success() => return Ok(answer.into_body()),
                Ok(answer) => refusal(path, answer).await,
                Err(error) => (error, None),
            };
            if error.kind != KubernetesErrorKind::Unavailable || attempt == TRIES {
                return Err(error);
            }
            tracing::debug!(path, %error, "trying again");
            tokio::time::sleep(pause.unwrap_or(PAUSE * attempt).min(LONGEST_PAUSE)).await;
        }
        Err(KubernetesError::new(path, KubernetesErrorKind::Unavailable))
    }

    async fn get_once(&self, path: &str) -> Result<Response<Incoming>, KubernetesError> {
        let error = |kind| KubernetesError::new(path, kind);
        let mut request = Request::get(format!("{}{path}", self.server))
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, AGENT);
        if let Some(tokens) = &self.tokens {
            let token = tokens.token().await;
            let token = token.map_err(|it| error(KubernetesErrorKind::Credentials).because(it))?;
            let header = token.header().ok_or_else(|| {
                error(KubernetesErrorKind::Credentials).saying("the token is no token")
            })?;
            request = request.header(AUTHORIZATION, header);
        }
        let request = request.body(Empty::new());
        let request = request.map_err(|it| error(KubernetesErrorKind::Unreadable).because(it))?;
        tracing::trace!(path, "asking a cluster");
        let no_answer = |it: BoxError| error(KubernetesErrorKind::Unavailable).because(it);
        tokio::time::timeout(ANSWER, self.client.request(request))
            .await
            .map_err(|it| no_answer(it.into()))?
            .map_err(|it| no_answer(it.into()))
    }
}

/// The error of an answer that is a refusal, and how long to wait before asking again.
///
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>
async fn refusal(path: &str, answer: Response<Incoming>) -> (KubernetesError, Option<Duration>) {
    let status = answer.status();
    let kind = match status {
        StatusCode::UNAUTHORIZED => KubernetesErrorKind::Unauthenticated,
        StatusCode::FORBIDDEN => KubernetesErrorKind::Forbidden,
        StatusCode::NOT_FOUND => KubernetesErrorKind::NotFound,
        StatusCode::GONE => KubernetesErrorKind::Expired,
        StatusCode::TOO_MANY_REQUESTS => KubernetesErrorKind::Unavailable,
        _ if status.is_server_error() => KubernetesErrorKind::Unavailable,
        _ => KubernetesErrorKind::Unreadable,
    };
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let pause = seconds.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let body = Limited::new(answer.into_body(), LARGEST).collect();
    let body = tokio::time::timeout(ANSWER, body).await;
    let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes);
    let said = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
    let said = said.as_ref().and_then(|status| status["message"].as_str());
    let message = match said {
        Some(said) => format!("{}: {said}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    (KubernetesError::new(path, kind).saying(message), pause)
}

fn tls(endpoint: &Endpoint) -> Result<ClientConfig, NotAnEndpoint> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(pem("the versions of TLS"))?;
    let builder = match &endpoint.authority {
        Some(authority) => {
            const WHAT: &str = "the certificate of the cluster's authority";
            let mut roots = RootCertStore::empty();
            for certificate in certificates(authority, WHAT)? {
                roots.add(certificate).map_err(pem(WHAT))?;
            }
            builder.with_root_certificates(roots)
        }
        None => builder.with_native_roots().map_err(pem("the system's certificates"))?,
    };
    match &endpoint.client_certificate {
        Some((chain, key)) => {
            let chain = certificates(chain, "the caller's certificate")?;
            let key = PrivateKeyDer::from_pem_slice(&key.0).map_err(pem("the caller's key"))?;
            builder.with_client_auth_cert(chain, key).map_err(pem("the caller's certificate"))
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(
    text: &[u8],
    what: &'static str,
) -> Result<Vec<CertificateDer<'static>>, NotAnEndpoint> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let all = all.map_err(pem(what))?;
    if all.is_empty() { Err(pem(what)("it holds no certificate")) } else { Ok(all) }
}

fn pem<E: Into<BoxError>>(what: &'static str) -> impl Fn(E) -> NotAnEndpoint {
    move |source| NotAnEndpoint::Pem { what, source: source.into() }
}

/// The bytes of a text in base64, as clusters and kubeconfigs write certificates.
pub(crate) fn of_base64(text: &str) -> Result<Box<[u8]>, BoxError> {
    Ok(STANDARD.decode(text.trim())?.into())
}
