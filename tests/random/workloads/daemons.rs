//! Random managed daemons: their definitions, the revisions that they run, and what they replace.

use ecr_sweep_core::{Digest, Registry, Source, Usage};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::pools::digest;
use super::super::usage::{ReferenceDraft, reference};
use super::{Found, PLACES, arn, place_at, plain_row, resource};

/// A daemon, before it is known which images there are.
#[derive(Debug, Clone)]
pub(super) struct DaemonDraft {
    place: usize,
    /// Whether its definition is ACTIVE; else somebody deletes it.
    is_active: bool,
    images: Vec<ReferenceDraft>,
    /// What the images of the revision that runs were resolved to.
    current: Option<Digest>,
    /// There is a roll-out, from this revision.
    source: Option<Replaced>,
}

/// A revision that is replaced, with what its images were resolved to.
#[derive(Debug, Clone)]
struct Replaced(Option<Digest>);

pub(super) fn draft() -> impl Strategy<Value = DaemonDraft> {
    let resolved = || weighted(0.6, digest());
    let images = vec(reference(), 1..3);
    (
        0usize..PLACES,
        any::<bool>(),
        images,
        resolved(),
        weighted(0.4, resolved().prop_map(Replaced)),
    )
        .prop_map(|(place, is_active, images, current, source)| DaemonDraft {
            place,
            is_active,
            images,
            current,
            source,
        })
}

impl DaemonDraft {
    pub(super) fn finish(self, number: usize, registries: &[Registry], found: &mut Found) {
        let own = |path: &str| arn("ecs", self.place, path);
        let images: Vec<String> =
            self.images.into_iter().map(|draft| draft.finish(registries)).collect();
        let definition = own(&format!("daemon-task-definition/agent{number}:1"));
        let container = |image: &String| json!({ "name": "c", "image": image });
        let mut see = |arn: &str, resolved| {
            for image in &images {
                let row = plain_row("ecs-daemon", arn, self.place, image);
                found.usage.push(Usage { resolved, ..row });
            }
        };
        if self.is_active {
            see(&definition, None);
        }
        let mut revisions = Vec::new();
        let mut revision = |id: &str, resolved: Option<Digest>| {
            let own_arn = own(&format!("daemon-revision/main/agent{number}/{id}"));
            let shown = images.iter().filter_map(|image| {
                let digest = resolved?.to_string();
                Some(json!({ "containerName": "c", "image": image, "imageDigest": digest }))
            });
            revisions.push(resource(json!({
                "daemonRevisionArn": own_arn,
                "daemonTaskDefinitionArn": definition,
                "containerImages": shown.collect::<Vec<Value>>(),
            })));
            see(&own_arn, resolved);
            json!({ "arn": own_arn })
        };
        let current = revision("1", self.current);
        let mut daemon = resource(json!({
            "daemonArn": own(&format!("daemon/main/agent{number}")),
            "currentRevisions": [current],
        }));
        let mut deployments = Vec::new();
        if let Some(Replaced(resolved)) = self.source {
            let deployment = own(&format!("daemon-deployment/main/agent{number}/1"));
            daemon.insert("deploymentArn".to_owned(), deployment.clone().into());
            deployments.push(resource(json!({
                "daemonDeploymentArn": deployment,
                "status": "IN_PROGRESS",
                "sourceDaemonRevisions": [revision("0", resolved)],
                "targetDaemonRevision": current,
            })));
        }
        let definition = resource(json!({
            "daemonTaskDefinitionArn": definition,
            "status": if self.is_active { "ACTIVE" } else { "DELETE_IN_PROGRESS" },
            "containerDefinitions": images.iter().map(container).collect::<Vec<Value>>(),
        }));
        let workloads = PlaceWorkloads::nothing(Source::Ecs, place_at(self.place))
            .with("daemons", vec![daemon])
            .with("daemon_deployments", deployments)
            .with("daemon_revisions", revisions)
            .with("daemon_task_definitions", vec![definition]);
        found.workloads.push(workloads);
    }
}
