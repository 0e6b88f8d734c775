//! Where each document is in the run store.
//!
//! ```text
//! lock.json                                              the lock of the home
//! cache/indexes/<account>/<region>/<repository>/@newest.json    manifests of its indexes, the newest,
//! cache/indexes/<account>/<region>/<repository>/@<hex>.json     and packs of the others
//! cache/manifests/<hex>.json                             the same, one by one, of earlier versions
//! cache/reads/<account>/<region>/<repository>.json       what reading them did to pull times
//! cache/reads/<account>/<region>/<repository>/@deletion.json       of many, those of deletions
//! cache/layers/<account>/<region>/<repository>.json      the layers of its images, where they are asked for
//! cache/<name>/<account>/<region>.json                   what a source remembers between scans
//! cache/planned/<account>/<region>/<repository>.json     since when images have been planned for deletion
//! cache/used/<account>/<region>/<repository>.json        which images were in use, when and by what
//! cache/registries.json                                  which registries runs have planned, and who read there
//! cache/usage-files.json                                 what usage files named last
//! vault/wanted/<date>/<run>/<account>/<region>/<repository>/@<batch>.json    what the vault keeps until then
//! vault/blobs/sha256/<hex>                               layers and configurations
//! sweeps/<run>/request.json, policy.yaml, scopes.json, repositories.json
//! sweeps/<run>/summary.json, summary.csv                 and recheck/scopes.json, recheck/summary.json
//! sweeps/<run>/items/...                                 what the state machine's maps go through
//! sweeps/<run>/usage/<account>/<region>.json             and recheck/usage/...; beside it, of clusters,
//! sweeps/<run>/usage/<account>/<region>/<cluster>.json
//! sweeps/<run>/recheck/cache/<name>/<account>/<region>.json    what its scan before deleting has read so far
//! sweeps/<run>/index/<account>/<region>/<repository>.json, index/digests.json, coverage.json
//! sweeps/<run>/over-limit.json                           what follows where all plans are over the run's limits
//! sweeps/<run>/plans/<account>/<region>/<repository>.json
//! sweeps/<run>/images/<account>/<region>/<repository>.json    what the plans were made over
//! sweeps/<run>/report/index.html, and a page a repository     the same for people
//! sweeps/<run>/packs/<account>/<region>/<repository>/@<batch>-<part>.json
//! sweeps/<run>/manifests/<account>/<region>/<repository>/<hex>.json    of runs before there were packs
//! sweeps/<run>/batches/<account>/<region>/<repository>/@<batch>.json    receipts on their way
//! sweeps/<run>/receipts/<account>/<region>/<repository>.json            all of them, at the end
//! sweeps/<run>/restored/<account>/<region>/<repository>.json            what was put back of it
//! sweeps/<run>/attempts/<account>/<region>/<repository>.json    and recheck/attempts/...
//! sweeps/<run>/failures/<step>/<account>/<region>/<repository>.json    of runs before there were attempts
//! sweeps/<run>/approval/request.json, answer.json        who waits for an answer, and who gave it
//! sweeps/<run>/notices/<what>-<hex>/<hex>.json           what each channel was told, and what became of it
//! sweeps/<run>/stop.json                                 who wants it to delete no more
//! ```

use ecr_sweep_core::{Digest, Place, RepositoryId, ScanPlace, sha256};

use super::{
    ApprovalRecord, ApprovalRequest, DigestIndex, ImageLayers, IndexManifests, Key,
    KnownRegistries, Lock, ManifestPack, ManifestReads, MatchedRepository, Notice, PlannedImages,
    ReceiptBatch, Receipts, RegistryItem, Repositories, RepositoryAttempt, RepositoryFailure,
    RepositoryIndex, Restored, RunCoverage, RunId, RunImages, RunOverLimit, RunRequest, RunSummary,
    ScopeUsage, Scopes, SeenUsageFiles, Stage, StepName, StopRequest, StoredManifest, StoredPlan,
    UsedImages, VaultedBatch,
};
use crate::notice::NoticeAbout;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The lock of the home.
pub const LOCK: Key<Lock> = Key::fixed("lock.json");

