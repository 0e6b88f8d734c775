//! Which type and which schema the documents under a key have.

use ecr_sweep_core::Place;
use ecr_sweep_protocol::documents::{
    self, ApprovalRecord, ApprovalRequest, DigestIndex, DocumentError, ImageLayers, IndexManifests,
    KnownRegistries, Lock, ManifestPack, ManifestReads, MatchedRepository, Notice, PlannedImages,
    ReceiptBatch, Receipts, RegistryItem, Repositories, RepositoryAttempt, RepositoryFailure,
    RepositoryIndex, Restored, RunCoverage, RunImages, RunOverLimit, RunRequest, RunSummary,
    ScopeUsage, Scopes, SeenUsageFiles, StopRequest, StoredManifest, StoredPlan, UsedImages,
    VaultedBatch,
};
use ecr_sweep_protocol::schema::SchemaName;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of stored document.
pub(super) struct Kind {
    /// Its key; `*` stands for any parts of one, `[recheck/]` for both stages.
    pub(super) key: &'static str,
    pub(super) schema: Option<SchemaName>,
    pub(super) read_and_write: fn(&[u8]) -> Result<Vec<u8>, DocumentError>,
}

/// The first that takes a key is its kind.
pub(super) const KINDS: &[Kind] = &[
    kind::<Lock>("lock.json", SchemaName::Lock),
    kind::<IndexManifests>("cache/indexes/*", SchemaName::IndexManifests),
    kind::<StoredManifest>("cache/manifests/*", SchemaName::StoredManifest),
    kind::<ManifestReads>("cache/reads/*", SchemaName::ManifestReads),
    kind::<ImageLayers>("cache/layers/*", SchemaName::ImageLayers),
    kind::<PlannedImages>("cache/planned/*", SchemaName::PlannedImages),
    kind::<UsedImages>("cache/used/*", SchemaName::UsedImages),
    kind::<KnownRegistries>("cache/registries.json", SchemaName::KnownRegistries),
    kind::<SeenUsageFiles>("cache/usage-files.json", SchemaName::SeenUsageFiles),
    kind::<VaultedBatch>("vault/wanted/*", SchemaName::VaultedBatch),
    cache("cache/ecs-task-definitions/*"),
    cache("sweeps/*/recheck/cache/*"),
    kind::<RunRequest>("sweeps/*/request.json", SchemaName::RunRequest),
    kind::<Scopes>("sweeps/*/[recheck/]scopes.json", SchemaName::RunScopes),
    kind::<Repositories>("sweeps/*/repositories.json", SchemaName::RunRepositories),
    kind::<RunSummary>("sweeps/*/[recheck/]summary.json", SchemaName::RunSummary),
    kind::<RunCoverage>("sweeps/*/[recheck/]coverage.json", SchemaName::RunCoverage),
    kind::<ScopeUsage>("sweeps/*/[recheck/]usage/*", SchemaName::RunUsage),
    kind::<DigestIndex>("sweeps/*/[recheck/]index/digests.json", SchemaName::RunDigests),
    kind::<RepositoryIndex>("sweeps/*/[recheck/]index/*", SchemaName::RunIndex),
    kind::<RunOverLimit>("sweeps/*/[recheck/]over-limit.json", SchemaName::RunOverLimit),
    kind::<StoredPlan>("sweeps/*/[recheck/]plans/*", SchemaName::RunPlan),
    kind::<StoredManifest>("sweeps/*/manifests/*", SchemaName::StoredManifest),
    kind::<RunImages>("sweeps/*/images/*", SchemaName::RunImages),
    kind::<ManifestPack>("sweeps/*/packs/*", SchemaName::ManifestPack),
    kind::<ReceiptBatch>("sweeps/*/batches/*", SchemaName::RunBatch),
    kind::<Receipts>("sweeps/*/receipts/*", SchemaName::RunReceipts),
    kind::<Restored>("sweeps/*/restored/*", SchemaName::RunRestored),
    kind::<RepositoryAttempt>("sweeps/*/[recheck/]attempts/*", SchemaName::RunAttempt),
    kind::<RepositoryFailure>("sweeps/*/failures/*", SchemaName::RunFailure),
    kind::<Notice>("sweeps/*/notices/*", SchemaName::RunNotice),
    kind::<StopRequest>("sweeps/*/stop.json", SchemaName::StopRequest),
    kind::<ApprovalRequest>("sweeps/*/approval/request.json", SchemaName::ApprovalRequest),
    kind::<ApprovalRecord>("sweeps/*/approval/answer.json", SchemaName::ApprovalRecord),
    items::<Place>("sweeps/*/items/[recheck/]scopes.json"),
    items::<RegistryItem>("sweeps/*/items/[recheck/]registries.json"),
    items::<MatchedRepository>("sweeps/*/items/[recheck/]repositories/*"),
];

const fn kind<D: DeserializeOwned + Serialize>(key: &'static str, schema: SchemaName) -> Kind {
    Kind { key, schema: Some(schema), read_and_write: read_and_write::<D> }
}

/// What a source remembers for itself: whoever cannot read it asks again.
const fn cache(key: &'static str) -> Kind {
    Kind { key, schema: None, read_and_write: read_and_write::<serde_json::Value> }
}

/// A plain list that the state machine goes through.
const fn items<D: DeserializeOwned + Serialize>(key: &'static str) -> Kind {
    Kind { key, schema: None, read_and_write: read_and_write::<Vec<D>> }
}

fn read_and_write<D: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<Vec<u8>, DocumentError> {
    documents::write(&documents::read::<D>(bytes)?)
}

impl Kind {
    pub(super) fn takes(&self, key: &str) -> bool {
        let of_run = key.strip_prefix("sweeps/").and_then(|key| key.split_once('/'));
        let (pattern, key) = match (self.key.strip_prefix("sweeps/*/"), of_run) {
            (Some(pattern), Some((_, key))) => (pattern, key),
            (None, None) => (self.key, key),
            _ => return false,
        };
        ["", "recheck/"].iter().any(|stage| {
            let pattern = pattern.replace("[recheck/]", stage);
            match pattern.strip_suffix('*') {
                Some(folder) => key.starts_with(folder),
                None => key == pattern,
            }
        })
    }
}
