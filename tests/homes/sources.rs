//! A source has a row in core and an adapter; nothing else names it.

use ecr_sweep_core::Source;

use super::{naming, paths_in_contributing};

/// Where a source is named by hand, and why.
const BY_HAND: &[(&str, &str)] = &[
    ("crates/aws/src/deployment/mod.rs", "the service that runs the functions of a deployment"),
    ("crates/cli/src/args/cluster.rs", "`--kubernetes` asks for a cluster"),
    ("crates/cli/src/args/environment.rs", "which options count beside `--kubernetes`"),
    ("crates/cli/src/commands/help/topics.rs", "a page of the documentation"),
    ("crates/core/src/testing.rs", "short words for the tests of core"),
    ("crates/policy/src/format.rs", "`usage.ecs` and `usage.files` are settings of the policy"),
    ("crates/policy/src/settings.rs", "the same, as they are read"),
    ("crates/protocol/src/usage_file/read.rs", "what other platforms use is of the source `files`"),
    ("crates/report/examples/pages.rs", "the usage that the pages for a browser show"),
    ("crates/report/src/testing.rs", "short words for the tests of the report"),
    ("infra/lib/failed-runs.ts", "the service whose rule tells of failed runs"),
    ("tests/live/mod.rs", "what a run over the simulator has to reach"),
    ("tests/random/usage.rs", "the kinds that are drawn, the more frequent ones more often"),
    ("xtask/src/bench/mod.rs", "a part that measures a cluster"),
    ("xtask/src/bench/organization.rs", "the usage that is measured"),
    ("xtask/src/bench/sources.rs", "places in which nothing is"),
    ("xtask/src/bench/workloads.rs", "the workloads that are measured"),
    ("xtask/src/demo/mod.rs", "the usage that the demo shows"),
    ("xtask/src/package/mod.rs", "a folder of what is built for AWS Lambda"),
    ("xtask/src/verify/cases.rs", "a command of the AWS CLI"),
    ("xtask/src/verify/deployment.rs", "a command of the AWS CLI"),
];

/// What is searched: the product and what derives from the sources. Not their rows and adapters,
/// not the simulator, which serves services, and not what draws random workloads of each.
const SEARCHED: &[&str] = &[
    "crates",
    "functions",
    "fuzz/src",
    "infra/bin",
    "infra/lib",
    "tests/decision",
    "tests/live",
    "tests/random",
    "tests/stories",
    "xtask/src",
];

/// Their homes, and what has them by hand on purpose.
const LEFT_OUT: &[&str] =
    &["source.rs", "sources", "sources.json", "kubernetes", "usage_files", "aws-sim", "workloads"];

/// How code can name a source, or a kind of usage that it sees.
fn spellings() -> Vec<String> {
    let kinds = Source::ALL.into_iter().flat_map(|source| source.facts().kinds);
    let texts = Source::ALL.iter().map(|source| source.as_str()).chain(kinds.map(|it| it.text));
    let quoted = texts.flat_map(|text| ["\"", "'"].map(|quote| format!("{quote}{text}{quote}")));
    let variants = Source::ALL.iter().map(|source| format!("Source::{source:?}"));
    quoted.chain(variants).chain(["KnownKind::".to_owned()]).collect()
}

#[test]
fn no_file_names_a_source_outside_its_home() {
    let known: Vec<&str> = BY_HAND.iter().map(|(file, _)| *file).collect();
    assert_eq!(naming(SEARCHED, LEFT_OUT, &spellings()), known);
}

#[test]
fn what_contributing_says_of_a_new_source_is_there() {
    let paths = paths_in_contributing("Adding a source of usage");
    for needed in ["crates/core/src/source.rs", "crates/aws/src/sources/mod.rs"] {
        assert!(paths.iter().any(|path| path == needed), "{needed} is not in {paths:?}");
    }
}
