//! Everything that others may do to what a sweep is at, at every moment between two of its calls.
//!
//! What a sweep has asked for when is read from the simulator: an image is deleted only by what was asked
//! after the change, and not answered otherwise.

use std::collections::BTreeSet;
use std::time::Duration;

use ecr_sweep_core::Digest;
use ecr_sweep_steps::sweep;
use futures::{StreamExt, stream};

use super::changes::{Actor, CHANGES, Change, FREES, Look, manifests};
use super::crashing::digests;
use super::points::{At, Point, Points};
use super::stage::{STAYING, Stage, holes};
use super::{is_wide, removes};
use crate::world::{id, manifest};

/// A run, as the simulator saw it.
struct Seen {
    points: Vec<Point>,
    /// The first request after the change.
    changed: usize,
}

impl Seen {
    /// The first request to delete or archive an image.
    fn deletion(&self, digest: Digest) -> Option<usize> {
        let of_it = |point: &Point| removes(&point.name) && digests(&point.body).contains(&digest);
        self.points.iter().position(of_it)
    }

    /// Whether an image was asked to be deleted or archived after something had been asked that would have told of the
    /// change.
    fn deletes_knowingly(&self, digest: Digest, tells: impl Fn(&Point) -> bool) -> bool {
        let Some(deletion) = self.deletion(digest) else { return false };
        self.points[..deletion].iter().rposition(tells).is_some_and(|last| last >= self.changed)
    }

    /// The same where the answer is in any question about that image.
    fn is_unasked(&self, deleted: Digest, about: Digest) -> bool {
        let name = about.to_string();
        let asks = ["ecr:DescribeImages", "ecr:BatchGetImage"];
        !self.deletes_knowingly(deleted, |it| asks.contains(&&*it.name) && it.body.contains(&name))
    }
}

impl Change {
    /// Whether something else was planned. What others did to an image before is how it was planned.
    fn is_news(&self, seen: &Seen) -> bool {
        let lists = |point: &Point| {
            point.name == "ecr:DescribeImages"
                && point.body.contains("\"dev/app\"")
                && !point.body.contains("imageIds")
        };
        let is_any_time = !matches!(self.by, Look::Image);
        let listed = seen.points.iter().position(lists);
        is_any_time || listed.is_some_and(|listed| seen.changed > listed)
    }

    fn tells(&self, point: &Point, digest: Digest) -> bool {
        match self.by {
            Look::Image => {
                point.name == "ecr:DescribeImages" && point.body.contains(&digest.to_string())
            }
            Look::Usage => point.name == "ecs:ListTaskDefinitions",
            Look::Policy => {
                point.name == "ecr:GetRepositoryPolicy" && point.body.contains("dev/app")
            }
        }
    }

