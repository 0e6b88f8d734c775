//! A sweep as the state machine runs it: call by call, and a call that dies is made again.

use std::sync::Arc;

use ecr_sweep_core::ScanPlace;
use ecr_sweep_protocol::documents::{MatchedRepository, RegistryItem, Stage as Which};
use ecr_sweep_protocol::functions::{
    AtOnce, DeleteBatchCall, Finished, NotifyCall, PlanRepoCall, ScanUsageCall, SweepState,
};
use ecr_sweep_steps::functions::{
    DeleteBatchSettings, Host, NotifySettings, delete_batch, notify, plan_repo, scan_usage,
};
use ecr_sweep_steps::{ListedItems, Purpose, Run, StepError, Unwatched, list_repos};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::points::{At, Points, until_killed};
use super::stage::{Stage, holes};
use crate::world::id;

/// The name of its execution.
const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// An execution, as far as it has got.
pub(super) struct Execution<'a> {
    pub(super) stage: &'a Stage,
    /// The points of the functions' process; those of the one after it, once it has died.
    pub(super) points: Vec<Arc<Points>>,
    host: Host,
}

impl<'a> Execution<'a> {
    pub(super) fn new(stage: &'a Stage, points: Arc<Points>) -> Self {
        let host = host(stage, &points);
        Self { stage, points: vec![points], host }
    }

    /// One call; made again by another process where it dies.
    async fn call<T>(&mut self, act: impl AsyncFn(&Host) -> Result<T, StepError>) -> T {
        let points = self.points.last().unwrap();
        if let Some(answer) = until_killed(points, Box::pin(act(&self.host))).await {
            return answer.unwrap();
        }
        assert_eq!(holes(&self.stage.before, &self.stage.images()), []);
        let points = Points::new(super::is_side_effect, At::Never);
        self.host = host(self.stage, &points);
        self.points.push(points);
        Box::pin(act(&self.host)).await.unwrap()
    }

    /// Plans, and deletes the plan.
    pub(super) async fn sweep(&mut self, run: &str) {
        let options = self.stage.world.options();
        let run = id(run);
        let list = async |host: &Host| {
            let options = options.clone();
            let begun = Run::begin(&host.environment, &run, options, Purpose::Sweep).await?;
            list_repos(&begun).await
        };
        let ListedItems { scopes_key, registries } = self.call(list).await;
        let state = SweepState {
            run: run.clone(),
            stage: Which::Plan,
            dry_run: false,
            reviewed: false,
            approval: false,
            other_than: None,
            token: None,
            scopes_key,
            registries_key: registries.key,
            registries: registries.registries,
            concurrency: AtOnce { scopes: 1, registries: 1, repositories: 1 },
            gone: 0,
            gone_in_vain: None,
        };
        self.see_and_plan(&state).await;
        let judge = NotifyCall::Judge { run: run.clone(), stage: Which::Plan, dry_run: false };
        self.notify(judge).await;
        let begin = DeleteBatchCall::Begin { execution_arn: ARN.to_owned(), answer: None, state };
        let mut state: SweepState = self.delete_batch(begin).await;
        loop {
            self.see_and_plan(&state).await;
            for repository in self.repositories(&state) {
                let (run, token) = (run.clone(), state.token.unwrap());
                let delete = DeleteBatchCall::Delete { run, token, repository, cursor: None };
                let answer: serde_json::Value = self.delete_batch(delete).await;
                assert_eq!(answer["done"], true);
            }
            let finish = DeleteBatchCall::Finish { state: state.clone() };
            let finished: Finished = self.delete_batch(finish).await;
            if !finished.again {
                break;
            }
            state = finished.state;
        }
        self.notify(NotifyCall::JudgeDeletion { run }).await;
    }

    async fn see_and_plan(&mut self, sweep: &SweepState) {
        let (run, stage, token) = (sweep.run.clone(), sweep.stage, sweep.token);
        for scope in self.items::<ScanPlace>(&sweep.scopes_key) {
            let scan = async |host: &Host| {
                let (run, scope) = (run.clone(), scope.clone());
                let call = ScanUsageCall::Scan { run, stage, token, scope, cursor: None };
                scan_usage(host, call).await
            };
            assert!(self.call(scan).await.done);
        }
        let index = async |host: &Host| {
            let call = ScanUsageCall::Index { run: run.clone(), stage, token, cursor: None };
            scan_usage(host, call).await
        };
        assert!(self.call(index).await.done);
        for repository in self.repositories(sweep) {
            let plan = async |host: &Host| {
                let (run, repository) = (run.clone(), repository.clone());
                let call = PlanRepoCall::Plan { run, stage, token, repository, cursor: None };
                plan_repo(host, call).await
            };
            assert!(self.call(plan).await.done);
        }
        let limit = async |host: &Host| {
            let call = PlanRepoCall::Limit { run: run.clone(), stage, token, cursor: None };
            plan_repo(host, call).await
        };
        assert!(self.call(limit).await.done);
    }

    async fn delete_batch<T: DeserializeOwned>(&mut self, call: DeleteBatchCall) -> T {
        let settings = DeleteBatchSettings {
            delete_role: Some("EcrSweepDelete".into()),
            personal_roles: Vec::new(),
        };
        let act = async |host: &Host| delete_batch(host, &settings, again(&call)).await;
        let answer = self.call(act).await;
        serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap()
    }

    async fn notify(&mut self, call: NotifyCall) {
        let settings = NotifySettings { topic_arn: "nobody".into(), channels: Vec::new() };
        self.call(async |host: &Host| notify(host, &settings, again(&call)).await).await;
    }

    fn repositories(&self, state: &SweepState) -> Vec<MatchedRepository> {
        let mut repositories = Vec::new();
        for registry in self.items::<RegistryItem>(&state.registries_key) {
            repositories.extend(self.items(&registry.repositories_key));
        }
        repositories
    }

    /// What a map of the state machine goes through.
    fn items<T: DeserializeOwned>(&self, key: &str) -> Vec<T> {
        let documents = self.stage.store.documents();
        serde_json::from_slice(&documents[key]).unwrap()
    }
}

/// The same call once more, as JSON brings it.
fn again<T: Serialize + DeserializeOwned>(call: &T) -> T {
    serde_json::from_value(serde_json::to_value(call).unwrap()).unwrap()
}

fn host(stage: &Stage, points: &Arc<Points>) -> Host {
    let mut environment = stage.environment(points);
    environment.progress = Arc::new(Unwatched);
    Host { environment, evidence: Arc::default() }
}
