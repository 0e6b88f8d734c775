use std::collections::BTreeMap;

use aws_sdk_scheduler::types::ScheduleState;
use aws_sdk_sfn::types::ExecutionStatus;
use ecr_sweep_protocol::documents::{RunSummary, Stage as Made, keys};
use jiff::Timestamp;

use crate::execution::wait_for;
use crate::organization::policy;
use crate::stage::{RUNTIME, Stage, stage};

#[test]
fn the_schedule_starts_a_dry_run() {
    let stage = stage();
    let rules = "  - match: { name: [\"scheduled/*\"] }\n    keep: { newest: 1 }\n";
    Stage::set_policy(&stage.asking, &policy(rules));
    let scheduler = aws_sdk_scheduler::Client::new(&stage.asking.config);
    let get = scheduler.get_schedule().name("ecr-sweep");
    let deployed = RUNTIME.block_on(get.send()).unwrap();
    let before = executions(&stage);
    assert_eq!(deployed.state(), Some(&ScheduleState::Enabled));
    // What it starts, as whom and with what is as it was deployed: only the time is another. An
    // updated schedule would not do, as MiniStack remembers that it has seen it.
    let create = scheduler
        .create_schedule()
        .name("now")
        .schedule_expression(Timestamp::now().strftime("at(%Y-%m-%dT%H:%M:%S)").to_string())
        .set_flexible_time_window(deployed.flexible_time_window)
        .set_target(deployed.target);
    RUNTIME.block_on(create.send()).unwrap();

    let arn = wait_for("the schedule", || {
        executions(&stage).into_keys().find(|arn| !before.contains_key(arn))
    });
    stage.asking.end_of(&arn).assert_succeeded();
    let run = arn.rsplit(':').next().unwrap();
    let key = keys::summary(&run.parse().unwrap(), Made::Plan);
    let summary: RunSummary = stage.asking.read(&key);
    assert!(summary.dry_run);
    assert_eq!(summary.totals.plan.delete, 6);
    assert_eq!(stage.changes(), BTreeMap::new());
}

fn executions(stage: &Stage) -> BTreeMap<String, ExecutionStatus> {
    let list = stage.asking.sfn.list_executions().state_machine_arn(&stage.asking.machine);
    let listed = RUNTIME.block_on(list.send()).unwrap();
    listed.executions.into_iter().map(|it| (it.execution_arn, it.status)).collect()
}
