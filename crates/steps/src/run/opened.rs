//! A run that is opened: what it was asked to do, the policy that decides, and all it works with.

use std::ops::Deref;

use ecr_sweep_aws::store::PutNew;
use ecr_sweep_core::policy::{GivenPrice, Sizes};
use ecr_sweep_core::{NotAPattern, Pattern, Policy};
use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{Key, RunId, RunRequest, V1, keys, sha256};
use futures::try_join;
use serde::de::DeserializeOwned;

use super::role::check_role;
use crate::StepError;
use crate::run::environment::{Environment, Reading};
use crate::vault;

/// What a run is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Where the policy comes from, for its errors.
    pub policy_name: String,
    /// The policy's text.
    pub policy: String,
    /// Patterns over the names of the repositories to plan; all that the policy takes, if empty.
    pub repositories: Vec<Box<str>>,
    /// Prices of storage that count before the policy's.
    pub prices: Vec<GivenPrice>,
    /// Whether each layer that goes is counted once, whatever the policy says of sizes.
    pub exact_sizes: bool,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To plan, and to delete nothing.
    Plan,
    /// To delete what it plans.
    Sweep,
    /// To explain one image.
    Explain,
}

/// A run, with what it works with: it reads in other accounts as its policy says. Cheap to clone.
#[derive(Clone)]
pub struct Run {
    reading: Reading,
    /// Its name.
    pub id: RunId,
    /// What it was asked to do.
    pub request: RunRequest,
}

impl Deref for Run {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        &self.reading
    }
}

impl Run {
    /// Begins a run: writes down what it is asked to do, and by which policy.
    ///
    /// A run of this name that was asked for something else is a conflict.
    pub async fn begin(
        environment: &Environment,
        id: &RunId,
        options: RunOptions,
        purpose: Purpose,
    ) -> Result<Self, StepError> {
        let RunOptions { policy_name, policy: text, repositories, prices, exact_sizes } = options;
        let policy = policy::read(&policy_name, &text, Use::Live)?.policy;
        let request = RunRequest {
            schema_version: V1,
            run: id.clone(),
            started_at: environment.now(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            policy_digest: sha256(text.as_bytes()),
            dry_run: purpose != Purpose::Sweep,
            repositories,
            explain_only: purpose == Purpose::Explain,
            prices,
            exact_sizes,
        };
        let mut run = Self::new(environment, policy, id, request);
        run.patterns()?;
        check_role(&run)?;
        vault::location(&run.policy.vault)?;
        run.write_request(text).await?;
        Ok(run)
    }

    /// Opens a run that was begun.
    ///
    /// A policy that is not the one of the request is refused: what was planned by one policy is
    /// not deleted by another.
    pub async fn open(environment: &Environment, id: &RunId) -> Result<Self, StepError> {
        let key = keys::policy(id);
        let request = keys::request(id);
        let (request, stored) = try_join!(environment.read_of(id, &request), async {
            let stored = environment.store.get(&key).await?;
            stored.ok_or_else(|| environment.missing_of(id, &key))
        })?;
        let address = environment.store.address(&key);
        if sha256(&stored.bytes) != request.policy_digest {
            return Err(StepError::Conflict {
                problem: format!("{address} is not the policy that the run started with"),
                next: NextStep::PlanAgain,
            });
        }
        let text = String::from_utf8_lossy(&stored.bytes);
        let policy = policy::read(&address, &text, Use::Live)?.policy;
        Ok(Self::new(environment, policy, id, request))
    }

    fn new(environment: &Environment, mut policy: Policy, id: &RunId, request: RunRequest) -> Self {
        policy.prices.given.clone_from(&request.prices);
        if request.exact_sizes {
            policy.sizes = Sizes::Exact;
        }
        Self { reading: environment.reading_for(id, policy), id: id.clone(), request }
    }

    /// The document under a key, which an earlier step wrote.
    pub async fn read<D: DeserializeOwned>(&self, key: &Key<D>) -> Result<D, StepError> {
        self.read_of(&self.id, key).await
    }

    /// The error of a document that an earlier step should have written.
    pub(crate) fn missing(&self, key: &str) -> StepError {
        self.missing_of(&self.id, key)
    }

    /// The patterns over the names of the repositories that are asked for.
    pub(crate) fn patterns(&self) -> Result<Vec<Pattern>, StepError> {
        let read = |text: &str| {
            text.parse::<Pattern>().map_err(|error: NotAPattern| StepError::InvalidRequest {
                problem: format!("`{text}` names no repositories: {error}"),
                next: NextStep::NamePattern,
            })
        };
        self.request.repositories.iter().map(|text| read(text)).collect()
    }

    /// Stores the policy and the request, or finds that they are what this run started with: then
    /// it goes on with the first request.
    async fn write_request(&mut self, policy: String) -> Result<(), StepError> {
        let key = keys::request(&self.id);
        let policy_key = keys::policy(&self.id);
        let (is_first, put) = try_join!(self.write_new(&key, &self.request), async {
            Ok(self.store.put_new(&policy_key, policy.clone().into_bytes()).await?)
        })?;
        if !is_first {
            let first: RunRequest = self.read(&key).await?;
            let asked = RunRequest {
                started_at: first.started_at,
                tool_version: first.tool_version.clone(),
                ..self.request.clone()
            };
            if asked != first {
                return Err(StepError::Conflict {
                    problem: format!("the run `{}` was asked for something else", self.id),
                    next: NextStep::ChooseRunName,
                });
            }
            self.request = first;
        }
        // The run is whose request is there: only that may replace another's policy.
        if put == PutNew::Exists {
            self.store.put(&policy_key, policy.into_bytes()).await?;
        }
        Ok(())
    }
}
