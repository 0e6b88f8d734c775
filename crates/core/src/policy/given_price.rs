//! Prices that somebody gives beside the policy.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Price;
use crate::Region;

/// A price of storage that somebody gives, such as `ecr=0.08`, `ecr/eu-west-1=0.08` or `vault=0.004`: dollars for a GB
/// (2^30 bytes) and month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct GivenPrice {
    /// Of what.
    pub of: PriceFor,
    /// The price.
    pub price: Price,
}

/// What a price is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceFor {
    /// Images in ECR, wherever nothing is said of the Region.
    Ecr,
    /// Images in ECR in one Region.
    Region(Region),
    /// Copies in the vault.
    Vault,
}

/// A text that gives no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` gives no price: expected `ecr=0.08`, `ecr/REGION=0.08` or `vault=0.004`, in dollars for a GB and month, at most 1000"
)]
pub struct NotAGivenPrice(String);

impl FromStr for GivenPrice {
    type Err = NotAGivenPrice;

    fn from_str(text: &str) -> Result<Self, NotAGivenPrice> {
        let read = || {
            let (of, price) = text.split_once('=')?;
            let of = match of.split_once('/') {
                None if of == "ecr" => PriceFor::Ecr,
                None if of == "vault" => PriceFor::Vault,
                Some(("ecr", region)) => PriceFor::Region(region.parse().ok()?),
                _ => return None,
            };
            Some(Self { of, price: price.parse().ok()? })
        };
        read().ok_or_else(|| NotAGivenPrice(text.to_owned()))
    }
}

impl fmt::Display for GivenPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            PriceFor::Ecr => f.write_str("ecr")?,
            PriceFor::Region(region) => write!(f, "ecr/{region}")?,
            PriceFor::Vault => f.write_str("vault")?,
        }
        write!(f, "={}", self.price.plain())
    }
}

impl TryFrom<String> for GivenPrice {
    type Error = NotAGivenPrice;

    fn try_from(text: String) -> Result<Self, NotAGivenPrice> {
        text.parse()
    }
}

impl From<GivenPrice> for String {
    fn from(given: GivenPrice) -> Self {
        given.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_of_ecr_of_one_region_or_of_the_vault() {
        for text in ["ecr=0.08", "ecr/cn-north-1=0.0712", "vault=0.00"] {
            assert_eq!(text.parse::<GivenPrice>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "0.08",
            "ecr",
            "ecr=",
            "ecr=$1",
            "s3=1",
            "ecr/=1",
            "ecr/x y=1",
            "vault/eu-west-1=1",
            "=1",
        ] {
            assert!(text.parse::<GivenPrice>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_stored_of_it_is_its_text() {
        let given: GivenPrice = serde_json::from_str(r#""ecr=0.08""#).unwrap();
        assert_eq!(serde_json::to_string(&given).unwrap(), r#""ecr=0.08""#);
        assert!(serde_json::from_str::<GivenPrice>(r#""ecr""#).is_err());
    }
}
