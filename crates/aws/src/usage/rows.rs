//! Rows of usage, as a scan of one account and Region gathers them.

use ecr_sweep_core::{Digest, Place, TaskDefinition, Usage, UsageKind};
use jiff::Timestamp;

use super::ScanError;

/// The rows, and what they have in common.
pub(super) struct Rows<'a> {
    place: &'a Place,
    seen_at: Timestamp,
    usage: Vec<Usage>,
}

/// One row, but for what it shares with the others.
pub(super) struct Row<'a> {
    pub(super) kind: &'static str,
    pub(super) arn: &'a str,
    pub(super) reference: &'a str,
    pub(super) task_definition: Option<TaskDefinition>,
    pub(super) resolved: Option<Digest>,
    pub(super) deployed_at: Option<Timestamp>,
}

impl<'a> Rows<'a> {
    pub(super) const fn new(place: &'a Place, seen_at: Timestamp) -> Self {
        Self { place, seen_at, usage: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Row<'_>) -> Result<(), ScanError> {
        let source: UsageKind =
            row.kind.parse().map_err(|error| ScanError::unreadable(row.arn, format!("{error}")))?;
        self.usage.push(Usage {
            reference: row.reference.into(),
            source,
            arn: row.arn.into(),
            account: self.place.account.clone(),
            region: self.place.region.clone(),
            task_definition: row.task_definition,
            resolved: row.resolved,
            deployed_at: row.deployed_at,
            seen_at: Some(self.seen_at),
        });
        Ok(())
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
