//! The policy: what may be swept, who may pull, and what is kept.
//!
//! These types are the policy as the decision sees it. `ecr-sweep-policy` reads the file.

mod brake;
mod clause;
mod field;
mod given_price;
mod keep;
mod limits;
mod matching;
mod notify;
mod prices;
mod role;
mod scope;
mod sizes;
mod value;
mod vault;

pub use brake::Brake;
pub use clause::{Clause, LooksAt, OfStorage};
pub use field::{FieldSpec, Form, Kind, Least, Presence, Short};
pub use given_price::{GivenPrice, NotAGivenPrice, PriceFor};
pub use keep::{KEEP, Keep};
pub use limits::{Limits, OnExceed, Share};
pub use matching::RepositoryMatch;
pub use notify::{NotAChannel, Notify, Owner, SlackChannel};
pub use prices::{Dollars, NotAPrice, PRICES_OF, Price, PriceOf, Prices};
pub use role::WithoutRole;
pub use scope::{Consumers, Off, RegistryScope, Scope};
pub use sizes::Sizes;
pub(crate) use value::words;
pub use value::{FromValue, Value, Values, Word};
pub use vault::{StorageClass, Vault};

pub use crate::rules::*;

use std::collections::BTreeMap;

use crate::{Account, Age, Aliases};

/// What one policy file says, checked and with its defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What is looked at, and as whom.
    pub scope: Scope,
    /// How usage is read.
    pub usage: UsageSettings,
    /// No image pushed within this is deleted.
    pub minimum_age: Age,
    /// No image pulled or restored within this is deleted.
    pub minimum_idle: Age,
    /// The rules, in order: the first that matches a repository decides.
    pub repositories: Vec<RepositoryRule>,
    /// What a whole run may delete.
    pub limits: Limits,
    /// What stops a run that deletes already.
    pub brake: Brake,
    /// A stored plan older than this is not deleted.
    pub plan_max_age: Age,
    /// Usage older than this is scanned again before the next batch.
    pub evidence_max_age: Age,
    /// How the vault keeps what a rule's `undo_for` asks for.
    pub vault: Vault,
    /// What storage costs.
    pub prices: Prices,
    /// Who is told of a repository because it is theirs.
    pub notify: Notify,
    /// How bytes are counted that deleting frees.
    pub sizes: Sizes,
}

impl Default for Policy {
    /// A policy that matches no repository.
    fn default() -> Self {
        Self {
            scope: Scope::default(),
            usage: UsageSettings::default(),
            minimum_age: Age::days(7),
            minimum_idle: Age::days(30),
            repositories: Vec::new(),
            limits: Limits::default(),
            brake: Brake::default(),
            plan_max_age: Age::days(1),
            evidence_max_age: Age::seconds(3_600),
            vault: Vault::default(),
            prices: Prices::default(),
            notify: Notify::default(),
            sizes: Sizes::default(),
        }
    }
}

/// How usage is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageSettings {
    /// How many ACTIVE revisions of each task-definition family count as usage, besides all that
    /// anything names; without a number, all of them.
    pub task_definition_revisions: Option<u32>,
    /// Usage files that others write.
    pub files: Vec<UsageFiles>,
    /// Hosts, or hosts with a path, that stand for a registry or a part of one: mirrors and proxies.
    pub aliases: Aliases,
}

/// Usage files that others write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFiles {
    /// A local path or an `s3://` address, with `*`.
    pub path: Box<str>,
    /// A file older than this counts as missing.
    pub max_age: Age,
    /// Files, by their names or whole paths, that nobody writes any more.
    pub retired: Vec<Box<str>>,
}

/// What holds for the repositories that a match takes. The default takes all and keeps nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryRule {
    /// The repositories.
    pub matches: RepositoryMatch,
    /// What is kept.
    pub keep: Keep,
    /// Artifact types that the rules decide over like images.
    pub judge: Vec<Box<str>>,
    /// What one run may delete in one repository.
    pub limits: Limits,
    /// Only what a run at least this long ago planned to delete, too, is deleted.
    pub grace: Option<Age>,
    /// What happens to what is not kept.
    pub action: Action,
    /// What goes can come back, whole, for so long.
    pub undo_for: Option<Age>,
    /// Slack channels that hear of what happens here.
    pub notify_slack: Vec<SlackChannel>,
}

/// What happens to an image that is not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Action {
    /// It is deleted.
    #[default]
    Delete,
    /// It is archived for so long, then deleted.
    ArchiveFor(Age),
}

impl Policy {
    /// The rule that decides over a repository: the first that matches. None: never touched.
    #[must_use]
    pub fn rule_for(
        &self,
        name: &str,
        tags: &BTreeMap<Box<str>, Box<str>>,
    ) -> Option<(usize, &RepositoryRule)> {
        self.repositories.iter().enumerate().find(|(_, rule)| rule.matches.takes(name, tags))
    }

    /// Whether the tags of repositories have to be read: a rule asks for them, or they say whose a
    /// repository is.
    #[must_use]
    pub fn reads_repository_tags(&self) -> bool {
        self.notify.owner_tag.is_some() || self.asks_for_repository_tags()
    }

    /// Whether any rule asks for the tags of repositories: what is decided depends on them.
    #[must_use]
    pub fn asks_for_repository_tags(&self) -> bool {
        self.needs().repository_tags
            || self.repositories.iter().any(|rule| !rule.matches.tags.is_empty())
    }

    /// What has to be read for the keep rules, besides images.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let needs = self.repositories.iter().map(|rule| rule.keep.needs());
        needs.fold(Needs::default(), Needs::and)
    }

    /// Whether the account is one that the policy says may be swept; all are if it names none.
    #[must_use]
    pub fn may_sweep(&self, account: &Account) -> bool {
        let RegistryScope { organization, accounts, except, .. } = &self.scope.registries;
        let is_of_these = accounts.is_empty() || accounts.contains(account);
        is_of_these || *organization && !except.contains(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{case, home};

    #[test]
    fn repository_tags_are_read_if_a_rule_asks_for_them() {
        let policy = case([]).policy;
        assert!(!policy.asks_for_repository_tags());

        let mut matching = policy.clone();
        matching.repositories[0].matches.tags.insert("team".into(), "a".parse().unwrap());
        assert!(matching.asks_for_repository_tags());

        let mut keeping = policy;
        let from_a_tag = PushedWithin::RepositoryTag { tag: "days".into(), default: Age::days(9) };
        keeping.repositories[0].keep = Clause::default().with(from_a_tag).into();
        assert!(keeping.asks_for_repository_tags() && keeping.reads_repository_tags());
    }

    #[test]
    fn the_tag_of_owners_is_read_and_decides_nothing() {
        let mut policy = case([]).policy;
        assert!(!policy.reads_repository_tags());
        policy.notify.owner_tag = Some("team".into());
        assert!(policy.reads_repository_tags() && !policy.asks_for_repository_tags());
    }

    #[test]
    fn only_the_named_accounts_may_be_swept_if_any_are_named() {
        let mut policy = case([]).policy;
        assert!(policy.may_sweep(&home().account));
        policy.scope.registries.accounts.insert("444455556666".parse().unwrap());
        assert!(!policy.may_sweep(&home().account));
        policy.scope.registries.accounts.insert(home().account);
        assert!(policy.may_sweep(&home().account));
    }
}
