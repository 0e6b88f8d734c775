//! An account that is new runs ten functions at once, and throttles all others.

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, keys};
use jiff::Timestamp;
use serde_json::json;

use crate::organization::{ACCOUNT, KEEP_ONE, MANY, Organization, policy};
use crate::stage::{Deployed, Local, RUNTIME, Stage};

/// How many functions the account runs at once.
const AT_ONCE: u32 = 10;

/// How many repositories are to be planned at once: more than three times as many functions.
const ASKED_FOR: &str = "32";

fn summary(deployed: &Deployed, run: &str) -> RunSummary {
    deployed.read(&keys::summary(&run.parse().unwrap(), Made::Plan))
}

/// How many calls of functions were throttled so far.
fn throttled(local: &Local) -> usize {
    local.ministack.bill().unwrap().lines().filter(|line| *line == "throttled").count()
}

#[test]
fn three_hundred_repositories_are_planned_and_swept_where_ten_functions_run_at_once() {
    let organization = Organization::new(Timestamp::now());
    let snapshot = Some(organization.snapshot);
    let options = SimulatorOptions { snapshot, ..SimulatorOptions::default() };
    let simulator = RUNTIME.block_on(Simulator::start(options)).unwrap();
    let local = Local::start(&simulator.endpoint(), false, Some(AT_ONCE));
    let context = [("deletion", "true"), ("repositoriesAtOnce", ASKED_FOR)];
    let deployed = local.deploy(ACCOUNT, &context);
    Stage::set_policy(&deployed, &policy(KEEP_ONE));

    let planned = deployed.run("planned", &json!({ "repositories": ["many/*"] }));
    planned.assert_succeeded();
    let found = summary(&deployed, "planned");
    assert_eq!((found.ending, found.totals.repositories), (Ending::Done, u64::from(MANY)));
    assert_eq!(found.totals.plan.delete, 2 * u64::from(MANY));
    let while_planning = throttled(&local);
    assert!(while_planning > 0, "nobody had to wait");

    let sweep = json!({ "repositories": ["many/*"], "dryRun": false });
    let swept = deployed.run("swept", &sweep);
    swept.assert_succeeded();
    let found = summary(&deployed, "swept");
    assert_eq!((found.ending, found.totals.outcomes.deleted), (Ending::Done, 2 * u64::from(MANY)));
    let all = throttled(&local);
    assert!(all > while_planning, "nobody had to wait");
    eprintln!(
        "{AT_ONCE} functions at once: a dry run in {:.1} s, {while_planning} calls throttled; a sweep in {:.1} s, \
         {} throttled",
        planned.seconds,
        swept.seconds,
        all - while_planning
    );
}
