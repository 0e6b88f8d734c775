//! Managed daemons: what ECS starts on each managed instance before any other task. One whose image
//! is gone lets no task start there.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-daemons.html>
//!
//! ```text
//! ListDaemonTaskDefinitions ─┬─ ListDaemons ── DescribeDaemon ─┬─ DescribeDaemonDeployments ─┐
//!                            │                                 └─────────────────────────────┤
//!                            │                                     DescribeDaemonRevisions ──┘
//!                            └─ DescribeDaemonTaskDefinition ──────┘
//! ```
//!
//! A daemon has a definition: where there is none, in whatever state, no cluster is asked for
//! daemons.

mod answers;
mod calls;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::DaemonTaskDefinitionStatus as Status;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::{Stream, StreamExt, try_join};

use super::memory::Memory;
use super::reader::{Reader, by_name};
use super::revisions::are_resolved;
use super::shapes::{Daemon, DaemonDeployment, DaemonRevision, DaemonTaskDefinition};
use crate::concurrently::{each_answer, hand_on};
use crate::sources::cache::{Read, ReadOnce, one_by_one};
use crate::sources::{Scan, ScanError, to_its_end};
use calls::A_CALL;

/// The daemons of an account and Region: each list sorted by name.
#[derive(Default)]
pub(super) struct Daemons {
    pub(super) all: Vec<Daemon>,
    pub(super) deployments: Vec<DaemonDeployment>,
    pub(super) revisions: Vec<DaemonRevision>,
    pub(super) definitions: BTreeMap<Box<str>, DaemonTaskDefinition>,
    /// Those that are ACTIVE.
    pub(super) active: BTreeSet<Box<str>>,
}

/// Describes daemon revisions. They are immutable; but their digests are there only when a task
/// has started.
pub(super) struct DaemonRevisions<'a>(&'a Reader<'a>);

impl ReadOnce for DaemonRevisions<'_> {
    type Item = Box<str>;
    /// None: it is missing.
    type Value = Option<DaemonRevision>;
    type Kept = DaemonRevision;

    const NAME: &'static str = "ecs-daemon-revisions";
    const A_CALL: usize = A_CALL;

    fn key<'i>(&self, arn: &'i Box<str>) -> &'i str {
        arn
    }

    fn recall(&self, _: &Box<str>, known: &DaemonRevision) -> Option<Option<DaemonRevision>> {
        Some(Some(known.clone()))
    }

    fn keep(&self, _: &Box<str>, revision: &Option<DaemonRevision>) -> Option<DaemonRevision> {
        revision.clone().filter(|it| are_resolved(&it.container_images))
    }

    async fn read(&self, arns: Vec<Box<str>>) -> Read<Self> {
        let revisions = self.0.describe_daemon_revisions(&arns).await?;
        Ok(by_name(arns, revisions, |revision| &revision.daemon_revision_arn))
    }
}

/// Describes the definitions of daemons. Their images never change.
pub(super) struct DaemonTaskDefinitions<'a>(&'a Reader<'a>);

impl ReadOnce for DaemonTaskDefinitions<'_> {
    type Item = Box<str>;
    type Value = DaemonTaskDefinition;
    type Kept = DaemonTaskDefinition;

    const NAME: &'static str = "ecs-daemon-task-definitions";

    fn key<'i>(&self, arn: &'i Box<str>) -> &'i str {
        arn
    }

    fn recall(&self, _: &Box<str>, known: &DaemonTaskDefinition) -> Option<DaemonTaskDefinition> {
        Some(known.clone())
    }

    fn keep(
        &self,
        _: &Box<str>,
        definition: &DaemonTaskDefinition,
    ) -> Option<DaemonTaskDefinition> {
        Some(definition.clone())
    }

    async fn read(&self, arns: Vec<Box<str>>) -> Read<Self> {
        let read = async |arn: Box<str>| {
            let definition = self.0.describe_daemon_task_definition(&arn).await?;
            Ok(Some((arn, definition)))
        };
        one_by_one(arns, read).await
    }
}

