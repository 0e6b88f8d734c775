//! The archive: what would go is archived first where the rule says so, and deleted once it has been
//! archived for long enough and nobody has restored it.

use jiff::Timestamp;

use super::unmet::{Unmet, since};
use super::waiting::Waiting;
use super::{Facts, Reasons};
use crate::policy::Action;
use crate::{Age, Image, ImageStatus, Reason, ReasonCode};

/// How long what would go is archived first.
fn archive_for(facts: &Facts<'_>) -> Option<Age> {
    match facts.rule.action {
        Action::ArchiveFor(age) => Some(age),
        Action::Delete => None,
    }
}

/// Whether an image is archived, and not deleted, if it goes: whoever could pull it has to miss it first.
/// So one that somebody restored starts anew.
pub(super) fn is_first(facts: &Facts<'_>, image: &Image) -> bool {
    archive_for(facts).is_some() && image.status == ImageStatus::Active
}

/// Since when an image is archived, by what the registry says of it. One that was restored later, and is
/// archived all the same, was archived after that.
fn since_when(image: &Image, archived_at: Timestamp) -> Timestamp {
    image.restored_at.map_or(archived_at, |it| it.max(archived_at))
}

/// Keeps what has not been archived for long enough. It looks at all that would go, in grace or not.
pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons, waiting: &mut Waiting) {
    let Some(age) = archive_for(facts) else { return };
    for at in waiting.would_go().to_vec() {
        let image = facts.graph.image(at);
        let (detail, ends_at) = match (image.status, image.archived_at) {
            // What is being restored is kept anyway.
            (ImageStatus::Active | ImageStatus::Activating, _) => continue,
            (ImageStatus::Archived, None) => {
                ("it is archived, and the registry does not say since when".to_owned(), None)
            }
            (ImageStatus::Archived, Some(archived_at)) => {
                let since = since_when(image, archived_at);
                if since <= age.before(facts.now) {
                    continue;
                }
                let ends_at = age.after(since);
                let detail = format!(
                    "archived since {since}; it is deleted from {ends_at} on, unless somebody restores it"
                );
                (detail, Some(ends_at))
            }
        };
        waiting.until(at, ends_at);
        reasons[at].push(Reason::new(ReasonCode::InArchive, detail));
    }
}

/// Keeps what would be deleted, and is needed by what is archived, or waits in the archive: restored, an
/// index has all that it lists, and an image its signatures. Those of them that can be pulled are archived.
pub(super) fn keep_what_others_need(
    facts: &Facts<'_>,
    reasons: &mut Reasons,
    waiting: &mut Waiting,
) {
    if archive_for(facts).is_none() {
        return;
    }
    let would_go = waiting.would_go().to_vec();
    let is_archived_now = |at: usize, reasons: &Reasons| {
        reasons[at].is_empty() && is_first(facts, facts.graph.image(at))
    };
    let mut open: Vec<usize> = would_go
        .iter()
        .copied()
        .filter(|at| is_archived_now(*at, reasons) || only_waits(&reasons[*at]))
        .collect();
    let mut would_be_deleted = vec![false; facts.graph.len()];
    for at in would_go {
        would_be_deleted[at] = !is_first(facts, facts.graph.image(at));
    }
    while let Some(at) = open.pop() {
        let is_now = is_archived_now(at, reasons);
        for needed in facts.graph.children(at).iter().chain(facts.graph.referrers(at)) {
            if !would_be_deleted[*needed] {
                continue;
            }
            if is_now {
                // Until when it waits depends on whether that is archived.
                waiting.until(*needed, None);
            }
            if reasons[*needed].is_empty() {
                let by = facts.graph.image(at).digest;
                let detail = format!("whoever restores {by} needs it, and that is not deleted yet");
                reasons[*needed].push(Reason::new(ReasonCode::InArchive, detail));
                open.push(*needed);
            }
        }
    }
}

/// How far an archived image that goes is from what would keep it. None for one that is archived now.
pub(super) fn unmet(facts: &Facts<'_>, at: usize) -> Option<Unmet> {
    let age = archive_for(facts)?;
    let image = facts.graph.image(at);
    let archived_at = image.archived_at.filter(|_| image.status == ImageStatus::Archived)?;
    let detail = since("archived", Some(since_when(image, archived_at)), age, facts.now);
    Some(Unmet { rule: "action.archive_for".into(), detail: detail.into() })
}

