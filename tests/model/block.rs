//! What blocks a repository.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Off;
use ecr_sweep_core::{
    Admitted, ClusterName, CoverageDefault, CoverageStatus, Digest, Image, Probed, ScanPlace,
    Source,
};

use super::Scene;
use super::graph::{is_child, is_referrer};
use super::keep::is_unreadable;
use super::reference::Named;
use super::usage::Row;

pub(super) fn blocks(scene: &Scene<'_>, going: &BTreeSet<Digest>, codes: &mut BTreeSet<String>) {
    if Source::ALL.into_iter().any(|source| not_seen(scene, source)) {
        codes.insert("incomplete-usage".to_owned());
    }
    if scene.registry.unread.is_some() {
        codes.insert("registry-unreadable".to_owned());
    }
    if scene.images().iter().any(is_unreadable) {
        codes.insert("manifest-unreadable".to_owned());
    }
    if scene.rows.iter().any(|row| unresolved(scene, going, row)) {
        codes.insert("unresolved-deployment".to_owned());
    }
    // "A registry where deletions go is one from which its whole account may pull."
    let reached = scene.registry.deletes_replicate_to.iter();
    let reached: Vec<_> = reached.map(|to| Admitted::Account(to.account.clone())).collect();
    let mut may_pull = scene.repository.allows.iter().chain(&reached);
    if may_pull.any(|admitted| unscanned(scene, admitted)) {
        codes.insert("unscanned-consumer".to_owned());
    }
}

/// Whether an `off` entry turns off the source in an account and Region, or in a cluster. `None` is
/// an account, Region or cluster that nobody has named.
fn is_off(
    off: &Off,
    account: Option<&str>,
    region: Option<&str>,
    cluster: Option<&str>,
    source: Source,
) -> bool {
    let account_fits = off.accounts.is_empty()
        || off.accounts.iter().any(|named| match named {
            Admitted::Account(named) => account == Some(named.as_str()),
            Admitted::Organization | Admitted::Public => false,
        });
    let region_fits =
        off.regions.is_empty() || off.regions.iter().any(|named| region == Some(named.as_str()));
    let source_fits = off.source.is_none() || off.source == Some(source);
    let cluster_fits =
        off.clusters.is_empty() || off.clusters.iter().any(|named| cluster == Some(&**named));
    cluster_fits && account_fits && region_fits && source_fits
}

/// "Incomplete coverage blocks every repository that the failed scope could pull from: any
/// registry, except that Lambda pulls only from its own Region." Where deletions are replicated,
/// whoever could pull a replica loses it, too.
fn not_seen(scene: &Scene<'_>, source: Source) -> bool {
    let mut regions = vec![scene.registry.region.as_str()];
    for destination in &scene.registry.deletes_replicate_to {
        regions.push(destination.region.as_str());
    }
    let could_pull = |region: &str| source != Source::Lambda || regions.contains(&region);
    let off = |account: Option<&str>, region: Option<&str>, cluster: Option<&str>| {
        scene.policy.scope.off.iter().any(|off| is_off(off, account, region, cluster, source))
    };
    let off_at = |place: &ScanPlace| {
        let cluster = place.cluster.as_ref().map(ClusterName::as_str);
        off(Some(place.account.as_str()), Some(place.region.as_str()), cluster)
    };
    let rows = || scene.snapshot.coverage.except.iter().filter(|row| row.source == source);

    let failed_rows = rows().filter(|row| row.status == CoverageStatus::Failed).any(|row| {
        let place = ScanPlace {
            account: row.account.clone(),
            region: row.region.clone(),
            cluster: row.cluster.clone(),
        };
        let is_off = if row.probed == Some(Probed::Used) {
            // "What is there speaks against it", unless the policy says so.
            let cluster = place.cluster.as_ref().map(ClusterName::as_str);
            let (account, region) = (Some(place.account.as_str()), Some(place.region.as_str()));
            let mut even_if_used = scene.policy.scope.off.iter().filter(|off| off.even_if_used);
            even_if_used.any(|off| is_off(off, account, region, cluster, source))
        } else {
            off_at(&place)
        };
        could_pull(row.region.as_str()) && !is_off
    });
    // "A host that looks like ECR and does not parse makes its source failed": also where the
    // snapshot says that the source was off, for somebody has looked.
    let unreadable = scene.rows.iter().any(|row| {
        row.named == Named::Unreadable
            && row.usage.kind.source() == source
            && could_pull(row.usage.region.as_str())
            && !off_at(&row.place().into())
    });
    // There is always an account that nobody has named, in this Region and in others.
    let elsewhere = scene.snapshot.coverage.default == CoverageDefault::Failed
        && if source == Source::Lambda {
            regions.iter().any(|region| !off(None, Some(region), None))
        } else {
            !off(None, None, None)
        };
    failed_rows || unreadable || elsewhere
}

/// "A running deployment that names only a tag, and whose own row has no `resolved`, pins an image
/// that nobody can tell. It blocks its repository where the tag is now on an image pushed after
/// `deployed_at`, or of unknown push time; where the tag is on no image and something that would go
/// was pushed at or before `deployed_at`; or where the tag is on an older image and something that
/// would go, no child and no referrer, was pushed after that image and at or before `deployed_at`."
fn unresolved(scene: &Scene<'_>, going: &BTreeSet<Digest>, row: &Row<'_>) -> bool {
    let runs = ["ecs-service", "app-runner-service", "lambda-version"];
    if !runs.contains(&row.usage.kind.as_str()) || row.usage.resolved.is_some() {
        return false;
    }
    let Some((Some(tag), None)) = row.names(scene) else { return false };
    let Some(deployed_at) = row.usage.deployed_at else { return false };
    let was_there = |image: &&Image| {
        going.contains(&image.digest) && image.pushed_at.is_some_and(|at| at <= deployed_at)
    };
    let Some(tagged) = scene.with_tag(tag) else {
        return scene.images().iter().any(|image| was_there(&image));
    };
    let Some(tagged_at) = tagged.pushed_at else { return true };
    let newer = |image: &Image| {
        image.pushed_at.is_some_and(|at| at > tagged_at)
            && !is_referrer(image)
            && !is_child(image, scene.images())
    };
    tagged_at > deployed_at || scene.images().iter().filter(was_there).any(newer)
}

/// "Admits an account, organization or public, or its deletions go to an account, that is not among the scanned consumers, unless the
/// policy's `off` names it."
fn unscanned(scene: &Scene<'_>, admitted: &Admitted) -> bool {
    let scanned = match admitted {
        Admitted::Organization | Admitted::Public => false,
        Admitted::Account(account) => {
            let snapshot = scene.snapshot;
            snapshot.home.account == *account
                || snapshot.registries.iter().any(|registry| registry.account == *account)
                || snapshot.usage.iter().any(|row| row.account == *account)
                || snapshot.coverage.except.iter().any(|row| row.account == *account)
        }
    };
    let named = scene.policy.scope.off.iter().any(|off| {
        off.source.is_none()
            && off.regions.is_empty()
            && off.clusters.is_empty()
            && off.accounts.contains(admitted)
    });
    !scanned && !named
}
