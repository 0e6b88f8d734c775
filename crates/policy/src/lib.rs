//! The policy file: read, checked, with every error at once and where it stands.
//!
//! The file is YAML, or JSON, which is YAML too. Values are read by the text that was written.

mod check;
mod field;
mod format;
mod impossible;
mod not_built;
mod position;
mod problem;
mod reach;
mod regexes;
mod schema;
mod settings;
mod syntax;
mod value;
mod walk;
mod word;
mod yaml;

/// Reading other documents of YAML or JSON than a policy, with every error and where it stands.
pub mod reading {
    pub use super::field::{Field, Fields, Problems, Scalar};
    pub use super::problem::Complaint;
    pub use super::yaml::{Node, read as document};
}

pub use format::{Level, levels};
pub use problem::{PolicyError, PolicyErrors, PolicyWarning};
pub use regexes::MAX_REGEXES;
pub use schema::policy as schema;
pub use word::nearest;

use ecr_sweep_core::{Digest, Policy, sha256};

use field::{Field, Problems};
use problem::Complaint;

/// The largest policy that is read, in bytes.
pub const MAX_POLICY_BYTES: usize = 1 << 20;

/// The version of the policy's format.
pub const POLICY_VERSION: u32 = 1;

/// A policy that was read and is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// What it says.
    pub policy: Policy,
    /// What is hardly meant, by position.
    pub warnings: Vec<PolicyWarning>,
    /// The SHA-256 of its text: a plan made from another text is not this policy's.
    pub digest: Digest,
}

/// What a policy is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Planning from a snapshot: what the policy says of live accounts does not apply.
    Offline,
    /// Planning and sweeping live accounts: every setting has to be carried out.
    Live,
}

/// Reads a policy. `name` is what errors call the file.
///
/// All errors are reported at once, but for those of the YAML itself and of the file's version:
/// what follows one of them cannot be understood; and for too many regular expressions.
pub fn read(name: &str, text: &str, use_of: Use) -> Result<PolicyFile, PolicyErrors> {
    let is_too_large = text.len() > MAX_POLICY_BYTES;
    let problems = Problems::of(if is_too_large { "" } else { text });
    let policy = if is_too_large {
        let message = format!("the policy has {} bytes", text.len());
        let expected = format!("at most {MAX_POLICY_BYTES}");
        problems.add(0..0, String::new(), Complaint::new(message, expected));
        None
    } else {
        read_text(&problems, use_of)
    };
    match (policy, problems.into_parts()) {
        (Some(policy), (errors, warnings)) if errors.is_empty() => {
            Ok(PolicyFile { policy, warnings, digest: sha256(text.as_bytes()) })
        }
        (_, (errors, _)) => Err(PolicyErrors::of(name, errors)),
    }
}

fn read_text(problems: &Problems<'_>, use_of: Use) -> Option<Policy> {
    let node = yaml::read(problems);
    let Some(node) = node.filter(|node| !node.is_null()) else {
        if !problems.any() {
            let expected = "`schema_version: 1` and `repositories`";
            let complaint = Complaint::new("the policy is empty", expected);
            problems.add(0..0, String::new(), complaint);
        }
        return None;
    };
    let root = Field::root(problems, &node);
    if !is_of_this_version(&root) || !regexes::are_few(problems, &node) {
        return None;
    }
    let values = walk::read_form(root.clone(), &format::POLICY);
    not_built::refuse(&root, use_of);
    if problems.any() {
        return None;
    }
    let policy = values.as_ref().and_then(settings::policy);
    match &policy {
        Some(policy) => {
            check::files_are_not_off(&root, policy);
            check::reach(&root, policy);
            impossible::ages(&root, policy);
        }
        // The tables and what is made of them do not fit: no policy is better than half of one.
        None => root.refuse(Complaint::new("the policy is not understood", "its settings")),
    }
    policy
}

/// Whether the rest of the file is worth reading. That there is no version is one error of many.
fn is_of_this_version(root: &Field<'_, '_>) -> bool {
    let Some(version) = root.find("schema_version").into_iter().next() else {
        return true;
    };
    let expected = format!("`{POLICY_VERSION}`");
    let read = version.scalar(&expected, |text| value::count(text, u64::MAX));
    let is_other = read.is_some_and(|version| version != u64::from(POLICY_VERSION));
    if is_other {
        let message = "this version of ecr-sweep does not read this version of the policy";
        version.refuse(Complaint::new(message, expected));
    }
    !is_other
}

#[cfg(test)]
mod tests;
