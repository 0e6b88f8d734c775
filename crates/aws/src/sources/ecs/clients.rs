//! A client for each of the rates at which ECS lets itself be read, made when it is first needed.
//!
//! An account and Region has a rate for each of these, so reads that are throttled for one must not
//! slow down those of another.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html>

use std::sync::OnceLock;

use aws_sdk_ecs::Client;
use ecr_sweep_core::Place;

use super::ANSWERS;
use crate::sessions::clients::{ClientConfig, paced_client};

/// How many reads of each kind are answered a second, what may be asked at once aside.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html>
const A_SECOND: f64 = 20.0;

/// What has a rate of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rated {
    Clusters,
    /// And daemons.
    Services,
    Tasks,
    /// Of tasks and of daemons.
    Definitions,
    /// Of services and of daemons.
    Deployments,
    /// Of services and of daemons.
    Revisions,
}

impl Rated {
    const fn partition(self) -> &'static str {
        match self {
            Self::Clusters => "ecs-clusters",
            Self::Services => "ecs-services",
            Self::Tasks => "ecs-tasks",
            Self::Definitions => "ecs-definitions",
            Self::Deployments => "ecs-deployments",
            Self::Revisions => "ecs-revisions",
        }
    }
}

/// The clients of one account and Region.
pub(super) struct Clients<'a> {
    config: ClientConfig,
    place: &'a Place,
    made: [OnceLock<Client>; 6],
}

impl<'a> Clients<'a> {
    pub(super) fn new(config: ClientConfig, place: &'a Place) -> Self {
        Self { config, place, made: Default::default() }
    }

    pub(super) fn of(&self, rated: Rated) -> &Client {
        self.made[rated as usize].get_or_init(|| {
            let (config, kind) = (&self.config, rated.partition());
            paced_client!(aws_sdk_ecs, A_SECOND, config, self.place, kind, ANSWERS)
        })
    }
}
