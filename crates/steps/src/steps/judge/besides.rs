//! What a summary tells beside its plans: what is left alone, what deleting saves, what it copies first, and
//! who is told.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Word as _;
use ecr_sweep_core::{
    RepositoryId, Summary, UntouchedRepository, Warning, unheard, unknown_owners,
};
use ecr_sweep_protocol::documents::{
    ListedRegistry, MatchedRepository, RepositorySummary, ToVault,
};

use crate::Run;

/// The repositories that no rule takes. Nobody has listed their images.
pub(super) fn untouched(registries: &[ListedRegistry]) -> Vec<UntouchedRepository> {
    let of = |it: &ListedRegistry| {
        let place = it.place();
        it.untouched
            .iter()
            .map(|name| UntouchedRepository::named(&RepositoryId::new(&place, name)))
            .collect::<Vec<_>>()
    };
    let mut untouched: Vec<_> = registries.iter().flat_map(of).collect();
    untouched.sort();
    untouched
}

/// What deleting a plan's images puts into the vault, before it is priced.
pub(super) fn to_vault(run: &Run, matched: &MatchedRepository, plan: &Summary) -> Option<ToVault> {
    let undo_for = run.policy.repositories.get(matched.rule)?.undo_for?;
    let class = run.policy.vault.storage_class;
    (plan.delete > 0).then(|| ToVault {
        at_most_bytes: plan.delete_bytes,
        undo_for: undo_for.to_string().into(),
        storage_class: class.as_word().into(),
        at_most_cents: None,
    })
}

/// The channels that hear of a repository.
pub(super) fn channels(run: &Run, matched: &MatchedRepository) -> Vec<Box<str>> {
    let channels = run.policy.channels_of(matched.rule, &matched.tags);
    channels.iter().map(|channel| channel.as_str().into()).collect()
}

/// What the policy says in vain of who is told.
pub(super) fn told_in_vain(
    run: &Run,
    listed: &[MatchedRepository],
    judged: &[RepositorySummary],
    has_no_slack_token: bool,
) -> Vec<Warning> {
    let tags = listed.iter().map(|it| (it.id().to_string(), &it.tags));
    let mut warnings = unknown_owners(&run.policy, tags);
    if has_no_slack_token {
        let channels = judged.iter().flat_map(|it| &it.notify).map(ToString::to_string);
        warnings.extend(unheard(&channels.collect::<BTreeSet<_>>()));
    }
    warnings
}
