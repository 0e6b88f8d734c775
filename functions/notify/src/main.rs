//! The Lambda function notify.

// The types of the SDK's calls inside one another are deeper than rustc looks by default.
#![recursion_limit = "256"]

use ecr_sweep_runtime::{Error, serve};
use ecr_sweep_steps::functions::{NotifySettings, notify};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(NotifySettings::read, async |host, settings, call| notify(host, settings, call).await)
        .await
}
