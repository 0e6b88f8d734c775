//! What the Lambda functions share: the loop over invocations, logs, the host, and errors under
//! their fixed names.
//!
//! `lambda_runtime` is here and nowhere below: what a function does is tested without it.

mod failure;
mod host;
mod log;

pub use lambda_runtime::Error;

use std::env;

use ecr_sweep_steps::StepError;
use ecr_sweep_steps::functions::{Host, NotASetting};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tracing::Instrument;

use failure::Failure;

/// Reads the environment variable of a setting.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Answers invocations until Lambda ends the process.
///
/// Settings, credentials and clients are looked for in the first invocation and not before: what
/// is wrong with them then has a name that the state machine can tell.
pub async fn serve<S, C: DeserializeOwned, A: Serialize>(
    settings: impl Fn(Variables<'_>) -> Result<S, NotASetting>,
    act: impl AsyncFn(&Host, &S, C) -> Result<A, StepError>,
) -> Result<(), Error> {
    log::start();
    let shared = OnceCell::new();
    let (shared, settings, act) = (&shared, &settings, &act);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let LambdaEvent { payload, context } = event;
        let span = log::span(&payload);
        let answer = async {
            let (first, settings) = shared
                .get_or_try_init(async || {
                    let settings = settings(&|name| env::var(name).ok())?;
                    Ok::<_, Failure>((host::first().await?, settings))
                })
                .await?;
            let call: C = serde_json::from_value(payload).map_err(Failure::Request)?;
            let host = host::until(first, context.deadline());
            Ok(Box::pin(act(&host, settings, call)).await?)
        };
        let answer = answer.instrument(span.clone()).await;
        span.in_scope(|| log::answered(&answer));
        answer
    }))
    .await
}

/// The settings of a function that has none.
pub fn no_settings(_: Variables<'_>) -> Result<(), NotASetting> {
    Ok(())
}
