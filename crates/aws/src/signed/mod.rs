//! Single calls of services of which no SDK crate is built: one takes most of a minute, for all
//! the operations that nobody here calls.
//!
//! Credentials, signatures, retries, timeouts and connections are the SDK's own: a call is an
//! operation of its runtime. Only the request and the answer are written where the call is made.

mod endpoint;
mod protocol;
mod refusal;
mod regions;
mod xml;

pub(crate) use endpoint::Reach;
pub(crate) use protocol::Protocol;
pub(crate) use refusal::Refusal;
pub(crate) use regions::KNOWN as KNOWN_REGIONS;

use std::error::Error;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use ecr_sweep_core::{Place, Region};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::AwsError;
use crate::answer::{Answers, WholeAnswers};
use crate::call::Call;
use crate::call_log::CallLog;
use crate::sessions::retries;
use endpoint::Endpoint;
use protocol::Request;

/// A service, as its API's model describes it.
#[derive(Debug, Serialize)]
pub(crate) struct Service {
    /// In signatures, and as IAM spells it.
    pub(crate) name: &'static str,
    /// In the host of its endpoints.
    pub(crate) host: &'static str,
    /// Its id, by which the environment and profiles know it: `AWS_ENDPOINT_URL_<ID>`.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
    pub(crate) id: &'static str,
    /// Where its endpoints are.
    pub(crate) reach: Reach,
    /// How it is spoken to.
    pub(crate) protocol: Protocol,
    /// What its answers always have; nothing where who asks sees to that.
    #[serde(skip)]
    pub(crate) answers: Answers,
}

type BoxError = Box<dyn Error + Send + Sync>;

/// A client of a service, in one account and Region. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignedClient {
    service: &'static Service,
    url: String,
    /// Whether the address is the one that AWS gives the service.
    is_at_aws: bool,
    plugin: SharedRuntimePlugin,
}

impl SignedClient {
    /// A client whose calls have a retry budget of their own, as those of the SDK's clients do.
    pub(crate) fn new(service: &'static Service, config: &SdkConfig, place: &Place) -> Self {
        Self::with(service, config, place, Layer::new("signed"))
    }

    /// The same, of a service whose answers are secret: the SDK writes them into no log, at whatever level.
    pub(crate) fn of_secrets(service: &'static Service, config: &SdkConfig, place: &Place) -> Self {
        let mut layer = Layer::new("signed");
        layer.store_put(SensitiveOutput);
        Self::with(service, config, place, layer)
    }

    fn with(
        service: &'static Service,
        config: &SdkConfig,
        place: &Place,
        mut layer: Layer,
    ) -> Self {
        let Endpoint { url, is_configured, signing_region } =
            Endpoint::of(service, config, &place.region);
        layer.store_put(SigningName::from_static(service.name));
        layer.store_put(SigningRegion::from(aws_config::Region::new(signing_region)));
        layer.store_put(SigV4OperationSigningConfig::default());
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(ApiMetadata::new(service.name, env!("CARGO_PKG_VERSION")));
        layer.store_put(retries::partition(place, service.name));
        layer.store_or_unset(config.retry_config().cloned());
        layer.store_or_unset(config.timeout_config().cloned());
        layer.store_or_unset(config.app_name().cloned());
        let plugin = StaticRuntimePlugin::new()
            .with_config(layer.freeze())
            .with_runtime_components(components(service, config, place));
        let plugin = SharedRuntimePlugin::new(plugin);
        Self { service, url, is_at_aws: !is_configured, plugin }
    }

    /// Whether a call failed because the service is not in the Region: AWS's address for it there
    /// has no host, and AWS's models know the service in other Regions alone.
    ///
    /// Neither is enough: what keeps names from being found, such as a firewall, keeps those of
    /// services that are there, too; and a service may be in a Region that no model knows yet.
    pub(crate) fn is_elsewhere(&self, region: &Region, error: &AwsError) -> bool {
        self.is_at_aws && error.found_no_host() && regions::is_elsewhere(self.service, region)
    }

    /// Makes a call whose members are all in its body, and reads its answer.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        request: &impl Serialize,
    ) -> Result<T, AwsError> {
        let body = serde_json::to_vec(request);
        let body = body.map_err(|error| call.refused(error.to_string()))?;
        let request = self.service.protocol.request(call.operation(), body);
        let answer = self.invoke(call, request).await?;
        serde_json::from_slice(&answer).map_err(|error| call.unreadable(error.to_string()))
    }

    /// Makes a call of these members, and gives its answer whatever that says. Where the protocol
    /// has paths, `http` is the method and the path, with its labels in braces, and the members
    /// behind a question mark that are not in the body.
    pub(crate) async fn ask(
        &self,
        call: &Call<'_>,
        http: &str,
        members: Map<String, Value>,
    ) -> Result<Value, AwsError> {
        let protocol = &self.service.protocol;
        let request = protocol.request_of(call.operation(), http, members);
        let answer = self.invoke(call, request).await?;
        protocol.answer(call.operation(), &answer).map_err(|problem| call.unreadable(problem))
    }

    async fn invoke(
        &self,
        call: &Call<'_>,
        request: Result<Request, BoxError>,
    ) -> Result<Vec<u8>, AwsError> {
        let request = request.map_err(|error| call.refused(error.to_string()))?;
        Operation::builder()
            .service_name(self.service.name)
            .operation_name(call.operation())
            .endpoint_url(&self.url)
            .serializer(Request::into_http)
            .deserializer(read)
            .runtime_plugin(self.plugin.clone())
            .build()
            .invoke(request)
            .await
            .map_err(|error| call.failed(error))
    }
}

