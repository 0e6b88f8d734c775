//! Workloads: what the simulator serves, in the shapes of the APIs.
//!
//! Which lists of resources a source has is a row of [`Source::facts`], and what follows from it
//! here is how they are read, written and described.

mod read;
mod schema;

use std::collections::{BTreeMap, btree_map};
use std::iter::Flatten;

use ecr_sweep_core::{Place, Region, Source};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
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

    /// How many resources there are, in all lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lists.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
            if !(list.is_optional && resources.is_empty()) {
                let sorted: Vec<Sorted<'_>> = resources.iter().map(Sorted).collect();
                map.serialize_entry(list.name, &sorted)?;
            }
        }
        map.end()
    }
}

/// A resource as it is written: its members sorted, in whatever order they came.
struct Sorted<'r>(&'r Resource);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut resource = Value::Object(self.0.clone());
        resource.sort_all_objects();
        resource.serialize(serializer)
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
    fn a_resource_is_written_sorted_in_whatever_order_it_came() {
        let place = r#""account":"111122223333","region":"eu-west-1""#;
        let (came, sorted) = (
            r#"{"taskArn":"t","containers":[{"name":"a","image":"i"}],"group":{"b":1,"a":2}}"#,
            r#"{"containers":[{"image":"i","name":"a"}],"group":{"a":2,"b":1},"taskArn":"t"}"#,
        );
        let workloads = read(&format!(r#"{{"ecs":[{{{place},"tasks":[{came}]}}]}}"#)).unwrap();
        let written = serde_json::to_string(&workloads).unwrap();
        assert!(written.contains(&format!(r#""tasks":[{sorted}]"#)), "{written}");
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
