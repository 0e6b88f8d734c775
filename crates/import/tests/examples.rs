//! Each cleaner's documented examples, and shapes of what people have written for them: the policy
//! that is made of each, or what is wrong with it, word for word.
//!
//! `INSTA_UPDATE=always cargo test -p ecr-sweep-import` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ecr_sweep_core::Pattern;
use ecr_sweep_import::{Import, Tool};
use ecr_sweep_policy::Use;

/// The files of one cleaner, by name.
fn examples(tool: Tool) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples").join(tool.as_str());
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// All of them with what is made of each.
fn told(tool: Tool) -> String {
    let repository: Pattern = "shop/web".parse().unwrap();
    let mut told = String::new();
    for (name, text) in examples(tool) {
        let is_answer = name.contains("answer-of-get");
        let repositories = if tool == Tool::LifecyclePolicy && !is_answer {
            std::slice::from_ref(&repository)
        } else {
            &[]
        };
        let import = Import { tool, name: &name, text: &text, repositories };
        let made = match import.policy() {
            Ok(policy) => {
                let read = ecr_sweep_policy::read("policy.yaml", &policy, Use::Live).unwrap();
                assert_eq!(read.warnings, [], "{name}");
                assert!(!name.starts_with("refused"), "{name}");
                policy
            }
            Err(errors) => {
                assert!(name.starts_with("refused"), "{errors}");
                format!("{errors}\n")
            }
        };
        write!(told, "===== {name}\n{text}-----\n{made}\n").unwrap();
    }
    told
}

macro_rules! told {
    ($($test:ident: $tool:ident),+ $(,)?) => {
        $(#[test]
        fn $test() {
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(Tool::$tool.as_str(), told(Tool::$tool));
            });
        })+
    };
}

told! {
    ecrm_yaml: Ecrm,
    the_variables_of_aws_ecr_cleaner: AwsEcrCleaner,
    the_policies_of_aws_ecr_cleanup: AwsEcrCleanup,
    the_attributes_of_ecr_purger: EcrPurger,
    the_variables_of_ecr_maintainer: EcrMaintainer,
    lifecycle_policies: LifecyclePolicy,
    command_lines_of_cdk_gc: CdkGc,
}

#[test]
fn a_lifecycle_policy_without_a_repository_is_refused() {
    let text = r#"{"rules":[]}"#;
    let import =
        Import { tool: Tool::LifecyclePolicy, name: "policy.json", text, repositories: &[] };
    let errors = import.policy().unwrap_err().to_string();
    assert!(errors.contains("does not say which repository it is of"), "{errors}");
}

#[test]
fn a_repository_is_refused_where_the_file_names_its_own() {
    let repository: Pattern = "shop/web".parse().unwrap();
    let text = "repositories: [{ name: web, expires: 1d }]";
    let import = Import { tool: Tool::Ecrm, name: "ecrm.yaml", text, repositories: &[repository] };
    let errors = import.policy().unwrap_err().to_string();
    assert!(errors.contains("says itself which repositories"), "{errors}");
}

#[test]
fn there_are_at_least_forty_examples_besides_those_that_are_refused() {
    let names = Tool::ALL.into_iter().flat_map(examples).map(|(name, _)| name);
    assert!(names.filter(|name| !name.starts_with("refused")).count() >= 40);
}
