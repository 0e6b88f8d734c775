//! Real clients: the Rust SDKs read what the simulator answers, errors and times included.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecr::types::{DescribeImagesFilter, ImageIdentifier, ImageStatusFilter};
use serde_json::json;

use crate::world::{ACCOUNT, HOST, OTHER, REGION, World, digest, organization};

/// On a runtime of the test's own: the simulator has another.
fn block_on(client: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(client);
}

async fn config(world: &World, account: &str) -> SdkConfig {
    let credentials = aws_sdk_ecr::config::Credentials::new(account, "secret", None, None, "test");
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(world.simulator.endpoint())
        .credentials_provider(credentials)
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await
}

#[test]
fn the_ecr_client_pages_reads_and_deletes() {
    let images = (1..=3)
        .map(|number| json!({ "digest": digest(number), "pushed_at": "2026-08-01T00:00:00Z" }))
        .collect();
    let world = World::images(images);
    block_on(async {
        let client = aws_sdk_ecr::Client::new(&config(&world, ACCOUNT).await);
        let filter = DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any).build();
        let details: Result<Vec<_>, _> = client
            .describe_images()
            .repository_name("dev/app")
            .filter(filter)
            .into_paginator()
            .page_size(2)
            .items()
            .send()
            .collect()
            .await;
        let details = details.unwrap();
        assert_eq!(details.len(), 3);
        assert_eq!(details[0].image_pushed_at().unwrap().secs(), 1_785_542_400);
        let id = ImageIdentifier::builder().image_digest(digest(1).to_string()).build();
        let got = client.batch_get_image().repository_name("dev/app").image_ids(id.clone());
        assert_eq!(got.send().await.unwrap().images().len(), 1);
        let deleted = client.batch_delete_image().repository_name("dev/app").image_ids(id.clone());
        assert_eq!(deleted.send().await.unwrap().image_ids().len(), 1);
        let gone = client.batch_delete_image().repository_name("dev/app").image_ids(id);
        let gone = gone.send().await.unwrap();
        assert_eq!(gone.failures()[0].failure_code().unwrap().as_str(), "ImageNotFound");
    });
}

#[test]
fn the_ecr_client_understands_the_errors() {
    let world = World::images(json!([]));
    block_on(async {
        let client = aws_sdk_ecr::Client::new(&config(&world, ACCOUNT).await);
        let error = client.describe_images().repository_name("gone").send().await.unwrap_err();
        let error = error.into_service_error();
        assert!(error.is_repository_not_found_exception());
        assert!(error.meta().message().unwrap().contains("'gone'"));
    });
}

#[test]
fn the_ecs_client_reads_services_and_definitions() {
    let arn = "arn:aws:ecs:eu-west-1:111122223333";
    let ecs = json!({
        "account": ACCOUNT,
        "region": REGION,
        "services": [{
            "serviceArn": format!("{arn}:service/prod/web"),
            "deployments": [{ "id": "1", "createdAt": "2026-11-01T00:00:00Z" }],
        }],
        "task_definitions": [{
            "family": "web",
            "revision": 1,
            "containerDefinitions": [{ "name": "c", "image": format!("{HOST}/dev/app") }],
        }],
    });
    let world = World::seeded(organization(json!([]), json!({ "ecs": [ecs] })));
    block_on(async {
        let client = aws_sdk_ecs::Client::new(&config(&world, ACCOUNT).await);
        let services =
            client.describe_services().cluster("prod").services("web").send().await.unwrap();
        let deployment = &services.services()[0].deployments()[0];
        assert_eq!(deployment.created_at().unwrap().secs(), 1_793_491_200);
        let found = client.describe_task_definition().task_definition("web").send().await.unwrap();
        let definition = found.task_definition().unwrap();
        assert_eq!(
            definition.container_definitions()[0].image(),
            Some(&*format!("{HOST}/dev/app"))
        );
        let missing = client.list_services().cluster("gone").send().await.unwrap_err();
        assert!(missing.into_service_error().is_cluster_not_found_exception());
    });
}

#[test]
fn the_lambda_client_reads_functions() {
    let lambda = json!({ "account": ACCOUNT, "region": REGION, "functions": [{
        "Configuration": { "FunctionName": "f", "Version": "1" },
        "Code": { "ImageUri": "i", "ResolvedImageUri": "r" },
    }] });
    let world = World::seeded(organization(json!([]), json!({ "lambda": [lambda] })));
    block_on(async {
        let client = aws_sdk_lambda::Client::new(&config(&world, ACCOUNT).await);
        let all = aws_sdk_lambda::types::FunctionVersion::All;
        let listed = client.list_functions().function_version(all).send().await.unwrap();
        let arn = listed.functions()[0].function_arn().unwrap();
        let found = client.get_function().function_name(arn).send().await.unwrap();
        assert_eq!(found.code().unwrap().resolved_image_uri(), Some("r"));
        let missing = client.get_function().function_name("gone").send().await.unwrap_err();
        assert!(missing.into_service_error().is_resource_not_found_exception());
    });
}

#[test]
fn the_sts_client_assumes_roles_and_the_account_client_lists_regions() {
    let world = World::empty();
    block_on(async {
        let home = config(&world, ACCOUNT).await;
        let sts = aws_sdk_sts::Client::new(&home);
        let role = "arn:aws:iam::444455556666:role/EcrSweepRead";
        let assumed =
            sts.assume_role().role_arn(role).role_session_name("sweep").send().await.unwrap();
        let credentials = assumed.credentials().unwrap();
        assert_eq!(credentials.access_key_id(), OTHER);
        let there = config(&world, credentials.access_key_id()).await;
        let identity = aws_sdk_sts::Client::new(&there).get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some(OTHER));
        let account = aws_sdk_account::Client::new(&home);
        let regions = account.list_regions().send().await.unwrap();
        assert_eq!(regions.regions()[0].region_name(), Some(REGION));
    });
}
