//! What happens to one image, and why.

use std::fmt;
use std::str::FromStr;

use ecr_sweep_core::{
    Block, Deletion, Digest, Image, Kept, Place, RepositoryPlan, is_repository_name, is_tag,
};
use ecr_sweep_protocol::documents::{Repositories, Stage, StoredPlan, keys};

use crate::driver::{RunOptions, see};
use crate::plan_repo::plan_with_images;
use crate::{Context, ListReposRequest, RunInputs, StepError, list_repos};

/// An image of a repository, by its digest or by a tag that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageName {
    /// By its digest.
    Digest(Digest),
    /// By a tag.
    Tag(Box<str>),
}

/// A text that names no image of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a tag nor a digest")]
pub struct NotAnImageName(String);

impl FromStr for ImageName {
    type Err = NotAnImageName;

    fn from_str(text: &str) -> Result<Self, NotAnImageName> {
        match text.parse() {
            Ok(digest) => Ok(Self::Digest(digest)),
            Err(_) if is_tag(text) => Ok(Self::Tag(text.into())),
            Err(_) => Err(NotAnImageName(text.to_owned())),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Tag(tag) => f.pad(tag),
        }
    }
}

/// What happens to an image, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It is kept.
    Keep(&'a Kept),
    /// It is deleted.
    Delete(&'a Deletion),
    /// It would be deleted, were the repository not blocked.
    Blocked {
        /// The image.
        digest: Digest,
        /// Every block that holds.
        blocks: Vec<&'a Block>,
    },
}

/// What a plan has in store for an image. None: the repository has no such image.
///
/// `images` are those that the plan was made from.
#[must_use]
pub fn explain<'a>(
    plan: &'a RepositoryPlan,
    images: &[Image],
    name: &ImageName,
) -> Option<Verdict<'a>> {
    let digest = match name {
        ImageName::Digest(digest) => *digest,
        ImageName::Tag(tag) => {
            images.iter().find(|image| image.tags.iter().any(|has| has == tag))?.digest
        }
    };
    if let Some(kept) = plan.keep.iter().find(|kept| kept.digest == digest) {
        return Some(Verdict::Keep(kept));
    }
    if let Some(deletion) = plan.delete.iter().find(|deletion| deletion.digest == digest) {
        return Some(Verdict::Delete(deletion));
    }
    let blocks: Vec<&Block> =
        plan.blocked.iter().filter(|block| block.would_delete.contains(&digest)).collect();
    (!blocks.is_empty()).then_some(Verdict::Blocked { digest, blocks })
}

/// The plan of one repository, with the images that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRepository {
    /// The plan, as it is stored.
    pub plan: StoredPlan,
    /// The images.
    pub images: Vec<Image>,
}

/// Scans usage and plans one repository, as a dry run does. The limits of a whole run are not
/// applied: one repository does not tell.
pub async fn plan_one(
    ctx: &Context,
    options: RunOptions,
    registry: &Place,
    repository: &str,
) -> Result<PlannedRepository, StepError> {
    if !is_repository_name(repository) {
        return Err(StepError::InvalidRequest {
            problem: format!("`{repository}` is not the name of a repository"),
            next: "name one repository in full, such as `prod/app`".to_owned(),
        });
    }
    let request = ListReposRequest {
        policy_name: options.policy_name,
        policy: options.policy,
        dry_run: true,
        repositories: vec![repository.into()],
    };
    list_repos(ctx, request).await?;
    let listed: Repositories = ctx.read(&keys::repositories(&ctx.run)).await?;
    let matched = listed
        .repositories
        .iter()
        .find(|matched| matched.place() == *registry && *matched.repository == *repository)
        .ok_or_else(|| not_planned(&listed, registry, repository))?;
    let inputs = std::sync::Arc::new(RunInputs::read(ctx).await?);
    let evidence = see(ctx, &inputs, Stage::Plan, None).await?;
    let (plan, images) = plan_with_images(ctx, &inputs, &evidence, matched).await?;
    ctx.write(&keys::plan(&ctx.run, Stage::Plan, registry, repository), &plan).await?;
    Ok(PlannedRepository { plan, images })
}

/// Why a repository has no plan.
fn not_planned(listed: &Repositories, registry: &Place, repository: &str) -> StepError {
    let failed = listed
        .failed
        .iter()
        .find(|failure| failure.account == registry.account && failure.region == registry.region);
    let listing = listed.registries.iter().find(|listed| listed.place() == *registry);
    let untouched =
        listing.is_some_and(|listing| listing.untouched.iter().any(|name| **name == *repository));
    let (problem, next) = match (failed, listing) {
        (Some(failure), _) => (failure.message.to_string(), "then run again".to_owned()),
        (None, None) => (
            format!("the policy's `scope.registries` leaves out {registry}"),
            format!("add {} to `scope.registries.regions`", registry.region),
        ),
        (None, Some(_)) if untouched => (
            format!(
                "no rule of the policy takes {registry}/{repository}, so none of its images is ever deleted"
            ),
            "add a rule under `repositories` whose `match` takes it".to_owned(),
        ),
        (None, Some(_)) => (
            format!("there is no repository `{repository}` in {registry}"),
            format!(
                "`aws ecr describe-repositories --region {}` lists what there is",
                registry.region
            ),
        ),
    };
    StepError::InvalidRequest { problem, next }
}
