//! The registries that the runs of a store have planned, and who read there: whether a store is the one that a registry has had.

use ecr_sweep_core::wording::plural;
use ecr_sweep_core::{Place, ReadAlone, Warning, WarningCode};
use ecr_sweep_protocol::documents::{KnownRegistries, keys};

use crate::run::role::reader_arn;
use crate::{Run, StepError};

/// Writes down that the run reads these registries. Nothing is decided by it, so that it cannot be written stops nothing.
pub(crate) async fn remember(run: &Run, registries: impl IntoIterator<Item = Place>) {
    if run.request.explain_only {
        return;
    }
    let read: Vec<(Place, Box<str>)> = registries
        .into_iter()
        .map(|place| {
            let arn = reader_arn(run, &place.account).into();
            (place, arn)
        })
        .collect();
    if read.is_empty() {
        return;
    }
    let at = run.request.started_at;
    let change = |old| Ok(KnownRegistries::with(old, &run.id, at, read.iter().cloned()));
    if let Err(error) = run.update(&keys::KNOWN_REGISTRIES, change).await {
        tracing::warn!(run = %run.id, %error, "cannot remember who reads which registry");
    }
}

/// Fewer indexes that were read at once in a registry may be anything.
const MANY: u64 = 5;

/// Where somebody reads indexes who is no run of this store: one warning a registry.
pub(crate) async fn warnings(run: &Run, found: &[(Place, ReadAlone)]) -> Vec<Warning> {
    let mut by_registry: Vec<(&Place, ReadAlone, u64)> = Vec::new();
    // Repositories come by registry.
    for (place, read) in found {
        match by_registry.last_mut() {
            Some((last, all, repositories)) if *last == place => {
                all.indexes += read.indexes;
                (all.from, all.to) = (all.from.min(read.from), all.to.max(read.to));
                *repositories += 1;
            }
            _ => by_registry.push((place, *read, 1)),
        }
    }
    by_registry.retain(|(_, read, _)| read.indexes >= MANY);
    if by_registry.is_empty() {
        return Vec::new();
    }
    let known = match run.find(&keys::KNOWN_REGISTRIES).await {
        Ok(known) => Ok(known),
        Err(StepError::Document { source, .. }) => Err(source.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let of = |(place, read, repositories): (&Place, ReadAlone, u64)| {
        let ReadAlone { indexes, from, to } = read;
        let before = match &known {
            Ok(known) => match known.as_ref().and_then(|it| it.before(&run.id, place)) {
                Some((since, arn)) => {
                    format!("runs of this store read there since {since}, the last as {arn}")
                }
                None => "no run of this store has read there before, so it may be the wrong one"
                    .to_owned(),
            },
            Err(_) => "whether runs of this store have read there before is not known".to_owned(),
        };
        let detail = format!(
            "{place}: {indexes} indexes of {repositories} {} were pulled at once in each, from {from} to {to}, without what they \
             list, and by no run of this store: so does a run with another run store, whose reads this one takes for pulls; {before}. \
             Use one store for a registry, or leave out who reads with the other: `aws ecr \
             register-pull-time-update-exclusion --principal-arn ROLE`",
            plural(repositories, "repository")
        );
        Warning { code: WarningCode::ReadByAnother, detail: detail.into() }
    };
    by_registry.into_iter().map(of).collect()
}
