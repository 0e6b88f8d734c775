//! `docs/runbook.md` and `docs/runs.md` have the name of every error, and what follows from it.

use std::collections::BTreeMap;

use ecr_sweep_protocol::{ErrorName, ExitCode};

use super::{in_backticks, page};

/// The cells of the rows of the table that begins with this line.
fn rows<'a>(page: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let table = page.lines().skip_while(|line| *line != head).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn the_runbook_has_every_error_in_the_order_of_the_table_with_what_it_means() {
    let page = page("runbook.md");
    let rows = rows(&page, "| error | what happened | what to do |");
    let told: Vec<(&str, String)> =
        rows.iter().map(|row| (in_backticks(row[0])[0], row[1].to_lowercase())).collect();
    let expected = ErrorName::ALL
        .map(|name| (name.as_str(), name.sentence().trim_end_matches('.').to_lowercase()));
    assert_eq!(told, expected);
}

#[test]
fn every_error_of_the_runbook_has_a_section() {
    let page = page("runbook.md");
    for row in rows(&page, "| error | what happened | what to do |") {
        let (_, link) = row[0].split_once("](#").unwrap();
        let sections = page.lines().filter_map(|line| line.strip_prefix("### "));
        let mut anchors = sections.map(|title| title.to_lowercase().replace(' ', "-"));
        assert!(anchors.any(|anchor| anchor == link.trim_end_matches(')')), "{link}");
    }
}

#[test]
fn runs_are_said_to_end_with_the_exit_code_of_their_error() {
    let page = page("runs.md");
    let told: BTreeMap<u8, Vec<&str>> = rows(&page, "| exit code | error |")
        .iter()
        .map(|row| (row[0].parse().unwrap(), in_backticks(row[1])))
        .collect();
    let mut expected: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
    for name in ErrorName::ALL {
        expected.entry(name.exit_code().number()).or_default().push(name.as_str());
    }
    assert_eq!(told, expected);
    assert!(told[&ExitCode::Failed.number()].contains(&"Internal"));
}
