//! Coverage: whether a scan saw everything that could name an image.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Account, ClusterName, Place, Region, Remedy, ScanPlace, Source, coded};

/// What was looked at, by account, Region and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Of every account, Region and source that has no row, those that nobody names included.
    pub default: CoverageDefault,
    /// The rows that say otherwise.
    pub except: Vec<CoverageRow>,
}

impl Coverage {
    /// Everything was looked at.
    pub const COMPLETE: Self = Self { default: CoverageDefault::Complete, except: Vec::new() };
}

/// What holds where no row says otherwise.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum CoverageDefault {
    /// Everything was seen.
    Complete,
    /// It was not.
    Failed,
}

/// Whether one source of one account and Region, or of a cluster in it, was seen whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverageRow {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// The cluster, of a source that has clusters; none: what is in none, and which there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// The source.
    pub source: Source,
    /// Whether it was seen.
    pub status: CoverageStatus,
    /// Why not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// What a first look at it found, if it was to be off and somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
    /// What can be done about it: each helps, or helps with a part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
}

impl CoverageRow {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }

    /// The account, Region and cluster.
    #[must_use]
    pub fn scanned(&self) -> ScanPlace {
        ScanPlace { cluster: self.cluster.clone(), ..self.place().into() }
    }
}

coded! {
    /// What a first look at a source found that the policy turns off.
    pub enum Probed {
        Empty "empty" "Nothing was there.",
        Used "used" "Something was there: only `even_if_used` turns it off.",
        Denied "denied" "Nobody may look.",
        Failed "failed" "It could not be looked at for another reason.",
    }
}

/// Whether something was seen.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum CoverageStatus {
    /// All of it.
    Complete,
    /// Denied, cut short, not understood or not built: anything may be there.
    Failed,
    /// The policy says that it is not looked at.
    Off,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CoverageRows {
    /// What holds for every account, Region and source without a row.
    default: CoverageDefault,
    /// The rows that say otherwise.
    #[serde(default)]
    except: Vec<CoverageRow>,
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::COMPLETE {
            return serializer.serialize_str("complete");
        }
        CoverageRows { default: self.default, except: self.except.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Coverage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrRows;
        impl<'de> de::Visitor<'de> for WordOrRows {
            type Value = Coverage;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`\"complete\"`, or an object with `default` and `except`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Coverage, E> {
                if text == "complete" {
                    Ok(Coverage::COMPLETE)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(text), &self))
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Coverage, A::Error> {
                let CoverageRows { default, except } =
                    CoverageRows::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Coverage { default, except })
            }
        }
        deserializer.deserialize_any(WordOrRows)
    }
}

impl JsonSchema for Coverage {
    fn schema_name() -> Cow<'static, str> {
        "Coverage".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What was looked at, by account, Region and source",
            "oneOf": [{ "const": "complete" }, generator.subschema_for::<CoverageRows>()]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_coverage_is_written_as_a_word() {
        let row = CoverageRow {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            cluster: None,
            source: Source::Ecs,
            status: CoverageStatus::Off,
            reason: None,
            probed: None,
            remedies: Vec::new(),
        };
        let in_part = Coverage { except: vec![row], ..Coverage::COMPLETE };
        let text = serde_json::to_string(&in_part).unwrap();
        assert!(text.starts_with(r#"{"default":"complete","except":[{"#), "{text}");
        assert_eq!(serde_json::from_str::<Coverage>(&text).unwrap(), in_part);
        assert_eq!(serde_json::to_string(&Coverage::COMPLETE).unwrap(), r#""complete""#);
        assert_eq!(serde_json::from_str::<Coverage>(r#""complete""#).unwrap(), Coverage::COMPLETE);
    }

    #[test]
    fn what_is_not_coverage_is_refused_with_what_would_be() {
        for text in [r#""partly""#, "true", "[]"] {
            let error = serde_json::from_str::<Coverage>(text).unwrap_err().to_string();
            assert!(error.contains("`\"complete\"`, or an object with `default`"), "{error}");
        }
    }
}
