//! What names images in the objects of one resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_core::{
    Aliases, Digest, Reference, ScanPlace, Source, Usage, UsageKind, is_like_reference, mentioned,
};
use jiff::Timestamp;

/// A text that reads as a reference, in an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The kind of the object in lower case with dashes: `replica-set`.
    pub kind: Arc<str>,
    /// The namespace, of an object that is in one.
    pub namespace: Option<Box<str>>,
    /// The object's name. Where many of a namespace say the same, such as the pods of a deployment,
    /// it is the first of them.
    pub name: Box<str>,
    /// The reference as it is spelled there.
    pub reference: Box<str>,
    /// The digest that was pulled for it.
    pub resolved: Option<Digest>,
}

impl Mention {
    /// The row of usage, of a cluster in a place. `cluster` is what names it: its ARN, if it has one.
    #[must_use]
    pub fn into_usage(self, place: &ScanPlace, cluster: &str, seen_at: Timestamp) -> Usage {
        let Self { kind, namespace, name, reference, resolved } = self;
        let namespace = namespace.map(|it| format!("{it}/")).unwrap_or_default();
        Usage {
            reference,
            kind: UsageKind::within(Source::Kubernetes, &kind),
            arn: format!("{cluster}/{namespace}{kind}/{name}").into(),
            account: place.account.clone(),
            region: place.region.clone(),
            cluster: place.cluster.clone(),
            task_definition: None,
            resolved,
            deployed_at: None,
            seen_at: Some(seen_at),
        }
    }
}

type Said = (Option<Box<str>>, Box<str>, Option<Digest>);

/// What the objects of one resource say, each thing once a namespace.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) aliases: Arc<Aliases>,
    /// What the object says that is being read.
    object: Vec<(Box<str>, Option<Digest>)>,
    names: BTreeMap<Said, Box<str>>,
    pub(crate) objects: u64,
}

impl Gathered {
    pub(crate) const fn new(aliases: Arc<Aliases>) -> Self {
        Self { aliases, object: Vec::new(), names: BTreeMap::new(), objects: 0 }
    }

    /// Adds what a text mentions that may be anything.
    pub(crate) fn read_text(&mut self, text: &str) {
        for reference in mentioned(text, &self.aliases) {
            self.object.push((reference.into(), None));
        }
    }

    /// Adds the text of a field that names an image: what cannot be read is told, too, as anything
    /// may be behind it.
    pub(crate) fn read_image(&mut self, text: &str, resolved: Option<Digest>) {
        let read = Reference::parse(text, &self.aliases);
        if read.is_err() || is_like_reference(text) {
            self.object.push((text.into(), resolved));
        } else {
            self.read_text(text);
        }
    }

    /// Ends an object.
    pub(crate) fn end_object(&mut self, namespace: Option<&str>, name: &str) {
        self.objects += 1;
        for (reference, resolved) in self.object.drain(..) {
            let said = (namespace.map(Into::into), reference, resolved);
            let first = self.names.entry(said).or_insert_with(|| name.into());
            if *name < **first {
                *first = name.into();
            }
        }
    }

    /// Forgets an object of which no more comes.
    pub(crate) fn drop_object(&mut self) {
        self.object.clear();
    }

    pub(crate) fn into_mentions(self, kind: &str) -> impl Iterator<Item = Mention> {
        let kind: Arc<str> = with_dashes(kind).into();
        self.names.into_iter().map(move |((namespace, reference, resolved), name)| Mention {
            kind: kind.clone(),
            namespace,
            name,
            reference,
            resolved,
        })
    }
}

/// `replica-set` from `ReplicaSet`, `http-route` from `HTTPRoute`.
fn with_dashes(kind: &str) -> String {
    let mut text = String::new();
    let characters: Vec<char> = kind.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(at + 1);
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            text.push('-');
        }
        // A kind is a DNS label, but for its case.
        let is_good = character.is_ascii_alphanumeric();
        text.push(if is_good { character.to_ascii_lowercase() } else { '-' });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_with_dashes() {
        for (kind, text) in [
            ("Pod", "pod"),
            ("ReplicaSet", "replica-set"),
            ("HTTPRoute", "http-route"),
            ("CSIDriver", "csi-driver"),
            ("APIService", "api-service"),
            ("Foo2", "foo2"),
        ] {
            assert_eq!(with_dashes(kind), text);
        }
    }

    #[test]
    fn what_many_objects_say_is_told_once_a_namespace_with_the_first_name() {
        let mut gathered = Gathered::new(Arc::default());
        for (namespace, name) in [("shop", "b"), ("shop", "a"), ("shop", "c"), ("other", "z")] {
            gathered.read_image("nginx:1", None);
            gathered.end_object(Some(namespace), name);
        }
        let mentions: Vec<_> = gathered.into_mentions("Pod").collect();
        let told: Vec<_> = mentions.iter().map(|it| (it.namespace.as_deref(), &*it.name)).collect();
        assert_eq!(told, [(Some("other"), "z"), (Some("shop"), "a")]);
    }
}
