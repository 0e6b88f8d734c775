//! Where a service is spoken to.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use ecr_sweep_core::Region;
use serde::Serialize;

use super::Service;

/// Where a service has its endpoints.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    /// One for all Regions of a partition.
    Partition {
        /// Whether the FIPS endpoint of AWS `GovCloud` has a name of its own.
        fips_in_govcloud: bool,
    },
    /// One for each Region.
    Region {
        /// The same of the FIPS endpoints there.
        fips_in_govcloud: bool,
    },
    /// The same behind `api.`, with FIPS endpoints in AWS `GovCloud`.
    RegionBehindApi,
    /// One for all Regions of a partition, as IAM has it.
    Global,
    /// One for each Region, where FIPS endpoints have `fips.` before their names, and in AWS `GovCloud` none
    /// of their own.
    RegionWithFipsInFront,
}

/// Where a call goes, and for which Region it is signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) url: String,
    /// Whether somebody else than AWS says so.
    pub(super) is_configured: bool,
    pub(super) signing_region: String,
}

/// A partition: how its Regions begin, where its global services are, and the ends of hosts.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
struct Partition {
    regions: &'static [&'static str],
    global: &'static str,
    suffix: &'static str,
    dual_stack: &'static str,
}

const GOVCLOUD: Partition = Partition {
    regions: &["us-gov-"],
    global: "us-gov-west-1",
    suffix: "amazonaws.com",
    dual_stack: "api.aws",
};

/// All but the largest, which every other Region is in.
const PARTITIONS: [Partition; 7] = [
    GOVCLOUD,
    Partition {
        regions: &["cn-"],
        global: "cn-northwest-1",
        suffix: "amazonaws.com.cn",
        dual_stack: "api.amazonwebservices.com.cn",
    },
    Partition {
        regions: &["eusc-"],
        global: "eusc-de-east-1",
        suffix: "amazonaws.eu",
        dual_stack: "api.amazonwebservices.eu",
    },
    Partition {
        regions: &["us-iso-"],
        global: "us-iso-east-1",
        suffix: "c2s.ic.gov",
        dual_stack: "api.aws.ic.gov",
    },
    Partition {
        regions: &["us-isob-"],
        global: "us-isob-east-1",
        suffix: "sc2s.sgov.gov",
        dual_stack: "api.aws.scloud",
    },
    Partition {
        regions: &["eu-isoe-"],
        global: "eu-isoe-west-1",
        suffix: "cloud.adc-e.uk",
        dual_stack: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        regions: &["us-isof-", "eu-isof-"],
        global: "us-isof-south-1",
        suffix: "csp.hci.ic.gov",
        dual_stack: "api.aws.hci.ic.gov",
    },
];

const AWS: Partition =
    Partition { regions: &[], global: "us-east-1", suffix: "amazonaws.com", dual_stack: "api.aws" };

impl Partition {
    fn of(region: &str) -> &'static Self {
        let has = |it: &&Self| it.regions.iter().any(|start| region.starts_with(start));
        PARTITIONS.iter().find(has).unwrap_or(&AWS)
    }
}

