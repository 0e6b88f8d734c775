//! A keep rule has one home: nothing else names it, but for what is listed here, with its reason.

use std::path::{Path, PathBuf};

use ecr_sweep_core::policy::RuleName;

/// Where a rule is named by hand, and why.
const BY_HAND: &[(&str, &str)] = &[
    ("crates/policy/src/format.rs", "an example in what an error expects"),
    ("fuzz/src/targets/snapshot.rs", "a policy to break"),
    ("tests/live/mod.rs", "what a run over the simulator has to reach"),
    ("xtask/src/bench/organization.rs", "the policy that is measured"),
];

/// The code that is searched: the product and what derives from the rules. Not their home, not the
/// naive model, which shares nothing, and not tests, whose policies say what they test.
const SEARCHED: &[&str] = &[
    "crates",
    "functions",
    "fuzz/src",
    "infra/bin",
    "infra/lib",
    "statemachine",
    "tests/decision/invariants",
    "tests/live",
    "tests/random",
    "xtask/src",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A rule's name as its type has it.
fn type_of(name: RuleName) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.as_str().split('_').map(capital).collect()
}

/// How code can name a rule. A name of one word is a word of other things, too: that counts only
/// where it is plain that the rule is meant.
fn spellings(name: RuleName) -> Vec<String> {
    let (text, of_type) = (name.as_str(), type_of(name));
    let mut spellings = vec![
        format!("get::<{of_type}>"),
        format!("Rule::{of_type}"),
        format!("RuleName::{of_type}"),
    ];
    if text.contains('_') {
        spellings.extend([text.to_owned(), text.replace('_', "-"), of_type]);
    }
    spellings
}

/// The files under a folder that are searched, from the root.
fn files_under(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root().join(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name();
        let path = folder.join(&name);
        let is_left_out =
            ["tests", "tests.rs", "node_modules", "rules"].iter().any(|it| name == *it);
        if root().join(&path).is_dir() {
            if !is_left_out {
                files_under(&path, files);
            }
        } else if !is_left_out
            && path.extension().is_some_and(|it| ["rs", "ts", "json"].iter().any(|ext| it == *ext))
        {
            files.push(path);
        }
    }
}

/// The text without the tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn no_file_names_a_rule_outside_its_home() {
    let mut files = Vec::new();
    for folder in SEARCHED {
        files_under(Path::new(folder), &mut files);
    }
    assert!(files.len() > 200, "{}", files.len());
    let mut naming: Vec<String> = Vec::new();
    for file in files {
        let file = file.to_str().expect("a path of ours").to_owned();
        let text = text(&file);
        let text = without_tests(&text);
        let is_named =
            |name: &RuleName| spellings(*name).iter().any(|spelling| text.contains(spelling));
        if RuleName::ALL.iter().any(is_named) {
            naming.push(file);
        }
    }
    naming.sort();
    let known: Vec<&str> = BY_HAND.iter().map(|(file, _)| *file).collect();
    assert_eq!(naming, known);
}

#[test]
fn what_a_rule_has_by_hand_is_there_for_every_rule() {
    let (model, page) = (text("tests/model/keep.rs"), text("docs/policy.md"));
    for name in RuleName::ALL {
        assert!(model.contains(&type_of(*name)), "the naive model does not know `{name}`");
        assert!(page.contains(name.as_str()), "docs/policy.md does not tell of `{name}`");
        let home = format!("crates/core/src/rules/{name}.rs");
        assert!(root().join(&home).exists(), "{home}");
    }
}

#[test]
fn what_contributing_says_of_a_new_rule_is_there() {
    let page = text("CONTRIBUTING.md");
    let section = page.split("## Adding a keep rule\n").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().expect("it has an end");
    let paths: Vec<&str> = section
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains('/') && !text.contains(['<', ' ']))
        .collect();
    for path in &paths {
        assert!(root().join(path).exists(), "{path}");
    }
    for needed in ["crates/core/src/rules/mod.rs", "tests/model/keep.rs", "docs/policy.md"] {
        assert!(paths.contains(&needed), "{needed} is not in {paths:?}");
    }
}
