//! The Lambda function plan-repo.

// The types of the SDK's calls inside one another are deeper than rustc looks by default.
#![recursion_limit = "256"]

use ecr_sweep_runtime::{Error, no_settings, serve};
use ecr_sweep_steps::functions::plan_repo;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(no_settings, async |host, &(), call| plan_repo(host, call).await).await
}