impl Reader<'_> {
    /// The daemons of clusters, with everything that they could go back to, and every ACTIVE
    /// definition of one.
    pub(super) async fn daemons<'r>(
        &'r self,
        scan: &Scan<'_>,
        memory: &Memory<'r>,
        clusters: UnboundedReceiver<Box<str>>,
    ) -> Result<Daemons, ScanError> {
        let mut listed = BTreeMap::new();
        self.daemon_task_definitions(|arn, status| {
            listed.insert(arn, status);
        })
        .await?;
        if listed.is_empty() {
            return Ok(Daemons::default());
        }
        let is_active =
            |(arn, status): (Box<str>, Status)| (status == Status::Active).then_some(arn);
        let active: BTreeSet<Box<str>> = listed.into_iter().filter_map(is_active).collect();
        let (named, definitions) = mpsc::unbounded();
        for arn in &active {
            hand_on(&named, arn.clone());
        }
        let mut seen = Daemons { active, ..Daemons::default() };
        let mut found = BTreeMap::new();
        let rollouts = self.daemon_rollouts(scan, memory, clusters, named, &mut seen);
        let reader = DaemonTaskDefinitions(self);
        let reading =
            memory.daemon_definitions.read_through(scan, &reader, definitions, |arn, it| {
                found.insert(arn, it);
            });
        let (rollouts, reading) = try_join!(to_its_end(rollouts), to_its_end(reading))?;
        rollouts.and(reading)?;
        seen.definitions = found;
        Ok(seen)
    }

    /// Reads daemons, their deployments and their revisions, and names the definitions of these.
    async fn daemon_rollouts<'r>(
        &'r self,
        scan: &Scan<'_>,
        memory: &Memory<'r>,
        clusters: impl Stream<Item = Box<str>>,
        definitions: UnboundedSender<Box<str>>,
        seen: &mut Daemons,
    ) -> Result<(), ScanError> {
        let (of_clusters, daemons) = mpsc::unbounded::<UnboundedReceiver<Box<str>>>();
        let (deployed, deployments) = mpsc::unbounded();
        let (of_daemons, revisions) = mpsc::unbounded();
        let of_deployments = of_daemons.clone();
        let Daemons { all, deployments: all_deployments, revisions: all_revisions, .. } = seen;
        let list = move |cluster: Box<str>| {
            let (arns, of_cluster) = mpsc::unbounded();
            hand_on(&of_clusters, of_cluster);
            async move { self.list_daemons(&cluster, &arns).await }
        };
        let listing = async {
            each_answer(self.concurrency, clusters, list, |()| {}).await.map_err(ScanError::from)
        };
        let describe = async |arn: Box<str>| self.describe_daemon(&arn).await;
        let describing = async {
            let found = move |daemon: Option<Daemon>| {
                let Some(daemon) = daemon else { return };
                for revision in &daemon.current_revisions {
                    hand_on(&of_daemons, revision.arn.clone());
                }
                if let Some(arn) = &daemon.deployment_arn {
                    hand_on(&deployed, arn.clone());
                }
                all.push(daemon);
            };
            each_answer(self.concurrency, daemons.flatten(), describe, found)
                .await
                .map_err(ScanError::from)
        };
        let describe = async |arns: Vec<Box<str>>| self.describe_daemon_deployments(&arns).await;
        let rolling_out = async {
            let found = move |deployments: Vec<DaemonDeployment>| {
                for deployment in deployments {
                    for arn in deployment.revisions() {
                        hand_on(&of_deployments, arn.clone());
                    }
                    all_deployments.push(deployment);
                }
            };
            let batches = deployments.chunks(A_CALL);
            each_answer(self.concurrency, batches, describe, found).await.map_err(ScanError::from)
        };
        let mut missing = BTreeSet::new();
        let reader = DaemonRevisions(self);
        let reading = memory.daemon_revisions.read_through(scan, &reader, revisions, |arn, it| {
            let Some(revision) = it else {
                missing.insert(arn);
                return;
            };
            // What it does not show, its definition says; one that shows everything needs none.
            if !are_resolved(&revision.container_images) {
                hand_on(&definitions, revision.daemon_task_definition_arn.clone());
            }
            all_revisions.push(revision);
        });
        let (listing, describing, rolling_out, reading) = try_join!(
            to_its_end(listing),
            to_its_end(describing),
            to_its_end(rolling_out),
            to_its_end(reading),
        )?;
        listing.and(describing).and(rolling_out).and(reading)?;
        let current = seen.all.iter().flat_map(|daemon| &daemon.current_revisions);
        if let Some(gone) = current.map(|it| &it.arn).find(|arn| missing.contains(*arn)) {
            let call = self.call("DescribeDaemonRevisions").about(gone);
            return Err(call.unreadable("a daemon's current revision is missing").into());
        }
        seen.all.sort_by(|one, other| one.daemon_arn.cmp(&other.daemon_arn));
        seen.deployments
            .sort_by(|one, other| one.daemon_deployment_arn.cmp(&other.daemon_deployment_arn));
        seen.revisions
            .sort_by(|one, other| one.daemon_revision_arn.cmp(&other.daemon_revision_arn));
        Ok(())
    }
}

impl DaemonDeployment {
    /// The revisions that it names: what it replaces, what it rolls out, what it rolls back to.
    fn revisions(&self) -> impl Iterator<Item = &Box<str>> {
        self.source_daemon_revisions
            .iter()
            .chain(&self.target_daemon_revision)
            .map(|revision| &revision.arn)
            .chain(self.rollback.iter().map(|it| &it.rollback_target_daemon_revision_arn))
    }
}
