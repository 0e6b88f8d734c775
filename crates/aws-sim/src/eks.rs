//! Amazon EKS: the clusters that the snapshot's usage names, whose APIs the simulator serves, too.
//!
//! <https://docs.aws.amazon.com/eks/latest/APIReference/Welcome.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::arn::arn;
use crate::kubernetes;
use crate::wire::{Answer, ApiError, Call, Outcome};

/// The certificate of an authority: what it has signed is not asked for over plain HTTP, and its key
/// is gone.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUBVQEOY9dp709XPYCq3ETXgRDZhgwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjcxMDMzMTFaGA8yMTI2MTEw
MzEwMzMxMVowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABN9Rp7MG1nFmCTtl7s0RMChVqp2SGemcASru+jB/CVNit/QIX78S
9zbIIQNz2ZCXg65RMokMuIjjU89suNCQ1N6jUzBRMB0GA1UdDgQWBBQ5HYdi4Ldr
Kf1/b+1SxXx3iC7Y3zAfBgNVHSMEGDAWgBQ5HYdi4LdrKf1/b+1SxXx3iC7Y3zAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIBmqp6/5aAmJhEo9wuSX
eToOnNGlHiM7Vp+k8lyMsRb8AiEA1+I9aLQywiMKOcuBqJaeq7ZlCKIVO6G446PM
jFIrgvc=
-----END CERTIFICATE-----
";

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    let place = &call.caller.place;
    let clusters = kubernetes::clusters(call.state, place);
    match call.operation.name.as_str() {
        "ListClusters" => Answer::json(&json!({ "clusters": clusters })),
        "DescribeCluster" => {
            let name = call.operation.labels.first().map(String::as_str).unwrap_or_default();
            if !clusters.contains(name) {
                let message = format!("No cluster found for name: {name}.");
                return Err(ApiError::new("ResourceNotFoundException", message).with_status(404));
            }
            let host = call.header("host").unwrap_or_default();
            let path = kubernetes::PATH;
            Answer::json(&json!({ "cluster": {
                "name": name,
                "arn": arn("eks", place, &format!("cluster/{name}")),
                "status": "ACTIVE",
                "endpoint":
                    format!("http://{host}/_sim/{path}/{}/{}/{name}", place.account, place.region),
                "certificateAuthority": { "data": STANDARD.encode(AUTHORITY) },
            } }))
        }
        _ => Err(ApiError::unknown_operation().with_status(404)),
    }
}
