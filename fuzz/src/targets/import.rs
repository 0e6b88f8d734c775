//! What other cleaners were told.

use std::fs;

use ecr_sweep_core::Pattern;
use ecr_sweep_import::{Import, Tool};
use ecr_sweep_policy::{Use, read as read_policy};

use super::{Target, root};

pub(super) const TARGET: Target = Target { name: "import", read, seeds };

/// Read as the file of each of them: whoever mistakes one for another is told so. Accepted is what any of
/// them takes.
fn read(input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    let named: Pattern = "shop/web".parse().unwrap();
    let mut is_accepted = false;
    for tool in Tool::ALL {
        let of_a_rule: &[Pattern] =
            if tool.takes_repositories() { std::slice::from_ref(&named) } else { &[] };
        let import = Import { tool, name: "their file", text: &text, repositories: of_a_rule };
        match import.policy() {
            Ok(policy) => {
                let again = read_policy("policy.yaml", &policy, Use::Live);
                assert!(again.is_ok(), "{tool}: {again:?}");
                is_accepted = true;
            }
            Err(errors) => {
                assert!(!errors.errors.is_empty() && !errors.to_string().is_empty(), "{tool}");
                for error in &errors.errors {
                    assert!(text.get(error.span.clone()).is_some(), "{tool}: {error:?}");
                }
            }
        }
    }
    is_accepted
}

fn seeds() -> Vec<Vec<u8>> {
    let examples = root().join("crates/import/tests/examples");
    let mut seeds = Vec::new();
    for tool in Tool::ALL {
        for file in fs::read_dir(examples.join(tool.as_str())).unwrap() {
            seeds.push(fs::read(file.unwrap().path()).unwrap());
        }
    }
    seeds.sort();
    seeds.sort_by_key(Vec::len);
    seeds
}
