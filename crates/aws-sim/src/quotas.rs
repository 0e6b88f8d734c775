//! Service Quotas: those of ECR's calls, at their defaults.
//!
//! <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html>

use serde_json::{Value, json};

use crate::wire::{Answer, ApiError, Call, Outcome};

/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const RATES: [(&str, &str, u32); 2] =
    [("BatchGetImage", "L-3FD1B2B6", 2000), ("GetAuthorizationToken", "L-D63A2B9A", 500)];

/// The one operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    if call.operation.name != "ListServiceQuotas" {
        return Err(ApiError::unknown_operation());
    }
    let quota = |(operation, code, value): &(&str, &str, u32)| {
        json!({
            "ServiceCode": "ecr",
            "QuotaName": format!("Rate of {operation} requests"),
            "QuotaCode": code,
            "Value": value,
        })
    };
    let quotas: Vec<Value> = RATES.iter().map(quota).collect();
    Answer::json(&json!({ "Quotas": quotas }))
}
