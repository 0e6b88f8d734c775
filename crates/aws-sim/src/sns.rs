//! Amazon SNS: an account without topics. Faults answer for those that a test has.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/welcome.html>

use crate::wire::{ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `InvalidAction`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        // https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
        "ListSubscriptionsByTopic" => {
            Err(ApiError::new("NotFound", "Topic does not exist").with_status(404))
        }
        other => {
            let message = format!("Could not find operation {other} for version 2010-03-31");
            Err(ApiError::new("InvalidAction", message))
        }
    }
}
