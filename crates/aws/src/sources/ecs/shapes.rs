//! What a scan keeps of the answers of Amazon ECS: names and images, in the API's own shape.
//!
//! Environment, secrets, commands and the like are left behind where the answer is read.

#![expect(clippy::struct_field_names, reason = "the fields are the API's")]

use ecr_sweep_core::TaskDefinitionStatus;
use ecr_sweep_protocol::snapshot::Resource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

macro_rules! shape {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$field_meta])* pub(super) $field: $type),+
        }
    };
}

shape! {
    Cluster { cluster_arn: Box<str>, cluster_name: Box<str> }
}

shape! {
    Task {
        task_arn: Box<str>,
        cluster_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        task_definition_arn: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_status: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        desired_status: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        started_by: Option<Box<str>>,
        containers: Vec<Container>,
    }
}

shape! {
    /// A container of a task.
    Container {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Box<str>>,
        image: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        image_digest: Option<Box<str>>,
    }
}

shape! {
    Service {
        service_arn: Box<str>,
        service_name: Box<str>,
        cluster_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        task_definition: Option<Box<str>>,
        deployments: Vec<Deployment>,
        task_sets: Vec<TaskSet>,
        #[serde(skip_serializing_if = "Option::is_none")]
        current_service_deployment: Option<Box<str>>,
        current_service_revisions: Vec<RevisionName>,
    }
}

shape! {
    Deployment {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<Box<str>>,
        task_definition: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
    }
}

shape! {
    TaskSet {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Box<str>>,
        task_set_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<Box<str>>,
        task_definition: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
    }
}

shape! {
    /// A service revision where it is but named.
    RevisionName { arn: Box<str> }
}

shape! {
    ServiceDeployment {
        service_deployment_arn: Box<str>,
        service_arn: Box<str>,
        cluster_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<Box<str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
        source_service_revisions: Vec<RevisionName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        target_service_revision: Option<RevisionName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rollback: Option<Rollback>,
    }
}

shape! {
    Rollback { service_revision_arn: Box<str> }
}

shape! {
    ServiceRevision {
        service_revision_arn: Box<str>,
        service_arn: Box<str>,
        cluster_arn: Box<str>,
        task_definition: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
        container_images: Vec<ContainerImage>,
    }
}

shape! {
    /// What a service revision resolved an image to.
    ContainerImage {
        #[serde(skip_serializing_if = "Option::is_none")]
        container_name: Option<Box<str>>,
        image: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        image_digest: Option<Box<str>>,
    }
}

shape! {
    TaskDefinition {
        task_definition_arn: Box<str>,
        family: Box<str>,
        revision: u32,
        status: TaskDefinitionStatus,
        container_definitions: Vec<ContainerDefinition>,
    }
}

shape! {
    ContainerDefinition { name: Box<str>, image: Box<str> }
}

shape! {
    /// A managed daemon.
    Daemon {
        daemon_arn: Box<str>,
        cluster_arn: Box<str>,
        current_revisions: Vec<RevisionName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        deployment_arn: Option<Box<str>>,
    }
}

shape! {
    DaemonDeployment {
        daemon_deployment_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<Box<str>>,
        source_daemon_revisions: Vec<RevisionName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        target_daemon_revision: Option<RevisionName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rollback: Option<DaemonRollback>,
    }
}

shape! {
    DaemonRollback { rollback_target_daemon_revision_arn: Box<str> }
}

shape! {
    DaemonRevision {
        daemon_revision_arn: Box<str>,
        daemon_task_definition_arn: Box<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Timestamp>,
        container_images: Vec<ContainerImage>,
    }
}

shape! {
    DaemonTaskDefinition {
        daemon_task_definition_arn: Box<str>,
        container_definitions: Vec<ContainerDefinition>,
    }
}

/// The shape as a snapshot records it.
pub(super) fn resource<T: Serialize>(shape: &T) -> serde_json::Result<Resource> {
    match serde_json::to_value(shape)? {
        serde_json::Value::Object(fields) => Ok(fields),
        _ => Err(serde::ser::Error::custom("a resource is an object")),
    }
}
