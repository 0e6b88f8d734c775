//! The rule `behind_tags`: what lies around the oldest image that carries one of the tags.

use jiff::Timestamp;

use super::{FieldSpec, KeepRule, Kind, Looking, Value, Values};
use crate::decide::{Reasons, time};
use crate::graph::Standing;
use crate::policy::Form;
use crate::{Age, Digest, Pattern, ReasonCode};

/// Images around the oldest one that carries one of the tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindTags {
    /// The tags.
    pub tags: Vec<Pattern>,
    /// What was pushed at most so long before it.
    pub within: Option<Age>,
    /// At least so many pushed before it.
    pub newest: u64,
}

const FORM: Form = Form::new(&[
    FieldSpec::new("tags", Kind::List(&Kind::Pattern), "The tags of the images to count from.")
        .required_as("the tags of the images to count from"),
    FieldSpec::new("within", Kind::Age, "Keeps what was pushed at most so long before that image."),
    FieldSpec::new(
        "newest",
        Kind::Count { most: u64::MAX },
        "Keeps at least so many images pushed before that image.",
    )
    .default_to("0"),
])
.expecting("`tags`, and `within`, `newest` or both");

/// The image that the rule counts from.
struct Anchor {
    digest: Digest,
    pushed_at: Timestamp,
}

/// Why there is no image to count from.
enum NoAnchor {
    /// One carries a tag, and may be the oldest.
    Unknown(Digest),
    /// None carries any.
    Untagged,
}

impl BehindTags {
    fn anchor(&self, looking: &Looking<'_, '_>) -> Result<Anchor, NoAnchor> {
        let is_named = |tag: &str| self.tags.iter().any(|pattern| pattern.matches(tag));
        let mut anchor = Err(NoAnchor::Untagged);
        for (_, image) in looking.images() {
            if image.tags.iter().any(|tag| is_named(tag)) {
                let digest = image.digest;
                let pushed_at = image.pushed_at.ok_or(NoAnchor::Unknown(digest))?;
                anchor = Ok(Anchor { digest, pushed_at });
            }
        }
        anchor
    }
}

impl KeepRule for BehindTags {
    const FIELD: FieldSpec = FieldSpec::new(
        "behind_tags",
        Kind::Form(&FORM),
        "Keeps what is newer than the oldest image with one of the tags, and some of what is older.",
    );

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        values.find("tags")?;
        Some(Self {
            tags: values.list("tags"),
            within: values.get("within"),
            newest: values.get("newest").unwrap_or_default(),
        })
    }

    fn value(&self) -> Value {
        Values::default()
            .with_list("tags", &self.tags)
            .with_any("within", self.within)
            .with("newest", self.newest)
            .into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let anchor = match self.anchor(looking) {
            Ok(anchor) => anchor,
            Err(NoAnchor::Unknown(digest)) => {
                let detail =
                    format!("{digest} carries one of the tags, and when it was pushed is not known");
                return looking.keep_everything(&ReasonCode::NoAnchor, reasons, &detail);
            }
            Err(NoAnchor::Untagged) => {
                let detail = "no image carries any of the tags of `behind_tags`";
                return looking.keep_everything(&ReasonCode::NoAnchor, reasons, detail);
            }
        };
        let since = self.within.map_or(anchor.pushed_at, |within| within.before(anchor.pushed_at));
        let mut before = 0;
        for (at, image) in looking.images() {
            let Some(pushed_at) = image.pushed_at else { continue };
            let standing = looking.standing(at);
            let is_before = pushed_at < anchor.pushed_at && standing != Standing::NotCounted;
            let has_a_place = is_before && before < self.newest;
            before += u64::from(is_before && standing == Standing::TopLevel);
            if pushed_at >= since || has_a_place {
                let detail = format!("pushed {pushed_at}; the anchor is {}", anchor.digest);
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        let pushed = time(facts.graph.image(at).pushed_at, facts.now);
        Some(match self.anchor(looking) {
            Ok(Anchor { digest, pushed_at }) => {
                let anchored = time(Some(pushed_at), facts.now);
                format!("pushed {pushed}; its anchor {digest} was pushed {anchored}")
            }
            Err(NoAnchor::Unknown(digest)) => {
                format!("pushed {pushed}; when its anchor {digest} was pushed is not known")
            }
            Err(NoAnchor::Untagged) => {
                format!("pushed {pushed}; no image carries any of its tags")
            }
        })
    }

    fn tag_patterns(&self) -> &[Pattern] {
        &self.tags
    }
}
