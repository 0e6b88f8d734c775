//! What is read of deployments and revisions of daemons.

use aws_sdk_ecs::types::{self as sdk, DaemonDeploymentStatus};

use super::super::shapes::{
    ContainerImage, DaemonDeployment, DaemonRevision, DaemonRollback, RevisionName,
};
use crate::AwsError;
use crate::call::Call;
use crate::time::timestamp;

pub(super) fn read_deployment(
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

pub(super) fn read_revision(
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
