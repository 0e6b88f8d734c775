//! Rows of usage, as a scan of one place gathers them.

use ecr_sweep_core::{Digest, KnownKind, TaskDefinition, Usage};
use jiff::Timestamp;

use super::{Scan, ScanError};

/// The rows, and what they have in common.
pub(super) struct Rows<'a> {
    scan: &'a Scan<'a>,
    usage: Vec<Usage>,
}

/// One row, but for what it shares with the others.
pub(super) struct Row<'a> {
    pub(super) kind: KnownKind,
    pub(super) arn: &'a str,
    pub(super) reference: &'a str,
    pub(super) task_definition: Option<TaskDefinition>,
    pub(super) resolved: Option<Digest>,
    pub(super) deployed_at: Option<Timestamp>,
}

impl<'a> Rows<'a> {
    pub(super) const fn new(scan: &'a Scan<'a>) -> Self {
        Self { scan, usage: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Row<'_>) {
        let place = self.scan.place;
        self.usage.push(Usage {
            reference: row.reference.into(),
            kind: row.kind.into(),
            arn: row.arn.into(),
            account: place.account.clone(),
            region: place.region.clone(),
            cluster: place.cluster.clone(),
            task_definition: row.task_definition,
            resolved: row.resolved,
            deployed_at: row.deployed_at,
            seen_at: Some(self.scan.now),
        });
    }

    pub(super) fn into_usage(self) -> Vec<Usage> {
        self.usage
    }
}

/// The digest that a service resolved an image to. One that is none is not taken for absent.
pub(super) fn resolved(arn: &str, digest: Option<&str>) -> Result<Option<Digest>, ScanError> {
    digest
        .map(|digest| {
            digest.parse().map_err(|error| ScanError::unreadable(arn, format!("{error}")))
        })
        .transpose()
}
