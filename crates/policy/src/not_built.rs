//! Settings that are read and checked, and that no step carries out yet.
//!
//! A setting that would be ignored is an error. Building one takes its row away.

use super::Use;
use super::field::Field;
use super::problem::Complaint;

struct NotBuilt {
    /// The setting, with `[]` for every item of a list.
    path: &'static str,
    /// Whether it would change what an offline plan means.
    offline: bool,
    /// What works instead.
    instead: &'static str,
}

const NOT_BUILT: &[NotBuilt] =
    &[NotBuilt { path: "repositories[].notify", offline: false, instead: "no `notify`" }];

/// Every setting that is not carried out, as the documentation lists them.
#[cfg(test)]
pub(super) fn settings() -> Vec<&'static str> {
    NOT_BUILT.iter().map(|row| row.path).collect()
}

/// Refuses every setting that is there and not carried out.
pub(super) fn refuse(policy: &Field<'_, '_>, use_of: Use) {
    for row in NOT_BUILT.iter().filter(|row| row.offline || use_of == Use::Live) {
        for field in policy.find(row.path) {
            let message = format!("`{}` is not built yet", row.path);
            field.refuse_name(Complaint::new(message, row.instead));
        }
    }
}
