//! What is served of the usage that a snapshot tells: one thing for each row, by an operation that
//! tells of its kind, which names the row's image wherever a thing of that operation can.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecr_sweep_core::{Aliases, ImageReference, Place, Reference, Source, Usage};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::ENCODED;
use super::operations::{KNOWN, Known};

/// Where a sample names the image that it has.
const IMAGE: &str = "REGISTRY/";
const REPOSITORY: &str = "table/";
const TAG: &str = "v#";
const ARN: &str = "REPOSITORIES/";
const DIGEST: &str = "sha256:";

/// Where things of an operation can name images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As a value that is an image, whatever it says.
    Image,
    /// In a text that says more.
    Text,
    /// In parts: the repository and the tag.
    Parts,
    /// By its ARN, which has the digest.
    Arn,
}

/// A row, as it is served.
#[derive(Debug)]
pub(crate) struct Served {
    pub(super) place: Place,
    /// The operations that lead there, the one that names the image among them.
    leads: BTreeSet<String>,
    by: String,
    way: Way,
    usage: Usage,
}

/// The operations that tell of a kind, each with where a thing of it names images.
static TELLING: LazyLock<BTreeMap<&'static str, Vec<(&'static Known, Way)>>> =
    LazyLock::new(|| {
        let mut telling: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for known in KNOWN.iter() {
            if let (Some(kind), Some(way)) = (&known.kind, way(&known.sample)) {
                telling.entry(&**kind).or_default().push((known, way));
            }
        }
        telling
    });

/// The kinds of usage of which a simulator serves what its snapshot tells, sorted, besides those that
/// are workloads.
pub fn served_kinds() -> impl Iterator<Item = &'static str> {
    TELLING.keys().copied()
}

/// A row of usage as a scan finds it where a simulator serves it. None: nothing of its kind is served,
/// or nothing of it can name such an image.
#[must_use]
pub fn as_served(usage: &Usage) -> Option<Usage> {
    if usage.kind.source() == Source::Kubernetes {
        let names_one = usage.cluster.is_some() && !usage.reference.is_empty();
        return names_one.then(|| usage.clone());
    }
    Served::of(usage).map(|served| served.usage)
}

/// The services of which each operation tells of a kind, or leads there, as faults spell them.
pub fn services_of(kind: &str) -> impl Iterator<Item = &'static str> {
    let kind = kind.to_owned();
    let leads = move |known: &&'static Known| {
        let below = below(known);
        KNOWN.iter().any(|it| below.contains(&it.key()) && it.kind.as_deref() == Some(&*kind))
    };
    KNOWN.iter().filter(leads).map(|known| &*known.service).collect::<BTreeSet<_>>().into_iter()
}

impl Served {
    pub(crate) fn of(usage: &Usage) -> Option<Self> {
        let telling = TELLING.get(usage.kind.as_str())?;
        let able: Vec<_> = telling
            .iter()
            .filter_map(|(known, way)| Some((known, *way, told(known, *way, usage)?)))
            .collect();
        let number = Sha256::digest(&*usage.arn)[0];
        let at = usize::from(number).checked_rem(able.len())?;
        let (known, way, usage) = able.into_iter().nth(at)?;
        let by = known.key();
        let leads = KNOWN.iter().filter(|it| below(it).contains(&by)).map(Known::key).collect();
        let place = usage.place();
        Some(Self { place, leads, by, way, usage })
    }

    /// Whether an operation tells of it, or leads there.
    pub(super) fn is_told_by(&self, known: &Known) -> bool {
        self.leads.contains(&known.key())
    }

    /// The thing that an operation tells of, with this number.
    pub(super) fn thing(&self, known: &Known, suffix: &str) -> Value {
        let named = (known.key() == self.by).then_some(self);
        filled(&known.sample, suffix, named)
    }

