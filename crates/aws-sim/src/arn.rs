//! Names that AWS makes: partitions, suffixes, ARNs.

use ecr_sweep_core::{Place, Region};

/// The partition of a Region.
pub(crate) fn partition(region: &Region) -> &'static str {
    match region.as_str() {
        name if name.starts_with("cn-") => "aws-cn",
        name if name.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The ARN of a service's resource in a place.
pub(crate) fn arn(service: &str, place: &Place, resource: &str) -> String {
    format!(
        "arn:{}:{service}:{}:{}:{resource}",
        partition(&place.region),
        place.region,
        place.account
    )
}

/// The host of a place's registry.
pub(crate) fn registry_host(place: &Place) -> String {
    let suffix =
        if partition(&place.region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{}.dkr.ecr.{}.{suffix}", place.account, place.region)
}
