//! The rules that look at one image at a time, those that hold for every policy included.

use jiff::Timestamp;

use super::super::{Facts, Reasons};
use crate::policy::PushedWithin;
use crate::{Age, Image, Reason, ReasonCode, Repository, is_image_configuration};

pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    let within = pushed_within(facts.rule.keep.pushed_within.as_ref(), facts.repository);
    for (at, image) in facts.graph.images() {
        let found = &mut reasons[at];
        always(facts, image, found);
        if let Some(artifact_type) = &image.artifact_type
            && !is_image_configuration(artifact_type)
            && !facts.graph.is_referrer(at)
            && !facts.graph.is_child(at)
        {
            let detail = format!("its type is {artifact_type}");
            found.push(Reason::new(ReasonCode::NotAnImage, detail));
        }
        match &within {
            Within::Age(age) => {
                is_within(*age, image.pushed_at, facts, ReasonCode::PushedWithin, "pushed", found);
            }
            Within::Unreadable(problem) => {
                found.push(Reason::new(ReasonCode::RepositoryTagUnreadable, problem.as_str()));
            }
            Within::NoRule => {}
        }
        if let Some(age) = facts.rule.keep.pulled_within {
            is_within(age, image.pulled_at, facts, ReasonCode::PulledWithin, "pulled", found);
        }
        by_tags(facts, image, found);
    }
}

/// What no policy can turn off.
fn always(facts: &Facts<'_>, image: &Image, found: &mut Vec<Reason>) {
    let policy = facts.policy;
    if image.pushed_at.is_none() {
        let detail = "the registry does not say when it was pushed";
        found.push(Reason::new(ReasonCode::PushTimeUnknown, detail));
    }
    if image.is_unreadable() {
        let detail = if image.media_type.is_index() {
            "it is an index, and what it lists is not known".to_owned()
        } else {
            format!("its media type `{}` is not known", image.media_type.as_str())
        };
        found.push(Reason::new(ReasonCode::ManifestUnreadable, detail));
    }
    is_within(policy.minimum_age, image.pushed_at, facts, ReasonCode::TooNew, "pushed", found);
    let needed_at = image.last_needed_at();
    let code = ReasonCode::RecentlyPulled;
    is_within(policy.minimum_idle, needed_at, facts, code, "pulled or restored", found);
}

/// Within an age is inclusive.
fn is_within(
    age: Age,
    time: Option<Timestamp>,
    facts: &Facts<'_>,
    code: ReasonCode,
    what: &str,
    found: &mut Vec<Reason>,
) {
    if let Some(time) = time
        && time >= age.before(facts.now)
    {
        found.push(Reason::new(code, format!("{what} {time}, within {age}")));
    }
}

fn by_tags(facts: &Facts<'_>, image: &Image, found: &mut Vec<Reason>) {
    let keep = &facts.rule.keep;
    let matching = image
        .tags
        .iter()
        .filter_map(|tag| Some((tag, keep.tags.iter().find(|pattern| pattern.matches(tag))?)))
        .min_by_key(|(tag, _)| *tag);
    if let Some((tag, pattern)) = matching {
        let detail = format!("its tag `{tag}` matches `{pattern}`");
        found.push(Reason::new(ReasonCode::Tags, detail));
    }
    if keep.tagged && image.is_tagged() {
        found.push(Reason::new(ReasonCode::Tagged, "it has a tag"));
    }
}

/// What `pushed_within` says for a repository.
pub(in crate::decide) enum Within {
    /// There is no such rule.
    NoRule,
    /// So long.
    Age(Age),
    /// The repository's own tag should say it, and does not: everything is kept.
    Unreadable(String),
}

/// Reads how long `pushed_within` keeps, from the policy or from the repository's own tag, which
/// holds whole days.
pub(in crate::decide) fn pushed_within(
    rule: Option<&PushedWithin>,
    repository: &Repository,
) -> Within {
    match rule {
        None => Within::NoRule,
        Some(PushedWithin::Age(age)) => Within::Age(*age),
        Some(PushedWithin::RepositoryTag { tag, default }) => match repository.tags.get(tag) {
            None => Within::Age(*default),
            Some(value) => match format!("{value}d").parse() {
                Ok(age) if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() => {
                    Within::Age(age)
                }
                _ => Within::Unreadable(format!(
                    "the repository's tag `{tag}` is `{value}`: expected whole days"
                )),
            },
        },
    }
}
