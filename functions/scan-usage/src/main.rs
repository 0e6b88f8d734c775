//! The Lambda function scan-usage.

// The types of the SDK's calls inside one another are deeper than rustc looks by default.
#![recursion_limit = "256"]

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_runtime::{Error, no_settings, serve};
use ecr_sweep_steps::functions::scan_usage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(no_settings, async |host, &(), call| {
        scan_usage(&host.scanning(Sources::built()), call).await
    })
    .await
}
