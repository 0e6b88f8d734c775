//! Where things are: accounts, Regions, and the registry that each pair of them has.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// A 12-digit AWS account id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[0-9]{12}$"))]
pub struct Account(Arc<str>);

/// An AWS Region's code, such as `eu-west-1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[a-z]+(-[a-z]+)+-[0-9]+$"))]
pub struct Region(Arc<str>);

/// A cluster's name: 1 to 100 characters, none of them a space, a slash or a control character.
///
/// Amazon EKS allows fewer: <https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html>.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = 100))]
pub struct ClusterName(Box<str>);

/// The id of an organizational unit, such as `ou-abcd-12345678`.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$"))]
pub struct UnitId(Box<str>);

/// A text that is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    /// Not 12 digits.
    #[error("`{0}` is not an AWS account id: expected 12 digits")]
    Account(String),
    /// Not a Region's code.
    #[error("`{0}` is not an AWS Region: expected a code such as `eu-west-1`")]
    Region(String),
    /// Not an organizational unit's id.
    #[error(
        "`{0}` is not the id of an organizational unit: expected one such as `ou-abcd-12345678`"
    )]
    Unit(String),
    /// Not a cluster's name.
    #[error(
        "`{0}` is not the name of a cluster: expected 1 to 100 characters without spaces and slashes"
    )]
    Cluster(String),
}

impl FromStr for Account {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(NotAPlace::Account(text.to_owned()))
        }
    }
}

impl FromStr for Region {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let parts: Vec<&str> = text.split('-').collect();
        let good = match parts.split_last() {
            Some((number, words)) => {
                words.len() >= 2
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
                    && words.iter().all(|word| {
                        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
                    })
            }
            None => false,
        };
        if good { Ok(Self(text.into())) } else { Err(NotAPlace::Region(text.to_owned())) }
    }
}

impl FromStr for ClusterName {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let is_good = |character: char| {
            !character.is_whitespace() && !character.is_control() && !"/\\".contains(character)
        };
        let good = (1..=100).contains(&text.chars().count())
            && text.chars().all(is_good)
            && text != "."
            && text != "..";
        if good { Ok(Self(text.into())) } else { Err(NotAPlace::Cluster(text.to_owned())) }
    }
}

impl FromStr for UnitId {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let is_word = |word: &str, least: usize| {
            (least..=32).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        };
        let parts = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
        if parts.is_some_and(|(root, unit)| is_word(root, 4) && is_word(unit, 8)) {
            Ok(Self(text.into()))
        } else {
            Err(NotAPlace::Unit(text.to_owned()))
        }
    }
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAPlace;

            fn try_from(text: String) -> Result<Self, NotAPlace> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                String::from(&*name.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

text_newtype!(Account);
text_newtype!(Region);
text_newtype!(ClusterName);
text_newtype!(UnitId);

/// One account's ECR in one Region; also any account and Region that is looked at.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// Where usage is looked for: an account and Region, or one cluster in it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct ScanPlace {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// The cluster, of a source that has clusters; none: all that is in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
}

impl ScanPlace {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

impl From<Place> for ScanPlace {
    fn from(Place { account, region }: Place) -> Self {
        Self { account, region, cluster: None }
    }
}

impl fmt::Display for ScanPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)?;
        match &self.cluster {
            Some(cluster) => write!(f, "/{cluster}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_twelve_digits() {
        assert!("012345678901".parse::<Account>().is_ok());
        for text in ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦"] {
            assert!(text.parse::<Account>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_unit_is_its_root_and_a_word() {
        for text in ["ou-abcd-12345678", "ou-0a1b-zzzzzzzzz9"] {
            assert!(text.parse::<UnitId>().is_ok(), "{text}");
        }
        for text in ["", "r-abcd", "ou-abc-12345678", "ou-abcd-1234567", "ou-ABCD-12345678"] {
            assert!(text.parse::<UnitId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cluster_is_part_of_a_path() {
        for text in ["blue", "prod-1_a", "team.blue", "arn:aws:eks:eu-west-1:1:cluster"] {
            assert!(text.parse::<ClusterName>().is_ok(), "{text}");
        }
        for text in ["", ".", "..", "a/b", "a b", "a\\b", "a\u{7f}", &"x".repeat(101)] {
            assert!(text.parse::<ClusterName>().is_err(), "{text}");
        }
    }

    #[test]
    fn without_a_cluster_a_place_to_scan_is_written_as_an_account_and_region() {
        let text = r#"{"account":"111122223333","region":"eu-west-1"}"#;
        let place: Place = serde_json::from_str(text).unwrap();
        let mut scanned = ScanPlace::from(place.clone());
        assert_eq!(serde_json::to_string(&scanned).unwrap(), text);
        assert_eq!((scanned.place(), scanned.to_string()), (place.clone(), place.to_string()));
        scanned.cluster = Some("blue".parse().unwrap());
        let written = serde_json::to_string(&scanned).unwrap();
        assert_eq!(serde_json::from_str::<ScanPlace>(&written).unwrap(), scanned);
        assert_eq!(scanned.to_string(), "111122223333/eu-west-1/blue");
    }

    #[test]
    fn a_region_is_words_and_a_number() {
        for text in ["eu-west-1", "us-gov-east-1", "us-iso-west-1", "ap-southeast-12"] {
            assert!(text.parse::<Region>().is_ok(), "{text}");
        }
        for text in ["", "eu", "eu-west", "eu-1", "EU-west-1", "eu--1", "eu-west-1a", "eu-west-"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
