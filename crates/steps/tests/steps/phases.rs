//! The order of a run stands in two places, the driver and the state machine: it is the same.

use std::collections::VecDeque;
use std::path::Path;

use ecr_sweep_steps::Phase;
use serde_json::Value;

use crate::world::{World, small};

/// A choice of the state machine, and where it leads.
type Turn = (&'static str, &'static str);

const DRY_RUN: [Turn; 6] = [
    ("IsPlanReviewed", "ScanUsage"),
    ("IsUsageIndexed", "PlanRepos"),
    ("IsRunLimited", "IsToDelete"),
    ("IsToDelete", "Judge"),
    ("IsToGoOn", "Tell"),
    ("HasSucceeded", "Succeeded"),
];

const SWEEP: [Turn; 10] = [
    ("IsPlanReviewed", "ScanUsage"),
    ("IsUsageIndexed", "PlanRepos"),
    ("IsRunLimited", "IsToDelete"),
    ("IsToDelete", "Judge"),
    ("IsToGoOn", "Begin"),
    ("IsUsageIndexed", "PlanRepos"),
    ("IsRunLimited", "IsToDelete"),
    ("IsToDelete", "DeleteImages"),
    ("IsToScanAgain", "JudgeDeletion"),
    ("HasSucceeded", "Succeeded"),
];

const REVIEWED: [Turn; 7] = [
    ("IsPlanReviewed", "Judge"),
    ("IsToGoOn", "Begin"),
    ("IsUsageIndexed", "PlanRepos"),
    ("IsRunLimited", "IsToDelete"),
    ("IsToDelete", "DeleteImages"),
    ("IsToScanAgain", "JudgeDeletion"),
    ("HasSucceeded", "Succeeded"),
];

/// The states of the machine in their order, on the way with these turns.
fn states(turns: &[Turn]) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachine/sweep.asl.json");
    let text = std::fs::read_to_string(path).unwrap();
    // It is JSON but for a placeholder that stands for a number.
    let text = text.replace("${ApprovalTimeoutSeconds}", "1");
    let machine: Value = serde_json::from_str(&text).unwrap();
    let mut turns = VecDeque::from_iter(turns);
    let mut way = vec![machine["StartAt"].as_str().unwrap().to_owned()];
    loop {
        let name = way.last().unwrap();
        let state = &machine["States"][name];
        let next = match state["Type"].as_str().unwrap() {
            "Succeed" => break,
            "Choice" => {
                let (choice, target) = turns.pop_front().unwrap();
                assert_eq!(name, choice);
                let rules = state["Choices"].as_array().unwrap().iter().map(|rule| &rule["Next"]);
                let mut targets = rules.chain([&state["Default"]]);
                assert!(targets.any(|it| it == target), "{choice} does not lead to {target}");
                *target
            }
            _ => state["Next"].as_str().unwrap(),
        };
        way.push(next.to_owned());
    }
    assert!(turns.is_empty(), "no way comes to {turns:?}");
    way
}

/// The phases of a way. What takes no while has none.
fn phases(turns: &[Turn]) -> Vec<Phase> {
    let mut begun = false;
    let mut phases = Vec::new();
    for state in states(turns) {
        phases.extend(match (state.as_str(), begun) {
            ("ListRepos", _) => Some(Phase::ListRepos),
            ("ScanUsage", false) => Some(Phase::ScanUsage),
            ("ScanUsage", true) => Some(Phase::RescanUsage),
            ("IndexUsage", _) => Some(Phase::IndexUsage),
            ("PlanRepos", false) => Some(Phase::PlanRepos),
            ("PlanRepos", true) => Some(Phase::ReplanRepos),
            ("DeleteImages", true) => Some(Phase::DeleteImages),
            ("Begin", false) => {
                begun = true;
                None
            }
            ("LimitRun" | "Judge" | "Finish" | "JudgeDeletion" | "Tell" | "Succeeded", _) => None,
            (choice, _) if turns.iter().any(|(name, _)| *name == choice) => None,
            (other, begun) => panic!("which phase is {other}, begun: {begun}?"),
        });
    }
    phases
}

/// The phases that have started since this was last asked.
fn started(world: &World) -> Vec<Phase> {
    std::mem::take(&mut *world.watch.started.lock().unwrap())
}

#[tokio::test]
async fn the_driver_goes_through_a_run_in_the_order_of_the_state_machine() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    assert_eq!(started(&world), phases(&DRY_RUN));
    world.sweep("r2").await;
    assert_eq!(started(&world), phases(&SWEEP));
}

#[tokio::test]
async fn the_driver_takes_up_a_reviewed_plan_in_the_order_of_the_state_machine() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    started(&world);
    world.sweep_planned("r1").await.unwrap();
    // The machine's first state finds the plan; whoever calls the driver has found it.
    assert_eq!(started(&world), phases(&REVIEWED)[1..]);
}