impl Endpoint {
    /// As the configuration says, in the order that every SDK knows: in code, for the service, for
    /// all services; else the service's own.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    pub(super) fn of(service: &Service, config: &SdkConfig, region: &Region) -> Self {
        let fips = config.use_fips().unwrap_or(false);
        let dual_stack = config.use_dual_stack().unwrap_or(false);
        let own = Self::own(service, region.as_str(), fips, dual_stack);
        match configured(service, config) {
            Some(url) => Self { url, is_configured: true, ..own },
            None => own,
        }
    }

    /// The address that a service has where no other is configured.
    pub(super) fn of_service(service: &Service, region: &Region) -> String {
        Self::own(service, region.as_str(), false, false).url
    }

    fn own(service: &Service, region: &str, fips: bool, dual_stack: bool) -> Self {
        let partition = Partition::of(region);
        if service.reach == Reach::Global {
            return Self::global(service, partition, fips);
        }
        let (of, fips_in_govcloud) = match service.reach {
            Reach::Partition { fips_in_govcloud } => (partition.global, fips_in_govcloud),
            Reach::Region { fips_in_govcloud } => (region, fips_in_govcloud),
            Reach::RegionBehindApi => (region, true),
            Reach::Global => (partition.global, false),
            Reach::RegionWithFipsInFront => (region, false),
        };
        let has_fips = fips && (fips_in_govcloud || partition.global != GOVCLOUD.global);
        let (first, rest) = match service.host.split_once('.') {
            Some((first, rest)) => (first, format!(".{rest}")),
            None => (service.host, String::new()),
        };
        let host = match service.reach {
            _ if !has_fips => service.host.to_owned(),
            Reach::RegionWithFipsInFront => format!("fips.{}", service.host),
            _ => format!("{first}-fips{rest}"),
        };
        let suffix = if dual_stack { partition.dual_stack } else { partition.suffix };
        let before = if service.reach == Reach::RegionBehindApi { "api." } else { "" };
        let url = format!("https://{before}{host}.{of}.{suffix}");
        Self { url, is_configured: false, signing_region: of.to_owned() }
    }

    /// FIPS endpoints are in AWS's largest partition alone; in AWS `GovCloud` every one is.
    ///
    /// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>
    fn global(service: &Service, partition: &Partition, fips: bool) -> Self {
        let Service { host, .. } = service;
        let (at, signing_region) = match partition.global {
            "us-east-1" if fips => (format!("{host}-fips"), "us-east-1"),
            "us-east-1" => ((*host).to_owned(), "us-east-1"),
            "us-gov-west-1" => (format!("{host}.us-gov"), "us-gov-west-1"),
            "cn-northwest-1" => (format!("{host}.cn-north-1"), "cn-north-1"),
            of => (format!("{host}.{of}"), of),
        };
        let url = format!("https://{at}.{}", partition.suffix);
        Self { url, is_configured: false, signing_region: signing_region.to_owned() }
    }
}

fn configured(service: &Service, config: &SdkConfig) -> Option<String> {
    let for_all = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return for_all;
    }
    let key = ServiceConfigKey::builder()
        .service_id(service.id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let for_service = key.and_then(|key| config.service_config()?.load_config(key));
    for_service.or(for_all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::organization::ORGANIZATIONS;
    use crate::sessions::regions::ACCOUNT;

    const REGIONS: [&str; 13] = [
        "us-east-1",
        "eu-west-1",
        "mx-central-1",
        "cn-north-1",
        "cn-northwest-1",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-iso-west-1",
        "us-isob-east-1",
        "eu-isoe-west-1",
        "us-isof-east-1",
        "eusc-de-east-1",
        "ap-southeast-7",
    ];

    /// The address that the SDK's own crate of a service gives.
    macro_rules! of_the_sdk {
        ($sdk:ident, $region:expr, $fips:expr, $dual_stack:expr) => {{
            use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
            let params = Params::builder()
                .region($region)
                .use_fips($fips)
                .use_dual_stack($dual_stack)
                .build()
                .unwrap();
            let endpoint = DefaultResolver::new().resolve_endpoint(&params).await;
            endpoint.ok().map(|endpoint| endpoint.url().to_owned())
        }};
    }

    /// As botocore resolves them.
    #[test]
    fn iam_has_one_endpoint_in_each_partition() {
        for (region, fips, url, signed_for) in [
            ("eu-west-1", false, "iam.amazonaws.com", "us-east-1"),
            ("eu-west-1", true, "iam-fips.amazonaws.com", "us-east-1"),
            ("us-gov-east-1", false, "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("us-gov-west-1", true, "iam.us-gov.amazonaws.com", "us-gov-west-1"),
            ("cn-northwest-1", false, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("us-iso-west-1", false, "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
            ("us-isob-east-1", false, "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
            ("eu-isoe-west-1", false, "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"),
            ("us-isof-east-1", false, "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"),
            ("eusc-de-east-1", false, "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ] {
            let Endpoint { url: found, signing_region, .. } =
                Endpoint::own(&crate::deployment::IAM, region, fips, false);
            assert_eq!((&*found, &*signing_region), (&*format!("https://{url}"), signed_for));
        }
    }

    #[tokio::test]
    async fn the_endpoints_are_those_of_the_sdk() {
        let mut compared = 0;
        for region in REGIONS {
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                for (service, expected) in [
                    (&ACCOUNT, of_the_sdk!(aws_sdk_account, region, fips, dual_stack)),
                    (&ORGANIZATIONS, of_the_sdk!(aws_sdk_organizations, region, fips, dual_stack)),
                ] {
                    // Where the SDK has none, nobody can ask for one.
                    let Some(expected) = expected else { continue };
                    let found = Endpoint::own(service, region, fips, dual_stack);
                    assert_eq!(found.url, expected, "{region} {fips} {dual_stack}");
                    assert!(found.url.contains(&found.signing_region), "{found:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 80, "{compared}");
    }
}
