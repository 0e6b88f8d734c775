//! Dependencies point down only, and each crate depends on no more than its place allows.

mod settings;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The packages of the workspace by name, each with the names of its normal dependencies.
fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("the metadata is JSON");
    let name = |of: &Value| of["name"].as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let normal = dependencies.iter().filter(|it| it["kind"].is_null()).map(name).collect();
            (name(package), normal)
        })
        .collect()
}

/// Every package that a package is built of.
fn tree(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names are text");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_decision_and_its_documents_know_no_aws_no_runtime_and_no_network() {
    let pure = [
        "ecr-sweep-core",
        "ecr-sweep-policy",
        "ecr-sweep-import",
        "ecr-sweep-protocol",
        "ecr-sweep-report",
    ];
    for package in pure {
        let tree = tree(package);
        assert!(tree.len() > 5, "{tree:?}");
        let banned: Vec<_> = tree
            .iter()
            .filter(|name| {
                ["aws-", "tokio", "hyper", "reqwest", "rustls", "async-", "lambda_"]
                    .iter()
                    .any(|start| name.starts_with(start))
            })
            .collect();
        assert!(banned.is_empty(), "{package} is built of {banned:?}");
    }
}

#[test]
fn dependencies_point_down_only() {
    let order = [
        "ecr-sweep-core",
        "ecr-sweep-policy",
        "ecr-sweep-import",
        "ecr-sweep-protocol",
        "ecr-sweep-report",
        "ecr-sweep-kubernetes",
        "ecr-sweep-aws",
        "ecr-sweep-steps",
        "ecr-sweep-cli",
    ];
    let workspace = workspace();
    for (place, package) in order.iter().enumerate() {
        let above: Vec<_> =
            order[place..].iter().filter(|other| workspace[*package].contains(**other)).collect();
        assert!(above.is_empty(), "{package} depends on {above:?}");
    }
}

#[test]
fn only_the_functions_know_lambda() {
    let knowing: Vec<String> = workspace()
        .into_iter()
        .filter(|(_, dependencies)| dependencies.contains("lambda_runtime"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(knowing, ["ecr-sweep-runtime"]);
}

#[test]
fn the_functions_and_the_command_have_no_part_of_the_simulator() {
    let product = ["list-repos", "scan-usage", "plan-repo", "delete-batch", "notify"];
    for package in product.into_iter().chain(["ecr-sweep-cli"]) {
        assert!(!tree(package).contains("ecr-sweep-aws-sim"), "{package}");
    }
}

/// What is built together shares its features: one that leaves logs out of the functions would take
/// them from the command, too, so that nothing but packaging asks for it.
#[test]
fn what_is_built_without_asking_has_every_level_of_log() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--workspace", "--edges", "features", "--invert", "tracing"])
        .args(["--depth", "1", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let features = String::from_utf8(output.stdout).expect("names are text");
    assert!(features.contains("tracing feature \"std\""), "{features}");
    assert!(!features.contains("max_level"), "{features}");
}
