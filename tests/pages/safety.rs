//! `docs/safety.md` names tests, and they exist.

use super::{in_backticks, page, root};

/// The lines that name tests: a file and the functions in it, in backticks.
fn named(page: &str) -> Vec<(&str, Vec<&str>)> {
    page.lines()
        .filter_map(|line| line.strip_prefix("- "))
        .filter(|line| line.starts_with('`') && line.contains(".rs`: "))
        .map(|line| {
            let named = in_backticks(line);
            (named[0], named[1..].to_vec())
        })
        .collect()
}

#[test]
fn every_test_that_the_safety_argument_names_exists() {
    let page = page("safety.md");
    let named = named(&page);
    assert!(named.len() > 20, "{named:?}");
    for (file, tests) in named {
        let source = std::fs::read_to_string(root().join(file))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!tests.is_empty(), "{file}");
        for test in tests {
            assert!(source.contains(&format!("fn {test}(")), "{file} has no test `{test}`");
        }
    }
}

#[test]
fn every_step_of_the_safety_argument_names_a_test() {
    let page = page("safety.md");
    let steps: Vec<&str> =
        page.split("\n## ").filter(|text| text.starts_with(char::is_numeric)).collect();
    for (at, step) in steps.iter().enumerate() {
        assert!(step.starts_with(&format!("{}. ", at + 1)), "{step}");
        assert!(!named(step).is_empty(), "{step}");
    }
    assert_eq!(steps.len(), 18);
}
