//! Who else deletes here: ECR's own lifecycle policies, and those who call for it.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::trail::{Deletions, TrailReader};
use ecr_sweep_core::wording::plural;
use ecr_sweep_core::{Place, RepositoryId};
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use futures::{StreamExt, join, stream};
use jiff::Timestamp;

use super::Examined;
use super::findings::Findings;
use super::fixes::reader_in;
use super::registries::Matched;
use crate::Reading;

/// Looks at the repositories that would be swept.
pub(super) async fn examine(reading: &Reading, matched: &Matched) -> Examined {
    let (policies, trails) = join!(lifecycle_policies(reading, matched), trails(reading, matched));
    let mut findings = policies;
    findings.merge(trails);
    Examined::new(DoctorPart::Deleters, matched.len() as u64, findings)
}

async fn lifecycle_policies(reading: &Reading, matched: &Matched) -> Findings {
    let read: Vec<_> = stream::iter(matched)
        .map(async |id| {
            let registry = reading.sessions.registry(&id.registry);
            (id, registry.lifecycle_policy(&id.name).await)
        })
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let mut findings = Findings::default();
    for (id, policy) in read {
        match policy {
            Ok(None) => {}
            Ok(Some(_)) => {
                let problem = "a lifecycle policy of ECR deletes here, too";
                let fix = "look at it with `aws ecr get-lifecycle-policy --repository-name NAME`, put what it keeps into the policy, then end it with `aws ecr delete-lifecycle-policy --repository-name NAME`";
                findings.add(DoctorCode::LifecyclePolicy, id, problem, fix);
            }
            Err(error) => {
                let reader = reader_in(reading, &id.registry.account);
                let what = "whether a lifecycle policy deletes there";
                findings.add_not_checked(&reader, id, what, &error);
            }
        }
    }
    findings
}

/// What the trails of the registries say of the last days.
async fn trails(reading: &Reading, matched: &Matched) -> Findings {
    let registries: BTreeSet<&Place> = matched.iter().map(|id| &id.registry).collect();
    let now = reading.now();
    let read: Vec<_> = stream::iter(registries)
        .map(async |place| (place, reading.sessions.trail(place).deletions(now).await))
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let mut findings = Findings::default();
    for (place, deletions) in read {
        add_deletions(reading, place, matched, deletions, &mut findings);
    }
    findings
}

/// How often something was done, and when last.
struct Seen<T> {
    count: T,
    last: Timestamp,
}

fn add_deletions(
    reading: &Reading,
    place: &Place,
    matched: &Matched,
    deletions: Deletions,
    findings: &mut Findings,
) {
    let days = TrailReader::DELETIONS_OF_DAYS;
    let is_swept = |name: &str| matched.contains(&RepositoryId::new(place, name));
    let mut expired: BTreeMap<Box<str>, Seen<u64>> = BTreeMap::new();
    for event in deletions.expired.into_iter().filter(|it| is_swept(&it.repository)) {
        let seen = expired.entry(event.repository).or_insert(Seen { count: 0, last: event.at });
        seen.count += event.images;
        seen.last = seen.last.max(event.at);
    }
    for (name, Seen { count, last }) in expired {
        let images = format!("{count} {}", plural(count, "image"));
        let problem = format!(
            "in the last {days} days its lifecycle policy has deleted {images}, the last at {last}"
        );
        let fix = "restore what is missed by pushing it again; then end the policy with `aws ecr delete-lifecycle-policy --repository-name NAME`";
        let id = RepositoryId::new(place, &name);
        findings.add(DoctorCode::LifecycleDeletions, &id, problem, fix);
    }
    let mut others: BTreeMap<Box<str>, Seen<BTreeSet<Box<str>>>> = BTreeMap::new();
    for event in deletions.deleted.into_iter().filter(|it| !it.caller.is_own) {
        if !is_swept(&event.repository) {
            continue;
        }
        let new = Seen { count: BTreeSet::new(), last: event.at };
        let seen = others.entry(event.caller.principal).or_insert(new);
        seen.count.insert(event.repository);
        seen.last = seen.last.max(event.at);
    }
    for (principal, Seen { count, last }) in others {
        let count = count.len() as u64;
        let repositories = format!("{count} {}", plural(count, "repository"));
        let problem = format!(
            "in the last {days} days it has deleted images from {repositories} of {place}, the last at {last}"
        );
        let fix = "where that is not meant, take `ecr:BatchDeleteImage` from it; or leave those repositories to it, out of the policy";
        findings.add(DoctorCode::OthersDelete, &principal, problem, fix);
    }
    if let Some(error) = deletions.failed {
        let reader = reader_in(reading, &place.account);
        findings.add_not_checked(&reader, place, "who else has deleted images", &error);
    }
    for reason in deletions.not_read {
        let fix = "look into the trail's own bucket for the rest";
        let problem = format!("cannot check who else has deleted images: {reason}");
        findings.add(DoctorCode::NotChecked, place, problem, fix);
    }
}
