//! The graph: every step leads somewhere, and every state is on the way.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::definition::{PLACEHOLDERS, every, machines, text};

#[test]
fn every_step_leads_to_a_state_of_its_own_machine() {
    for machine in machines() {
        assert!(machine.states.contains_key(&machine.start), "{}", machine.start);
        for state in machine.states.values() {
            let path = machine.path(&state.name);
            for next in state.steps() {
                assert!(machine.states.contains_key(next), "{path} leads to {next}");
            }
            assert_eq!(state.steps().is_empty(), state.is_last(), "{path} is no end, or leads on");
        }
    }
}

#[test]
fn every_state_can_be_reached() {
    for machine in machines() {
        let reachable = machine.reachable(&machine.start);
        for name in machine.states.keys() {
            assert!(reachable.contains(&name.as_str()), "nothing leads to {}", machine.path(name));
        }
    }
}

/// Step Functions asks for it across all machines of a definition.
#[test]
fn no_two_states_or_maps_share_a_name() {
    let machines = machines();
    let mut seen = BTreeMap::new();
    for machine in &machines {
        for name in machine.states.keys() {
            let before = seen.insert(name.clone(), machine.path(name));
            assert_eq!(before, None, "{name} twice");
        }
    }
    let labels: Vec<&str> = every(&machines, "Map").map(|(_, state)| state.text("Label")).collect();
    let distinct: BTreeSet<&str> = labels.iter().copied().collect();
    assert_eq!(labels.len(), distinct.len());
    let allowed = Regex::new("^[A-Za-z0-9]{1,40}$").unwrap();
    assert!(labels.iter().all(|label| allowed.is_match(label)), "{labels:?}");
}

#[test]
fn the_placeholders_are_those_that_the_stack_fills() {
    let used: BTreeSet<String> = Regex::new(r"\$\{(\w+)\}")
        .unwrap()
        .captures_iter(&text())
        .map(|found| found[1].to_owned())
        .collect();
    let known: BTreeSet<String> = PLACEHOLDERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(used, known);
}

#[test]
fn every_task_and_the_whole_end_in_time() {
    let machines = machines();
    for (machine, state) in every(&machines, "Task") {
        let seconds = state.fields["TimeoutSeconds"].as_u64();
        // A function has 900 seconds; a task that ends before its function leaves it running.
        assert!(seconds > Some(900), "{}", machine.path(&state.name));
    }
    let approval = machines[0].states["Approve"].fields["TimeoutSeconds"].as_u64();
    assert!(super::definition::definition()["TimeoutSeconds"].as_u64() > approval);
}

#[test]
fn every_state_says_why_it_is_there() {
    for machine in machines() {
        for state in machine.states.values() {
            assert!(!state.text("Comment").is_empty(), "{}", machine.path(&state.name));
        }
    }
}
