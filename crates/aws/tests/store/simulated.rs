//! The store in a bucket of the simulator's, which measurements are taken with.

use std::collections::BTreeSet;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::{S3Location, S3Store};
use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};

crate::contract::contract!(store);

/// Its pages are short, so that every list has several.
pub(crate) async fn store() -> (Simulator, S3Store) {
    let options = SimulatorOptions {
        buckets: BTreeSet::from(["sweeps".to_owned()]),
        rows_a_page: Some(2),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::start(options).await.unwrap();
    let sessions = Sessions::simulated(&simulator.endpoint(), simulator.home().clone());
    let location = S3Location::new("sweeps", "home/of-sweeps").unwrap();
    (simulator, S3Store::new(&sessions, location))
}
