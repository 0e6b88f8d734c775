//! Who pulled an image: what the event history of its registry's account and Region tells.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ecr_sweep_aws::trail::{Pull, Pulled, TrailReader};
use ecr_sweep_core::{Image, Policy, RepositoryId};
use ecr_sweep_protocol::{PulledWhat, Puller, Pulls};

use crate::Environment;

/// Looks up who pulled an image. It fails never: what could not be read is said.
pub async fn who_pulled(
    environment: &Environment,
    policy: Policy,
    repository: &RepositoryId,
    image: &Image,
) -> Pulls {
    let reading = environment.reading_by(policy);
    let now = reading.now();
    let history = reading.sessions.trail(&repository.registry).pulls(repository, now).await;
    let mut pullers: BTreeMap<(Box<str>, PulledWhat, bool), Puller> = BTreeMap::new();
    for pull in history.pulls {
        let Some(what) = what(&pull, image) else { continue };
        let key = (pull.caller.principal.clone(), what, pull.caller.is_own);
        let puller = pullers.entry(key).or_insert_with(|| first(&pull, what));
        puller.calls += 1;
        puller.first = puller.first.min(pull.at);
        if pull.at > puller.latest {
            puller.latest = pull.at;
            puller.session = pull.caller.session;
            puller.from = pull.caller.from;
        }
    }
    let mut pullers: Vec<Puller> = pullers.into_values().collect();
    pullers.sort_by_key(|it| (it.own, it.what == PulledWhat::Layer, Reverse(it.latest)));
    Pulls { since: TrailReader::kept_since(now), pullers, not_read: history.not_read }
}

fn what(pull: &Pull, image: &Image) -> Option<PulledWhat> {
    match &pull.pulled {
        Pulled::Layer => Some(PulledWhat::Layer),
        Pulled::Images { digests, .. } if digests.contains(&image.digest) => {
            Some(PulledWhat::Digest)
        }
        Pulled::Images { tags, .. } => {
            tags.iter().any(|tag| image.tags.contains(tag)).then_some(PulledWhat::Tag)
        }
    }
}

fn first(pull: &Pull, what: PulledWhat) -> Puller {
    Puller {
        principal: pull.caller.principal.clone(),
        session: pull.caller.session.clone(),
        from: pull.caller.from.clone(),
        what,
        own: pull.caller.is_own,
        calls: 0,
        first: pull.at,
        latest: pull.at,
    }
}
