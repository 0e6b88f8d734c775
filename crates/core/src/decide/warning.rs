//! What the reader of a plan should know besides the verdicts.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::SignedDuration;

use super::{Facts, Reasons, listed};
use crate::rules::Looking;
use crate::wording::{First, plural};
use crate::{
    Bytes, Digest, Image, Reason, ReasonCode, Role, TaskDefinitionStatus, Usage, Warning,
    WarningCode,
};

pub(super) fn find(facts: &Facts<'_>, reasons: &Reasons) -> Vec<Warning> {
    let mut warnings = missing_images(facts);
    warnings.extend(of_rules(facts));
    warnings.extend(old_revisions_only(facts, reasons));
    warnings.extend(only_recently_pulled(facts, reasons));
    warnings.extend(incomplete_indexes(facts, reasons));
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

/// What keep rules have to tell.
fn of_rules(facts: &Facts<'_>) -> Vec<Warning> {
    let in_full = in_full(facts);
    let mut warnings = Vec::new();
    for looking in Looking::all(facts) {
        for (code, detail) in looking.clause.iter().flat_map(|rule| rule.warnings(&looking)) {
            warnings.push(Warning { code, detail: format!("{in_full}: {detail}").into() });
        }
    }
    warnings
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
    let by_old = |reason: &Reason| {
        matches!(&reason.code, ReasonCode::UsedBy(kind) if kind.role() == Role::Defines)
            && reason.evidence.iter().all(is_old)
    };
    // What an index lists, or refers to an image, is kept by what keeps that.
    let mut kept: Vec<bool> = reasons.iter().map(|it| it.iter().any(by_old)).collect();
    let mut by_others: Vec<bool> =
        reasons.iter().map(|it| it.iter().any(|it| !by_old(it) && !follows(it))).collect();
    facts.graph.close(&mut kept);
    facts.graph.close(&mut by_others);
    let (mut images, mut bytes) = (0_u64, 0_u64);
    for ((_, image), (kept, by_others)) in facts.graph.images().zip(kept.iter().zip(&by_others)) {
        if *kept && !by_others {
            images += 1;
            bytes = bytes.saturating_add(image.own_bytes().unwrap_or(0));
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

/// How much of what would go recent pulls alone keep, where that is more than half of it.
fn only_recently_pulled(facts: &Facts<'_>, reasons: &Reasons) -> Option<Warning> {
    if !reasons.iter().flatten().any(is_pull) {
        return None;
    }
    let mut by_others: Vec<bool> = reasons.iter().map(|it| it.iter().any(is_other)).collect();
    let mut kept: Vec<bool> = by_others.clone();
    for (kept, reasons) in kept.iter_mut().zip(reasons) {
        *kept |= reasons.iter().any(is_pull);
    }
    facts.graph.close(&mut by_others);
    facts.graph.close(&mut kept);
    let would_go = by_others.iter().filter(|by_others| !**by_others).count();
    let is_pulled = |(by_others, kept): (&bool, &bool)| !by_others && *kept;
    let pulled = by_others.iter().zip(&kept).filter(|it| is_pulled(*it)).count();
    (2 * pulled > would_go).then(|| Warning {
        code: WarningCode::OnlyRecentlyPulled,
        detail: format!(
            "{}: nothing but recent pulls keeps {pulled} of {would_go} images that would go{}; where \
             they are a scanner's, exclude its role from pull times in this registry: \
             `aws ecr register-pull-time-update-exclusion --principal-arn ROLE`",
            in_full(facts),
            read_by_another_store(facts, reasons).unwrap_or_default()
        )
        .into(),
    })
}

/// What a run that reads manifests in no time at all leaves behind, in a store that does not know of it.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

/// That what nothing but pulls keeps are indexes, all pulled at once: nobody who deploys does that, and a run with another
/// run store does.
fn read_by_another_store(facts: &Facts<'_>, reasons: &Reasons) -> Option<String> {
    let mut times = Vec::new();
    for ((_, image), reasons) in facts.graph.images().zip(reasons) {
        if reasons.iter().any(is_pull) && !reasons.iter().any(is_other) {
            if !image.is_index() {
                return None;
            }
            times.push(image.pulled_at?);
        }
    }
    let (first, last) = (times.iter().min()?, times.iter().max()?);
    let is_at_once = times.len() > 1 && last.duration_since(*first) <= AT_ONCE;
    is_at_once.then(|| {
        format!(
            ", all indexes, and all pulled within a minute of {first}: so does a run with another run \
             store, whose reads this one takes for pulls. Use one store for a registry"
        )
    })
}

fn is_pull(reason: &Reason) -> bool {
    match reason.code {
        ReasonCode::RecentlyPulled => true,
        ReasonCode::Rule(rule) => rule.goes_by_pulls(),
        _ => false,
    }
}

/// Whether an image is kept because another one is.
const fn follows(reason: &Reason) -> bool {
    matches!(
        reason.code,
        ReasonCode::ChildOfKeptIndex
            | ReasonCode::ReferrerOfKeptImage
            | ReasonCode::IndexOfUsedImage
    )
}

/// Whether something keeps an image that is neither a pull, nor the graph, nor what only holds
/// back what would go.
fn is_other(reason: &Reason) -> bool {
    let follows = matches!(
        reason.code,
        ReasonCode::ChildOfKeptIndex
            | ReasonCode::ReferrerOfKeptImage
            | ReasonCode::InGrace
            | ReasonCode::InArchive
            | ReasonCode::OverLimit
    );
    !follows && !is_pull(reason)
}

/// How many indexes a warning names.
const TOLD: usize = 5;

/// Indexes that are kept and cannot be pulled whole.
fn incomplete_indexes(facts: &Facts<'_>, reasons: &Reasons) -> Option<Warning> {
    let is_missing = |child: &&Digest| facts.graph.find(**child).is_none();
    let missing = |image: &Image| -> u64 {
        let missing: BTreeSet<&Digest> = image.known_children().iter().filter(is_missing).collect();
        missing.len() as u64
    };
    let incomplete: Vec<String> = facts
        .graph
        .images()
        .filter(|(at, _)| !reasons[*at].is_empty())
        .filter_map(|(_, image)| {
            let missing = missing(image);
            if missing == 0 {
                return None;
            }
            let images = plural(missing, "image");
            let mut tags = image.tags.clone();
            tags.sort();
            let tags =
                if tags.is_empty() { String::new() } else { format!(" ({})", listed(&tags)) };
            Some(format!("{}{tags} lacks {missing} {images}", image.digest))
        })
        .collect();
    if incomplete.is_empty() {
        return None;
    }
    Some(Warning {
        code: WarningCode::IncompleteIndex,
        detail: format!(
            "{}: indexes are kept that list images which are not there, so that they cannot be \
             pulled whole: {}; push them again",
            in_full(facts),
            First::of(TOLD, incomplete).joined("; ")
        )
        .into(),
    })
}

fn in_full(facts: &Facts<'_>) -> String {
    format!("{}/{}", facts.registry, facts.repository.name)
}
