//! How workloads are read: what is no list of its source is refused.

use std::collections::BTreeMap;
use std::fmt;

use ecr_sweep_core::{Account, Place, Region, Source};
use serde::de::{self, DeserializeSeed, MapAccess};
use serde::{Deserialize, Deserializer};

use super::{PlaceWorkloads, Resource, Workloads, position, sources};

impl<'de> Deserialize<'de> for Workloads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Workloads;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of sources")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Workloads, A::Error> {
                let mut regions = None;
                let mut by_source = BTreeMap::new();
                while let Some(key) = map.next_key::<Box<str>>()? {
                    if &*key == "regions" {
                        once(&mut regions, map.next_value()?, "regions")?;
                    } else if let Some(source) = sources().find(|source| source.as_str() == &*key) {
                        let mut entry = by_source.remove(&source);
                        once(&mut entry, map.next_value_seed(Places(source))?, source.as_str())?;
                        by_source.extend(entry.map(|places| (source, places)));
                    } else {
                        let names = ["regions"].into_iter().chain(sources().map(Source::as_str));
                        return Err(unknown(&key, names));
                    }
                }
                by_source.retain(|_, places: &mut Vec<PlaceWorkloads>| !places.is_empty());
                Ok(Workloads { regions: regions.unwrap_or_default(), by_source })
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The workloads of a source, place by place.
struct Places(Source);

impl<'de> DeserializeSeed<'de> for Places {
    type Value = Vec<PlaceWorkloads>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Places {
    type Value = Vec<PlaceWorkloads>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of accounts and Regions")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut places = Vec::new();
        while let Some(place) = list.next_element_seed(OnePlace(self.0))? {
            places.push(place);
        }
        Ok(places)
    }
}

/// The workloads of a source in one account and Region.
struct OnePlace(Source);

impl<'de> DeserializeSeed<'de> for OnePlace {
    type Value = PlaceWorkloads;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for OnePlace {
    type Value = PlaceWorkloads;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `account` and `region`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PlaceWorkloads, A::Error> {
        let names = self.0.facts().workloads;
        let (mut account, mut region) = (None::<Account>, None::<Region>);
        let mut lists: Vec<Option<Vec<Resource>>> = vec![None; names.len()];
        while let Some(key) = map.next_key::<Box<str>>()? {
            match (&*key, position(self.0, &key)) {
                ("account", _) => once(&mut account, map.next_value()?, "account")?,
                ("region", _) => once(&mut region, map.next_value()?, "region")?,
                (_, Some(at)) => once(&mut lists[at], map.next_value()?, names[at].name)?,
                (key, None) => {
                    let names =
                        ["account", "region"].into_iter().chain(names.iter().map(|it| it.name));
                    return Err(unknown(key, names));
                }
            }
        }
        Ok(PlaceWorkloads {
            source: self.0,
            place: Place {
                account: account.ok_or_else(|| de::Error::missing_field("account"))?,
                region: region.ok_or_else(|| de::Error::missing_field("region"))?,
            },
            lists: lists.into_iter().map(Option::unwrap_or_default).collect(),
        })
    }
}

fn once<T, E: de::Error>(slot: &mut Option<T>, value: T, name: &'static str) -> Result<(), E> {
    match slot.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}

/// The error of a field that is none of these, as serde's derives word it.
fn unknown<E: de::Error>(field: &str, names: impl Iterator<Item = &'static str>) -> E {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let expected = match names.as_slice() {
        [one, other] => format!("{one} or {other}"),
        _ => format!("one of {}", names.join(", ")),
    };
    E::custom(format_args!("unknown field `{field}`, expected {expected}"))
}
