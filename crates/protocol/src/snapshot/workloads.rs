//! Workloads: what the simulator serves, in the shapes of the APIs.
//!
//! Which lists of resources a source has is a row of [`Source::facts`], and what follows from it
//! here is how they are read, written and described.

use std::borrow::Cow;
use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::iter::Flatten;

use ecr_sweep_core::{Account, Place, Region, ResourceList, Source};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeSeed, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// One resource in the shape in which its API describes it.
pub type Resource = Map<String, Value>;

/// What runs in the organization. For the simulator alone: the planner reads `usage`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workloads {
    /// The Regions that every account has enabled; those that the snapshot names, if empty.
    pub regions: Vec<Region>,
    by_source: BTreeMap<Source, Vec<PlaceWorkloads>>,
}

/// What of one source runs in one account and Region.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceWorkloads {
    source: Source,
    place: Place,
    /// One of each list that the source has, in its order.
    lists: Vec<Vec<Resource>>,
}

impl Workloads {
    /// Nothing, where every account has these Regions enabled.
    #[must_use]
    pub const fn in_regions(regions: Vec<Region>) -> Self {
        Self { regions, by_source: BTreeMap::new() }
    }

    /// Those of a source, an entry an account and Region.
    #[must_use]
    pub fn of(&self, source: Source) -> &[PlaceWorkloads] {
        self.by_source.get(&source).map_or(&[], Vec::as_slice)
    }

    /// All of them, sorted by source.
    pub fn iter(&self) -> impl Iterator<Item = &PlaceWorkloads> {
        self.by_source.values().flatten()
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut PlaceWorkloads> {
        self.by_source.values_mut().flatten()
    }

    /// Adds those of one source in one account and Region. Of a source without lists there are
    /// none.
    pub fn push(&mut self, workloads: PlaceWorkloads) {
        if !workloads.lists.is_empty() {
            self.by_source.entry(workloads.source).or_default().push(workloads);
        }
    }
}

impl IntoIterator for Workloads {
    type Item = PlaceWorkloads;
    type IntoIter = Flatten<btree_map::IntoValues<Source, Vec<PlaceWorkloads>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_source.into_values().flatten()
    }
}

impl Extend<PlaceWorkloads> for Workloads {
    fn extend<I: IntoIterator<Item = PlaceWorkloads>>(&mut self, all: I) {
        all.into_iter().for_each(|workloads| self.push(workloads));
    }
}

impl PlaceWorkloads {
    /// Nothing of a source in a place.
    #[must_use]
    pub fn nothing(source: Source, place: Place) -> Self {
        let lists = vec![Vec::new(); source.facts().workloads.len()];
        Self { source, place, lists }
    }

    /// The same with the resources of a list, which is one of the source's.
    #[must_use]
    pub fn with(mut self, list: &str, resources: Vec<Resource>) -> Self {
        let at = position(self.source, list);
        debug_assert!(at.is_some(), "{} has no list `{list}`", self.source);
        if let Some(at) = at {
            self.lists[at] = resources;
        }
        self
    }

    /// The source.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The account and Region.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The resources of a list.
    #[must_use]
    pub fn list(&self, list: &str) -> &[Resource] {
        position(self.source, list).map_or(&[], |at| &self.lists[at])
    }

    /// The resources of a list, which is empty then.
    pub fn take(&mut self, list: &str) -> Vec<Resource> {
        position(self.source, list)
            .map(|at| std::mem::take(&mut self.lists[at]))
            .unwrap_or_default()
    }

    /// Every resource, to be changed.
    pub fn resources_mut(&mut self) -> impl Iterator<Item = &mut Resource> {
        self.lists.iter_mut().flatten()
    }
}

fn position(source: Source, list: &str) -> Option<usize> {
    source.facts().workloads.iter().position(|it| it.name == list)
}

/// The sources that have workloads.
fn sources() -> impl Iterator<Item = Source> {
    Source::ALL.into_iter().filter(|source| !source.facts().workloads.is_empty())
}

impl Serialize for Workloads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.regions.is_empty() {
            map.serialize_entry("regions", &self.regions)?;
        }
        for (source, workloads) in &self.by_source {
            map.serialize_entry(source, workloads)?;
        }
        map.end()
    }
}

impl Serialize for PlaceWorkloads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("account", &self.place.account)?;
        map.serialize_entry("region", &self.place.region)?;
        for (list, resources) in self.source.facts().workloads.iter().zip(&self.lists) {
            map.serialize_entry(list.name, resources)?;
        }
        map.end()
    }
}

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

