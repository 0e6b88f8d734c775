//! The token by which a cluster of Amazon EKS knows who calls: a request to STS that the caller has
//! signed and that the cluster makes.
//!
//! <https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html>

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecr_sweep_core::{ClusterName, Region};
use ecr_sweep_kubernetes::{Token, Tokens};
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use crate::answer::Answers;
use crate::error::BoxError;
use crate::sessions::clients::ClientConfig;
use crate::signed::{Protocol, Reach, Service, own_endpoint};

/// The header that says for which cluster a token is.
const CLUSTER: &str = "x-k8s-aws-id";

/// What a token begins with.
const PREFIX: &str = "k8s-aws-v1.";

/// How long the signature says that it is good; the cluster takes it for 15 minutes all the same.
const EXPIRES: Duration = Duration::from_mins(1);

/// After what time a token is made anew.
const KEPT: Duration = Duration::from_mins(10);

const NO_ANSWERS: Answers = &[];

/// Only its address is needed: the cluster calls it.
pub(crate) const STS: Service = Service {
    name: "sts",
    host: "sts",
    id: "STS",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: NO_ANSWERS,
};

/// What signs tokens for a cluster, and keeps each as long as it is good.
#[derive(Debug)]
pub(super) struct StsTokens {
    config: ClientConfig,
    region: Region,
    cluster: ClusterName,
    kept: Mutex<Option<(Token, Instant)>>,
}

impl StsTokens {
    pub(super) fn new(config: ClientConfig, region: &Region, cluster: &ClusterName) -> Self {
        let (region, cluster) = (region.clone(), cluster.clone());
        Self { config, region, cluster, kept: Mutex::default() }
    }

    async fn make(&self) -> Result<Token, BoxError> {
        let provider = self.config.credentials_provider().ok_or("there are no credentials")?;
        let credentials = provider.provide_credentials().await?;
        let now = self.config.time_source().map_or_else(std::time::SystemTime::now, |it| it.now());
        signed(credentials, &self.region, &self.cluster, now)
    }
}

impl Tokens for StsTokens {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            if let Some((token, since)) = &*kept
                && since.elapsed() < KEPT
            {
                return Ok(token.clone());
            }
            let token = self.make().await?;
            *kept = Some((token.clone(), Instant::now()));
            Ok(token)
        })
    }
}

fn signed(
    credentials: Credentials,
    region: &Region,
    cluster: &ClusterName,
    now: std::time::SystemTime,
) -> Result<Token, BoxError> {
    let host = own_endpoint(&STS, region);
    let mut url = format!("{host}/?Action=GetCallerIdentity&Version=2011-06-15");
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES);
    let identity: Identity = credentials.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name(STS.name)
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let headers = [(CLUSTER, cluster.as_str())].into_iter();
    let request = SignableRequest::new("GET", url.as_str(), headers, SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(request, &params)?.into_parts();
    for (name, value) in instructions.params() {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        write!(url, "&{name}={value}")?;
    }
    Ok(Token::new(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url))))
}