/// What usage files named when they were read last.
pub const SEEN_USAGE_FILES: Key<SeenUsageFiles> = Key::fixed("cache/usage-files.json");

/// The registries that runs have planned, and who read there.
pub const KNOWN_REGISTRIES: Key<KnownRegistries> = Key::fixed("cache/registries.json");

/// The folder of all runs.
pub const SWEEPS: &str = "sweeps";

/// What the keys of everything start with that a run stores.
#[must_use]
pub fn run(run: &RunId) -> String {
    format!("{SWEEPS}/{run}/")
}

/// What the keys of everything start with that belongs to the plan made again before deleting.
#[must_use]
pub fn recheck(run: &RunId) -> String {
    format!("{}{}", self::run(run), Stage::Recheck.folder())
}

/// The manifests of a repository's indexes that were read last, and which packs hold the others. They
/// never change, so every run shares them. No name of a repository has an `@`.
#[must_use]
pub fn index_manifests(repository: &RepositoryId) -> Key<IndexManifests> {
    Key::of(format!("cache/indexes/{}/@newest.json", path(repository)))
}

/// A pack of manifests of a repository's indexes, by the SHA-256 of its bytes.
#[must_use]
pub fn index_manifest_pack(repository: &RepositoryId, pack: &Digest) -> Key<IndexManifests> {
    Key::of(format!("cache/indexes/{}/@{}.json", path(repository), pack.hex()))
}

/// What the keys of all manifests start with that an earlier version stored, each by itself.
pub const EARLIER_MANIFESTS: &str = "cache/manifests/";

/// The manifest of an index, as an earlier version stored it.
#[must_use]
pub fn earlier_manifest(digest: &Digest) -> Key<StoredManifest> {
    Key::of(format!("{EARLIER_MANIFESTS}{}.json", digest.hex()))
}

/// What reading manifests of a repository did to the pull times of its images.
#[must_use]
pub fn manifest_reads(repository: &RepositoryId) -> Key<ManifestReads> {
    Key::of(format!("cache/reads/{}.json", path(repository)))
}

/// The same of reads that were made right before images were deleted, where there are many others:
/// it is written for each batch. No name of a repository has an `@`.
#[must_use]
pub fn deletion_reads(repository: &RepositoryId) -> Key<ManifestReads> {
    Key::of(format!("cache/reads/{}/@deletion.json", path(repository)))
}

/// The layers of the images of a repository.
#[must_use]
pub fn image_layers(repository: &RepositoryId) -> Key<ImageLayers> {
    Key::of(format!("cache/layers/{}.json", path(repository)))
}

/// Since when images of a repository have been planned for deletion.
#[must_use]
pub fn planned_images(repository: &RepositoryId) -> Key<PlannedImages> {
    Key::of(format!("cache/planned/{}.json", path(repository)))
}

/// Which images of a repository runs have seen in use.
#[must_use]
pub fn used_images(repository: &RepositoryId) -> Key<UsedImages> {
    Key::of(format!("cache/used/{}.json", path(repository)))
}

/// What a source remembers of one account and Region between scans, under a name of its own.
#[must_use]
pub fn scan_cache(name: &str, place: &Place) -> String {
    format!("cache/{name}/{}/{}.json", place.account, place.region)
}

/// What was asked for.
#[must_use]
pub fn request(run: &RunId) -> Key<RunRequest> {
    Key::of(format!("sweeps/{run}/request.json"))
}

/// Who wants the run to delete no more.
#[must_use]
pub fn stop(run: &RunId) -> Key<StopRequest> {
    Key::of(format!("sweeps/{run}/stop.json"))
}

/// The policy's text.
#[must_use]
pub fn policy(run: &RunId) -> String {
    format!("sweeps/{run}/policy.yaml")
}

/// The accounts and Regions whose usage is scanned.
#[must_use]
pub fn scopes(run: &RunId, stage: Stage) -> Key<Scopes> {
    Key::of(format!("sweeps/{run}/{}scopes.json", stage.folder()))
}