/// The address of a service in a Region, for somebody else to call: never one that is configured.
pub(crate) fn own_endpoint(service: &Service, region: &Region) -> String {
    Endpoint::of_service(service, region)
}

/// What the SDK's own clients are made of, where its code is generated.
fn components(service: &Service, config: &SdkConfig, place: &Place) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("signed");
    components.set_http_client(config.http_client());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    if let Some(sleep) = config.sleep_impl() {
        components.set_sleep_impl(Some(sleep));
    }
    if let Some(time) = config.time_source() {
        components.set_time_source(Some(time));
    }
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    for interceptor in [
        SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()),
        SharedInterceptor::permanent(InvocationIdInterceptor::new()),
        SharedInterceptor::permanent(RecursionDetectionInterceptor::new()),
        SharedInterceptor::permanent(RequestInfoInterceptor::new()),
        SharedInterceptor::permanent(ServiceClockSkewInterceptor::new()),
        SharedInterceptor::permanent(UserAgentInterceptor::new()),
        SharedInterceptor::permanent(CallLog::from(place)),
    ] {
        components.push_interceptor(interceptor);
    }
    if !service.answers.is_empty() {
        let whole = WholeAnswers::new(service.answers);
        components.push_interceptor(SharedInterceptor::permanent(whole));
    }
    components.push_retry_classifier(HttpStatusCodeClassifier::default());
    components.push_retry_classifier(TransientErrorClassifier::<Refusal>::new());
    components.push_retry_classifier(AwsErrorCodeClassifier::<Refusal>::new());
    components.push_retry_classifier(ServiceClockSkewClassifier::<Refusal>::new());
    components
}

fn read(answer: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<Refusal>> {
    let body = answer.body().bytes().unwrap_or(&[]);
    if answer.status().is_success() {
        Ok(body.to_vec())
    } else {
        Err(OrchestratorError::operation(Refusal::of(answer.headers(), body)))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use aws_config::retry::RetryConfig;
    use aws_config::timeout::TimeoutConfig;
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    const BRAKET: Service = Service {
        name: "braket",
        host: "braket",
        id: "Braket",
        reach: Reach::Region { fips_in_govcloud: true },
        protocol: Protocol::RestJson,
        answers: &[],
    };

    const EVENTS: Service = Service { name: "events", host: "events", id: "EventBridge", ..BRAKET };

    /// Connects to nothing, for this reason.
    #[derive(Debug, Clone)]
    struct Unconnected(&'static str);

    impl HttpConnector for Unconnected {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let error = ConnectorError::io(io::Error::other(self.0).into());
            HttpConnectorFuture::ready(Err(error))
        }
    }

    /// Whether a call that fails for this reason says that its service is not in the Region.
    async fn is_elsewhere(
        service: &'static Service,
        region: &str,
        reason: &'static str,
        endpoint: Option<&str>,
    ) -> bool {
        let credentials = Credentials::new("a", "s", None, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(Unconnected(reason))))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled());
        let config = match endpoint {
            Some(endpoint) => config.endpoint_url(endpoint).build(),
            None => config.build(),
        };
        let place =
            Place { account: "111122223333".parse().unwrap(), region: region.parse().unwrap() };
        let client = SignedClient::new(service, &config, &place);
        let call = Call::new(service.name, "ListThings", &place);
        let error = client.ask(&call, "GET /things", Map::new()).await.unwrap_err();
        client.is_elsewhere(&place.region, &error)
    }

    #[tokio::test]
    async fn a_service_is_elsewhere_where_it_has_no_host_and_no_model_knows_it() {
        const NONE: &str = "failed to lookup address information: Name or service not known";
        const FAILED: &str =
            "failed to lookup address information: Temporary failure in name resolution";
        assert!(is_elsewhere(&BRAKET, "eu-south-2", NONE, None).await);
        // Its name is not found where it is known to be: something keeps it from being found.
        assert!(!is_elsewhere(&BRAKET, "us-east-1", NONE, None).await);
        assert!(!is_elsewhere(&EVENTS, "eu-south-2", NONE, None).await);
        // Nobody says that there is no such host.
        assert!(!is_elsewhere(&BRAKET, "eu-south-2", FAILED, None).await);
        assert!(!is_elsewhere(&BRAKET, "eu-south-2", "connection refused", None).await);
        // Somebody has said where it is.
        let mirror = Some("https://mirror.invalid");
        assert!(!is_elsewhere(&BRAKET, "eu-south-2", NONE, mirror).await);
    }
}
