//! Rounds of scanning, planning and deleting: evidence may get too old before a sweep is done.

use std::collections::BTreeSet;

use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{
    MatchedRepository, Repositories, RepositorySummary, Stage, StepName, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::run::attempt::{Attempt, attempt};
use crate::run::documents::AT_ONCE;
use crate::{Run, StepError, find_receipts};

/// Where the deletion of one repository stands after a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) repository: MatchedRepository,
    /// How many of its images are gone.
    pub(crate) gone: u64,
    /// Whether evidence that got too old is what stopped it.
    pub(crate) is_left: bool,
}

/// What is seen and planned again, and deleted after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Round {
    /// The repositories that are not done.
    pub(crate) repositories: Vec<MatchedRepository>,
    /// How many images are gone before it.
    pub(crate) gone: u64,
}

/// The round that follows, if one does: a round after which no more images are gone than before it
/// is the last, as the next would come as late. `gone_before` is none where that cannot be said
/// yet.
pub(crate) fn next_round(standings: Vec<Standing>, gone_before: Option<u64>) -> Option<Round> {
    let gone = standings.iter().map(|it| it.gone).sum();
    let left = standings.into_iter().filter(|it| it.is_left);
    let repositories: Vec<_> = left.map(|it| it.repository).collect();
    let may_get_further = gone_before != Some(gone);
    (!repositories.is_empty() && may_get_further).then_some(Round { repositories, gone })
}

/// Where deletion stands in all repositories in which it was begun.
pub(crate) async fn standings(run: &Run) -> Result<Vec<Standing>, StepError> {
    let planned = run.read(&keys::summary(&run.id, Stage::Plan)).await?;
    let of_plan = planned.repositories.iter().filter(|it| it.plan.delete > 0);
    let deleting: BTreeSet<RepositoryId> = of_plan.map(RepositorySummary::id).collect();
    let Repositories { mut repositories, .. } = run.read(&keys::repositories(&run.id)).await?;
    repositories.retain(|matched| deleting.contains(&matched.id()));
    stream::iter(repositories)
        .map(|matched| standing(run, matched))
        .buffered(AT_ONCE)
        .try_filter_map(async |standing| Ok(standing))
        .try_collect()
        .await
}

/// Where the deletion of a repository stands. None: it was not begun.
pub(crate) async fn standing(
    run: &Run,
    repository: MatchedRepository,
) -> Result<Option<Standing>, StepError> {
    let id = repository.id();
    let Some(receipts) = find_receipts(&*run.store, &run.id, &id).await? else {
        return Ok(None);
    };
    let gone = receipts.receipts.iter().filter(|it| it.outcome.is_done()).count() as u64;
    let is_left = !receipts.finished
        && match attempt(run, Stage::Recheck, &id).await? {
            Attempt::Failed(failure) => {
                failure.step == StepName::Delete && failure.error == ErrorName::StaleEvidence
            }
            Attempt::None | Attempt::Planned { .. } => false,
        };
    Ok(Some(Standing { repository, gone, is_left }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn standing(name: &str, gone: u64, is_left: bool) -> Standing {
        let repository = MatchedRepository {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            repository: name.into(),
            rule: 0,
            tags: BTreeMap::new(),
        };
        Standing { repository, gone, is_left }
    }

    fn next(standings: &[Standing], gone_before: Option<u64>) -> Option<(Vec<String>, u64)> {
        let round = next_round(standings.to_vec(), gone_before)?;
        let names = round.repositories.iter().map(|it| it.repository.to_string());
        Some((names.collect(), round.gone))
    }

    #[test]
    fn where_nothing_is_left_there_is_no_next_round() {
        assert_eq!(next(&[], None), None);
        assert_eq!(next(&[standing("a", 3, false), standing("b", 0, false)], Some(0)), None);
    }

    #[test]
    fn what_is_left_goes_on_while_images_go() {
        let standings = [standing("a", 3, false), standing("b", 2, true), standing("c", 0, true)];
        assert_eq!(next(&standings, Some(4)), Some((vec!["b".to_owned(), "c".to_owned()], 5)));
    }

    #[test]
    fn a_round_after_which_no_more_is_gone_is_the_last() {
        let standings = [standing("a", 3, false), standing("b", 2, true)];
        assert_eq!(next(&standings, Some(5)), None);
        assert_eq!(next(&[standing("b", 0, true)], Some(0)), None);
    }

    #[test]
    fn a_first_round_that_came_too_late_is_followed_by_one() {
        assert_eq!(next(&[standing("b", 0, true)], None), Some((vec!["b".to_owned()], 0)));
    }
}
