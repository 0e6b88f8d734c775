//! The JSON Schemas of everything that others read or write.
//!
//! Copies are committed under `docs/schemas/`, for editors and for those who write files without
//! this program. A test holds that they are what is generated.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::documents::{
    ApprovalAnswer, ApprovalRecord, ApprovalRequest, DigestIndex, ImageLayers, IndexManifests,
    KnownRegistries, Lock, ManifestPack, ManifestReads, Notice, PlannedImages, ReceiptBatch,
    Receipts, Repositories, RepositoryAttempt, RepositoryFailure, RepositoryIndex, Restored,
    RunCoverage, RunImages, RunOverLimit, RunRequest, RunSummary, ScopeUsage, Scopes,
    SeenUsageFiles, StopRequest, StoredManifest, StoredPlan, UsedImages, VaultedBatch,
};
use crate::notice::WebhookNotice;
use crate::recheck::Recheck;
use crate::report::Report;
use crate::runs::{RunExplanation, RunList, ShownRepository, ShownRun, StartedRun};
use crate::{
    AskedToStop, Backtest, CheckedPolicy, DoctorReport, Explanation, FailedCommand,
    InspectionDocument, PlanDocument, PolicyDiff, PrunedVault, RecordedSnapshot, Restoration,
    Snapshot, Unlocked, UsageFile, WrittenPolicy,
};

macro_rules! schemas {
    ($($variant:ident $name:literal $doc:literal $schema:expr),+ $(,)?) => {
        /// A document that has a schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SchemaName {
            $(#[doc = $doc] $variant),+
        }

        impl SchemaName {
            /// Every document that has a schema.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name as the command line and the files under `docs/schemas/` spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            fn generate(self) -> Value {
                match self { $(Self::$variant => $schema()),+ }
            }
        }
    };
}

