//! The functions as the state machine calls them, one call after the other.

mod approving;
mod archiving;
mod channels;
mod deleting;
mod redriving;
mod resuming;
mod second_person;
mod telling;

use std::sync::Arc;

use ecr_sweep_aws::Deadline;
use ecr_sweep_core::ScanPlace;
use ecr_sweep_protocol::documents::{
    ApprovalAnswer, IdentityProof, MatchedRepository, RegistryItem, Stage,
};
use ecr_sweep_protocol::functions::{
    AtOnce, Cursor, DeleteBatchCall, ListReposCall, NotifyCall, Outcome, PlanRepoCall,
    ScanUsageCall, SweepInput, SweepState,
};
use ecr_sweep_steps::functions::{
    Approval, DeleteBatchSettings, Host, ListReposSettings, NotifySettings, delete_batch,
    list_repos, notify, plan_repo, scan_usage,
};
use ecr_sweep_steps::{Environment, ListedItems, Purpose, Run, StepError, Unwatched};
use serde_json::Value;

use crate::world::World;

/// An execution of the state machine, as far as it has got.
pub(crate) struct Execution<'a> {
    pub(crate) world: &'a World,
    pub(crate) host: Host,
    pub(crate) deletion: bool,
    pub(crate) approval: Approval,
}

