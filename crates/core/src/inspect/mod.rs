//! The inspection: what is broken in what is there, and what that breaks for those who use it.
//!
//! It judges no rule and changes no verdict. One repository is looked at by itself; what only the
//! others tell, where the subject of a referrer is, is asked of them.

mod finding;
mod organization;
mod repository;
#[cfg(test)]
mod tests;

pub use finding::{Finding, FindingCode, FindingCount, InUse, count_findings};
pub use organization::Inspection;
pub use repository::{DanglingReferrer, RepositoryInspection, inspect_repository};