    /// Changes something right before a request of a sweep. None: it does not make so many.
    async fn disturb(&self, stage: Stage, at: usize) -> Option<Vec<String>> {
        let points = Points::new(matters, At::Held(at));
        let environment = stage.environment(&points);
        let options = stage.world.options();
        let run = id("r1");
        let sweeping = Box::pin(sweep(&environment, &run, options, async |_| true));
        let (somebody, manifests) = (stage.world.somebody(), manifests().await);
        let acting = async {
            points.reached().await;
            (self.act)(&Actor { stage: &stage, somebody, manifests }).await;
            let after = stage.images();
            points.release();
            after
        };
        let both = async {
            let mut sweeping = sweeping;
            tokio::pin!(acting);
            tokio::select! {
                ended = &mut sweeping => (ended, None),
                after = &mut acting => (sweeping.await, Some(after)),
            }
        };
        let limit = Duration::from_mins(2);
        let (ended, after) = tokio::time::timeout(limit, Box::pin(both)).await.expect("it hangs");
        let after = after?;
        let seen = Seen { points: points.passed(), changed: at };
        let mut problems = Vec::new();
        for number in self.keeps {
            let digest = stage.world.digest(*number);
            if self.is_news(&seen)
                && seen.deletes_knowingly(digest, |point| self.tells(point, digest))
            {
                problems.push(format!("{number} is gone"));
            }
        }
        let there = stage.there();
        for number in STAYING {
            // What was kept by use or as the newest may go once it is not, and with it its signature.
            let digest = stage.world.digest(number);
            let was_there = after.values().flatten().any(|image| image.digest == digest);
            if was_there && !there.contains(&digest) && !FREES.contains(&self.name) {
                problems.push(format!("{number} is gone, which stays whatever happens"));
            }
        }
        let mut then = after;
        for (repository, images) in &stage.before {
            let known: BTreeSet<Digest> = then[repository].iter().map(|it| it.digest).collect();
            let others = images.iter().filter(|it| !known.contains(&it.digest)).cloned();
            let others: Vec<_> = others.collect();
            then.get_mut(repository).unwrap().extend(others);
        }
        for (kept, lost) in holes(&then, &stage.images()) {
            if !seen.is_unasked(lost, kept) && self.name != "another deletes it" {
                let (kept, lost) = (stage.name(kept), stage.name(lost));
                problems.push(format!("{kept} has lost {lost}"));
            }
        }
        let deleted: Vec<Digest> = seen
            .points
            .iter()
            .filter(|point| removes(&point.name))
            .flat_map(|point| digests(&point.body))
            .collect();
        if deleted.iter().collect::<BTreeSet<_>>().len() < deleted.len() {
            problems.push("an image was asked for again".to_owned());
        }
        if let Some(moved) = self.moved_tag() {
            let is_moved = stage.images()["dev/app"].iter().any(|image| {
                image.digest == ecr_sweep_core::sha256(manifest(moved).as_bytes())
                    && image.tags.iter().any(|tag| &**tag == moved)
            });
            if !is_moved {
                problems.push(format!("{moved} is not where it was moved to"));
            }
        }
        if let Err(error) = ended {
            problems.push(format!("it stopped: {}", error.in_full()));
        }
        if stage.is_locked().await {
            problems.push("the lock is held".to_owned());
        }
        let name = seen.points.get(at).map_or("", |point| &point.name);
        let what = self.name;
        Some(problems.into_iter().map(|it| format!("{what} before {at}, {name}: {it}")).collect())
    }

    /// The tag of the new image.
    fn moved_tag(&self) -> Option<&'static str> {
        match self.name {
            "a tag moves to a new image" => Some("v2"),
            "a new image is pushed" => Some("new"),
            _ => None,
        }
    }
}

/// Whether a change before a request may matter: not between two looks at something else.
fn matters(name: &str) -> bool {
    name.starts_with("ecr:") || name == "ecs:ListTaskDefinitions"
}

/// How many requests an undisturbed sweep makes, which takes away so many images.
async fn requests(stage: Stage, images: u64) -> usize {
    let points = Points::new(matters, At::Never);
    let environment = stage.environment(&points);
    let ended = sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await;
    let outcomes = ended.unwrap().totals.outcomes;
    assert_eq!(outcomes.deleted + outcomes.archived, images);
    points.passed().len()
}

/// Every change before every so many requests.
async fn disturbed<F: Future<Output = Stage>>(stage: impl Fn() -> F, images: u64, step: usize) {
    let requests = requests(stage().await, images).await;
    assert!(requests > 25, "{requests} requests are no sweep");
    let step = if is_wide() { 1 } else { step };
    let cases = CHANGES
        .iter()
        .enumerate()
        .flat_map(|(row, change)| (row % step..requests).step_by(step).map(move |at| (change, at)));
    let problems: Vec<Vec<String>> = stream::iter(cases)
        .map(async |(change, at)| change.disturb(stage().await, at).await.unwrap_or_default())
        .buffer_unordered(4)
        .collect()
        .await;
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_others_do_at_whatever_moment_costs_no_image_that_is_seen_to_be_wanted() {
    disturbed(Stage::open, 8, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_others_do_at_whatever_moment_archives_no_image_that_is_seen_to_be_wanted() {
    // 9 is deleted, and 32 waits for 1, which is still there.
    disturbed(Stage::archiving, 7, 5).await;
}
