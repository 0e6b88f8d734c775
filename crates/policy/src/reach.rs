//! Rules that an earlier rule leaves nothing for.

use ecr_sweep_core::Pattern;
use ecr_sweep_core::policy::{RepositoryMatch, RepositoryRule};

/// The first of the earlier rules that takes everything that a match does. A rule that is not
/// found here may still get nothing: only what is certain is said.
pub(super) fn taken_by(later: &RepositoryMatch, earlier: &[RepositoryRule]) -> Option<usize> {
    earlier.iter().position(|earlier| covers(&earlier.matches, later))
}

fn covers(earlier: &RepositoryMatch, later: &RepositoryMatch) -> bool {
    let every = |pattern: &Pattern| pattern.as_str().bytes().all(|byte| byte == b'*');
    let names = earlier.name.is_empty()
        || earlier.name.iter().any(every)
        || !later.name.is_empty()
            && later
                .name
                .iter()
                .all(|later| earlier.name.iter().any(|name| pattern_covers(name, later)));
    let tags = earlier.tags.iter().all(|(key, pattern)| {
        later.tags.get(key).is_some_and(|later| every(pattern) || pattern_covers(pattern, later))
    });
    names && tags
}

/// Whether all that `later` matches is matched by `earlier`, as far as that is plain to see.
fn pattern_covers(earlier: &Pattern, later: &Pattern) -> bool {
    let (wide, narrow) = (earlier.as_str(), later.as_str());
    let is_regex = |text: &str| text.len() > 1 && text.starts_with('/') && text.ends_with('/');
    if wide == narrow {
        return true;
    }
    if is_regex(narrow) {
        return false;
    }
    // A `*` of the narrow pattern stands for any run, so only a `*` of the wide one may take it.
    let is_literal = !narrow.contains(['*', '?']);
    (is_literal || !is_regex(wide) && !wide.contains('?')) && earlier.matches(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> RepositoryMatch {
        RepositoryMatch {
            name: names.iter().map(|name| name.parse().unwrap()).collect(),
            ..RepositoryMatch::default()
        }
    }

    fn with_tag(mut matches: RepositoryMatch, key: &str, value: &str) -> RepositoryMatch {
        matches.tags.insert(key.into(), value.parse().unwrap());
        matches
    }

    #[test]
    fn a_wider_match_before_leaves_nothing() {
        for (earlier, later) in [
            (names(&[]), names(&["prod/*"])),
            (names(&["*"]), names(&[])),
            (names(&["x", "**"]), names(&["prod/*"])),
            (names(&["prod/*"]), names(&["prod/app", "prod/team/*"])),
            (names(&["prod/*"]), names(&["prod/?"])),
            (names(&["/prod/.*/"]), names(&["prod/app"])),
            (names(&["/prod/.*/"]), names(&["/prod/.*/"])),
            (names(&["prod/*"]), with_tag(names(&["prod/app"]), "team", "a")),
            (with_tag(names(&[]), "team", "*"), with_tag(names(&["a"]), "team", "payments")),
        ] {
            assert!(covers(&earlier, &later), "{earlier:?} {later:?}");
        }
    }

    #[test]
    fn a_match_that_may_leave_something_is_not_wider() {
        for (earlier, later) in [
            (names(&["prod/*"]), names(&[])),
            (names(&["prod/*"]), names(&["prod/app", "dev/*"])),
            (names(&["prod/?"]), names(&["prod/*"])),
            (names(&["prod/app"]), names(&["prod/*"])),
            (names(&["*"]), with_tag(names(&["*"]), "team", "a")),
            (with_tag(names(&[]), "team", "a"), names(&["app"])),
            (with_tag(names(&[]), "team", "a"), with_tag(names(&[]), "team", "b")),
            (names(&["/prod/.*/"]), names(&["prod/*"])),
        ] {
            let found = covers(&earlier, &later);
            let expected = earlier == names(&["*"]);
            assert_eq!(found, expected, "{earlier:?} {later:?}");
        }
    }
}