// Every document that others read has a row here.
schemas! {
    Policy "policy" "The policy file." ecr_sweep_policy::schema,
    Snapshot "snapshot" "The snapshot of an organization." generated::<Snapshot>,
    UsageFile "usage-file" "A file of what uses images, which a run reads." generated::<UsageFile>,
    Plan "plan" "What `plan --format json` prints." generated::<PlanDocument>,
    Explanation "explanation" "What `explain --format json` prints." generated::<Explanation>,
    Diff "diff" "What `diff --format json` prints." generated::<PolicyDiff>,
    Inspection "inspection" "What `inspect --format json` prints." generated::<InspectionDocument>,
    DoctorReport "doctor-report" "What `doctor --format json` prints." generated::<DoctorReport>,
    Backtest "backtest" "What `backtest --format json` prints." generated::<Backtest>,
    Report "report" "What `report --format json` prints." generated::<Report>,
    Runs "runs" "What `runs --format json` prints." generated::<RunList>,
    ShownRun "shown-run" "What `show --format json` prints of a run." generated::<ShownRun>,
    ShownRepository "shown-repository" "What `show --format json` prints of a repository." generated::<ShownRepository>,
    RunExplanation "run-explanation" "What `explain --run --format json` prints." generated::<RunExplanation>,
    WebhookNotice "webhook-notice" "What a webhook gets of a run." generated::<WebhookNotice>,
    StartedRun "started-run" "What `start --format json` prints of a deployed run." generated::<StartedRun>,
    Recheck "recheck" "What `start --plan --format json` prints of a plan that is only checked again." generated::<Recheck>,
    Restoration "restoration" "What `restore --format json` prints." generated::<Restoration>,
    CheckedPolicy "checked-policy" "What `check --format json` prints." generated::<CheckedPolicy>,
    WrittenPolicy "written-policy" "What `init --format json` and `import --format json` print." generated::<WrittenPolicy>,
    RecordedSnapshot "recorded-snapshot" "What `snapshot --format json` prints." generated::<RecordedSnapshot>,
    AskedToStop "asked-to-stop" "What `stop --format json` prints." generated::<AskedToStop>,
    Unlocked "unlocked" "What `unlock --format json` prints." generated::<Unlocked>,
    PrunedVault "pruned-vault" "What `vault prune --format json` prints." generated::<PrunedVault>,
    FailedCommand "failed-command" "What any command with `--format json` prints on standard error when it fails." generated::<FailedCommand>,
    RunRequest "run-request" "What a run was asked to do." generated::<RunRequest>,
    RunScopes "run-scopes" "Where a run looks for usage." generated::<Scopes>,
    RunRepositories "run-repositories" "Which repositories a run plans." generated::<Repositories>,
    RunUsage "run-usage" "What one account and Region uses." generated::<ScopeUsage>,
    RunCoverage "run-coverage" "What a run's scans saw, and what they did not." generated::<RunCoverage>,
    RunIndex "run-index" "The usage that names one repository." generated::<RepositoryIndex>,
    RunDigests "run-digests" "The usage that names a digest." generated::<DigestIndex>,
    RunPlan "run-plan" "The stored plan of one repository." generated::<StoredPlan>,
    RunImages "run-images" "The images of one repository as a run planned them." generated::<RunImages>,
    RunOverLimit "run-over-limit" "What follows where a run's plans are over its limits." generated::<RunOverLimit>,
    RunReceipts "run-receipts" "What became of the images that a plan deletes." generated::<Receipts>,
    RunBatch "run-batch" "What became of the images of one batch." generated::<ReceiptBatch>,
    RunRestored "run-restored" "What became of the images of one repository that were put back." generated::<Restored>,
    RunAttempt "run-attempt" "The last attempt at one repository." generated::<RepositoryAttempt>,
    RunFailure "run-failure" "What stopped a step for one repository." generated::<RepositoryFailure>,
    RunSummary "run-summary" "How a run ended." generated::<RunSummary>,
    RunNotice "run-notice" "What became of a notice in one channel." generated::<Notice>,
    StopRequest "stop-request" "Who wants a run to delete no more." generated::<StopRequest>,
    ApprovalRequest "approval-request" "The question whether a plan is to be deleted." generated::<ApprovalRequest>,
    ApprovalRecord "approval-record" "Who approved a plan, or rejected it." generated::<ApprovalRecord>,
    ApprovalAnswer "approval-answer" "What that question is answered with." generated::<ApprovalAnswer>,
    StoredManifest "stored-manifest" "A manifest, word for word." generated::<StoredManifest>,
    ManifestPack "manifest-pack" "Manifests of images of one batch, word for word." generated::<ManifestPack>,
    IndexManifests "index-manifests" "Manifests of a repository's indexes, word for word." generated::<IndexManifests>,
    ManifestReads "manifest-reads" "What reading manifests did to pull times." generated::<ManifestReads>,
    ImageLayers "image-layers" "The layers of a repository's images." generated::<ImageLayers>,
    PlannedImages "planned-images" "Since when images have been planned for deletion." generated::<PlannedImages>,
    UsedImages "used-images" "Which images runs have seen in use." generated::<UsedImages>,
    VaultedBatch "vaulted-batch" "What the vault keeps for the images of one batch." generated::<VaultedBatch>,
    SeenUsageFiles "seen-usage-files" "What usage files named when they were read last." generated::<SeenUsageFiles>,
    KnownRegistries "known-registries" "The registries that runs have planned, and who read there." generated::<KnownRegistries>,
    Lock "lock" "Who may delete now." generated::<Lock>,
}

/// The JSON Schema of a document, draft 2020-12, with its keys sorted.
#[must_use]
pub fn of(name: SchemaName) -> Value {
    let mut schema = name.generate();
    schema.sort_all_objects();
    schema
}

/// The JSON Schema of the policy.
#[must_use]
pub fn policy() -> Value {
    of(SchemaName::Policy)
}

fn generated<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no document with a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no schema `{name}`: expected one of {}", SchemaName::ALL.map(SchemaName::as_str).join(", "))]
pub struct NotASchemaName {
    name: String,
}

impl FromStr for SchemaName {
    type Err = NotASchemaName;

    fn from_str(name: &str) -> Result<Self, NotASchemaName> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == name)
            .ok_or_else(|| NotASchemaName { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schemas_are_the_generated_ones() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas");
        for name in SchemaName::ALL {
            let path = format!("{folder}/{name}.schema.json");
            let generated = format!("{:#}\n", of(name));
            if std::env::var_os("UPDATE_SCHEMAS").is_some() {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(&path, &generated).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == generated,
                "{path} is not what is generated: UPDATE_SCHEMAS=1 cargo test -p ecr-sweep-protocol committed_schemas"
            );
        }
    }

    #[test]
    fn every_schema_is_a_schema() {
        for name in SchemaName::ALL {
            jsonschema::draft202012::meta::validate(&of(name)).unwrap();
            assert_eq!(name.as_str().parse(), Ok(name));
        }
        let error = "polcy".parse::<SchemaName>().unwrap_err().to_string();
        assert!(error.starts_with("there is no schema `polcy`: expected one of policy, snapshot"));
    }
}
