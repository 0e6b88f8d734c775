//! A stand-in: what is asked of it by path gives what the test says.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ecr_sweep_kubernetes::{Cluster, Endpoint, Found, KubernetesError, ScanOptions, Token};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "token-hunter2";

/// An answer: a status and a body.
pub(crate) type Answer = (u16, String);

type Answers = BTreeMap<String, Vec<Answer>>;

#[derive(Debug, Default)]
struct State {
    answers: Answers,
    asked: Vec<String>,
}

/// A cluster that has deployments and pods, and secrets and events, which nobody may ask for.
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    state: Arc<Mutex<State>>,
    pub(crate) server: String,
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let serving = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = serving.clone();
                let service =
                    service_fn(move |request| ready(Ok::<_, Infallible>(answer(&state, &request))));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        let cluster = Self { state, server };
        cluster.say("/api", &json!({ "kind": "APIVersions", "versions": ["v1"] }));
        cluster.has_group(
            "",
            "v1",
            &["pods:Pod", "secrets:Secret", "events:Event", "configmaps:ConfigMap"],
        );
        cluster.has_group(
            "apps",
            "v1",
            &["deployments:Deployment", "deployments/status:Deployment"],
        );
        cluster.has_groups(&["apps"]);
        for path in ["/api/v1/pods", "/api/v1/configmaps", "/apis/apps/v1/deployments"] {
            cluster.lists(path, &[]);
        }
        cluster
    }

    pub(crate) fn has_groups(&self, groups: &[&str]) {
        let groups: Vec<Value> = groups
            .iter()
            .map(|name| {
                let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
                json!({ "name": name, "versions": [version], "preferredVersion": version })
            })
            .collect();
        self.say("/apis", &json!({ "kind": "APIGroupList", "groups": groups }));
    }

    pub(crate) fn has_group(&self, group: &str, version: &str, resources: &[&str]) {
        let resources: Vec<Value> = resources
            .iter()
            .map(|resource| {
                let (name, kind) = resource.split_once(':').unwrap();
                json!({ "name": name, "kind": kind, "namespaced": true, "verbs": ["get", "list"] })
            })
            .collect();
        let path = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        self.say(&path, &json!({ "kind": "APIResourceList", "resources": resources }));
    }

    /// The whole list, at the path with the size of a page.
    pub(crate) fn lists(&self, path: &str, items: &[Value]) {
        self.say(&format!("{path}?limit=500"), &list(items, None));
    }

    pub(crate) fn say(&self, path: &str, answer: &Value) {
        self.answers(path, vec![(200, answer.to_string())]);
    }

    pub(crate) fn refuse(&self, path: &str, status: u16) {
        let said = json!({ "kind": "Status", "code": status, "message": "because" });
        self.answers(path, vec![(status, said.to_string())]);
    }

    /// What is answered one after another: the last one for ever.
    pub(crate) fn answers(&self, path: &str, answers: Vec<Answer>) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answers);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    pub(crate) fn cluster(&self) -> Cluster {
        let endpoint = Endpoint {
            server: self.server.clone().into(),
            tokens: Some(Arc::new(Token::new(TOKEN))),
            ..Endpoint::default()
        };
        Cluster::new(endpoint).unwrap()
    }

    pub(crate) async fn scan(&self) -> Result<Found, KubernetesError> {
        self.cluster().scan(&ScanOptions::default()).await
    }
}

pub(crate) fn list(items: &[Value], next: Option<&str>) -> Value {
    json!({ "kind": "AnyList", "apiVersion": "v1", "metadata": { "continue": next }, "items": items })
}

pub(crate) fn object(name: &str, image: &str) -> Value {
    json!({ "metadata": { "name": name, "namespace": "shop" }, "spec": { "image": image } })
}

pub(crate) fn app(tag: &str) -> String {
    format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:{tag}")
}

pub(crate) fn references(found: &Found) -> Vec<&str> {
    found.mentions.iter().map(|mention| &*mention.reference).collect()
}

fn answer<B>(state: &Mutex<State>, request: &Request<B>) -> Response<Full<Bytes>> {
    let path = request.uri().path_and_query().unwrap().to_string();
    let knows = request
        .headers()
        .get("authorization")
        .is_some_and(|it| it.to_str().is_ok_and(|it| it == format!("Bearer {TOKEN}")));
    let (status, body) = {
        let mut state = state.lock().unwrap();
        state.asked.push(path.clone());
        match state.answers.get_mut(&path) {
            _ if !knows => (401, String::new()),
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => (404, String::new()),
        }
    };
    Response::builder().status(status).body(Full::from(body)).unwrap()
}
