//! AWS IAM: an account without roles. Faults answer for those that a test has.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html>

use crate::wire::{ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `InvalidAction`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
        "SimulatePrincipalPolicy" => {
            Err(ApiError::new("NoSuchEntity", "There is no such role").with_status(404))
        }
        other => {
            let message = format!("Could not find operation {other} for version 2010-05-08");
            Err(ApiError::new("InvalidAction", message))
        }
    }
}