/// The repositories that a rule of the policy takes.
#[must_use]
pub fn repositories(run: &RunId) -> Key<Repositories> {
    Key::of(format!("sweeps/{run}/repositories.json"))
}

/// The usage of one account and Region, or of one cluster in it.
#[must_use]
pub fn usage(run: &RunId, stage: Stage, scope: &ScanPlace) -> Key<ScopeUsage> {
    Key::of(format!("sweeps/{run}/{}usage/{scope}.json", stage.folder()))
}

/// The usage that names one repository.
#[must_use]
pub fn index(run: &RunId, stage: Stage, repository: &RepositoryId) -> Key<RepositoryIndex> {
    Key::of(format!("sweeps/{run}/{}index/{}.json", stage.folder(), path(repository)))
}

/// The usage that names a digest, in whatever repository.
#[must_use]
pub fn digests(run: &RunId, stage: Stage) -> Key<DigestIndex> {
    Key::of(format!("sweeps/{run}/{}index/digests.json", stage.folder()))
}

/// What was seen, and what was not.
#[must_use]
pub fn coverage(run: &RunId, stage: Stage) -> Key<RunCoverage> {
    Key::of(format!("sweeps/{run}/{}coverage.json", stage.folder()))
}

/// What follows where the plans of a run together are over its limits. None there: they were not.
#[must_use]
pub fn over_limit(run: &RunId, stage: Stage) -> Key<RunOverLimit> {
    Key::of(format!("sweeps/{run}/{}over-limit.json", stage.folder()))
}

/// The plan of one repository.
#[must_use]
pub fn plan(run: &RunId, stage: Stage, repository: &RepositoryId) -> Key<StoredPlan> {
    Key::of(format!("sweeps/{run}/{}plans/{}.json", stage.folder(), path(repository)))
}

/// The images of one repository as they were planned.
#[must_use]
pub fn images(run: &RunId, repository: &RepositoryId) -> Key<RunImages> {
    Key::of(format!("sweeps/{run}/images/{}.json", path(repository)))
}

/// A page of the run's report.
#[must_use]
pub fn report_page(run: &RunId, name: &str) -> String {
    format!("sweeps/{run}/report/{name}")
}

/// Manifests of images of one batch, stored before the images go. No name of a repository has an
/// `@`.
#[must_use]
pub fn manifest_pack(
    run: &RunId,
    repository: &RepositoryId,
    batch: u64,
    part: usize,
) -> Key<ManifestPack> {
    Key::of(format!("sweeps/{run}/packs/{}/@{batch}-{part}.json", path(repository)))
}

/// The pack that a receipt names.
#[must_use]
pub fn named_pack(key: &str) -> Key<ManifestPack> {
    Key::of(key.to_owned())
}

/// The manifest by itself that a receipt names.
#[must_use]
pub fn named_manifest(key: &str) -> Key<StoredManifest> {
    Key::of(key.to_owned())
}

/// What the keys of the receipts of all batches start with.
#[must_use]
pub fn receipt_batches(run: &RunId, repository: &RepositoryId) -> String {
    format!("sweeps/{run}/batches/{}/@", path(repository))
}

/// The receipts of one batch.
#[must_use]
pub fn receipt_batch(run: &RunId, repository: &RepositoryId, batch: u64) -> Key<ReceiptBatch> {
    Key::of(format!("{}{batch}.json", receipt_batches(run, repository)))
}

/// What the registry answered for each image of one repository.
#[must_use]
pub fn receipts(run: &RunId, repository: &RepositoryId) -> Key<Receipts> {
    Key::of(format!("sweeps/{run}/receipts/{}.json", path(repository)))
}

/// What the keys of all documents start with that say what the vault keeps.
pub const VAULTED: &str = "vault/wanted/";

/// The document of such a key.
#[must_use]
pub fn named_vaulted(key: &str) -> Key<VaultedBatch> {
    Key::of(key.to_owned())
}

