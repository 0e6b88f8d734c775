//! The clients of one account and Region.

use aws_config::SdkConfig;
use ecr_sweep_core::Place;

use super::regions::ACCOUNT;
use crate::signed::SignedClient;
use crate::{registry, usage};

/// One client a service and, in ECR, one for what deletes: throttled reads must not hold up a
/// deletion, nor the other way round.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    pub(super) reads: aws_sdk_ecr::Client,
    pub(super) deletes: aws_sdk_ecr::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) account: SignedClient,
}

/// The configuration of a service's client: its calls have a retry budget of their own and are
/// logged, and those of services that speak JSON say what their answers always have.
macro_rules! configured {
    ($sdk:ident, $config:expr, $of:expr, $kind:literal $(, $answers:expr)?) => {
        $sdk::config::Builder::from($config)
            .retry_partition($crate::sessions::retries::partition($of, $kind))
            .interceptor($crate::call_log::CallLog::from($of))
            $(.interceptor($crate::answer::WholeAnswers::new($answers)))?
    };
}

/// A client of a service. There is no other way to make one.
macro_rules! client {
    ($sdk:ident, $($settings:tt)+) => {
        $sdk::Client::from_conf($crate::sessions::clients::configured!($sdk, $($settings)+).build())
    };
}

pub(crate) use {client, configured};

impl Clients {
    /// The clients of a place: of one configuration those that read, of the other the one that
    /// deletes.
    pub(super) fn new(reads: &SdkConfig, deletes: &SdkConfig, place: &Place) -> Self {
        let region = aws_config::Region::new(place.region.as_str().to_owned());
        let config = &reads.to_builder().region(region.clone()).build();
        let deletes = &deletes.to_builder().region(region).build();
        Self {
            reads: client!(aws_sdk_ecr, config, place, "ecr-reads", registry::ANSWERS),
            deletes: client!(aws_sdk_ecr, deletes, place, "ecr-deletes", registry::ANSWERS),
            ecs: client!(aws_sdk_ecs, config, place, "ecs", usage::ecs::ANSWERS),
            lambda: client!(aws_sdk_lambda, config, place, "lambda", usage::lambda::ANSWERS),
            account: SignedClient::new(&ACCOUNT, config, place),
        }
    }
}
