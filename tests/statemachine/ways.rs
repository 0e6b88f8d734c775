//! Every way through the machine: with every answer that sends it another way, and with every
//! failure that is caught.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answers::{answers, caught, item};
use super::definition::{Machine, State, machines};
use super::templates::{at, fill, put, takes};

/// A state on one of the ways.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// The Maps that it is in.
    pub maps: Vec<String>,
    pub name: String,
    /// The state's input, as text, so that it can be ordered.
    input: String,
    /// What the way has come through: tasks of the whole, and `Catch` if one failed.
    pub passed: BTreeSet<String>,
}

impl Visit {
    pub fn input(&self) -> Value {
        serde_json::from_str(&self.input).unwrap()
    }

    fn on(&self, name: &str, input: &Value) -> Self {
        let mut passed = self.passed.clone();
        if self.maps.is_empty() {
            passed.insert(self.name.clone());
        }
        Self { maps: self.maps.clone(), name: name.to_owned(), input: input.to_string(), passed }
    }
}

/// All states with all that they can be reached with.
pub struct Ways {
    pub machines: Vec<Machine>,
    pub visits: BTreeSet<Visit>,
}

impl Ways {
    /// Goes all of them. A path that names nothing panics.
    pub fn all() -> Self {
        let mut ways = Self { machines: machines(), visits: BTreeSet::new() };
        let start = Visit {
            maps: Vec::new(),
            name: ways.machines[0].start.clone(),
            input: json!({ "dryRun": true }).to_string(),
            passed: BTreeSet::new(),
        };
        let mut open = vec![start];
        while let Some(visit) = open.pop() {
            if !ways.visits.contains(&visit) {
                open.extend(ways.steps(&visit));
                ways.visits.insert(visit);
            }
        }
        ways
    }

    pub fn state(&self, visit: &Visit) -> &State {
        let machine = self.machines.iter().find(|machine| machine.maps == visit.maps).unwrap();
        &machine.states[&visit.name]
    }

    /// The visits of one state.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Visit> {
        self.visits.iter().filter(move |visit| visit.name == name)
    }

    /// What a task says to its function.
    pub fn payload(&self, visit: &Visit) -> Value {
        fill(self.state(visit).payload(), &visit.input(), &context(&Value::Null))
    }

    fn steps(&self, visit: &Visit) -> Vec<Visit> {
        let state = self.state(visit);
        let input = visit.input();
        let mut steps = match state.kind() {
            "Task" => self.answered(visit, state, &input),
            "Map" => self.mapped(visit, state, &input),
            "Choice" => {
                let rule = state.list("Choices").iter().find(|rule| takes(rule, &input));
                let next =
                    rule.map_or(state.text("Default"), |rule| rule["Next"].as_str().unwrap());
                vec![visit.on(next, &input)]
            }
            "Fail" => {
                assert!(at(state.text("ErrorPath"), &input, &Value::Null).is_string());
                assert!(at(state.text("CausePath"), &input, &Value::Null).is_string());
                Vec::new()
            }
            "Succeed" => {
                at(state.text("OutputPath"), &input, &Value::Null);
                Vec::new()
            }
            kind => {
                assert_eq!(kind, "Pass");
                Vec::new()
            }
        };
        for catcher in state.list("Catch") {
            for name in catcher["ErrorEquals"].as_array().unwrap() {
                let error = caught(name.as_str().unwrap());
                let input = put(&input, catcher.get("ResultPath"), error);
                let mut step = visit.on(catcher["Next"].as_str().unwrap(), &input);
                // What goes on as if nothing had failed is no failure of the run.
                if name != "States.ResultWriterFailed" {
                    step.passed.insert("Catch".to_owned());
                }
                steps.push(step);
            }
        }
        steps
    }

    fn answered(&self, visit: &Visit, state: &State, input: &Value) -> Vec<Visit> {
        answers(state, &self.payload(visit))
            .into_iter()
            .map(|answer| {
                let selector = state.fields.get("ResultSelector");
                let result = selector.map_or(answer.clone(), |s| fill(s, &answer, &Value::Null));
                let output = put(input, state.fields.get("ResultPath"), result);
                visit.on(state.text("Next"), &output)
            })
            .collect()
    }

    /// A child, and what follows the Map.
    fn mapped(&self, visit: &Visit, state: &State, input: &Value) -> Vec<Visit> {
        fill(&state.fields["ItemReader"]["Parameters"], input, &Value::Null);
        fill(&state.fields["ResultWriter"]["Parameters"], input, &Value::Null);
        let at_once = at(state.text("MaxConcurrencyPath"), input, &Value::Null);
        assert!(at_once.is_u64(), "{}: {at_once}", visit.name);
        let context = context(&item(&visit.name));
        let child = fill(&state.fields["ItemSelector"], input, &context);
        let maps: Vec<String> = visit.maps.iter().chain([&visit.name]).cloned().collect();
        let machine = self.machines.iter().find(|machine| machine.maps == maps).unwrap();
        let start = Visit { maps, ..visit.on(&machine.start, &child) };
        vec![start, visit.on(state.text("Next"), input)]
    }
}

fn context(item: &Value) -> Value {
    json!({
        "Execution": {
            "Id": "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:2026-11-21",
            "Name": "2026-11-21",
            "Input": { "dryRun": true },
        },
        "State": { "EnteredTime": "2026-11-21T06:00:00.000Z" },
        "Task": { "Token": "a-token" },
        "Map": { "Item": { "Value": item } },
    })
}
