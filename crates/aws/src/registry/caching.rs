//! Pull-through caches: what a registry fills from elsewhere.

use aws_sdk_ecr::types;
use ecr_sweep_core::{CacheRule, RegistryHost};

use super::{ROWS_A_PAGE, RegistryReader};
use crate::AwsError;
use crate::call::Call;
use crate::paging::{Page, every_page};

/// A pull-through-cache rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PullThroughRule {
    /// What the names of the repositories start with that it fills; `ROOT` stands for every name.
    pub prefix: Box<str>,
    /// What it fills them from, where that is a registry of ECR.
    pub of_ecr: Option<CacheRule>,
}

impl RegistryReader {
    /// The pull-through-cache rules, sorted. One whose upstream looks like ECR and cannot be read is an
    /// error: anything may be upstream of it.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribePullThroughCacheRules.html>
    pub async fn pull_through_rules(&self) -> Result<Vec<PullThroughRule>, AwsError> {
        let call = &self.call("DescribePullThroughCacheRules");
        let mut rules = every_page(call, |token| {
            let list = self
                .client
                .describe_pull_through_cache_rules()
                .max_results(ROWS_A_PAGE)
                .set_next_token(token);
            async move {
                let page =
                    self.in_slot(call, list.send()).await.map_err(|error| call.failed(error))?;
                let rules = call.sent("pullThroughCacheRules", page.pull_through_cache_rules)?;
                let rules = rules.into_iter().map(|rule| read(call, rule));
                Ok(Page { items: rules.collect::<Result<_, _>>()?, next: page.next_token })
            }
        })
        .await?;
        rules.sort();
        Ok(rules)
    }
}

/// The prefixes may end with a slash, which says nothing more. Without one upstream, it is `ROOT`.
fn read(call: &Call<'_>, rule: types::PullThroughCacheRule) -> Result<PullThroughRule, AwsError> {
    let without_slash = |prefix: &str| -> Box<str> { prefix.trim_end_matches('/').into() };
    let prefix = call.sent("ecrRepositoryPrefix", rule.ecr_repository_prefix)?;
    let prefix = without_slash(&prefix);
    let url = call.sent("upstreamRegistryUrl", rule.upstream_registry_url)?;
    let host = url.split_once("://").map_or(&*url, |(_, host)| host).trim_end_matches('/');
    let is_ecr = rule.upstream_registry == Some(types::UpstreamRegistry::Ecr);
    let of_ecr = match host.parse::<RegistryHost>() {
        Ok(host) => Some(CacheRule {
            prefix: prefix.clone(),
            upstream: host.place().clone(),
            upstream_prefix: without_slash(
                rule.upstream_repository_prefix.as_deref().unwrap_or("ROOT"),
            ),
        }),
        Err(error) if is_ecr || host.contains("dkr.ecr") || host.contains("dkr-ecr") => {
            let problem = format!("the upstream of the rule of `{prefix}` is unknown: {error}");
            return Err(call.unreadable(problem));
        }
        Err(_) => None,
    };
    Ok(PullThroughRule { prefix, of_ecr })
}
