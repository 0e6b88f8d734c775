//! The README beside the definition, and the inputs that it shows.

use std::collections::BTreeSet;

use ecr_sweep_protocol::functions::SweepInput;

use super::definition::{folder, machines};

fn readme() -> String {
    std::fs::read_to_string(folder().join("README.md")).unwrap()
}

#[test]
fn the_table_of_states_has_every_state() {
    let readme = readme();
    let documented: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect();
    let machines = machines();
    let states: BTreeSet<&str> =
        machines.iter().flat_map(|machine| machine.states.keys()).map(String::as_str).collect();
    assert_eq!(documented, states);
}

#[test]
fn every_fixture_is_an_input_that_the_readme_names() {
    let readme = readme();
    let mut dry_runs = BTreeSet::new();
    for entry in std::fs::read_dir(folder().join("fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let input: SweepInput =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(readme.contains(&name), "{name}");
        dry_runs.insert(input.dry_run);
    }
    assert_eq!(dry_runs, BTreeSet::from([false, true]));
}
