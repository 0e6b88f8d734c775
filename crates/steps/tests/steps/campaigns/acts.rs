//! What somebody else does whenever they like: it may come too late, and is refused then.

use aws_sdk_ecr::types::{ImageIdentifier, TargetStorageClass};
use ecr_sweep_core::Digest;

use crate::world::Somebody;

fn of(digest: Digest) -> ImageIdentifier {
    ImageIdentifier::builder().image_digest(digest.to_string()).build()
}

impl Somebody {
    pub(super) async fn tries_to_pull(&self, digest: Digest) {
        let pull = self.ecr().batch_get_image().repository_name("dev/app").image_ids(of(digest));
        drop(pull.send().await);
    }

    pub(super) async fn tries_to_put(&self, manifest: &str, tag: Option<&str>) {
        let put = self.ecr().put_image().repository_name("dev/app").image_manifest(manifest);
        drop(put.set_image_tag(tag.map(Into::into)).send().await);
    }

    /// Archives an image, or has it restored.
    pub(super) async fn tries_to_move(&self, digest: Digest, class: &str) {
        let class = TargetStorageClass::from(class);
        let update = self.ecr().update_image_storage_class().repository_name("dev/app");
        drop(update.image_id(of(digest)).target_storage_class(class).send().await);
    }

    pub(super) async fn removes_the_tag(&self, tag: &str) {
        let tag = ImageIdentifier::builder().image_tag(tag).build();
        let removal = self.ecr().batch_delete_image().repository_name("dev/app").image_ids(tag);
        removal.send().await.unwrap();
    }

    pub(super) async fn deletes(&self, digest: Digest) {
        let deletion =
            self.ecr().batch_delete_image().repository_name("dev/app").image_ids(of(digest));
        deletion.send().await.unwrap();
    }

    pub(super) async fn deregisters(&self, definition: &str) {
        let gone = self.ecs().deregister_task_definition().task_definition(definition);
        gone.send().await.unwrap();
    }
}