impl<'a> Execution<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        let environment = Environment { progress: Arc::new(Unwatched), ..world.environment() };
        let host = Host { environment, evidence: Arc::default() };
        Self { world, host, deletion: true, approval: Approval::None }
    }

    /// Every call has no time but for one step.
    pub(crate) fn in_a_hurry(mut self) -> Self {
        self.host.environment.deadline = Deadline::within(std::time::Duration::ZERO);
        self
    }

    /// The state in which the plan of an earlier run is deleted, or only made again.
    pub(crate) async fn of_plan(&self, run: &str, dry_run: bool) -> Result<SweepState, StepError> {
        self.started_by(run, dry_run, None).await
    }

    /// The same, with what shows who has started it.
    pub(crate) async fn started_by(
        &self,
        run: &str,
        dry_run: bool,
        started_by: Option<IdentityProof>,
    ) -> Result<SweepState, StepError> {
        let settings = ListReposSettings {
            policy: "s3://bucket/policy.yaml".parse().unwrap(),
            deletion: self.deletion,
            approval: self.approval,
            personal_roles: Vec::new(),
            concurrency: AtOnce { scopes: 2, registries: 2, repositories: 2 },
        };
        let input = SweepInput {
            dry_run,
            plan: Some(run.parse().unwrap()),
            repositories: Vec::new(),
            started_by,
        };
        let call = ListReposCall::List { execution: "an-execution".to_owned(), input };
        list_repos(&self.host, &settings, call).await
    }

    /// The state in which a new run is planned, and nothing is deleted.
    pub(crate) async fn of_new(&self, run: &str) -> SweepState {
        let (environment, options) = (&self.host.environment, self.world.options());
        let run = run.parse().unwrap();
        let begun = Run::begin(environment, &run, options, Purpose::Plan).await.unwrap();
        let ListedItems { scopes_key, registries } =
            ecr_sweep_steps::list_repos(&begun).await.unwrap();
        SweepState {
            run,
            stage: Stage::Plan,
            dry_run: true,
            reviewed: false,
            approval: self.approval != Approval::None,
            other_than: None,
            token: None,
            scopes_key,
            registries_key: registries.key,
            registries: registries.registries,
            concurrency: AtOnce { scopes: 2, registries: 2, repositories: 2 },
            gone: 0,
            gone_in_vain: None,
        }
    }

    /// The lock is taken, and what is to be planned again is listed.
    pub(crate) async fn begin(
        &self,
        state: SweepState,
        execution_arn: &str,
        answer: Option<ApprovalAnswer>,
    ) -> Result<SweepState, StepError> {
        let call =
            DeleteBatchCall::Begin { execution_arn: execution_arn.to_owned(), answer, state };
        let answered = self.delete_batch(call).await?;
        Ok(serde_json::from_value(answered).unwrap())
    }

    pub(crate) async fn delete_batch(&self, call: DeleteBatchCall) -> Result<Value, StepError> {
        let delete_role = self.deletion.then(|| "EcrSweepDelete".into());
        let settings = DeleteBatchSettings { delete_role, personal_roles: Vec::new() };
        let answer = delete_batch(&self.host, &settings, call).await?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    /// How a plan is judged that is to be deleted.
    pub(crate) async fn judge(&self, run: &str) -> Outcome {
        let (settings, run) = (
            NotifySettings { topic_arn: "nobody".into(), channels: Vec::new() },
            run.parse().unwrap(),
        );
        let call = NotifyCall::Judge { run, stage: Stage::Plan, dry_run: false };
        let answer = notify(&self.host, &settings, call).await.unwrap();
        serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap()
    }

    /// How a deletion has ended.
    pub(crate) async fn judge_deletion(&self, run: &str) -> Outcome {
        let settings = NotifySettings { topic_arn: "nobody".into(), channels: Vec::new() };
        let call = NotifyCall::JudgeDeletion { run: run.parse().unwrap() };
        let answer = notify(&self.host, &settings, call).await.unwrap();
        serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap()
    }

    /// Usage is scanned, and every repository of the state planned.
    pub(crate) async fn see_and_plan(&self, sweep: &SweepState) {
        let SweepState { run, stage, token, .. } = sweep.clone();
        for scope in self.items::<ScanPlace>(&sweep.scopes_key) {
            let (run, stage) = (run.clone(), stage);
            let call = ScanUsageCall::Scan { run, stage, token, scope, cursor: None };
            assert!(scan_usage(&self.host, call).await.unwrap().done);
        }
        let call = ScanUsageCall::Index { run: run.clone(), stage, token, cursor: None };
        assert!(scan_usage(&self.host, call).await.unwrap().done);
        for repository in self.repositories(sweep) {
            let (run, stage) = (run.clone(), stage);
            let call = PlanRepoCall::Plan { run, stage, token, repository, cursor: None };
            assert!(plan_repo(&self.host, call).await.unwrap().done);
        }
        let call = PlanRepoCall::Limit { run, stage, token, cursor: None };
        assert!(plan_repo(&self.host, call).await.unwrap().done);
    }

    /// The same, with all the time that it takes.
    pub(crate) async fn see_and_plan_in_time(&self, state: &SweepState) {
        let mut host = self.host.clone();
        host.environment.deadline = Deadline::NEVER;
        Self { host, ..*self }.see_and_plan(state).await;
    }

    /// One call that deletes images of `dev/app`. Gives its answer.
    pub(crate) async fn delete(
        &self,
        state: &SweepState,
        cursor: Option<Cursor>,
    ) -> Result<Value, StepError> {
        let [repository] = self.repositories(state).try_into().unwrap();
        let (run, token) = (state.run.clone(), state.token.unwrap());
        self.delete_batch(DeleteBatchCall::Delete { run, token, repository, cursor }).await
    }

    /// One call that deletes images of one of several repositories.
    pub(crate) async fn delete_of(
        &self,
        state: &SweepState,
        repository: MatchedRepository,
    ) -> Result<Value, StepError> {
        let (run, token) = (state.run.clone(), state.token.unwrap());
        self.delete_batch(DeleteBatchCall::Delete { run, token, repository, cursor: None }).await
    }

    pub(crate) fn repositories(&self, state: &SweepState) -> Vec<MatchedRepository> {
        let registries: Vec<RegistryItem> = self.items(&state.registries_key);
        registries.iter().flat_map(|it| self.items(&it.repositories_key)).collect()
    }

    /// What a map of the state machine goes through.
    fn items<T: serde::de::DeserializeOwned>(&self, key: &str) -> Vec<T> {
        serde_json::from_slice(&std::fs::read(self.world.path(key)).unwrap()).unwrap()
    }
}

/// A world in which a run has planned.
pub(crate) async fn planned(world: World, run: &str) -> World {
    world.dry_run(run).await;
    world
}
