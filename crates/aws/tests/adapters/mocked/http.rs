//! The HTTP client by which rules answer.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::{Reply, Rules};

/// The services, as the targets of requests spell them.
const TARGETS: [(&str, &str); 3] = [
    ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
    ("AmazonEC2ContainerServiceV20141113", "ecs"),
    ("AWSStepFunctions", "states"),
];

/// Answers requests by rules.
#[derive(Debug, Clone)]
pub(super) struct Mocked(Arc<Mutex<Rules>>);

impl Mocked {
    pub(super) fn new(rules: Rules) -> Self {
        Self(Arc::new(Mutex::new(rules)))
    }

    pub(super) fn rules(&self) -> Rules {
        self.0.lock().unwrap().clone()
    }
}

impl HttpClient for Mocked {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Mocked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        // No account publishes a runtime.
        if operation == "lambda:ListRuntimes" {
            let none = Reply::Answer(200, r#"{ "Items": [] }"#.to_owned());
            return HttpConnectorFuture::ready(none.response());
        }
        let body = request.body().bytes().unwrap_or_default();
        let asked = format!("{} {}", request.uri(), String::from_utf8_lossy(body));
        let mut rules = self.0.lock().unwrap();
        let Some(rule) = rules.get_mut(&*operation) else { panic!("{operation} has no rule") };
        HttpConnectorFuture::ready(rule.reply(asked).response())
    }
}

/// The operation of a request: by its target, or by its method and address.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        let (service, operation) = target.split_once('.').unwrap();
        let service = TARGETS.iter().find(|(target, _)| *target == service);
        return format!("{}:{operation}", service.unwrap_or_else(|| panic!("{target}")).1);
    }
    let (_, path) = request.uri().split_once("127.0.0.1:9/").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is = |parameter: &str| query.split('&').any(|it| it.split('=').next() == Some(parameter));
    let operation = match request.method() {
        _ if path.starts_with("2026-10-01/runtimes") => "lambda:ListRuntimes",
        "GET" if path.trim_end_matches('/') == "2015-03-31/functions" => "lambda:ListFunctions",
        "GET" if path.starts_with("2015-03-31/functions/") => "lambda:GetFunction",
        "PUT" => "s3:PutObject",
        "GET" if is("list-type") => "s3:ListObjectsV2",
        "GET" if is("versioning") => "s3:GetBucketVersioning",
        "GET" if is("publicAccessBlock") => "s3:GetPublicAccessBlock",
        "GET" => "s3:GetObject",
        method => panic!("{method} {path}"),
    };
    operation.to_owned()
}
