//! Everything that others may do to what a sweep is at, at every moment between two of its calls.
//!
//! What a sweep has asked for when is read from the simulator: an image is deleted only by what was asked
//! after the change, and not answered otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ecr_sweep_core::Digest;
use ecr_sweep_steps::sweep;
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use serde_json::json;
use tokio::sync::OnceCell;

use super::crashing::digests;
use super::is_wide;
use super::points::{At, Point, Points};
use super::stage::{STAYING, Stage, holes};
use crate::world::{HOST, Somebody, id, manifest, place};

/// Who changes something, and what they know of it.
struct Actor<'a> {
    stage: &'a Stage,
    somebody: Somebody,
    manifests: &'a BTreeMap<Digest, String>,
}

/// What is looked at for the last time before an image goes, after which a change is too late.
#[derive(Debug, Clone, Copy)]
enum Look {
    /// At the image itself.
    Image,
    /// At whatever names images.
    Usage,
    /// At the policy of its repository.
    Policy,
}

/// Something that somebody does.
struct Change {
    name: &'static str,
    act: for<'a> fn(&'a Actor<'a>) -> BoxFuture<'a, ()>,
    /// The images that stay if it is seen, and what would see it.
    keeps: &'static [u32],
    by: Look,
}

/// What may change. 2 has two tags and 9 is archived; both go if nobody does anything.
const CHANGES: [Change; 16] = [
    Change {
        name: "a tag moves to a new image",
        act: |it| Box::pin(it.somebody.pushes("v2")),
        keeps: &[2],
        by: Look::Image,
    },
    Change {
        name: "a tag is added",
        act: |it| Box::pin(it.puts(2, Some("added"))),
        keeps: &[2],
        by: Look::Image,
    },
    Change {
        name: "a tag is removed",
        act: |it| Box::pin(it.somebody.removes_the_tag("v2")),
        keeps: &[2],
        by: Look::Image,
    },
    Change {
        name: "it is pulled",
        act: |it| Box::pin(it.somebody.tries_to_pull(it.stage.world.digest(2))),
        keeps: &[2],
        by: Look::Image,
    },
    Change {
        name: "a new image is pushed",
        act: |it| Box::pin(it.somebody.pushes("new")),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "it is pushed again",
        act: |it| Box::pin(it.puts(2, None)),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "what is signed is pushed again",
        act: |it| Box::pin(it.puts(1, Some("v1"))),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "it is archived",
        act: |it| Box::pin(it.moves(2, "ARCHIVE")),
        keeps: &[2],
        by: Look::Image,
    },
    Change {
        name: "it is restored",
        act: |it| Box::pin(it.moves(9, "STANDARD")),
        keeps: &[9],
        by: Look::Image,
    },
    Change {
        name: "it is used",
        act: |it| Box::pin(it.uses("dev/app:v2")),
        keeps: &[2],
        by: Look::Usage,
    },
    Change {
        name: "a child is used",
        act: |it| Box::pin(it.uses_child(5)),
        keeps: &[4, 5, 6],
        by: Look::Usage,
    },
    Change {
        name: "what was used is not any more",
        act: |it| Box::pin(it.somebody.deregisters("web:1")),
        keeps: &[],
        by: Look::Usage,
    },
    Change {
        name: "another deletes it",
        act: |it| Box::pin(it.somebody.deletes(it.stage.world.digest(2))),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "an index is pushed over it",
        act: |it| Box::pin(it.puts_an_index_over(2)),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "the repository is removed",
        act: |it| Box::pin(it.somebody.removes_the_repository()),
        keeps: &[],
        by: Look::Image,
    },
    Change {
        name: "somebody unscanned may pull",
        act: |it| Box::pin(it.somebody.sets_the_policy(ALLOWS_ANOTHER)),
        keeps: &[1, 2, 4, 5, 6, 7, 9],
        by: Look::Policy,
    },
];

const ALLOWS_ANOTHER: &str = r#"{ "Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999900001111:root" },
    "Action": "ecr:BatchGetImage"
}] }"#;