impl JsonSchema for Workloads {
    fn schema_name() -> Cow<'static, str> {
        "Workloads".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let regions = generator.subschema_for::<Vec<Region>>();
        let (account, region) =
            (generator.subschema_for::<Account>(), generator.subschema_for::<Region>());
        let mut properties = Map::from_iter([("regions".to_owned(), regions.to_value())]);
        let what =
            "The Regions that every account has enabled; those that the snapshot names, if empty";
        describe(&mut properties["regions"], what);
        for source in sources() {
            let resources = generator.subschema_for::<Vec<Resource>>().to_value();
            let list = |ResourceList { name, operation, members }: &ResourceList| {
                let mut list = resources.clone();
                describe(&mut list, &format!("As `{operation}` shows them: {members}"));
                ((*name).to_owned(), list)
            };
            let mut fields: Map<String, Value> =
                source.facts().workloads.iter().map(list).collect();
            fields.insert("account".to_owned(), account.clone().to_value());
            fields.insert("region".to_owned(), region.clone().to_value());
            let place = json_schema!({
                "type": "object",
                "properties": fields,
                "required": ["account", "region"],
                "additionalProperties": false
            });
            let places = json_schema!({
                "description": format!("{} One entry an account and Region", source.sentence()),
                "type": "array",
                "items": place
            });
            properties.insert(source.as_str().to_owned(), places.to_value());
        }
        json_schema!({
            "description": "What runs in the organization. For the simulator alone: the planner reads `usage`",
            "type": "object",
            "properties": properties,
            "additionalProperties": false
        })
    }
}

fn describe(schema: &mut Value, description: &str) {
    if let Value::Object(schema) = schema {
        schema.insert("description".to_owned(), description.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Workloads, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_read_is_written_in_the_order_of_the_source() {
        let place = r#""account":"111122223333","region":"eu-west-1""#;
        let text = format!(
            r#"{{"lambda":[],"ecs":[{{"tasks":[{{"taskArn":"t"}}],{place}}}],"regions":["eu-west-1"]}}"#
        );
        let workloads = read(&text).unwrap();
        assert_eq!(workloads.of(Source::Ecs)[0].list("tasks").len(), 1);
        assert_eq!(workloads.iter().count(), 1);
        let written = serde_json::to_string(&workloads).unwrap();
        let lists = r#""clusters":[],"services":[],"tasks":[{"taskArn":"t"}],"task_definitions":[],"service_revisions":[],"service_deployments":[]"#;
        assert_eq!(written, format!(r#"{{"regions":["eu-west-1"],"ecs":[{{{place},{lists}}}]}}"#));
        assert_eq!(read(&written).unwrap(), read(&text.replace(r#""lambda":[],"#, "")).unwrap());
    }

    #[test]
    fn what_is_not_a_list_of_the_source_is_refused_with_what_would_be() {
        let place = r#""account":"111122223333","region":"eu-west-1""#;
        for (text, problem) in [
            (
                r#"{"batch":[]}"#.to_owned(),
                "unknown field `batch`, expected one of `regions`, `ecs`",
            ),
            (
                format!(r#"{{"lambda":[{{{place},"tasks":[]}}]}}"#),
                "unknown field `tasks`, expected one of `account`",
            ),
            (r#"{"lambda":[{"region":"eu-west-1"}]}"#.to_owned(), "missing field `account`"),
            (r#"{"ecs":[],"ecs":[]}"#.to_owned(), "duplicate field `ecs`"),
            (
                format!(r#"{{"ecs":[{{{place},"region":"eu-west-1"}}]}}"#),
                "duplicate field `region`",
            ),
            (r#"{"ecs":{}}"#.to_owned(), "expected a list of accounts and Regions"),
            ("[]".to_owned(), "expected an object of sources"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn a_list_that_the_source_does_not_have_holds_nothing() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let workloads = PlaceWorkloads::nothing(Source::Lambda, place);
        let mut workloads = workloads.with("functions", vec![Resource::new()]);
        assert_eq!(workloads.list("functions").len(), 1);
        assert!(workloads.list("tasks").is_empty() && workloads.take("tasks").is_empty());
        assert_eq!(workloads.take("functions").len(), 1);
        assert!(workloads.list("functions").is_empty());
    }
}
