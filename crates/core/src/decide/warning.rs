//! What the reader of a plan should know besides the verdicts.

use std::collections::{BTreeMap, HashSet};

use super::{Facts, Reasons};
use crate::wording::plural;
use crate::{Bytes, ReasonCode, Role, TaskDefinitionStatus, Usage, Warning, WarningCode};

pub(super) fn find(facts: &Facts<'_>, reasons: &Reasons) -> Vec<Warning> {
    let mut warnings = missing_images(facts);
    warnings.extend(unreadable_repository_tag(facts));
    warnings.extend(old_revisions_only(facts, reasons));
    warnings.sort();
    warnings.dedup();
    warnings
}

/// References to images that do not exist: deployments that cannot be restarted.
fn missing_images(facts: &Facts<'_>) -> Vec<Warning> {
    let named = || facts.evidence.named.iter().filter(|named| named.is_here);
    let mut missing: HashSet<&str> = named().filter_map(|named| named.tag).collect();
    for tag in facts.graph.images().flat_map(|(_, image)| &image.tags) {
        missing.remove(&**tag);
    }
    named()
        .filter(|named| {
            named.tag.is_some_and(|tag| missing.contains(tag))
                || named.digest.is_some_and(|digest| facts.graph.find(digest).is_none())
        })
        .map(|named| missing_image(named.usage))
        .collect()
}

/// The warning about a reference to an image that does not exist.
pub(crate) fn missing_image(usage: &Usage) -> Warning {
    let Usage { arn, kind: source, reference, .. } = usage;
    Warning {
        code: WarningCode::MissingImage,
        detail: format!("{source} {arn} names {reference}, which does not exist").into(),
    }
}

fn unreadable_repository_tag(facts: &Facts<'_>) -> Option<Warning> {
    let problem = facts.rule.keep.iter().find_map(|rule| rule.unreadable(facts.repository))?;
    Some(Warning {
        code: WarningCode::RepositoryTagUnreadable,
        detail: format!("{}: {problem}; everything is kept", in_full(facts)).into(),
    })
}

/// How much only revisions keep that are not the highest active one of their family.
fn old_revisions_only(facts: &Facts<'_>, reasons: &Reasons) -> Option<Warning> {
    let mut highest: BTreeMap<_, u32> = BTreeMap::new();
    for usage in facts.evidence.named.iter().map(|named| named.usage) {
        if let Some(definition) = &usage.task_definition
            && definition.status == TaskDefinitionStatus::Active
        {
            let family = (&usage.account, &usage.region, &definition.family);
            let revision = highest.entry(family).or_default();
            *revision = definition.revision.max(*revision);
        }
    }
    let is_old = |usage: &Usage| {
        usage.task_definition.as_ref().is_some_and(|definition| {
            let family = (&usage.account, &usage.region, &definition.family);
            highest.get(&family).is_some_and(|highest| definition.revision < *highest)
        })
    };
    let (mut images, mut bytes) = (0_u64, 0_u64);
    for ((_, image), reasons) in facts.graph.images().zip(reasons) {
        let by_old = !reasons.is_empty()
            && reasons.iter().all(|reason| {
                matches!(&reason.code, ReasonCode::UsedBy(kind)
                    if kind.role() == Role::Defines)
                    && reason.evidence.iter().all(is_old)
            });
        if by_old {
            images += 1;
            bytes = bytes.saturating_add(image.size_bytes.unwrap_or(0));
        }
    }
    (images > 0).then(|| Warning {
        code: WarningCode::OldRevisionsOnly,
        detail: format!(
            "{}: nothing but old task-definition revisions keeps {images} {}, {}; deregister \
             those revisions, or set `usage.ecs.task_definition_revisions` to a number",
            in_full(facts),
            plural(images, "image"),
            Bytes(bytes)
        )
        .into(),
    })
}

fn in_full(facts: &Facts<'_>) -> String {
    format!("{}/{}", facts.registry, facts.repository.name)
}
