//! The registry: what is in it, and, apart from that, the one call that deletes.

mod deletion;
mod images;
mod manifests;
mod policies;
mod replication;
mod repositories;
mod resource_policy;

pub use deletion::{DeleteOutcome, RegistryDeleter};
pub use images::ExactImages;
pub use manifests::{Manifest, ManifestFailure};
pub use repositories::RepositoryRow;
pub use resource_policy::{NotAResourcePolicy, admitted};

use aws_sdk_ecr::Client;
use ecr_sweep_core::Place;

use crate::AwsError;
use crate::answer::Answers;
use crate::call::Call;

/// A batch names each image in one of its two lists.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html>
pub(crate) const ANSWERS: Answers = &[
    ("BatchDeleteImage", &["failures?[].failureCode", "imageIds?[].imageDigest"]),
    ("BatchGetImage", &["failures?[].failureCode", "images?[].imageId.imageDigest"]),
    ("DescribeImages", &["imageDetails[].imageDigest"]),
    ("DescribeRegistry", &["replicationConfiguration.rules[]"]),
    ("DescribeRepositories", &["repositories[].repositoryArn", "repositories[].repositoryName"]),
    ("GetRegistryPolicy", &["policyText"]),
    ("GetRepositoryPolicy", &["policyText"]),
    ("ListTagsForResource", &["tags[].Key", "tags[].Value"]),
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
    concurrency: usize,
}

impl RegistryReader {
    pub(crate) const fn new(place: Place, client: Client, concurrency: usize) -> Self {
        Self { place, client, concurrency }
    }

    /// The account and Region.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
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