    /// What stands for a text of a sample that names an image.
    fn text(&self, text: &str) -> Value {
        let image = ecr_image(&self.usage.reference);
        match self.way {
            Way::Image if text.starts_with(IMAGE) => (*self.usage.reference).into(),
            Way::Image if text.starts_with(DIGEST) => {
                self.usage.resolved.map_or(Value::Null, |digest| digest.to_string().into())
            }
            Way::Text if text.contains(IMAGE) => within(text, &self.usage.reference),
            Way::Parts if text.starts_with(REPOSITORY) => {
                image.map_or(Value::Null, |image| (*image.repository).into())
            }
            Way::Parts if text == TAG => {
                image.and_then(|image| image.tag).map_or(Value::Null, |tag| (*tag).into())
            }
            Way::Arn if text.starts_with(ARN) => image
                .and_then(|image| {
                    let ImageReference { registry, repository, digest, .. } = image;
                    let Place { account, region } = registry;
                    Some(format!(
                        "arn:aws:ecr:{region}:{account}:repository/{repository}/{}",
                        digest?
                    ))
                })
                .into(),
            _ => nothing(text),
        }
    }
}

/// The operation and all that are below it.
fn below(known: &Known) -> BTreeSet<String> {
    let mut all = BTreeSet::from([known.key()]);
    let mut open: Vec<&String> = known.then.iter().collect();
    while let Some(key) = open.pop() {
        if all.insert(key.clone()) {
            let next = KNOWN.iter().filter(|it| it.key() == *key);
            open.extend(next.flat_map(|it| &it.then));
        }
    }
    all
}

/// Where a sample can name an image: of several ways the one that can name most.
fn way(sample: &Value) -> Option<Way> {
    let mut texts = Vec::new();
    texts_in(sample, &mut texts);
    let any = |is: fn(&str) -> bool| texts.iter().any(|text| is(text));
    if any(|text| text.starts_with(IMAGE)) {
        Some(Way::Image)
    } else if any(|text| !text.starts_with(IMAGE) && text.contains(IMAGE)) {
        Some(Way::Text)
    } else if any(|text| text.starts_with(REPOSITORY)) {
        Some(Way::Parts)
    } else {
        any(|text| text.starts_with(ARN)).then_some(Way::Arn)
    }
}

