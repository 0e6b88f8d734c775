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

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{
    self as sdk, DaemonDeploymentStatus, DaemonTaskDefinitionStatus as Status,
    DaemonTaskDefinitionStatusFilter as Filter,
};
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::{Stream, StreamExt, try_join};

use super::clients::Rated;
use super::memory::Memory;
use super::reader::{NAMES_A_PAGE, Reader, by_name, check_answered, looks_again};
use super::revisions::are_resolved;
use super::shapes::{
    ContainerDefinition, ContainerImage, Daemon, DaemonDeployment, DaemonRevision, DaemonRollback,
    DaemonTaskDefinition, RevisionName,
};
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::{each_answer, hand_on};
use crate::paging::{Page, each_page};
use crate::sources::cache::{Read, ReadOnce, one_by_one};
use crate::sources::probe::first_found;
use crate::sources::{Found, Scan, ScanError, to_its_end};
use crate::time::timestamp;

/// The most daemon deployments, or daemon revisions, that one call describes.
const A_CALL: usize = 20;

/// How an endpoint says that it knows no daemons: there can be none in its Region.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>
const NO_DAEMONS: [&str; 3] =
    ["InvalidAction", "UnknownOperationException", "UnsupportedFeatureException"];

fn knows_no_daemons(error: &AwsError) -> bool {
    error.code().is_some_and(|code| NO_DAEMONS.contains(&code))
}

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

    /// Every definition of a daemon, in whatever state. None, where there can be none.
    async fn daemon_task_definitions(
        &self,
        mut found: impl FnMut(Box<str>, Status),
    ) -> Result<(), AwsError> {
        let call = &self.call("ListDaemonTaskDefinitions");
        let page = |token| self.page_of_daemon_definitions(call, Filter::All, token);
        let mut all = Vec::new();
        match each_page(call, page, |definitions| all.extend(definitions)).await {
            Err(error) if knows_no_daemons(&error) => return Ok(()),
            listed => listed?,
        }
        for (arn, status) in all {
            found(arn, status);
        }
        Ok(())
    }

    /// The first ACTIVE definitions of daemons, if there are any.
    pub(super) async fn first_daemon_definitions(&self) -> Result<Option<Found>, ScanError> {
        let call = &self.call("ListDaemonTaskDefinitions");
        let page = |token| async move {
            let page = self.page_of_daemon_definitions(call, Filter::Active, token).await?;
            Ok(Page {
                items: page.items.into_iter().map(|(arn, _)| arn).collect(),
                next: page.next,
            })
        };
        match first_found(call, page).await {
            Err(error) if knows_no_daemons(&error) => Ok(None),
            found => Ok(found?),
        }
    }

    /// A page of definitions of daemons, each with its status.
    async fn page_of_daemon_definitions(
        &self,
        call: &Call<'_>,
        filter: Filter,
        token: Option<String>,
    ) -> Result<Page<(Box<str>, Status)>, AwsError> {
        let list = self
            .client(Rated::Definitions)
            .list_daemon_task_definitions()
            .status(filter)
            .max_results(NAMES_A_PAGE)
            .set_next_token(token);
        let page = list.send().await.map_err(|error| call.failed(error))?;
        let mut items = Vec::new();
        for definition in call.sent("daemonTaskDefinitions", page.daemon_task_definitions)? {
            let arn = call.sent_text("daemon task definition's ARN", definition.arn())?;
            items.push((arn, call.sent("daemon task definition's status", definition.status)?));
        }
        Ok(Page { items, next: page.next_token })
    }

    async fn list_daemons(
        &self,
        cluster: &str,
        to: &UnboundedSender<Box<str>>,
    ) -> Result<(), AwsError> {
        let call = &self.call("ListDaemons").about(cluster);
        let page = |token| {
            let list = self
                .client(Rated::Services)
                .list_daemons()
                .cluster_arn(cluster)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let daemons = call.sent("daemonSummariesList", page.daemon_summaries_list)?;
                let arns = daemons.iter().map(|it| call.sent_text("daemonArn", it.daemon_arn()));
                Ok(Page { items: arns.collect::<Result<_, _>>()?, next: page.next_token })
            }
        };
        let found = |arns: Vec<Box<str>>| arns.into_iter().for_each(|arn| hand_on(to, arn));
        let mut looks = self.looks;
        while let Err(error) = each_page(call, page, found).await {
            if !looks_again(&mut looks, error).await? {
                break;
            }
        }
        Ok(())
    }

    /// None: it is gone since it was listed.
    async fn describe_daemon(&self, arn: &str) -> Result<Option<Daemon>, AwsError> {
        let call = &self.call("DescribeDaemon").about(arn);
        let ask = || async {
            let ask = self.client(Rated::Services).describe_daemon().daemon_arn(arn);
            ask.send().await.map_err(|error| call.failed(error))
        };
        let Some(answer) = self.unless_gone(ask).await? else { return Ok(None) };
        let daemon = call.sent("daemon", answer.daemon)?;
        if daemon.daemon_arn() != Some(arn) {
            return Err(call.unreadable("it describes another daemon"));
        }
        let revisions = call.sent("currentRevisions", daemon.current_revisions.as_ref())?;
        let revision = |it: &sdk::DaemonRevisionDetail| {
            Ok(RevisionName { arn: call.sent_text("daemon revision's ARN", it.arn())? })
        };
        Ok(Some(Daemon {
            daemon_arn: arn.into(),
            cluster_arn: call.sent_text("clusterArn", daemon.cluster_arn())?,
            current_revisions: revisions.iter().map(revision).collect::<Result<_, _>>()?,
            deployment_arn: daemon.deployment_arn().map(Into::into),
        }))
    }

    async fn describe_daemon_deployments(
        &self,
        arns: &[Box<str>],
    ) -> Result<Vec<DaemonDeployment>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_daemon_deployments(&arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_daemon_deployments(
        &self,
        arns: &[Box<str>],
    ) -> Result<(Vec<DaemonDeployment>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeDaemonDeployments");
        let answer = self
            .client(Rated::Deployments)
            .describe_daemon_deployments()
            .set_daemon_deployment_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let deployments: Vec<DaemonDeployment> = answer
            .daemon_deployments
            .iter()
            .flatten()
            .map(|deployment| read_deployment(&call, deployment))
            .collect::<Result<_, _>>()?;
        let described = deployments.iter().map(|it| &*it.daemon_deployment_arn);
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((deployments, missing))
    }

    async fn describe_daemon_revisions(
        &self,
        arns: &[Box<str>],
    ) -> Result<Vec<DaemonRevision>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_daemon_revisions(&arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_daemon_revisions(
        &self,
        arns: &[Box<str>],
    ) -> Result<(Vec<DaemonRevision>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeDaemonRevisions");
        let answer = self
            .client(Rated::Revisions)
            .describe_daemon_revisions()
            .set_daemon_revision_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let revisions: Vec<DaemonRevision> = answer
            .daemon_revisions
            .iter()
            .flatten()
            .map(|revision| read_revision(&call, revision))
            .collect::<Result<_, _>>()?;
        let described = revisions.iter().map(|it| &*it.daemon_revision_arn);
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((revisions, missing))
    }

    async fn describe_daemon_task_definition(
        &self,
        arn: &str,
    ) -> Result<DaemonTaskDefinition, AwsError> {
        let call = &self.call("DescribeDaemonTaskDefinition").about(arn);
        let answer = self
            .client(Rated::Definitions)
            .describe_daemon_task_definition()
            .daemon_task_definition(arn)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let definition = call.sent("daemonTaskDefinition", answer.daemon_task_definition)?;
        if definition.daemon_task_definition_arn() != Some(arn) {
            return Err(call.unreadable("it describes another definition"));
        }
        let containers =
            call.sent("containerDefinitions", definition.container_definitions.as_ref())?;
        let container = |it: &sdk::DaemonContainerDefinition| {
            Ok(ContainerDefinition {
                name: call.sent_text("container's name", it.name())?,
                image: call.sent_text("container's image", Some(it.image()))?,
            })
        };
        Ok(DaemonTaskDefinition {
            daemon_task_definition_arn: arn.into(),
            container_definitions: containers.iter().map(container).collect::<Result<_, _>>()?,
        })
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

fn read_deployment(
    call: &Call<'_>,
    deployment: &sdk::DaemonDeployment,
) -> Result<DaemonDeployment, AwsError> {
    let arn = call.sent_text("daemonDeploymentArn", deployment.daemon_deployment_arn())?;
    let call = &call.about(&arn);
    let revision = |it: &sdk::DaemonDeploymentRevisionDetail| {
        Ok(RevisionName { arn: call.sent_text("daemon revision's ARN", it.arn())? })
    };
    let sources = deployment.source_daemon_revisions().iter().map(revision);
    Ok(DaemonDeployment {
        status: deployment.status().map(|status| status.as_str().into()),
        source_daemon_revisions: sources.collect::<Result<_, _>>()?,
        target_daemon_revision: deployment.target_daemon_revision().map(revision).transpose()?,
        rollback: rollback(call, deployment)?,
        daemon_deployment_arn: arn.clone(),
    })
}

/// What a deployment goes back to, as of a service's.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DaemonRollback.html>
fn rollback(
    call: &Call<'_>,
    deployment: &sdk::DaemonDeployment,
) -> Result<Option<DaemonRollback>, AwsError> {
    let goes_back = matches!(
        deployment.status(),
        Some(
            DaemonDeploymentStatus::RollbackInProgress | DaemonDeploymentStatus::RollbackSuccessful
        )
    );
    let arn = deployment.rollback().and_then(|it| it.rollback_target_daemon_revision_arn());
    if goes_back {
        let sent = call.sent_text("rollback.rollbackTargetDaemonRevisionArn", arn)?;
        return Ok(Some(DaemonRollback { rollback_target_daemon_revision_arn: sent }));
    }
    Ok(arn.map(|arn| DaemonRollback { rollback_target_daemon_revision_arn: arn.into() }))
}

fn read_revision(
    call: &Call<'_>,
    revision: &sdk::DaemonRevision,
) -> Result<DaemonRevision, AwsError> {
    let arn = call.sent_text("daemonRevisionArn", revision.daemon_revision_arn())?;
    let call = &call.about(&arn);
    let image = |it: &sdk::DaemonContainerImage| {
        Ok(ContainerImage {
            container_name: it.container_name().map(Into::into),
            image: call.sent_text("container's image", it.image())?,
            image_digest: it.image_digest().filter(|text| !text.is_empty()).map(Into::into),
        })
    };
    Ok(DaemonRevision {
        daemon_task_definition_arn: call
            .sent_text("daemonTaskDefinitionArn", revision.daemon_task_definition_arn())?,
        created_at: timestamp(call, "createdAt", revision.created_at())?,
        container_images: revision
            .container_images()
            .iter()
            .map(image)
            .collect::<Result<_, _>>()?,
        daemon_revision_arn: arn.clone(),
    })
}