/// Whether an image waits in the archive, and nothing else speaks for it. It keeps nothing that it needs
/// from being archived: it cannot be pulled either.
pub(super) fn only_waits(reasons: &[Reason]) -> bool {
    !reasons.is_empty() && reasons.iter().all(|reason| reason.code == ReasonCode::InArchive)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::policy::{Action, OnExceed};
    use crate::testing::{Case, case, digest, image, index, now, referrer, usage};
    use crate::{Age, Image, ImageStatus};

    fn days_ago(days: u32) -> Timestamp {
        Age::days(days).before(now())
    }

    fn archived(image: Image, days: u32) -> Image {
        Image { status: ImageStatus::Archived, archived_at: Some(days_ago(days)), ..image }
    }

    /// Under a rule that archives for 90 days.
    fn archiving(images: impl IntoIterator<Item = Image>) -> Case {
        let archive = Action::ArchiveFor(Age::days(90));
        case(images).with(|case| case.policy.repositories[0].action = archive)
    }

    #[test]
    fn what_would_be_deleted_is_archived_first_and_deleted_after_that() {
        let case = || {
            archiving([
                image(1, 200),
                archived(image(2, 200), 89),
                archived(image(3, 200), 90),
                archived(image(4, 200), 91),
            ])
        };
        assert_eq!(case().verdicts(), "1: archive, 2: in-archive, 3: delete, 4: delete");
        let summary = case().plan().plan.summary;
        assert_eq!((summary.delete, summary.archive, summary.deleted()), (3, 1, 2));
    }

    #[test]
    fn who_asks_why_is_told_how_long_an_image_was_archived() {
        let case = || archiving([image(1, 200), archived(image(2, 200), 91)]);
        let told = |number| -> Vec<String> {
            let unmet = case().explain(number).unwrap().unmet.into_iter();
            let of_it = unmet.filter(|it| &*it.rule == "action.archive_for");
            of_it.map(|it| it.detail.into()).collect()
        };
        assert_eq!(told(1), [] as [String; 0]);
        assert!(told(2)[0].starts_with("archived 91 days ago"), "{:?}", told(2));
    }

    #[test]
    fn an_image_that_somebody_restored_starts_anew() {
        let restored = |days| Image {
            archived_at: Some(days_ago(300)),
            restored_at: Some(days_ago(days)),
            ..image(1, 400)
        };
        assert_eq!(archiving([restored(10)]).verdicts(), "1: recently-pulled");
        assert_eq!(archiving([restored(40)]).verdicts(), "1: archive");
        let again = Image { status: ImageStatus::Archived, ..restored(40) };
        assert_eq!(archiving([again]).verdicts(), "1: in-archive");
    }

    #[test]
    fn what_is_being_restored_is_kept_whatever_is_done_with_what_goes() {
        let case = archiving([Image { status: ImageStatus::Activating, ..image(1, 400) }])
            .with(|case| case.policy.repositories[0].action = Action::Delete);
        assert_eq!(case.verdicts(), "1: recently-pulled");
    }

    #[test]
    fn what_is_not_known_or_being_restored_is_not_deleted() {
        let unknown = Image { archived_at: None, ..archived(image(1, 400), 0) };
        let restoring = Image { status: ImageStatus::Activating, ..archived(image(2, 400), 200) };
        assert_eq!(archiving([unknown, restoring]).verdicts(), "1: in-archive, 2: recently-pulled");
    }

    #[test]
    fn what_an_image_needs_that_is_being_restored_is_not_archived() {
        let restoring = Image { status: ImageStatus::Activating, ..index(1, 400, &[2]) };
        let case = archiving([restoring, image(2, 400)]);
        assert_eq!(case.verdicts(), "1: recently-pulled, 2: child-of-kept-index");
    }

    #[test]
    fn what_is_used_or_kept_is_neither_archived_nor_deleted() {
        let tagged = |image: Image| Image { tags: vec!["used".into()], ..image };
        let case = archiving([tagged(archived(image(1, 400), 200))]);
        assert_eq!(case.used(usage("ecs-task", "HOST/app:used")).verdicts(), "1: used-by-ecs-task");
    }

    #[test]
    fn what_is_needed_by_an_image_that_is_archived_now_is_not_deleted() {
        let case = archiving([
            index(1, 400, &[2, 3]),
            archived(image(2, 400), 200),
            image(3, 400),
            archived(referrer(4, 400, 3), 200),
        ]);
        assert_eq!(case.verdicts(), "1: archive, 2: in-archive, 3: archive, 4: in-archive");
    }

    #[test]
    fn what_is_needed_by_an_image_in_the_archive_stays_with_it() {
        let case = || {
            archiving([
                archived(index(1, 400, &[2, 3]), 60),
                archived(image(2, 400), 200),
                image(3, 400),
            ])
        };
        assert_eq!(case().verdicts(), "1: in-archive, 2: in-archive, 3: archive");
        let plan = case().plan().plan;
        let at = Some(Age::days(30).after(now()));
        assert!(plan.keep.iter().all(|kept| kept.goes_at == at), "{plan:?}");
    }

    #[test]
    fn an_index_that_is_deleted_goes_before_its_child_is_archived() {
        let case = archiving([archived(index(1, 400, &[2]), 200), image(2, 400)]);
        let waves = case.ask(|facts| facts.decide().waves());
        let flat: Vec<_> = waves.iter().flatten().map(|it| (it.digest, it.archive)).collect();
        assert_eq!(flat, [(digest(1), false), (digest(2), true)]);
    }

    #[test]
    fn a_limit_counts_what_is_archived() {
        let limited = |on_exceed| {
            archiving([image(1, 200), image(2, 300)]).with(|case| {
                let limits = &mut case.policy.repositories[0].limits;
                (limits.images, limits.on_exceed) = (Some(1), on_exceed);
            })
        };
        assert_eq!(limited(OnExceed::Block).verdicts(), "blocked over-limit: 1 2");
        assert_eq!(limited(OnExceed::OldestFirst).verdicts(), "1: over-limit, 2: archive");
    }
}
