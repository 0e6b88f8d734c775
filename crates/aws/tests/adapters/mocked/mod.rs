//! The adapters whose clients are the SDK's, against answers that no server gives easily: each operation has a
//! rule of `aws-smithy-mocks`, each act is a row, and each row goes through every case.

mod cases;
mod http;
mod modelled;
mod operations;
mod pages;
mod rows;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode};
use ecr_sweep_aws::Sessions;

use crate::world::place;
use http::Reply;

/// The rules of operations, by their names.
type Rules = BTreeMap<&'static str, Rule>;

/// What comes of an act where these rules answer its calls. A call that has no rule panics.
async fn answered<'r, T>(
    rules: impl IntoIterator<Item = &'r Rule>,
    act: impl AsyncFnOnce(Sessions) -> T,
) -> T {
    let mock = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    let mock = rules.into_iter().fold(mock, MockResponseInterceptor::with_rule);
    let nowhere = Sessions::simulated("http://127.0.0.1:9", place());
    let patience = Duration::from_millis(1);
    let retries = nowhere.config().retry_config().unwrap().clone();
    let retries = retries.with_initial_backoff(patience).with_max_backoff(patience);
    let config = nowhere.config().to_builder().http_client(http::client()).retry_config(retries);
    act(Sessions::with_config(config.build(), place()).intercepted(mock)).await
}
