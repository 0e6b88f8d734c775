//! Failures of one repository, which stop none of the others.

use ecr_sweep_core::Place;
use ecr_sweep_protocol::documents::{RepositoryFailure, StepName, V1, keys};
use ecr_sweep_protocol::functions::Caught;

use crate::{Context, StepError};

/// What stopped a step for one repository, as a document.
pub(crate) fn failure(
    ctx: &Context,
    registry: &Place,
    repository: &str,
    step: StepName,
    error: &StepError,
) -> RepositoryFailure {
    RepositoryFailure {
        schema_version: V1,
        run: ctx.run.clone(),
        account: registry.account.clone(),
        region: registry.region.clone(),
        repository: repository.into(),
        step,
        failed_at: ctx.now(),
        error: error.name().into(),
        message: error.in_full().into(),
    }
}

/// Writes down what stopped a step for one repository, where its own process could not.
pub(crate) async fn record_caught(
    ctx: &Context,
    registry: &Place,
    repository: &str,
    step: StepName,
    error: &Caught,
) -> Result<(), StepError> {
    let document = RepositoryFailure {
        schema_version: V1,
        run: ctx.run.clone(),
        account: registry.account.clone(),
        region: registry.region.clone(),
        repository: repository.into(),
        step,
        failed_at: ctx.now(),
        error: error.error.clone(),
        message: error.message(),
    };
    ctx.write(&keys::failure(&ctx.run, step, registry, repository), &document).await
}

/// Writes down what stopped a step for one repository.
pub(crate) async fn record_failure(
    ctx: &Context,
    registry: &Place,
    repository: &str,
    step: StepName,
    error: &StepError,
) -> Result<(), StepError> {
    let document = failure(ctx, registry, repository, step, error);
    ctx.write(&keys::failure(&ctx.run, step, registry, repository), &document).await
}
