//! Documents, and parts of them, that are about one repository.

use ecr_sweep_core::{Place, RepositoryId};

use super::{
    AwaitedSubject, HeldImages, IndexManifests, ManifestPack, ManifestReads, MatchedRepository,
    PlannedImages, ReceiptBatch, Receipts, RepositoryAttempt, RepositoryFailure, RepositoryIndex,
    RepositorySummary, Restored, UsedImages, VaultedBatch,
};
use crate::diff::RepositoryDiff;
use crate::recheck::RecheckedRepository;

/// What is about one repository: its account, its Region and its name are fields of the document.
macro_rules! in_repository {
    ($($document:ty),+ $(,)?) => {
        $(
            impl $document {
                /// The repository.
                #[must_use]
                pub fn id(&self) -> RepositoryId {
                    RepositoryId {
                        registry: Place {
                            account: self.account.clone(),
                            region: self.region.clone(),
                        },
                        name: self.repository.clone(),
                    }
                }
            }
        )+
    };
}

in_repository!(
    AwaitedSubject,
    HeldImages,
    IndexManifests,
    ManifestPack,
    ManifestReads,
    MatchedRepository,
    PlannedImages,
    ReceiptBatch,
    Receipts,
    RecheckedRepository,
    RepositoryAttempt,
    RepositoryDiff,
    RepositoryFailure,
    RepositoryIndex,
    RepositorySummary,
    Restored,
    UsedImages,
    VaultedBatch,
);
