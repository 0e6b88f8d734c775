//! The clients of one account and Region, but for those of the sources, and what all are made of.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::sdk_config::Builder;
use ecr_sweep_core::Place;

use super::regions::ACCOUNT;
use super::retries;
use crate::registry;
use crate::signed::SignedClient;

/// One client a service and, in ECR, one for what deletes: throttled reads must not hold up a
/// deletion, nor the other way round.
///
/// Each is made when it is first asked for: in most accounts of an organization one of them is enough,
/// and nobody deletes where nothing is swept.
#[derive(Debug, Clone)]
pub(super) struct Clients(Arc<Made>);

/// What a place's clients are made of, and those that are.
#[derive(Debug)]
struct Made {
    place: Place,
    of_reads: ClientConfig,
    of_deletes: ClientConfig,
    reads: OnceLock<aws_sdk_ecr::Client>,
    deletes: OnceLock<aws_sdk_ecr::Client>,
    account: OnceLock<SignedClient>,
}

/// What clients are made of: the SDK's configuration, and what sees the calls of its clients besides,
/// which a configuration of the SDK cannot say for all services at once.
#[derive(Debug, Clone)]
pub(crate) struct ClientConfig {
    sdk: SdkConfig,
    /// None, but in tests.
    interceptors: Vec<SharedInterceptor>,
}

impl ClientConfig {
    pub(super) const fn new(sdk: SdkConfig, interceptors: Vec<SharedInterceptor>) -> Self {
        Self { sdk, interceptors }
    }

    /// The same but for this.
    pub(super) fn with(&self, change: impl FnOnce(Builder) -> Builder) -> Self {
        Self { sdk: change(self.sdk.to_builder()).build(), ..self.clone() }
    }

    pub(crate) fn interceptors(&self) -> impl Iterator<Item = SharedInterceptor> {
        self.interceptors.iter().cloned()
    }
}

impl Deref for ClientConfig {
    type Target = SdkConfig;

    fn deref(&self) -> &SdkConfig {
        &self.sdk
    }
}

/// The configuration of a service's client: its calls have a retry budget of their own and are
/// logged, and those of services that speak JSON say what their answers always have.
macro_rules! configured {
    ($sdk:ident, $config:expr, $of:expr, $kind:expr $(, $answers:expr)?) => {{
        let config: &$crate::sessions::clients::ClientConfig = $config;
        let builder = $sdk::config::Builder::from(&**config)
            .retry_partition($crate::sessions::retries::partition($of, $kind))
            .interceptor($crate::call_log::CallLog::from($of))
            $(.interceptor($crate::answer::WholeAnswers::new($answers)))?;
        config.interceptors().fold(builder, |builder, it| builder.interceptor(it))
    }};
}

/// A client of a service. There is no other way to make one but with a [pace](paced_client), or of a
/// [registry](registry_client).
macro_rules! client {
    ($sdk:ident, $($settings:tt)+) => {
        $sdk::Client::from_conf($crate::sessions::clients::configured!($sdk, $($settings)+).build())
    };
}

/// A client of what AWS answers at a published rate, so many times a second: throttled once, it keeps to it.
macro_rules! paced_client {
    ($sdk:ident, $a_second:expr, $config:expr, $($settings:tt)+) => {{
        let pace = $crate::sessions::pace::Pace::of_rate($a_second);
        let config = &pace.over($config);
        let configured = $crate::sessions::clients::configured!($sdk, config, $($settings)+);
        $sdk::Client::from_conf(configured.interceptor(pace).build())
    }};
}

pub(crate) use {client, configured, paced_client};

/// The same configuration, in the Region of a place.
pub(crate) fn in_region(config: &ClientConfig, place: &Place) -> ClientConfig {
    let region = aws_config::Region::new(place.region.as_str().to_owned());
    config.with(|builder| builder.region(region))
}

/// A client of a registry: with retries as they suit one, and a partition of its own.
fn registry_client(config: &ClientConfig, place: &Place, kind: &str) -> aws_sdk_ecr::Client {
    let retries = retries::of_registries(config.retry_config());
    let config = configured!(aws_sdk_ecr, config, place, kind, registry::ANSWERS)
        .retry_config(retries)
        .retry_partition(retries::registry_partition(place, kind));
    aws_sdk_ecr::Client::from_conf(config.build())
}

/// The client of a place that puts images back.
pub(super) fn restoring(config: &ClientConfig, place: &Place) -> aws_sdk_ecr::Client {
    let config = &in_region(config, place);
    registry_client(config, place, "ecr-restores")
}

impl Clients {
    /// The clients of a place: of one configuration those that read, of the other the one that
    /// deletes.
    pub(super) fn new(reads: &ClientConfig, deletes: &ClientConfig, place: &Place) -> Self {
        Self(Arc::new(Made {
            place: place.clone(),
            of_reads: in_region(reads, place),
            of_deletes: in_region(deletes, place),
            reads: OnceLock::new(),
            deletes: OnceLock::new(),
            account: OnceLock::new(),
        }))
    }

    /// What reads the registry.
    pub(super) fn reads(&self) -> aws_sdk_ecr::Client {
        let Made { place, of_reads, reads, .. } = &*self.0;
        reads.get_or_init(|| registry_client(of_reads, place, "ecr-reads")).clone()
    }

    /// What deletes in it.
    pub(super) fn deletes(&self) -> aws_sdk_ecr::Client {
        let Made { place, of_deletes, deletes, .. } = &*self.0;
        deletes.get_or_init(|| registry_client(of_deletes, place, "ecr-deletes")).clone()
    }

    /// What tells the account's Regions.
    pub(super) fn account(&self) -> &SignedClient {
        let Made { place, of_reads, account, .. } = &*self.0;
        account.get_or_init(|| SignedClient::new(&ACCOUNT, of_reads, place))
    }
}
