//! The registry: what is in it, and, apart from that, the calls that delete and archive.
//!
//! Why each call is needed, every time that something is planned:
//!
//! | call | how often | why |
//! |---|---|---|
//! | `DescribeRepositories` | once a 1000 repositories | they are made and removed |
//! | `ListTagsForResource` | once a repository, where the policy selects by tags | nothing else tells tags |
//! | `GetRegistryPolicy`, `DescribeRegistry`, `DescribePullThroughCacheRules` | once a registry | whose usage counts, where deletions go, and what caches pull from where, is changed by anybody at any time |
//! | `GetRepositoryPolicy` | once a repository | the same; no list tells which repositories have one |
//! | `DescribeImages` | once a 1000 images | tags move and images are pulled; there is no list of what changed |
//! | `BatchGetImage` | once a 100 indexes, and once a 100 images that go | what an index lists never changes, and is remembered; what goes is copied |
//! | `BatchGetImage` | once a 100 images where something goes, and the policy asks for exact sizes | layers never change, and are remembered |
//! | `DescribeImages` of exact images | once a 100 images that go | what moved since it was planned stays |
//! | `GetDownloadUrlForLayer` | once a layer of images that go, where a rule has `undo_for` | it is copied first |
//! | `BatchDeleteImage` | once a 100 images that go | it is what deletes |
//! | `UpdateImageStorageClass` | once an image that is archived before it goes | it is what archives |

mod archive;
mod caching;
mod deletion;
mod images;
mod layers;
mod manifests;
mod policies;
mod replication;
mod repositories;
mod resource_policy;
mod restoring;
mod settings;

pub use archive::ActivateOutcome;
pub use caching::PullThroughRule;
pub use deletion::{DeleteOutcome, RegistryDeleter};
pub use images::ExactImages;
pub use manifests::{Manifest, ManifestFailure};
pub use repositories::RepositoryRow;
pub use resource_policy::{NotAResourcePolicy, admitted};
pub use restoring::{LayerUpload, PutOutcome, RegistryRestorer};

use aws_sdk_ecr::Client;
use ecr_sweep_core::Place;

use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;
use crate::sessions::Downloads;
use crate::sessions::slots::Slots;

/// A batch names each image in one of its two lists.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html>
pub(crate) const ANSWERS: Answers = &[
    ("BatchCheckLayerAvailability", &["failures?[].failureCode", "layers?[].layerDigest"]),
    ("BatchDeleteImage", &["failures?[].failureCode", "imageIds?[].imageDigest"]),
    ("BatchGetImage", &["failures?[].failureCode", "images?[].imageId.imageDigest"]),
    ("CompleteLayerUpload", &["layerDigest"]),
    ("DescribeImages", &["imageDetails[].imageDigest"]),
    (
        "DescribePullThroughCacheRules",
        &[
            "pullThroughCacheRules[].ecrRepositoryPrefix",
            "pullThroughCacheRules[].upstreamRegistryUrl",
        ],
    ),
    ("DescribeRegistry", &["replicationConfiguration.rules[]"]),
    ("DescribeRepositories", &["repositories[].repositoryArn", "repositories[].repositoryName"]),
    ("GetDownloadUrlForLayer", &["downloadUrl", "layerDigest"]),
    ("GetLifecyclePolicy", &["lifecyclePolicyText"]),
    ("GetRegistryPolicy", &["policyText"]),
    ("GetRepositoryPolicy", &["policyText"]),
    ("InitiateLayerUpload", &["uploadId"]),
    ("ListPullTimeUpdateExclusions", &["pullTimeUpdateExclusions[]"]),
    ("ListTagsForResource", &["tags[].Key", "tags[].Value"]),
    ("PutImage", &["image.imageId.imageDigest"]),
    ("UpdateImageStorageClass", &["imageStatus"]),
    ("UploadLayerPart", &["lastByteReceived"]),
];

/// The most image ids that one call takes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html>
pub const IDS_A_CALL: usize = 100;

/// The rows of a page: the most that ECR gives. Its default is 100.
const ROWS_A_PAGE: i32 = 1000;

/// What reads the ECR of one account and Region. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RegistryReader {
    place: Place,
    client: Client,
    downloads: Downloads,
    slots: Slots,
}

impl RegistryReader {
    pub(crate) const fn new(
        place: Place,
        client: Client,
        downloads: Downloads,
        slots: Slots,
    ) -> Self {
        Self { place, client, downloads, slots }
    }

    /// The account and Region.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Sends a call once there is a slot for it.
    fn in_slot<T>(
        &self,
        call: &Call<'_>,
        send: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        // A future of the SDK is large, and would be moved about.
        self.slots.call(call.operation(), Box::pin(send))
    }

    /// Checks that an answer is of this registry, where it says of which.
    fn check_registry(&self, call: &Call<'_>, registry: Option<&str>) -> Result<(), AwsError> {
        match registry {
            Some(other) if other != self.place.account.as_str() => {
                Err(call.unreadable(format!("it is of the registry {other}")))
            }
            _ => Ok(()),
        }
    }

    const fn call<'a>(&'a self, operation: &'static str) -> Call<'a> {
        Call::new("ecr", operation, &self.place)
    }
}
