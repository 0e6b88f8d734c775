//! Where people find what is told of a run.

use ecr_sweep_protocol::documents::{RunId, keys};
use ecr_sweep_report::INDEX;

use super::message::Addresses;
use crate::{Environment, StepError};

/// Where people find what is told of a run.
pub(super) struct Places {
    report: Option<String>,
    run: String,
    store: String,
}

impl Places {
    /// With the report of the run, if it has one.
    pub(super) async fn of(environment: &Environment, run: &RunId) -> Result<Self, StepError> {
        let key = keys::report_page(run, INDEX);
        let is_there = environment.store.list(&key).await?.contains(&key);
        let report = is_there.then(|| environment.store.address(&key));
        Ok(Self { report, ..Self::without_report(environment, run) })
    }

    pub(super) fn without_report(environment: &Environment, run: &RunId) -> Self {
        let store = &environment.store;
        Self {
            report: None,
            run: format!("{}/", store.address_of_folder(&keys::run(run))),
            store: store.address_of_folder(""),
        }
    }

    pub(super) fn addresses(&self) -> Addresses<'_> {
        Addresses { report: self.report.as_deref(), run: &self.run, store: &self.store }
    }
}
