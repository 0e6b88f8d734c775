//! What may change while a sweep is under way: a row each.

use std::collections::BTreeMap;

use ecr_sweep_core::Digest;
use futures::future::BoxFuture;
use serde_json::json;
use tokio::sync::OnceCell;

use super::stage::Stage;
use crate::world::{HOST, Somebody, place};

/// Who changes something, and what they know of it.
pub(super) struct Actor<'a> {
    pub(super) stage: &'a Stage,
    pub(super) somebody: Somebody,
    pub(super) manifests: &'a BTreeMap<Digest, String>,
}

/// What is looked at for the last time before an image goes, after which a change is too late.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look {
    /// At the image itself.
    Image,
    /// At whatever names images.
    Usage,
    /// At the policy of its repository.
    Policy,
}

/// Something that somebody does.
pub(super) struct Change {
    pub(super) name: &'static str,
    pub(super) act: for<'a> fn(&'a Actor<'a>) -> BoxFuture<'a, ()>,
    /// The images that stay if it is seen, and what would see it.
    pub(super) keeps: &'static [u32],
    pub(super) by: Look,
}

/// What may change. 2 has two tags and 9 is archived; both go if nobody does anything.
pub(super) const CHANGES: [Change; 17] = [
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
        name: "an index is restored that was archived",
        act: |it| Box::pin(it.moves(4, "STANDARD")),
        keeps: &[],
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
pub(super) async fn manifests() -> &'static BTreeMap<Digest, String> {
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

/// What may free an image that stays else: it is not the newest any more, or not used, or not there.
pub(super) const FREES: [&str; 5] = [
    "a tag moves to a new image",
    "a new image is pushed",
    "an index is pushed over it",
    "the repository is removed",
    "what was used is not any more",
];
