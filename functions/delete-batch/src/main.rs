//! The Lambda function delete-batch.

// The types of the SDK's calls inside one another are deeper than rustc looks by default.
#![recursion_limit = "256"]

use ecr_sweep_runtime::{Error, serve};
use ecr_sweep_steps::functions::{DeleteBatchSettings, delete_batch};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(DeleteBatchSettings::read, async |host, settings, call| {
        delete_batch(host, settings, call).await
    })
    .await
}
