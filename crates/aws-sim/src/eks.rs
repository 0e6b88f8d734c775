//! Amazon EKS: an account without clusters. Faults answer for those that a test has.
//!
//! <https://docs.aws.amazon.com/eks/latest/APIReference/Welcome.html>

use serde_json::json;

use crate::wire::{Answer, ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "ListClusters" => Answer::json(&json!({ "clusters": [] })),
        "DescribeCluster" => {
            let name = call.operation.labels.first().map(String::as_str).unwrap_or_default();
            let message = format!("No cluster found for name: {name}.");
            Err(ApiError::new("ResourceNotFoundException", message).with_status(404))
        }
        _ => Err(ApiError::unknown_operation().with_status(404)),
    }
}
