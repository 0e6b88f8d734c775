//! The rules that look at one image at a time, those that hold for every policy included.

use jiff::Timestamp;

use super::super::{Facts, Reasons};
use crate::policy::PushedWithin;
use crate::{Age, Image, Reason, ReasonCode, Repository, is_image_configuration};

pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    let within = pushed_within(facts.rule.keep.pushed_within.as_ref(), facts.repository);
    let recent = recent(facts, &within);
    for (at, image) in facts.graph.images() {
        let found = &mut reasons[at];
        found.extend(recent.iter().filter_map(|recent| recent.reason(image)));
        not_known(image, found);
        if let Some(artifact_type) = &image.artifact_type
            && !is_image_configuration(artifact_type)
            && !facts.graph.is_referrer(at)
            && !facts.graph.is_child(at)
        {
            let detail = format!("its type is {artifact_type}");
            found.push(Reason::new(ReasonCode::NotAnImage, detail));
        }
        if let Within::Unreadable(problem) = &within {
            found.push(Reason::new(ReasonCode::RepositoryTagUnreadable, problem.as_str()));
        }
        by_tags(facts, image, found);
    }
}

/// Keeps what something happened to within an age. Within is inclusive.
struct Recent {
    code: ReasonCode,
    what: &'static str,
    when: fn(&Image) -> Option<Timestamp>,
    /// The age, in words once for all images.
    age: String,
    since: Timestamp,
}

impl Recent {
    fn reason(&self, image: &Image) -> Option<Reason> {
        let time = (self.when)(image).filter(|time| *time >= self.since)?;
        let detail = format!("{} {time}, within {}", self.what, self.age);
        Some(Reason::new(self.code.clone(), detail))
    }
}

/// The rules about ages, those that no policy can turn off first.
fn recent(facts: &Facts<'_>, within: &Within) -> Vec<Recent> {
    let pushed: fn(&Image) -> _ = |image| image.pushed_at;
    let pulled: fn(&Image) -> _ = |image| image.pulled_at;
    let (policy, keep) = (facts.policy, &facts.rule.keep);
    let pushed_within = match within {
        Within::Age(age) => Some(*age),
        Within::NoRule | Within::Unreadable(_) => None,
    };
    let needed = ("pulled or restored", Image::last_needed_at as fn(&Image) -> _);
    [
        (ReasonCode::TooNew, ("pushed", pushed), Some(policy.minimum_age)),
        (ReasonCode::RecentlyPulled, needed, Some(policy.minimum_idle)),
        (ReasonCode::PushedWithin, ("pushed", pushed), pushed_within),
        (ReasonCode::PulledWithin, ("pulled", pulled), keep.pulled_within),
    ]
    .into_iter()
    .filter_map(|(code, (what, when), age)| {
        age.map(|age| Recent {
            code,
            what,
            when,
            age: age.to_string(),
            since: age.before(facts.now),
        })
    })
    .collect()
}

fn not_known(image: &Image, found: &mut Vec<Reason>) {
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
                Ok(age) => Within::Age(age),
                Err(_) => Within::Unreadable(format!(
                    "the repository's tag `{tag}` is `{value}`: expected whole days"
                )),
            },
        },
    }
}
