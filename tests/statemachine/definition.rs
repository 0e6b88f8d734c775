//! `statemachine/sweep.asl.json`, and the machines in it: the whole, and one per Map.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// What the stack puts in the place of each `${name}`.
pub const PLACEHOLDERS: [(&str, &str); 8] = [
    ("ApprovalTimeoutSeconds", "604800"),
    ("BucketName", "ecr-sweep-store"),
    ("DeleteBatchArn", "arn:aws:lambda:eu-west-1:111122223333:function:delete-batch"),
    ("ListReposArn", "arn:aws:lambda:eu-west-1:111122223333:function:list-repos"),
    ("NotifyArn", "arn:aws:lambda:eu-west-1:111122223333:function:notify"),
    ("Partition", "aws"),
    ("PlanRepoArn", "arn:aws:lambda:eu-west-1:111122223333:function:plan-repo"),
    ("ScanUsageArn", "arn:aws:lambda:eu-west-1:111122223333:function:scan-usage"),
];

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../statemachine")
}

/// The definition as it is committed.
pub fn text() -> String {
    std::fs::read_to_string(folder().join("sweep.asl.json")).unwrap()
}

/// The definition as the stack deploys it.
pub fn definition() -> Value {
    let text = PLACEHOLDERS
        .iter()
        .fold(text(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
    serde_json::from_str(&text).unwrap()
}

/// A machine: the whole definition, or what the children of a Map run.
pub struct Machine {
    /// The Maps that it is in, outermost first: `[]` is the whole.
    pub maps: Vec<String>,
    /// Its first state.
    pub start: String,
    /// Its states by name.
    pub states: BTreeMap<String, State>,
}

/// A state, and what it says.
pub struct State {
    pub name: String,
    pub fields: Map<String, Value>,
}

impl State {
    pub fn kind(&self) -> &str {
        self.text("Type")
    }

    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn list(&self, field: &str) -> &[Value] {
        self.fields.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn is_last(&self) -> bool {
        matches!(self.kind(), "Succeed" | "Fail")
            || self.fields.get("End") == Some(&Value::Bool(true))
    }

    /// The function that a task calls: `notify`, from its ARN.
    pub fn function(&self) -> Option<&str> {
        if self.kind() != "Task" {
            return None;
        }
        let direct = self.text("Resource");
        let arn = self.fields["Parameters"]["FunctionName"].as_str().unwrap_or(direct);
        arn.split_once(":function:").map(|(_, name)| name)
    }

    /// What a task says to its function.
    pub fn payload(&self) -> &Value {
        let parameters = &self.fields["Parameters"];
        parameters.get("Payload").unwrap_or(parameters)
    }

    pub fn act(&self) -> &str {
        self.payload()["act"].as_str().unwrap_or_default()
    }

    /// The states that it can go on with, after a failure too.
    pub fn steps(&self) -> Vec<&str> {
        let rules = self.list("Choices").iter().chain(self.list("Catch"));
        rules
            .filter_map(|rule| rule.get("Next"))
            .chain(["Next", "Default"].into_iter().filter_map(|field| self.fields.get(field)))
            .filter_map(Value::as_str)
            .collect()
    }
}

impl Machine {
    /// `PlanRepos/PlanRegistry/PlanRepo`, for messages.
    pub fn path(&self, state: &str) -> String {
        self.maps.iter().map(String::as_str).chain([state]).collect::<Vec<_>>().join("/")
    }

    pub fn is_whole(&self) -> bool {
        self.maps.is_empty()
    }

    /// The states that can be reached from one, with it.
    pub fn reachable(&self, from: &str) -> Vec<&str> {
        let mut seen: Vec<&str> = Vec::new();
        let mut next = vec![self.states[from].name.as_str()];
        while let Some(name) = next.pop() {
            if !seen.contains(&name) {
                seen.push(name);
                next.extend(self.states[name].steps());
            }
        }
        seen
    }
}

/// All machines, the whole first.
pub fn machines() -> Vec<Machine> {
    let mut machines = Vec::new();
    collect(&definition(), Vec::new(), &mut machines);
    machines
}

fn collect(machine: &Value, maps: Vec<String>, into: &mut Vec<Machine>) {
    let states: BTreeMap<String, State> = machine["States"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, fields)| {
            let fields = fields.as_object().unwrap().clone();
            (name.clone(), State { name: name.clone(), fields })
        })
        .collect();
    let inner: Vec<(Vec<String>, Value)> = states
        .values()
        .filter(|state| state.kind() == "Map")
        .map(|state| {
            let path = maps.iter().cloned().chain([state.name.clone()]).collect();
            (path, state.fields["ItemProcessor"].clone())
        })
        .collect();
    let start = machine["StartAt"].as_str().unwrap().to_owned();
    into.push(Machine { maps, start, states });
    for (maps, machine) in inner {
        collect(&machine, maps, into);
    }
}

/// Every state with the machine that it is in.
pub fn every<'a>(
    machines: &'a [Machine],
    kind: &'a str,
) -> impl Iterator<Item = (&'a Machine, &'a State)> {
    machines.iter().flat_map(move |machine| {
        machine.states.values().filter(move |state| state.kind() == kind).map(move |s| (machine, s))
    })
}