fn texts_in<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_in(item, into)),
        Value::Object(members) => members.values().for_each(|value| texts_in(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a scan finds of a row that an operation tells. None: a thing of it cannot name its image.
fn told(known: &Known, way: Way, usage: &Usage) -> Option<Usage> {
    let with = |reference: String, resolved| {
        let reference = reference.into();
        Some(Usage { reference, resolved, ..usage.clone() })
    };
    if way == Way::Image {
        let mut texts = Vec::new();
        texts_in(&known.sample, &mut texts);
        let resolves = texts.iter().any(|text| text.starts_with(DIGEST));
        if usage.reference.is_empty() {
            return None;
        }
        return with(usage.reference.to_string(), usage.resolved.filter(|_| resolves));
    }
    let image = ecr_image(&usage.reference)?;
    match (way, &image.tag, image.digest) {
        (Way::Text, ..) => with(usage.reference.to_string(), None),
        (Way::Parts, Some(_), None) if image.registry == usage.place() => {
            with(usage.reference.to_string(), None)
        }
        (Way::Arn, _, Some(digest)) => {
            let (host, repository) = (host(&image.registry), &image.repository);
            with(format!("{host}/{repository}@{digest}"), None)
        }
        _ => None,
    }
}

/// The image that a reference names in the plainest way.
fn ecr_image(reference: &str) -> Option<ImageReference> {
    let Ok(Reference::Ecr(image)) = Reference::parse(reference, &Aliases::new()) else {
        return None;
    };
    let name = format!("{}/{}", host(&image.registry), image.repository);
    let rest = reference.strip_prefix(&name)?;
    let is_plain = rest.starts_with([':', '@']) && !rest.ends_with(['.', ':', '/', '-']);
    is_plain.then_some(image)
}

fn host(registry: &Place) -> String {
    format!("{}.dkr.ecr.{}.amazonaws.com", registry.account, registry.region)
}

/// A sample with this number, and with the image of a row where it names one.
fn filled(sample: &Value, suffix: &str, named: Option<&Served>) -> Value {
    match sample {
        Value::String(text) => {
            let filled = named.map_or_else(|| nothing(text), |named| named.text(text));
            match filled {
                Value::String(text) if text.starts_with(ENCODED) => {
                    STANDARD.encode(text.trim_start_matches(ENCODED)).into()
                }
                Value::String(text) => text.replace('#', suffix).into(),
                other => other,
            }
        }
        Value::Array(items) => items.iter().map(|item| filled(item, suffix, named)).collect(),
        Value::Object(members) => {
            let filled =
                |(name, value): (&String, &Value)| (name.clone(), filled(value, suffix, named));
            Value::Object(members.iter().map(filled).collect())
        }
        other => other.clone(),
    }
}

/// A text of a sample without the image that it names.
fn nothing(text: &str) -> Value {
    let is_part = [REPOSITORY, ARN, DIGEST].iter().any(|part| text.starts_with(part));
    if is_part { Value::Null } else { within(text, "") }
}

/// A text of a sample with this image in place of its own.
fn within(text: &str, image: &str) -> Value {
    let Some((before, rest)) = text.split_once(IMAGE) else { return text.into() };
    let after = rest.find(' ').map_or("", |end| &rest[end..]);
    format!("{before}{image}{after}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(kind: &str, reference: &str) -> Usage {
        Usage {
            reference: reference.into(),
            kind: kind.parse().unwrap(),
            arn: "arn:1".into(),
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            cluster: None,
            task_definition: None,
            resolved: None,
            deployed_at: None,
            seen_at: None,
        }
    }

    #[test]
    fn every_kind_can_name_an_image_and_is_led_to_from_a_list() {
        let digest = format!("sha256:{:064}", 7);
        for kind in served_kinds() {
            let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app";
            let served = [format!("{host}:v1"), format!("{host}@{digest}")]
                .iter()
                .find_map(|reference| Served::of(&usage(kind, reference)));
            let served = served.unwrap_or_else(|| panic!("{kind}"));
            let is_root = |known: &&Known| {
                let key = known.key();
                served.is_told_by(known) && KNOWN.iter().all(|it| !it.then.contains(&key))
            };
            let roots: Vec<&Known> = KNOWN.iter().filter(is_root).collect();
            assert!(!roots.is_empty() && roots.iter().all(|root| root.is_list), "{kind}");
            let by = KNOWN.iter().find(|it| it.key() == served.by).unwrap();
            let thing = served.thing(by, ".000000");
            let mut texts = Vec::new();
            texts_in(&thing, &mut texts);
            let plain = |text: &&str| {
                let decoded = STANDARD.decode(text).ok().and_then(|it| String::from_utf8(it).ok());
                decoded.filter(|it| it.contains("team/app")).unwrap_or_else(|| (*text).to_owned())
            };
            let texts: Vec<String> = texts.iter().map(plain).collect();
            assert!(texts.iter().any(|text| text.contains("team/app")), "{kind}: {thing}");
            assert!(!texts.iter().any(|text| text.contains("table/")), "{kind}: {thing}");
            assert!(services_of(kind).next().is_some(), "{kind}");
        }
    }

    #[test]
    fn what_a_thing_cannot_name_is_not_served() {
        assert!(as_served(&usage("ecs-task", "HOST/app:v1")).is_none());
        let by_tag = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:v1";
        assert!(as_served(&usage("inspector-coverage", by_tag)).is_none());
        let foreign = usage("app-runner-service", "nginx:1");
        assert_eq!(as_served(&foreign), Some(foreign));
    }
}
