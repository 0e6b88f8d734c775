//! Objects, as they are walked: every text of them is looked at, and none is kept.

use std::fmt;

use ecr_sweep_core::Digest;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::found::Gathered;

/// What a page of a list says of itself.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Whether it is a list, and has its items.
    pub(crate) is_list: bool,
    pub(crate) has_items: bool,
    /// Where the next page begins.
    pub(crate) next: Option<Box<str>>,
}

/// Reads a page of a list.
pub(crate) struct PageSeed<'g> {
    pub(crate) gathered: &'g mut Gathered,
    /// Whether a field of the name `image` names one: not where people choose the names.
    pub(crate) has_images: bool,
}

/// A text of which no more is known than its value; anything else is none.
struct TextOrNot;

/// One object, at its top.
struct ObjectSeed<'g> {
    gathered: &'g mut Gathered,
    has_images: bool,
}

/// What is known of an object's name.
#[derive(Default)]
struct Name {
    namespace: Option<Box<str>>,
    name: Option<Box<str>>,
}

/// The metadata of an object, or of what is made from it.
struct MetadataSeed<'g>(&'g mut Gathered);

/// Any value: its texts are looked at.
struct ValueSeed<'g> {
    gathered: &'g mut Gathered,
    has_images: bool,
}

/// The fields of one map that say something together.
#[derive(Default)]
struct Together {
    image: Option<Box<str>>,
    image_id: Option<Box<str>>,
    registry: Option<Box<str>>,
    repository: Option<Box<str>>,
    tag: Option<Box<str>>,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_> {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_> {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "kind" => {
                    let kind = map.next_value_seed(TextOrNot)?;
                    page.is_list = kind.is_some_and(|kind| kind.ends_with("List"));
                }
                "metadata" => {
                    page.next = map.next_value::<ListMetadata>()?.next;
                }
                "items" => {
                    map.next_value_seed(ItemsSeed {
                        gathered: &mut *self.gathered,
                        has_images: self.has_images,
                    })?;
                    page.has_items = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(page)
    }
}

#[derive(serde::Deserialize)]
struct ListMetadata {
    #[serde(rename = "continue", default, deserialize_with = "text_of_something")]
    next: Option<Box<str>>,
}

/// An empty token is none.
fn text_of_something<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<str>>, D::Error> {
    let text: Option<Box<str>> = serde::Deserialize::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()))
}

struct ItemsSeed<'g> {
    gathered: &'g mut Gathered,
    has_images: bool,
}

impl<'de> DeserializeSeed<'de> for ItemsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the items of a list")
    }

    /// A server in Go writes a list without items so.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        loop {
            let seed = ObjectSeed { gathered: &mut *self.gathered, has_images: self.has_images };
            if items.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut name = Name::default();
        let mut together = Together::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                name = map.next_value_seed(MetadataSeed(&mut *self.gathered))?;
                continue;
            }
            let seed = ValueSeed { gathered: &mut *self.gathered, has_images: self.has_images };
            let text = map.next_value_seed(seed)?;
            together.add(&key, text);
        }
        together.tell(self.gathered, self.has_images);
        let Name { namespace, name } = name;
        let name = name.ok_or_else(|| A::Error::custom("an object has no `metadata.name`"))?;
        self.gathered.end_object(namespace.as_deref(), &name);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for MetadataSeed<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MetadataSeed<'_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metadata of an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Name, A::Error> {
        let mut name = Name::default();
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "name" => name.name = map.next_value_seed(TextOrNot)?,
                "namespace" => name.namespace = map.next_value_seed(TextOrNot)?,
                // Who wrote which field: names of fields, and no values.
                "managedFields" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value_seed(ValueSeed { gathered: &mut *self.0, has_images: false })?;
                }
            }
        }
        Ok(name)
    }
}

