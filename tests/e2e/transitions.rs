//! State transitions, by which Step Functions charges.
//!
//! MiniStack's history says which states the machine itself entered. Of a Map's children it says
//! only how many there were: their states are those on the way through the definition on which
//! nothing fails.

use serde_json::Value;

use crate::stage::{Deployed, RUNTIME};

/// The transitions of an execution and of all its children.
pub(crate) fn transitions(deployed: &Deployed, arn: &str) -> u32 {
    let history = deployed.sfn.get_execution_history().execution_arn(arn);
    let pages = history.into_paginator().items().send();
    let events = RUNTIME.block_on(pages.collect::<Result<Vec<_>, _>>()).unwrap();
    let entered = events.iter().filter(|event| event.state_entered_event_details.is_some()).count();
    let describe = deployed.sfn.describe_state_machine().state_machine_arn(&deployed.machine);
    let definition = RUNTIME.block_on(describe.send()).unwrap().definition;
    let definition = serde_json::from_str(&definition).unwrap();
    u32::try_from(entered).unwrap() + of_children(deployed, arn, &definition)
}

/// The transitions of the children of the Maps among these states.
fn of_children(deployed: &Deployed, arn: &str, states: &Value) -> u32 {
    let list = deployed.sfn.list_map_runs().execution_arn(arn);
    let runs = RUNTIME.block_on(list.send()).unwrap().map_runs;
    let mut transitions = 0;
    for run in runs {
        // .../PlanRepos:<id>, and of a Map in a Map .../PlanRepos/PlanRegistry:<id>
        let label = run.map_run_arn.rsplit(':').nth(1).unwrap().rsplit('/').next().unwrap();
        let child = &states["States"][label]["ItemProcessor"];
        assert!(child.is_object(), "{label} is no Map of {states}");
        let list = deployed.sfn.list_executions().map_run_arn(&run.map_run_arn);
        let pages = list.into_paginator().items().send();
        for execution in RUNTIME.block_on(pages.collect::<Result<Vec<_>, _>>()).unwrap() {
            transitions += length(child);
            if has_map(child) {
                transitions += of_children(deployed, &execution.execution_arn, child);
            }
        }
    }
    transitions
}

/// How many states a child enters that has nothing to repeat: of a choice the first is taken.
fn length(states: &Value) -> u32 {
    let mut name = states["StartAt"].as_str();
    let mut entered = 0;
    while let Some(state) = name.map(|name| &states["States"][name]) {
        entered += 1;
        name = state["Choices"][0]["Next"].as_str().or_else(|| state["Next"].as_str());
    }
    entered
}

fn has_map(states: &Value) -> bool {
    states["States"].as_object().unwrap().values().any(|state| state["Type"] == "Map")
}
