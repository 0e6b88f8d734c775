//! Whether the clock of this machine is right. Every age is counted by it, and nothing else would
//! tell: where it differs from AWS's, the SDK signs by AWS's, and all calls go well.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use jiff::{SignedDuration, Timestamp};

/// How far the clock may be from AWS's, which says whole seconds. Ages are of hours and days.
const MAY_DIFFER: SignedDuration = SignedDuration::from_mins(15);

/// The clock of this machine is wrong: images would look older than they are, or younger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is {there} by AWS, and {here} by the clock of this machine, which ages are counted by")]
pub struct WrongClock {
    here: Timestamp,
    there: Timestamp,
}

/// When AWS has answered, by its own clock and by ours.
#[derive(Debug, Clone, Default)]
pub(super) struct AnsweredAt(Arc<Mutex<Option<WrongClock>>>);

impl AnsweredAt {
    /// Compares the clocks. What answered without a time, which is not AWS, is not compared.
    pub(super) fn check(&self) -> Result<(), WrongClock> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(times) if times.here.duration_since(times.there).abs() > MAY_DIFFER => Err(times),
            _ => Ok(()),
        }
    }
}

#[dyn_dispatch_hint]
impl Intercept for AnsweredAt {
    fn name(&self) -> &'static str {
        "AnsweredAt"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let here = Timestamp::now();
        if let Some(date) = context.response().headers().get("date") {
            let there = DateTime::from_str(date, Format::HttpDate)?;
            let there = Timestamp::from_second(there.secs())?;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(WrongClock { here, there });
        }
        Ok(())
    }
}
