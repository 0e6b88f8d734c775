//! The hosts under which ECR answers.

use std::fmt;
use std::str::FromStr;

use crate::Place;

/// The registry that a host name stands for, with the name as it was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryHost {
    host: Box<str>,
    place: Place,
}

/// A host that is not one of ECR's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the host of an ECR registry: expected one such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`"
)]
pub struct NotARegistryHost(String);

/// The suffixes behind `<account>.dkr.ecr.<region>` and `.dkr.ecr-fips.<region>`, by partition.
const CLASSIC: [&str; 7] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// The suffixes behind `<account>.dkr-ecr.<region>` and `.dkr-ecr-fips.<region>`: dual stack.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>
const DUAL_STACK: [&str; 3] = ["on.aws", "on.amazonwebservices.com.cn", "on.amazonwebservices.eu"];

impl RegistryHost {
    /// The account and Region whose registry it is.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }
}

impl FromStr for RegistryHost {
    type Err = NotARegistryHost;

    fn from_str(host: &str) -> Result<Self, NotARegistryHost> {
        let lower = host.to_ascii_lowercase();
        let read = || {
            let (account, rest) = lower.split_once('.')?;
            let (rest, suffixes): (_, &[&str]) = match ["dkr.ecr.", "dkr.ecr-fips."]
                .iter()
                .find_map(|service| rest.strip_prefix(service))
            {
                Some(rest) => (rest, &CLASSIC),
                None => (
                    ["dkr-ecr.", "dkr-ecr-fips."]
                        .iter()
                        .find_map(|service| rest.strip_prefix(service))?,
                    &DUAL_STACK,
                ),
            };
            let (region, suffix) = rest.split_once('.')?;
            suffixes.contains(&suffix).then_some(())?;
            Some(Place { account: account.parse().ok()?, region: region.parse().ok()? })
        };
        match read() {
            Some(place) => Ok(Self { host: host.into(), place }),
            None => Err(NotARegistryHost(host.to_owned())),
        }
    }
}

/// Whether a host is meant to be one of ECR's, whether it can be read or not.
pub(super) fn looks_like_ecr(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.contains("dkr.ecr") || host.contains("dkr-ecr")
}

/// The registry that a mirror has in its path, and what is behind it there: mirrors of many registries
/// are asked for `mirror.example.com/HOST/app:v1`, and pull what they have not got from `HOST`.
pub(super) fn behind_mirror(path: &str) -> Option<(Place, &str)> {
    let mut rest = path;
    while let Some((component, behind)) = rest.split_once('/') {
        if let Ok(host) = component.parse::<RegistryHost>() {
            return Some((host.place, behind));
        }
        rest = behind;
    }
    None
}

impl fmt::Display for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.host)
    }
}

impl fmt::Debug for RegistryHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}
