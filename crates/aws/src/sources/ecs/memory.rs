//! What is remembered of Amazon ECS between scans.

use futures::join;

use super::daemons::{DaemonRevisions, DaemonTaskDefinitions};
use super::definitions::TaskDefinitions;
use super::deployments::{DeploymentLists, ServiceDeployments};
use super::revisions::ServiceRevisions;
use crate::sources::cache::Remembered;
use crate::sources::{Scan, ScanCache};
use crate::store::StoreError;

pub(super) struct Memory<'a> {
    pub(super) definitions: Remembered<TaskDefinitions<'a>>,
    pub(super) deployment_lists: Remembered<DeploymentLists<'a>>,
    pub(super) deployments: Remembered<ServiceDeployments<'a>>,
    pub(super) revisions: Remembered<ServiceRevisions<'a>>,
    pub(super) daemon_definitions: Remembered<DaemonTaskDefinitions<'a>>,
    pub(super) daemon_revisions: Remembered<DaemonRevisions<'a>>,
}

impl Memory<'_> {
    pub(super) fn new(scan: &Scan<'_>) -> Self {
        Self {
            definitions: Remembered::new(scan),
            deployment_lists: Remembered::new(scan),
            deployments: Remembered::new(scan),
            revisions: Remembered::new(scan),
            daemon_definitions: Remembered::new(scan),
            daemon_revisions: Remembered::new(scan),
        }
    }

    pub(super) async fn write(self, cache: &ScanCache, is_whole: bool) -> Result<(), StoreError> {
        let written = join!(
            self.definitions.write(cache, is_whole),
            self.deployment_lists.write(cache, is_whole),
            self.deployments.write(cache, is_whole),
            self.revisions.write(cache, is_whole),
            self.daemon_definitions.write(cache, is_whole),
            self.daemon_revisions.write(cache, is_whole),
        );
        <[_; 6]>::from(written).into_iter().collect()
    }
}