impl Actor<'_> {
    /// Pushes an image of the beginning, if that is not refused.
    async fn puts(&self, number: u32, tag: Option<&str>) {
        let manifest = &self.manifests[&self.stage.world.digest(number)];
        self.somebody.tries_to_put(manifest, tag).await;
    }

    async fn moves(&self, number: u32, class: &str) {
        self.somebody.tries_to_move(self.stage.world.digest(number), class).await;
    }

    async fn uses(&self, image: &str) {
        self.stage.world.register("new", &format!("{HOST}/{image}")).await;
    }

    async fn uses_child(&self, number: u32) {
        self.uses(&format!("dev/app@{}", self.stage.world.digest(number))).await;
    }

    async fn puts_an_index_over(&self, number: u32) {
        let child = self.stage.world.digest(number);
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": child, "size": 1,
            }],
        });
        self.somebody.tries_to_put(&index.to_string(), Some("over")).await;
    }
}

/// Every manifest that there is at the beginning.
async fn manifests() -> &'static BTreeMap<Digest, String> {
    static MANIFESTS: OnceCell<BTreeMap<Digest, String>> = OnceCell::const_new();
    let read = async || {
        let stage = Stage::open().await;
        let reader = stage.world.sessions.registry(&place());
        let images = &stage.before["dev/app"];
        let active = images.iter().filter(|it| it.digest != stage.world.digest(9));
        let digests: Vec<Digest> = active.map(|image| image.digest).collect();
        let read = reader.manifests("dev/app", &digests).await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        read.into_iter().map(|(digest, it)| (digest, text(&it.unwrap().bytes))).collect()
    };
    MANIFESTS.get_or_init(read).await
}

/// A run, as the simulator saw it.
struct Seen {
    points: Vec<Point>,
    /// The first request after the change.
    changed: usize,
}

impl Seen {
    /// The first request to delete an image.
    fn deletion(&self, digest: Digest) -> Option<usize> {
        self.points.iter().position(|point| {
            point.name == "ecr:BatchDeleteImage" && digests(&point.body).contains(&digest)
        })
    }

    /// Whether an image was asked to be deleted after something had been asked that would have told of the
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

/// What may free an image that stays else: it is not the newest any more, or not used, or not there.
const FREES: [&str; 5] = [
    "a tag moves to a new image",
    "a new image is pushed",
    "an index is pushed over it",
    "the repository is removed",
    "what was used is not any more",
];

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
    async fn disturb(&self, at: usize) -> Option<Vec<String>> {
        let stage = Stage::open().await;
        let points = Points::new(matters, At::Held(at));
        let environment = stage.environment(&points);
        let options = stage.world.options();
        let run = id("r1");
        let sweeping = Box::pin(sweep(&environment, &run, options, async |_| true));
        let (somebody, manifests) = (stage.world.somebody(), manifests().await);
        let acting = async {
            points.reached().await;
            Actor { stage: &stage, somebody, manifests }.act(self.act).await;
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
            .filter(|point| point.name == "ecr:BatchDeleteImage")
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

impl Actor<'_> {
    async fn act(&self, act: for<'a> fn(&'a Actor<'a>) -> BoxFuture<'a, ()>) {
        act(self).await;
    }
}

/// Whether a change before a request may matter: not between two looks at something else.
fn matters(name: &str) -> bool {
    name.starts_with("ecr:") || name == "ecs:ListTaskDefinitions"
}

/// How many requests an undisturbed sweep makes.
async fn requests() -> usize {
    let stage = Stage::open().await;
    let points = Points::new(matters, At::Never);
    let environment = stage.environment(&points);
    let ended = sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await;
    assert_eq!(ended.unwrap().totals.outcomes.deleted, 8);
    points.passed().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_others_do_at_whatever_moment_costs_no_image_that_is_seen_to_be_wanted() {
    let requests = requests().await;
    assert!(requests > 30, "{requests} requests are no sweep");
    let step = if is_wide() { 1 } else { 3 };
    let cases = CHANGES
        .iter()
        .enumerate()
        .flat_map(|(row, change)| (row % step..requests).step_by(step).map(move |at| (change, at)));
    let problems: Vec<Vec<String>> = stream::iter(cases)
        .map(async |(change, at)| change.disturb(at).await.unwrap_or_default())
        .buffer_unordered(4)
        .collect()
        .await;
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
