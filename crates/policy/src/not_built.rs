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

/// At present every setting is carried out.
const NOT_BUILT: &[NotBuilt] = &[];

/// Every setting that is not carried out, as the documentation lists them.
#[cfg(test)]
pub(super) fn settings() -> Vec<&'static str> {
    NOT_BUILT.iter().map(|row| row.path).collect()
}

/// Refuses every setting that is there and not carried out.
pub(super) fn refuse(policy: &Field<'_, '_>, use_of: Use) {
    refuse_these(policy, use_of, NOT_BUILT);
}

fn refuse_these(policy: &Field<'_, '_>, use_of: Use, not_built: &[NotBuilt]) {
    for row in not_built.iter().filter(|row| row.offline || use_of == Use::Live) {
        for field in policy.find(row.path) {
            let message = format!("`{}` is not built yet", row.path);
            field.refuse_name(Complaint::new(message, row.instead));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Problems;
    use crate::yaml;

    #[test]
    fn a_setting_that_no_step_carries_out_is_refused_where_it_would_count() {
        let text = "repositories: [{ keep: { newest: 1 } }, { keep: { newest: 2 } }]\n";
        let refused = |use_of, offline| {
            let problems = Problems::of(text);
            let node = yaml::read(&problems).unwrap();
            let row = NotBuilt { path: "repositories[].keep", offline, instead: "no `keep`" };
            refuse_these(&Field::root(&problems, &node), use_of, &[row]);
            problems.into_parts().0.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        let twice = ["`repositories[].keep` is not built yet"; 2];
        assert_eq!(refused(Use::Live, false), twice);
        assert_eq!(refused(Use::Offline, true), twice);
        assert!(refused(Use::Offline, false).is_empty());
    }
}
