//! A keep rule has one home: nothing else names it, but for what is listed here, with its reason.

use ecr_sweep_core::policy::RuleName;

use super::{naming, paths_in_contributing, root, text};

/// Where a rule is named by hand, and why.
const BY_HAND: &[(&str, &str)] = &[
    ("crates/policy/src/format.rs", "an example in what an error expects"),
    ("fuzz/src/targets/snapshot.rs", "a policy to break"),
    ("tests/decision/invariants/used.rs", "what holds of this rule alone"),
    ("tests/live/mod.rs", "what a run over the simulator has to reach"),
    ("xtask/src/bench/organization.rs", "the policy that is measured"),
];

/// What is searched: the product and what derives from the rules. Not their home, not the naive
/// model, which shares nothing, and not tests, whose policies say what they test.
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

/// Their home, and the crate that writes policies for people: in words of the policy file, which `check`
/// reads again before they are handed out.
const LEFT_OUT: &[&str] = &["rules", "import"];

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

#[test]
fn no_file_names_a_rule_outside_its_home() {
    let spellings: Vec<String> = RuleName::ALL.iter().flat_map(|name| spellings(*name)).collect();
    let known: Vec<&str> = BY_HAND.iter().map(|(file, _)| *file).collect();
    assert_eq!(naming(SEARCHED, LEFT_OUT, &spellings), known);
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
    let paths = paths_in_contributing("Adding a keep rule");
    for needed in ["crates/core/src/rules/mod.rs", "tests/model/keep.rs", "docs/policy.md"] {
        assert!(paths.iter().any(|path| path == needed), "{needed} is not in {paths:?}");
    }
}
