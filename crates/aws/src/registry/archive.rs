//! The archive of a registry: what puts an image there, and what has it restored.

use aws_sdk_ecr::operation::update_image_storage_class::builders::UpdateImageStorageClassFluentBuilder;
use aws_sdk_ecr::types::{ImageIdentifier, ImageStatus, TargetStorageClass};
use ecr_sweep_core::Digest;
use ecr_sweep_core::wording::NO_REASON;

use super::deletion::LONGEST_WAIT;
use super::{DeleteOutcome, RegistryDeleter, RegistryRestorer};
use crate::AwsError;
use crate::call::Call;

/// What a registry answers when it is asked to restore an image from the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivateOutcome {
    /// It is being restored, or is already.
    Activating,
    /// It is not there any more.
    Gone,
    /// The registry refused, or left it where it was.
    Refused {
        /// ECR's code, such as `ImageStorageClassUpdateNotSupportedException`.
        code: Box<str>,
        /// The same in words.
        reason: Box<str>,
    },
}

/// The code of an image that is something else than archived after all.
const NOT_ARCHIVED: &str = "NotArchived";

/// The code of one that is archived still.
const NOT_RESTORED: &str = "NotRestored";

const OPERATION: &str = "UpdateImageStorageClass";

impl RegistryDeleter {
    /// Archives an image, and says what became of it. An error says nothing of it: it may be archived, or
    /// not.
    ///
    /// What ECR does not archive is an outcome. One call takes one image.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html>
    pub async fn archive(
        &self,
        repository: &str,
        digest: Digest,
    ) -> Result<(Digest, DeleteOutcome), AwsError> {
        let about = format!("{repository}@{digest}");
        let call = Call::new("ecr", OPERATION, &self.place).about(&about);
        let update = self.client.update_image_storage_class();
        let update = moving(update, repository, digest, TargetStorageClass::Archive);
        let answer = self
            .slots
            .call_within(LONGEST_WAIT, call.operation(), Box::pin(update.send()))
            .await
            .ok_or_else(|| call.crowded_out())?
            .map_err(|error| call.failed(error));
        let outcome = match answer {
            Ok(answer) => {
                let id = answer.image_id().and_then(|id| id.image_digest());
                match status(&call, digest, id, answer.image_status())? {
                    ImageStatus::Archived => DeleteOutcome::Archived,
                    other => DeleteOutcome::Failed {
                        code: NOT_ARCHIVED.into(),
                        reason: format!("it is {} after it was to be archived", other.as_str())
                            .into(),
                    },
                }
            }
            Err(error) => match refused(&error) {
                Some(Refused::Gone) => DeleteOutcome::AlreadyGone,
                Some(Refused::Not { code, reason }) => DeleteOutcome::Failed { code, reason },
                None => return Err(error),
            },
        };
        tracing::info!(
            account = %self.place.account, region = %self.place.region, repository, %digest,
            archived = outcome == DeleteOutcome::Archived, "asked to archive an image"
        );
        Ok((digest, outcome))
    }
}

impl RegistryRestorer {
    /// Has an image restored that is archived: it can be pulled within 20 minutes. An error says nothing of
    /// it.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/restore-image.html>
    pub async fn activate(
        &self,
        repository: &str,
        digest: Digest,
    ) -> Result<ActivateOutcome, AwsError> {
        let about = format!("{repository}@{digest}");
        let call = Call::new("ecr", OPERATION, &self.place).about(&about);
        let update = self.client.update_image_storage_class();
        let update = moving(update, repository, digest, TargetStorageClass::Standard);
        let answer = self.slots.call(call.operation(), Box::pin(update.send())).await;
        let answer = match answer.map_err(|error| call.failed(error)) {
            Ok(answer) => answer,
            Err(error) => {
                return match refused(&error) {
                    Some(Refused::Gone) => Ok(ActivateOutcome::Gone),
                    Some(Refused::Not { code, reason }) => {
                        Ok(ActivateOutcome::Refused { code, reason })
                    }
                    None => Err(error),
                };
            }
        };
        let id = answer.image_id().and_then(|id| id.image_digest());
        Ok(match status(&call, digest, id, answer.image_status())? {
            ImageStatus::Active | ImageStatus::Activating => {
                tracing::info!(
                    account = %self.place.account, region = %self.place.region, repository, %digest,
                    "has an image restored from the archive"
                );
                ActivateOutcome::Activating
            }
            other => ActivateOutcome::Refused {
                code: NOT_RESTORED.into(),
                reason: format!("it is {} after it was to be restored", other.as_str()).into(),
            },
        })
    }
}

fn moving(
    update: UpdateImageStorageClassFluentBuilder,
    repository: &str,
    digest: Digest,
    to: TargetStorageClass,
) -> UpdateImageStorageClassFluentBuilder {
    let id = ImageIdentifier::builder().image_digest(digest.to_string()).build();
    update.repository_name(repository).image_id(id).target_storage_class(to)
}

/// What an answer says that the image is now.
fn status(
    call: &Call<'_>,
    digest: Digest,
    of: Option<&str>,
    status: Option<&ImageStatus>,
) -> Result<ImageStatus, AwsError> {
    let status = call.sent("imageStatus", status)?;
    if of.is_some_and(|of| of != digest.to_string()) {
        return Err(call.unreadable("it speaks of another image".to_owned()));
    }
    Ok(status.clone())
}

/// A refusal that speaks of the image that was asked for.
enum Refused {
    Gone,
    Not { code: Box<str>, reason: Box<str> },
}

fn refused(error: &AwsError) -> Option<Refused> {
    match error.code()? {
        "ImageNotFoundException" => Some(Refused::Gone),
        code @ "ImageStorageClassUpdateNotSupportedException" => Some(Refused::Not {
            code: code.into(),
            reason: error.message().unwrap_or(NO_REASON).into(),
        }),
        _ => None,
    }
}
