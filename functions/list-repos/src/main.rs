//! The Lambda function list-repos.

// The types of the SDK's calls inside one another are deeper than rustc looks by default.
#![recursion_limit = "256"]

use ecr_sweep_runtime::{Error, serve};
use ecr_sweep_steps::functions::{ListReposSettings, list_repos};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(ListReposSettings::read, async |host, settings, call| {
        list_repos(host, settings, call).await
    })
    .await
}
