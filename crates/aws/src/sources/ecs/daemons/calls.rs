//! The calls that tell of daemons.

use aws_sdk_ecs::types::{
    self as sdk, DaemonTaskDefinitionStatus as Status, DaemonTaskDefinitionStatusFilter as Filter,
};
use futures::channel::mpsc::UnboundedSender;

use super::super::clients::Rated;
use super::super::reader::{NAMES_A_PAGE, Reader, check_answered, looks_again};
use super::super::shapes::{
    ContainerDefinition, Daemon, DaemonDeployment, DaemonRevision, DaemonTaskDefinition,
    RevisionName,
};
use super::answers::{read_deployment, read_revision};
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::hand_on;
use crate::paging::{Page, each_page};
use crate::sources::probe::first_found;
use crate::sources::{Found, ScanError};

/// The most daemon deployments, or daemon revisions, that one call describes.
pub(super) const A_CALL: usize = 20;

/// How an endpoint says that it knows no daemons: there can be none in its Region.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>
const NO_DAEMONS: [&str; 3] =
    ["InvalidAction", "UnknownOperationException", "UnsupportedFeatureException"];

fn knows_no_daemons(error: &AwsError) -> bool {
    error.code().is_some_and(|code| NO_DAEMONS.contains(&code))
}
impl Reader<'_> {
    /// Every definition of a daemon, in whatever state. None, where there can be none.
    pub(super) async fn daemon_task_definitions(
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
    pub(in super::super) async fn first_daemon_definitions(
        &self,
    ) -> Result<Option<Found>, ScanError> {
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

    pub(super) async fn list_daemons(
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
    pub(super) async fn describe_daemon(&self, arn: &str) -> Result<Option<Daemon>, AwsError> {
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

    pub(super) async fn describe_daemon_deployments(
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

    pub(super) async fn describe_daemon_revisions(
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

    pub(super) async fn describe_daemon_task_definition(
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
