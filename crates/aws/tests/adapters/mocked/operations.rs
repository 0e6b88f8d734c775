//! The operations that are called, and rules for them.

use std::error::Error;
use std::fmt::Debug;

use aws_smithy_mocks::{Rule, RuleBuilder, mock};
use aws_smithy_runtime_api::client::result::CreateUnhandledError;
use aws_smithy_types::error::ErrorMetadata;

use super::http::{LATE, Reply, answer, lost};

/// A rule that gives these replies in turn, the last of them for ever. It counts its calls, each try by itself.
pub(super) fn in_turn<I, O, E>(rule: RuleBuilder<I, O, E>, replies: &[Reply]) -> Rule
where
    I: Debug + Send + Sync + 'static,
    O: Debug + Send + Sync + 'static,
    E: Error + CreateUnhandledError + Send + Sync + 'static,
{
    let sequence = replies.iter().cloned().fold(rule.sequence(), |sequence, reply| match reply {
        Reply::Answer(status, body) => sequence.http_response(move || answer(status, &body)),
        Reply::Refused(code) => sequence.error(move || {
            let said = ErrorMetadata::builder().code(code).message("no").build();
            E::create_unhandled_error("refused".into(), Some(said))
        }),
        Reply::Late => sequence.http_response(|| lost(LATE)),
        Reply::BrokenOff => sequence.http_response(|| lost("broken off")),
    });
    sequence.repeatedly().build()
}

macro_rules! operations {
    ($($name:literal => $operation:path,)+) => {
        /// A rule of an operation that gives these replies in turn, the last of them for ever.
        pub(super) fn rule(operation: &str, replies: &[Reply]) -> Rule {
            match operation {
                $($name => in_turn(mock!($operation), replies),)+
                _ => panic!("{operation} is no operation that is called"),
            }
        }
    };
}

operations! {
    "ecr:BatchDeleteImage" => aws_sdk_ecr::Client::batch_delete_image,
    "ecr:BatchGetImage" => aws_sdk_ecr::Client::batch_get_image,
    "ecr:DescribeImages" => aws_sdk_ecr::Client::describe_images,
    "ecr:DescribePullThroughCacheRules" => aws_sdk_ecr::Client::describe_pull_through_cache_rules,
    "ecr:DescribeRegistry" => aws_sdk_ecr::Client::describe_registry,
    "ecr:DescribeRepositories" => aws_sdk_ecr::Client::describe_repositories,
    "ecr:GetLifecyclePolicy" => aws_sdk_ecr::Client::get_lifecycle_policy,
    "ecr:GetRegistryPolicy" => aws_sdk_ecr::Client::get_registry_policy,
    "ecr:GetRepositoryPolicy" => aws_sdk_ecr::Client::get_repository_policy,
    "ecr:ListPullTimeUpdateExclusions" => aws_sdk_ecr::Client::list_pull_time_update_exclusions,
    "ecr:ListTagsForResource" => aws_sdk_ecr::Client::list_tags_for_resource,
    "ecr:UpdateImageStorageClass" => aws_sdk_ecr::Client::update_image_storage_class,
    "ecs:DescribeDaemon" => aws_sdk_ecs::Client::describe_daemon,
    "ecs:DescribeDaemonDeployments" => aws_sdk_ecs::Client::describe_daemon_deployments,
    "ecs:DescribeDaemonRevisions" => aws_sdk_ecs::Client::describe_daemon_revisions,
    "ecs:DescribeDaemonTaskDefinition" => aws_sdk_ecs::Client::describe_daemon_task_definition,
    "ecs:DescribeServiceDeployments" => aws_sdk_ecs::Client::describe_service_deployments,
    "ecs:DescribeServiceRevisions" => aws_sdk_ecs::Client::describe_service_revisions,
    "ecs:DescribeServices" => aws_sdk_ecs::Client::describe_services,
    "ecs:DescribeTaskDefinition" => aws_sdk_ecs::Client::describe_task_definition,
    "ecs:DescribeTasks" => aws_sdk_ecs::Client::describe_tasks,
    "ecs:ListClusters" => aws_sdk_ecs::Client::list_clusters,
    "ecs:ListDaemonTaskDefinitions" => aws_sdk_ecs::Client::list_daemon_task_definitions,
    "ecs:ListDaemons" => aws_sdk_ecs::Client::list_daemons,
    "ecs:ListServiceDeployments" => aws_sdk_ecs::Client::list_service_deployments,
    "ecs:ListServices" => aws_sdk_ecs::Client::list_services,
    "ecs:ListTaskDefinitions" => aws_sdk_ecs::Client::list_task_definitions,
    "ecs:ListTasks" => aws_sdk_ecs::Client::list_tasks,
    "lambda:GetFunction" => aws_sdk_lambda::Client::get_function,
    "lambda:ListFunctions" => aws_sdk_lambda::Client::list_functions,
    "s3:GetBucketVersioning" => aws_sdk_s3::Client::get_bucket_versioning,
    "s3:GetObject" => aws_sdk_s3::Client::get_object,
    "s3:GetPublicAccessBlock" => aws_sdk_s3::Client::get_public_access_block,
    "s3:ListObjectsV2" => aws_sdk_s3::Client::list_objects_v2,
    "s3:PutObject" => aws_sdk_s3::Client::put_object,
    "states:DescribeExecution" => aws_sdk_sfn::Client::describe_execution,
    "states:SendTaskSuccess" => aws_sdk_sfn::Client::send_task_success,
    "states:StartExecution" => aws_sdk_sfn::Client::start_execution,
}
