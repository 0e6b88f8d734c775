//! Answers and errors that have types of their own in the SDK.

use aws_sdk_ecr::Client;
use aws_sdk_ecr::operation::batch_delete_image::BatchDeleteImageOutput;
use aws_sdk_ecr::types::{ImageFailure, ImageFailureCode, ImageIdentifier};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::types::error::NoSuchKey;
use aws_smithy_mocks::mock;
use ecr_sweep_aws::registry::DeleteOutcome;
use ecr_sweep_aws::store::{RunStore as _, S3Location, S3Store};
use ecr_sweep_core::Digest;

use super::answered;
use crate::world::{digest, place};

#[tokio::test]
async fn an_object_that_is_not_there_is_none() {
    let rule = mock!(aws_sdk_s3::Client::get_object)
        .match_requests(|it| it.bucket() == Some("sweeps") && it.key() == Some("a"))
        .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    let sweeps = S3Location::new("sweeps", "").unwrap();
    let got = answered([&rule], async |it| S3Store::new(&it, sweeps).get("a").await).await;
    assert_eq!((got.unwrap().is_none(), rule.num_calls()), (true, 1));
}

fn id(of: Digest) -> ImageIdentifier {
    ImageIdentifier::builder().image_digest(of.to_string()).build()
}

fn failure(code: ImageFailureCode, of: Option<Digest>) -> ImageFailure {
    ImageFailure::builder()
        .set_image_id(of.map(id))
        .failure_code(code)
        .failure_reason("so it is")
        .build()
}

/// What becomes of the first three images of a registry that says this of them.
async fn deleted(
    answer: impl Fn() -> BatchDeleteImageOutput + Send + Sync + 'static,
) -> Vec<DeleteOutcome> {
    let rule = mock!(Client::batch_delete_image)
        .match_requests(|it| it.image_ids().iter().all(|it| it.image_tag().is_none()))
        .then_output(answer);
    let asked = [digest(1), digest(2), digest(3)];
    let told =
        answered([&rule], async |it| it.registry_deleter(&place()).delete("a", &asked).await);
    let told = told.await.unwrap();
    assert_eq!(rule.num_calls(), 1);
    assert!(told.iter().map(|(of, _)| *of).eq(asked));
    told.into_iter().map(|(_, outcome)| outcome).collect()
}

#[tokio::test]
async fn each_failure_of_a_deletion_is_of_its_image() {
    let told = deleted(|| {
        BatchDeleteImageOutput::builder()
            .image_ids(id(digest(2)))
            .failures(failure(ImageFailureCode::ImageReferencedByManifestList, Some(digest(1))))
            .failures(failure(ImageFailureCode::ImageNotFound, Some(digest(3))))
            .build()
    });
    let [refused, deleted, gone] = &told.await[..] else { panic!() };
    let code = "ImageReferencedByManifestList".into();
    assert_eq!(*refused, DeleteOutcome::Failed { code, reason: "so it is".into() });
    assert_eq!([deleted, gone], [&DeleteOutcome::Deleted, &DeleteOutcome::AlreadyGone]);
}

#[tokio::test]
async fn a_failure_of_no_image_leaves_open_what_became_of_those_that_are_not_answered() {
    let told = deleted(|| {
        BatchDeleteImageOutput::builder()
            .image_ids(id(digest(1)))
            .failures(failure(ImageFailureCode::KmsError, None))
            .build()
    });
    let [deleted, others @ ..] = &told.await[..] else { panic!() };
    assert_eq!(*deleted, DeleteOutcome::Deleted);
    for other in others {
        let DeleteOutcome::NotAnswered { reason } = other else { panic!("{other:?}") };
        assert!(reason.contains("names no image") && reason.contains("KmsError"), "{reason}");
    }
}
