//! The sources whose calls are rows: what is called, by what, and where images are in the answer.
//!
//! One adapter makes the calls. It takes every string that reads as a reference, wherever in an
//! answer it is, and keeps nothing else. `tests/models` holds the rows against AWS's own models.

mod agentcore;
mod app_runner;
mod batch;
mod braket;
mod clean_rooms_ml;
mod cloudformation;
mod codebuild;
mod codedeploy;
mod codepipeline;
mod ec2;
mod elastic_beanstalk;
mod emr;
mod events;
mod evidence;
mod gamelift;
mod greengrass;
mod image_builder;
mod inspector;
mod iot_sitewise;
mod lambda_runtimes;
mod lightsail;
mod name;
mod omics;
mod path;
mod read;
mod row;
mod sagemaker;
mod ssm;
mod step_functions;
mod task_definition;
mod text;

pub(super) use agentcore::AGENTCORE;
pub(super) use app_runner::APP_RUNNER;
pub(super) use batch::BATCH;
pub(super) use braket::BRAKET;
pub(super) use clean_rooms_ml::CLEAN_ROOMS_ML;
pub(super) use cloudformation::CLOUDFORMATION;
pub(super) use codebuild::CODEBUILD;
pub(super) use codedeploy::CODEDEPLOY;
pub(super) use codepipeline::CODEPIPELINE;
pub(super) use ec2::EC2;
pub(super) use elastic_beanstalk::ELASTIC_BEANSTALK;
pub(super) use emr::{EMR_EC2, EMR_EKS, EMR_SERVERLESS};
pub(super) use events::EVENTS;
pub(super) use evidence::Evidence;
pub(super) use gamelift::GAMELIFT;
pub(super) use greengrass::GREENGRASS;
pub(super) use image_builder::IMAGE_BUILDER;
pub(super) use inspector::INSPECTOR;
pub(super) use iot_sitewise::IOT_SITEWISE;
pub(super) use lambda_runtimes::{LAMBDA_RUNTIMES, RUNTIMES_PERMISSION};
pub(super) use lightsail::LIGHTSAIL;
pub(super) use omics::HEALTHOMICS;
pub(super) use sagemaker::SAGEMAKER;
pub(super) use ssm::SSM;
pub(super) use step_functions::STEP_FUNCTIONS;

use ecr_sweep_core::{KnownKind, Role, Source};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use serde::Serialize;

use super::permission::Permission;
use super::probe::first_of;
use super::rows::Rows;
use super::{Found, Scan, ScanError, Scanned, UsageSource};
use crate::signed::KNOWN_REGIONS;
use read::Reader;
use row::Read;

/// A source, as its rows describe it.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    source: Source,
    reads: &'static [Read],
    /// How the task definitions are read that it starts: not all of them need count as usage.
    definitions: Option<&'static Read>,
    /// What the calls are for, spelled as IAM does.
    #[serde(serialize_with = "as_actions")]
    permissions: &'static [Permission],
    /// What no call of the service shows.
    unseen: &'static [&'static str],
}

/// The tables, for who compares them with what AWS says of its services.
const TABLES: &[&Table] = &[
    &LAMBDA_RUNTIMES,
    &APP_RUNNER,
    &BATCH,
    &SAGEMAKER,
    &CODEBUILD,
    &EVENTS,
    &STEP_FUNCTIONS,
    &CLOUDFORMATION,
    &AGENTCORE,
    &CODEPIPELINE,
    &EMR_SERVERLESS,
    &EMR_EKS,
    &EMR_EC2,
    &ELASTIC_BEANSTALK,
    &HEALTHOMICS,
    &IMAGE_BUILDER,
    &GREENGRASS,
    &SSM,
    &CODEDEPLOY,
    &LIGHTSAIL,
    &GAMELIFT,
    &IOT_SITEWISE,
    &CLEAN_ROOMS_ML,
    &BRAKET,
    &EC2,
    &INSPECTOR,
];

/// What all rows say, as JSON: for tests, and for no program.
pub fn described() -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(TABLES)
}

