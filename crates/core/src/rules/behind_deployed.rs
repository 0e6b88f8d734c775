//! The rule `behind_deployed`: what was pushed since the oldest image of the last revisions.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{FieldSpec, KeepRule, Kind, Looking, Needs, Value, Values};
use crate::decide::{Facts, Reasons, time};
use crate::evidence::Named;
use crate::policy::Form;
use crate::{Account, Digest, ReasonCode, Region, TaskDefinitionStatus};

/// Images pushed since the oldest one of the last revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BehindDeployed {
    /// How many revisions before the highest.
    pub revisions: u32,
}

const FORM: Form = Form::new(&[FieldSpec::new(
    "revisions",
    Kind::Count { most: u32::MAX as u64 },
    "How many revisions before the highest.",
)
.required()]);

/// The revisions of one family that name the repository.
#[derive(Default)]
struct Family<'a> {
    revisions: BTreeMap<u32, Vec<Named<'a>>>,
    highest_active: Option<u32>,
}

impl KeepRule for BehindDeployed {
    const FIELD: FieldSpec = FieldSpec::new(
        "behind_deployed",
        Kind::Form(&FORM),
        "Keeps everything pushed since the oldest image of the last revisions of the task definitions that use the repository.",
    );

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        let revisions = u32::try_from(values.get::<u64>("revisions")?).ok()?;
        Some(Self { revisions })
    }

    fn value(&self) -> Value {
        Values::default().with("revisions", u64::from(self.revisions)).into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        let threshold = match self.threshold(looking.facts) {
            Ok(threshold) => threshold,
            Err(problem) => {
                return looking.keep_everything(&ReasonCode::NoAnchor, reasons, &problem);
            }
        };
        for (at, image) in looking.images() {
            if let Some(pushed_at) = image.pushed_at
                && pushed_at >= threshold
            {
                let detail = format!(
                    "pushed {pushed_at}; the oldest image of the last {} revisions was pushed {threshold}",
                    u64::from(self.revisions) + 1
                );
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let facts = looking.facts;
        let threshold = self.threshold(facts).ok()?;
        let pushed = time(facts.graph.image(at).pushed_at, facts.now);
        Some(format!("pushed {pushed}; it keeps what was since {threshold}"))
    }

    /// One more than it counts back.
    fn needs(&self) -> Needs {
        let task_definition_revisions = self.revisions.saturating_add(1);
        Needs { task_definition_revisions, ..Needs::default() }
    }
}

impl BehindDeployed {
    /// The oldest push time of the images in any family's window, or why there is none.
    fn threshold(self, facts: &Facts<'_>) -> Result<Timestamp, String> {
        let families = families(facts);
        let tags = tags(facts);
        let mut threshold: Option<Timestamp> = None;
        for ((_, _, name), family) in &families {
            let Some(highest) = family.highest_active else { continue };
            let start = highest
                .checked_sub(self.revisions)
                .and_then(|below| family.revisions.range(..=below).next_back())
                .or_else(|| family.revisions.first_key_value())
                .map_or(highest, |(revision, _)| *revision);
            for (revision, named) in family.revisions.range(start..) {
                for named in named {
                    let pushed_at = pushed_at(facts, &tags, *named).ok_or_else(|| {
                        let reference = &named.usage.reference;
                        format!(
                            "{name}:{revision} names {reference}, which is gone or has no push time"
                        )
                    })?;
                    threshold = Some(threshold.map_or(pushed_at, |oldest| oldest.min(pushed_at)));
                }
            }
        }
        threshold.ok_or_else(|| {
            "no task-definition family has an active revision that names the repository".to_owned()
        })
    }
}

fn families<'a>(facts: &Facts<'a>) -> BTreeMap<(&'a Account, &'a Region, &'a str), Family<'a>> {
    let mut families: BTreeMap<_, Family<'a>> = BTreeMap::new();
    for named in &facts.evidence.named {
        let usage = named.usage;
        let Some(definition) = &usage.task_definition else { continue };
        let family =
            families.entry((&usage.account, &usage.region, &*definition.family)).or_default();
        family.revisions.entry(definition.revision).or_default().push(*named);
        if definition.status == TaskDefinitionStatus::Active {
            family.highest_active = family.highest_active.max(Some(definition.revision));
        }
    }
    families
}

fn tags<'a>(facts: &Facts<'a>) -> HashMap<&'a str, Digest> {
    facts
        .graph
        .images()
        .flat_map(|(_, image)| image.tags.iter().map(|tag| (&**tag, image.digest)))
        .collect()
}

/// A digest in the reference decides which image it is, else the tag.
fn pushed_at(
    facts: &Facts<'_>,
    tags: &HashMap<&str, Digest>,
    named: Named<'_>,
) -> Option<Timestamp> {
    let digest = match (named.digest, named.tag) {
        (Some(digest), _) => digest,
        (None, tag) => *tags.get(tag?)?,
    };
    facts.graph.image(facts.graph.find(digest)?).pushed_at
}
