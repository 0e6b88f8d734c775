//! How the command of a run ends: as the run did, with what was in its way.

use ecr_sweep_core::{BlockCode, Gap};
use ecr_sweep_protocol::documents::{OutcomeCounts, RunSummary};
use ecr_sweep_protocol::recheck::Recheck;
use ecr_sweep_protocol::{Ending, ExitCode};

use crate::ended::{Ended, Next};
use crate::render::counted;

/// As a run whose summary was shown.
pub fn of(summary: &RunSummary) -> Ended {
    let gaps = summary.gaps();
    let why = match summary.ending {
        Ending::Done => return Ended::WELL,
        Ending::NothingDeleted => "usage was not seen whole, so nothing was deleted".to_owned(),
        Ending::Incomplete => blocked_or_unseen(summary.totals.blocked, gaps.is_empty()),
        Ending::Partial => left(summary, &gaps),
        Ending::Refused => "the run was refused".to_owned(),
        Ending::Interrupted => "the run was interrupted".to_owned(),
        Ending::Failed => failed_in(summary).unwrap_or_else(|| "the run failed".to_owned()),
    };
    let why = match &summary.stopped {
        Some(stopped) => format!("{why}: {stopped}"),
        None => why,
    };
    Ended::short(summary.ending.into(), why, Next::Unseen(&gaps, next(summary)))
}

/// The blocked repositories of some plans.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blocked {
    repositories: u64,
    first: Option<BlockCode>,
}

impl Blocked {
    /// With the blocks of one plan more.
    pub fn and(self, blocks: impl IntoIterator<Item = BlockCode>) -> Self {
        let Self { repositories, first } = self;
        match blocks.into_iter().next() {
            Some(block) => Self { repositories: repositories + 1, first: first.or(Some(block)) },
            None => self,
        }
    }
}

/// As what is planned, and was shown, can be carried out.
pub fn of_plans(blocked: Blocked, is_complete: bool, gaps: &[Gap]) -> Ended {
    if blocked.repositories == 0 && is_complete {
        return Ended::WELL;
    }
    let why = blocked_or_unseen(blocked.repositories, is_complete);
    let next =
        blocked.first.map_or_else(|| "let the caller read what was not seen".to_owned(), help_with);
    Ended::short(ExitCode::Incomplete, why, Next::Unseen(gaps, next))
}

/// As a stored plan still holds.
pub fn of_recheck(rechecked: &Recheck) -> Ended {
    let code = rechecked.exit_code();
    if code == ExitCode::Done {
        return Ended::WELL;
    }
    let rows = &rechecked.repositories;
    let blocked = rows.iter().fold(Blocked::default(), |blocked, it| {
        blocked.and(it.blocked.iter().map(|block| block.code))
    });
    let failed = rows.iter().filter(|it| it.failed.is_some()).count() as u64;
    let rows = [(blocked.repositories, "blocked now"), (failed, "not planned again")];
    let rows: Vec<String> = rows
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", are(count)))
        .collect();
    let next = blocked
        .first
        .map_or_else(|| "mend what is told of what failed, and try again".to_owned(), help_with);
    Ended::short(code, rows.join(", and "), Next::Step(next))
}

/// What is in the way of a plan.
pub fn blocked_or_unseen(blocked: u64, is_complete: bool) -> String {
    let blocks = || format!("{} blocked", are(blocked));
    match (is_complete, blocked) {
        (true, 0) => "something is not known".to_owned(),
        (true, _) => blocks(),
        (false, 0) => "usage was not seen whole".to_owned(),
        (false, _) => format!("usage was not seen whole, and {}", blocks()),
    }
}

fn help_with(block: BlockCode) -> String {
    format!("`ecr-sweep help {block}` tells what to do about it")
}

/// What of a sweep is left, or was in its way.
fn left(summary: &RunSummary, gaps: &[Gap]) -> String {
    let OutcomeCounts { failed, skipped, not_asked, .. } = summary.totals.outcomes;
    let rows = [(failed, "failed"), (skipped, "skipped"), (not_asked, "not asked for")];
    let rows: Vec<String> = rows
        .into_iter()
        .filter(|(images, _)| *images > 0)
        .map(|(images, became)| format!("{} {became}", counted(images, "image")))
        .collect();
    if !rows.is_empty() {
        return format!("not all that was planned is gone: {}", rows.join(", "));
    }
    failed_in(summary).unwrap_or_else(|| blocked_or_unseen(summary.totals.blocked, gaps.is_empty()))
}

fn failed_in(summary: &RunSummary) -> Option<String> {
    let failed = summary.failed.len() as u64;
    let became = if summary.dry_run { "could not be planned" } else { "failed" };
    (failed > 0).then(|| format!("{} {became}", counted(failed, "repository")))
}

fn are(repositories: u64) -> String {
    let are = if repositories == 1 { "is" } else { "are" };
    format!("{} {are}", counted(repositories, "repository"))
}

fn next(summary: &RunSummary) -> String {
    let RunSummary { run, dry_run, .. } = summary;
    let again = if *dry_run { "`ecr-sweep plan`" } else { "`ecr-sweep run`" };
    let has_failed = !summary.failed.is_empty() || summary.totals.outcomes.failed > 0;
    let block = summary.repositories.iter().flat_map(|it| &it.blocked).next();
    match (summary.ending, block) {
        (Ending::Refused, _) => {
            format!("`ecr-sweep delete {run}` asks again, as long as its plan is young enough")
        }
        (Ending::Interrupted, _) => format!("{again} begins anew"),
        _ if has_failed && *dry_run => {
            format!("mend what is told of what failed, then {again} once more")
        }
        _ if has_failed => format!(
            "mend what is told of what failed; `ecr-sweep delete {run}` goes on with what is left"
        ),
        (_, Some(block)) => help_with(block.code),
        _ => format!("`ecr-sweep show {run}` tells more"),
    }
}