/// Gives the value if it is a text, which is looked at where it stands.
impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Option<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Option<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.gathered.read_text(text);
        // No longer than a name can be that stands beside another.
        Ok((text.len() <= 1024).then(|| text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        loop {
            let seed = ValueSeed { gathered: &mut *self.gathered, has_images: self.has_images };
            if items.next_element_seed(seed)?.is_none() {
                return Ok(None);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut together = Together::default();
        while let Some(key) = map.next_key::<String>()? {
            let seed = ValueSeed { gathered: &mut *self.gathered, has_images: self.has_images };
            let text = map.next_value_seed(seed)?;
            together.add(&key, text);
        }
        together.tell(self.gathered, self.has_images);
        Ok(None)
    }
}

impl Together {
    fn add(&mut self, key: &str, text: Option<Box<str>>) {
        match key {
            "image" => self.image = text,
            "imageID" => self.image_id = text,
            "registry" => self.registry = text,
            "repository" => self.repository = text,
            "tag" => self.tag = text,
            _ => {}
        }
    }

    /// What they say: an image, maybe with the digest that was pulled for it, and what charts write
    /// apart.
    fn tell(self, gathered: &mut Gathered, has_images: bool) {
        if let Some(image) = self.image.filter(|image| has_images && !image.is_empty()) {
            let resolved = self.image_id.as_deref().and_then(digest_of);
            gathered.read_image(&image, resolved);
        }
        if let (Some(repository), Some(tag)) = (self.repository, self.tag) {
            let host = self.registry.map(|registry| format!("{registry}/")).unwrap_or_default();
            gathered.read_text(&format!("{host}{repository}:{tag}"));
            gathered.read_text(&format!("{repository}:{tag}"));
        }
    }
}

/// What follows the last `@` of `docker-pullable://registry/repository@sha256:...`. A digest alone is
/// the one of an image's configuration, which no registry knows.
fn digest_of(image_id: &str) -> Option<Digest> {
    image_id.rsplit_once('@')?.1.parse().ok()
}

impl<'de> DeserializeSeed<'de> for TextOrNot {
    type Value = Option<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let text: Option<Box<str>> = serde::Deserialize::deserialize(deserializer)?;
        Ok(text.filter(|text| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::found::Mention;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn app(tag: &str) -> String {
        format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:{tag}")
    }

    fn read(list: &Value, has_images: bool) -> Result<(Page, Vec<Mention>), serde_json::Error> {
        let mut gathered = Gathered::new(Arc::default());
        let text = list.to_string();
        let mut from = serde_json::Deserializer::from_str(&text);
        let page = PageSeed { gathered: &mut gathered, has_images }.deserialize(&mut from)?;
        Ok((page, gathered.into_mentions("Any").collect()))
    }

    fn mentions(item: &Value) -> Vec<String> {
        let list = json!({ "kind": "AnyList", "metadata": {}, "items": [item] });
        let (_, mentions) = read(&list, true).unwrap();
        mentions.iter().map(|it| it.reference.to_string()).collect()
    }

    #[test]
    fn every_text_of_an_object_is_looked_at() {
        let found = mentions(&json!({
            "metadata": { "name": "x", "annotations": { "last-applied": format!("{{\"image\":\"{}\"}}", app("a")) } },
            "spec": {
                "deep": [[{ "any": app("b") }], { "script": format!("docker pull {}", app("c")) }],
                "containers": [{ "image": app("d") }, { "image": "nginx:1" }],
                "number": 1, "real": 1.5, "none": null, "yes": true, "less": -1,
            },
            "data": { "file.yaml": format!("image: {}\n", app("e")) },
        }));
        let mut expected: Vec<String> = ["a", "b", "c", "d", "e"].map(app).into();
        expected.push("nginx:1".into());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_pulled_image_has_the_digest_that_was_pulled() {
        let id =
            format!("docker-pullable://111122223333.dkr.ecr.eu-west-1.amazonaws.com/app@{DIGEST}");
        let statuses = json!([{ "name": "a", "image": app("a"), "imageID": id }]);
        for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
            let pod = json!({ "metadata": { "name": "x" }, "status": { list: statuses } });
            let list = json!({ "kind": "PodList", "metadata": {}, "items": [pod] });
            let (_, found) = read(&list, true).unwrap();
            let resolved = found.iter().find(|it| *it.reference == *app("a")).map(|it| it.resolved);
            assert!(found.iter().any(|it| it.resolved == DIGEST.parse().ok()), "{resolved:?}");
            assert!(found.iter().any(|it| it.reference.contains("app@sha256:")), "{found:?}");
        }
    }

    #[test]
    fn the_digest_of_a_configuration_is_none_of_an_image() {
        assert_eq!(digest_of(&format!("docker://{DIGEST}")), None);
        assert_eq!(digest_of(""), None);
    }

    #[test]
    fn what_a_chart_writes_apart_is_put_together() {
        let found = mentions(&json!({
            "metadata": { "name": "x" },
            "spec": { "values": { "image": {
                "registry": "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
                "repository": "app", "tag": "v7",
            } } },
        }));
        assert_eq!(found, [app("v7")]);
    }

    #[test]
    fn an_image_that_cannot_be_read_is_told_where_an_image_stands() {
        let odd = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:{{tag}}";
        let item = json!({ "metadata": { "name": "x" }, "spec": { "image": odd } });
        assert!(mentions(&item).contains(&odd.to_owned()));
        let list = json!({ "kind": "ConfigMapList", "metadata": {}, "items": [item] });
        let (_, found) = read(&list, false).unwrap();
        assert!(found.iter().all(|it| &*it.reference != odd), "{found:?}");
    }

    #[test]
    fn a_list_says_where_it_goes_on_and_what_it_is() {
        let (page, _) = read(
            &json!({ "kind": "PodList", "metadata": { "continue": "x" }, "items": null }),
            true,
        )
        .unwrap();
        assert_eq!((page.is_list, page.has_items, page.next.as_deref()), (true, true, Some("x")));
        let (page, _) =
            read(&json!({ "kind": "Status", "metadata": { "continue": "" } }), true).unwrap();
        assert_eq!((page.is_list, page.has_items, page.next), (false, false, None));
    }

    #[test]
    fn an_object_without_a_name_is_not_passed_over() {
        for item in [json!({ "metadata": {} }), json!({}), json!("x"), json!(null)] {
            let list = json!({ "kind": "AnyList", "metadata": {}, "items": [item] });
            assert!(read(&list, true).is_err(), "{item}");
        }
    }

    #[test]
    fn nothing_but_references_is_kept() {
        let found = mentions(&json!({
            "metadata": { "name": "x", "labels": { "image": "hunter2" }, "annotations": { "a": "hunter2/x" } },
            "spec": { "env": [{ "name": "PASSWORD", "value": "hunter2" }], "image": "not hunter2" },
            "data": "hunter2",
        }));
        assert_eq!(found, Vec::<String>::new());
    }
}