/// What the vault keeps for the images of one batch, until a time. No name of a repository has an `@`.
#[must_use]
pub fn vaulted(
    wanted_until: Timestamp,
    run: &RunId,
    repository: &RepositoryId,
    batch: u64,
) -> Key<VaultedBatch> {
    let date = wanted_until.to_zoned(TimeZone::UTC).date();
    Key::of(format!("{VAULTED}{date}/{run}/{}/@{batch}.json", path(repository)))
}

/// What became of the images of one repository that were put back.
#[must_use]
pub fn restored(run: &RunId, repository: &RepositoryId) -> Key<Restored> {
    Key::of(format!("sweeps/{run}/restored/{}.json", path(repository)))
}

/// The last attempt to plan one repository, or to delete by that plan.
#[must_use]
pub fn attempt(run: &RunId, stage: Stage, repository: &RepositoryId) -> Key<RepositoryAttempt> {
    Key::of(format!("sweeps/{run}/{}attempts/{}.json", stage.folder(), path(repository)))
}

/// What stopped a step for one repository, in a run that was stored before there were attempts.
#[must_use]
pub fn failure(run: &RunId, step: StepName, repository: &RepositoryId) -> Key<RepositoryFailure> {
    Key::of(format!("sweeps/{run}/failures/{step}/{}.json", path(repository)))
}

/// How the run ended; or, of the plan made again without deleting by it, what that comes to.
#[must_use]
pub fn summary(run: &RunId, stage: Stage) -> Key<RunSummary> {
    Key::of(format!("sweeps/{run}/{}summary.json", stage.folder()))
}

/// The summary's repositories as a table.
#[must_use]
pub fn summary_table(run: &RunId, stage: Stage) -> String {
    format!("sweeps/{run}/{}summary.csv", stage.folder())
}

/// The accounts and Regions as a plain list.
#[must_use]
pub fn scope_items(run: &RunId, stage: Stage) -> Key<Vec<ScanPlace>> {
    Key::of(format!("sweeps/{run}/items/{}scopes.json", stage.folder()))
}

/// The registries as a plain list.
#[must_use]
pub fn registry_items(run: &RunId, stage: Stage) -> Key<Vec<RegistryItem>> {
    Key::of(format!("sweeps/{run}/items/{}registries.json", stage.folder()))
}

/// The repositories of one registry as a plain list.
#[must_use]
pub fn repository_items(
    run: &RunId,
    stage: Stage,
    registry: &Place,
) -> Key<Vec<MatchedRepository>> {
    let Place { account, region } = registry;
    Key::of(format!("sweeps/{run}/items/{}repositories/{account}/{region}.json", stage.folder()))
}

/// What the keys of all notices of a run start with.
#[must_use]
pub fn notices(run: &RunId) -> String {
    format!("sweeps/{run}/notices/")
}

/// What became of a notice in one channel. `told` is what the notice is told from others of its kind by.
#[must_use]
pub fn notice(run: &RunId, about: NoticeAbout, told: &str, channel: &str) -> Key<Notice> {
    let (told, channel) = (short(told), short(channel));
    Key::of(format!("{}{}-{told}/{channel}.json", notices(run), about.as_str()))
}

/// The notice of such a key.
#[must_use]
pub fn named_notice(key: &str) -> Key<Notice> {
    Key::of(key.to_owned())
}

/// A text that is no part of a key, as one that is.
fn short(text: &str) -> String {
    sha256(text.as_bytes()).hex()[..16].to_owned()
}

/// The question whether the plan is to be deleted.
#[must_use]
pub fn approval_request(run: &RunId) -> Key<ApprovalRequest> {
    Key::of(format!("sweeps/{run}/approval/request.json"))
}

/// Who approved the plan, or rejected it.
#[must_use]
pub fn approval_answer(run: &RunId) -> Key<ApprovalRecord> {
    Key::of(format!("sweeps/{run}/approval/answer.json"))
}

fn path(repository: &RepositoryId) -> String {
    let RepositoryId { registry: Place { account, region }, name } = repository;
    format!("{account}/{region}/{name}")
}
