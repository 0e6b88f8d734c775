//! The account: the one that was named, with nothing in ECR that is not ours.

use miette::{WrapErr, miette};
use serde_json::Value;

use super::aws::Aws;

/// What every repository that this makes begins with, and its tag.
pub(super) const PREFIX: &str = "ecr-sweep-verify/";
pub(super) const TAG: &str = "ecr-sweep-verify";

/// An account that was named, and is the caller's.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: String,
}

impl Account {
    pub(super) fn of(aws: &Aws, named: &str) -> miette::Result<Self> {
        let is = aws.text(&["sts", "get-caller-identity"], "/Account")?;
        if is == named {
            return Ok(Self { id: is });
        }
        Err(miette!(
            "these credentials are of the account {is}, and {named} was named; nothing was made"
        ))
    }

    /// Refuses an account of which any Region has, or may have, a repository that this did not make.
    pub(super) fn refuse_what_is_not_ours(&self, aws: &Aws) -> miette::Result<()> {
        let regions = aws
            .list(
                &[
                    "account",
                    "list-regions",
                    "--region-opt-status-contains",
                    "ENABLED",
                    "ENABLED_BY_DEFAULT",
                ],
                "/Regions",
            )
            .wrap_err("which Regions there are is not known; nothing was made")?;
        let mut names = vec![aws.region.clone()];
        for region in &regions {
            let name = region["RegionName"].as_str();
            let name =
                name.ok_or_else(|| miette!("a Region has no name: {region}; nothing was made"))?;
            if name != aws.region {
                names.push(name.to_owned());
            }
        }
        for region in names {
            let there = aws.in_region(&region);
            let repositories = there
                .list(&["ecr", "describe-repositories"], "/repositories")
                .wrap_err_with(|| format!("what {region} has is not known; nothing was made"))?;
            for repository in &repositories {
                if !is_ours(&there, repository)? {
                    let name = &repository["repositoryName"];
                    return Err(miette!(
                        "{} has the repository {name} in {region}, which this did not make; nothing was made",
                        self.id
                    )
                    .context("name an account that is there to be tried, and has nothing else"));
                }
            }
        }
        Ok(())
    }
}

/// Whether this made a repository: by its name, and by its tag.
pub(super) fn is_ours(aws: &Aws, repository: &Value) -> miette::Result<bool> {
    let (Some(name), Some(arn)) =
        (repository["repositoryName"].as_str(), repository["repositoryArn"].as_str())
    else {
        return Err(miette!("a repository has no name: {repository}"));
    };
    if !name.starts_with(PREFIX) {
        return Ok(false);
    }
    let tags = aws.list(&["ecr", "list-tags-for-resource", "--resource-arn", arn], "/tags")?;
    Ok(tags.iter().any(|tag| tag["Key"] == TAG))
}
