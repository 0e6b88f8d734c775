//! Amazon ECR: what its API does, as documented.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/Welcome.html>

mod deletion;
mod image_id;
mod images;
mod layers;
mod manifests;
mod policies;
mod put;
mod referrers;
mod registry;
mod repositories;
mod request;
mod settings;
mod storage_class;
mod tags;
mod uploads;

pub(crate) use uploads::Uploads;

use crate::wire::{ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    registry::check_may_read(call)?;
    match call.operation.name.as_str() {
        "BatchCheckLayerAvailability" => layers::batch_check_layer_availability(call),
        "BatchDeleteImage" => deletion::batch_delete_image(call),
        "BatchGetImage" => manifests::batch_get_image(call),
        "CompleteLayerUpload" => uploads::complete_layer_upload(call),
        "CreateRepository" => repositories::create_repository(call),
        "DeleteRepository" => repositories::delete_repository(call),
        "DescribeImages" => images::describe_images(call),
        "DescribePullThroughCacheRules" => settings::describe_pull_through_cache_rules(call),
        "DescribeRegistry" => registry::describe_registry(call),
        "DescribeRepositories" => repositories::describe_repositories(call),
        "GetLayer" => layers::get_layer(call),
        "GetAuthorizationToken" => registry::get_authorization_token(call),
        "GetDownloadUrlForLayer" => layers::get_download_url_for_layer(call),
        "GetLifecyclePolicy" => settings::get_lifecycle_policy(call),
        "GetRegistryPolicy" => policies::get_registry_policy(call),
        "GetRepositoryPolicy" => policies::get_repository_policy(call),
        "InitiateLayerUpload" => uploads::initiate_layer_upload(call),
        "ListImageReferrers" => referrers::list_image_referrers(call),
        "ListImages" => images::list_images(call),
        "ListPullTimeUpdateExclusions" => settings::list_pull_time_update_exclusions(call),
        "ListTagsForResource" => tags::list_tags_for_resource(call),
        "PutImage" => put::put_image(call),
        "PutImageTagMutability" => repositories::put_image_tag_mutability(call),
        "PutRegistryPolicy" => policies::put_registry_policy(call),
        "SetRepositoryPolicy" => policies::set_repository_policy(call),
        "TagResource" => tags::tag_resource(call),
        "UntagResource" => tags::untag_resource(call),
        "UpdateImageStorageClass" => storage_class::update_image_storage_class(call),
        "UploadLayerPart" => uploads::upload_layer_part(call),
        _ => Err(ApiError::unknown_operation()),
    }
}
