//! Settings that are read and checked, and that no step carries out yet.
//!
//! A setting that would be ignored is an error. Building one takes its row away.

use super::Use;
use super::field::Field;
use super::problem::Complaint;

struct NotBuilt {
    /// The setting, with `[]` for every item of a list.
    path: &'static str,
    /// The one value that is not built; any if there is none.
    value: Option<&'static str>,
    /// Whether it would change what an offline plan means.
    offline: bool,
    /// What works instead.
    instead: &'static str,
}

const NOT_BUILT: &[NotBuilt] = &[
    NotBuilt {
        path: "scope.consumers",
        value: Some("organization"),
        offline: false,
        instead: "`consumers` with `accounts`, or none",
    },
    NotBuilt {
        path: "scope.role",
        value: None,
        offline: false,
        instead: "no `role`: the caller's own account is what is looked at",
    },
    NotBuilt { path: "usage.files", value: None, offline: false, instead: "no `files`" },
    NotBuilt {
        path: "repositories[].grace",
        value: None,
        offline: false,
        instead: "no `grace`: `minimum_age` and `limits` hold",
    },
    NotBuilt {
        path: "repositories[].action.archive_for",
        value: None,
        offline: true,
        instead: "`action: delete`, or no `action`",
    },
    NotBuilt { path: "repositories[].notify", value: None, offline: false, instead: "no `notify`" },
];

impl NotBuilt {
    /// The setting, with its value if it is about one.
    fn written(&self) -> String {
        let value = self.value.map(|value| format!(": {value}")).unwrap_or_default();
        format!("{}{value}", self.path)
    }
}

/// Every setting that is not carried out, as the documentation lists them.
#[cfg(test)]
pub(super) fn settings() -> Vec<String> {
    NOT_BUILT.iter().map(NotBuilt::written).collect()
}

/// Refuses every setting that is there and not carried out.
pub(super) fn refuse(policy: &Field<'_, '_>, use_of: Use) {
    for row in NOT_BUILT.iter().filter(|row| row.offline || use_of == Use::Live) {
        for field in policy.find(row.path) {
            if row.value.is_none_or(|value| field.is_text(value)) {
                let message = format!("`{}` is not built yet", row.written());
                field.refuse_name(Complaint::new(message, row.instead));
            }
        }
    }
}
