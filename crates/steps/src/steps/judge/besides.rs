//! What a summary tells beside its plans: what is left alone, what deleting saves, and what it copies first.

use ecr_sweep_core::policy::Word as _;
use ecr_sweep_core::{RepositoryId, Savings, Summary, UntouchedRepository};
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

/// What so many bytes of each repository cost.
pub(super) fn savings(
    run: &Run,
    repositories: &[RepositorySummary],
    bytes: impl Fn(&RepositorySummary) -> u64,
) -> Option<Savings> {
    Savings::of(&run.policy.prices, repositories.iter().map(|it| (&it.region, bytes(it))))
}

/// What deleting a plan's images puts into the vault.
pub(super) fn to_vault(run: &Run, matched: &MatchedRepository, plan: &Summary) -> Option<ToVault> {
    let undo_for = run.policy.repositories.get(matched.rule)?.undo_for?;
    let class = run.policy.vault.storage_class;
    (plan.delete > 0).then(|| ToVault {
        at_most_bytes: plan.delete_bytes,
        undo_for: undo_for.to_string().into(),
        storage_class: class.as_word().into(),
        at_most_cents: Some(run.policy.prices.of_copies(class).a_month(plan.delete_bytes).cents),
    })
}
