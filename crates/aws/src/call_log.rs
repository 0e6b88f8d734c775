//! The log of calls: each one at the level `debug`, with where it went and how it ended, and
//! nothing of what was sent and answered. Each is counted, too, and while it lasts it is one of those
//! that are under way.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use ecr_sweep_core::{Account, Place, Region};

use crate::call_count::{add_attempts, add_calls};
use crate::under_way::{LongCall, UnderWay};

/// Logs every call of a client once it has ended, after all its attempts.
#[derive(Debug)]
pub(crate) struct CallLog {
    account: Option<Account>,
    region: Region,
}

impl From<&Place> for CallLog {
    fn from(place: &Place) -> Self {
        Self { account: Some(place.account.clone()), region: place.region.clone() }
    }
}

/// Before the account is known.
impl From<&Region> for CallLog {
    fn from(region: &Region) -> Self {
        Self { account: None, region: region.clone() }
    }
}

#[dyn_dispatch_hint]
impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    // Before that nobody knows which operation it is: a client's part comes before an operation's.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = config.load::<Metadata>() {
            let (service, operation) = (metadata.service(), metadata.name());
            let call = LongCall::new(service, operation, self.account.as_ref(), &self.region);
            config.interceptor_state().store_put(UnderWay::begin(call));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().unset::<UnderWay>();
        add_calls(1);
        let attempts = config.load::<RequestAttempts>().map(RequestAttempts::attempts);
        add_attempts(attempts.unwrap_or(1));
        let metadata = config.load::<Metadata>();
        let is_answered = matches!(context.output_or_error(), Some(Ok(_)));
        tracing::debug!(
            account = self.account.as_ref().map(Account::as_str),
            region = %self.region,
            service = metadata.map(Metadata::service),
            operation = metadata.map(Metadata::name),
            status = context.response().map(|answer| answer.status().as_u16()),
            attempts,
            "{}", if is_answered { "called" } else { "called in vain" }
        );
        Ok(())
    }
}