/// The Regions of each service that is not in all of them, by its id: for tests, and for no program.
pub fn regions_of_services() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    KNOWN_REGIONS.iter().map(|(id, regions)| (*id, regions.split(' ').collect()))
}

impl UsageSource for Table {
    fn source(&self) -> Source {
        self.source
    }

    fn permissions(&self) -> &'static [Permission] {
        self.permissions
    }

    /// Nothing of it is remembered, so it goes on for as long as it may: to stop earlier would be to
    /// begin anew.
    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(scan.in_time(async move {
            let mut rows = Rows::new(scan);
            let (all, found) = self.read(scan).await?;
            for evidence in &all {
                evidence.add_to(&mut rows);
            }
            let workloads = PlaceWorkloads::nothing(self.source, scan.account_and_region());
            Ok(Scanned { found, ..Scanned::of(rows.into_usage(), workloads) })
        }))
    }

    fn probe<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Option<Found>, ScanError>> {
        Box::pin(async move {
            let place = scan.account_and_region();
            let reader = &Reader::new(scan, &place, false);
            let rows = self.reads.iter().flat_map(|row| match row.probe {
                [] => std::slice::from_ref(row),
                instead => instead,
            });
            let mut looks = Vec::new();
            for row in rows {
                looks.extend(reader.looks(row)?);
            }
            first_of(looks).await
        })
    }
}

impl Table {
    /// Everything that names an image, and how many things were looked at; or an error: of several
    /// the one of the first row, whichever was there first.
    pub(super) async fn read(&self, scan: &Scan<'_>) -> Result<(Vec<Evidence>, u64), ScanError> {
        let place = scan.account_and_region();
        let reader = Reader::new(scan, &place, self.definitions.is_some());
        let mut reads: FuturesOrdered<_> =
            self.reads.iter().map(|row| reader.read(row, None)).collect();
        let mut all = Vec::new();
        while let Some(evidence) = reads.next().await {
            all.extend(evidence?);
        }
        drop(reads);
        if let Some(row) = self.definitions {
            all.extend(reader.read_definitions(row).await?);
        }
        Ok((all, reader.found()))
    }
}

/// A kind of usage that has no meaning of its own.
const fn kind(source: Source, text: &'static str) -> KnownKind {
    KnownKind { source, text, role: Role::Runs }
}

fn as_actions<S: serde::Serializer>(
    permissions: &&'static [Permission],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(permissions.iter().flat_map(Permission::actions))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ecr_sweep_core::UsageKind;

    use super::*;

    /// The calls of a row and those below it.
    fn calls(row: &'static Read, into: &mut BTreeSet<String>) {
        into.insert(format!("{}:{}", row.service.name, row.operation));
        row.then.iter().for_each(|next| calls(next, into));
    }

    fn rows(rows: &'static [Read], see: &mut dyn FnMut(&'static Read)) {
        for row in rows {
            see(row);
            self::rows(row.then, see);
        }
    }

    #[test]
    fn every_call_of_a_row_is_permitted_and_no_other_is() {
        for table in TABLES {
            let mut made = BTreeSet::new();
            table.reads.iter().chain(table.definitions).for_each(|row| calls(row, &mut made));
            let permitted = table.permissions.iter().flat_map(Permission::actions);
            let permitted: BTreeSet<String> = permitted
                .map(|action| {
                    ACTIONS.iter().find(|(it, _)| *it == action).map_or(action, |(_, call)| call)
                })
                .map(ToOwned::to_owned)
                .collect();
            assert_eq!(permitted, made, "{}", table.source);
        }
    }

    /// Calls that IAM names otherwise.
    const ACTIONS: &[(&str, &str)] = &[];

    #[test]
    fn every_kind_is_one_of_its_source() {
        for table in TABLES {
            rows(table.reads, &mut |row| {
                let kind = UsageKind::from(row.kind);
                assert_eq!(row.kind.text.parse::<UsageKind>(), Ok(kind.clone()));
                assert_eq!(kind.source(), table.source);
            });
        }
    }

    #[test]
    fn every_item_has_a_name() {
        for table in TABLES {
            rows(table.reads, &mut |row| assert!(row.arn.contains('{'), "{}", row.operation));
        }
    }
}
