//! Remedies as people are told of them: the same over many places is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Remedy;
use crate::Account;
use crate::wording::{First, plural};

/// One remedy, and what else it is one for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyGroup {
    /// The remedy, of the first.
    pub remedy: Remedy,
    /// The others, each by its name.
    others: BTreeSet<String>,
    /// What these are: `account`.
    noun: &'static str,
}

/// How many of the others are named. Rows of a policy name all.
const OTHERS: usize = 3;

/// Groups remedies, sorted: calls that are denied in the same accounts, and what differs in the account,
/// Region, cluster, source, resource or file alone.
#[must_use]
pub fn group_remedies(remedies: impl IntoIterator<Item = Remedy>) -> Vec<RemedyGroup> {
    let (mut denied, mut in_organization) = (BTreeMap::new(), BTreeSet::new());
    let mut groups: BTreeMap<(u8, String), RemedyGroup> = BTreeMap::new();
    let sorted: BTreeSet<Remedy> = remedies.into_iter().collect();
    for remedy in sorted {
        match remedy {
            Remedy::Allow { action, account } => {
                denied.entry(account).or_insert_with(BTreeSet::new).insert(action);
            }
            Remedy::AllowInOrganization { action } => drop(in_organization.insert(action)),
            other => {
                let (key, noun, name) = of_what(&other);
                if let Some(group) = groups.get_mut(&key) {
                    group.others.insert(name);
                } else {
                    let others = BTreeSet::new();
                    groups.insert(key, RemedyGroup { remedy: other, others, noun });
                }
            }
        }
    }
    let organization = (!in_organization.is_empty()).then(|| {
        RemedyGroup::alone(Remedy::AllowInOrganization { action: joined(&in_organization) })
    });
    let mut all: Vec<RemedyGroup> = allowed(denied).chain(organization).collect();
    all.extend(groups.into_values());
    all.sort_by(|one, other| one.remedy.cmp(&other.remedy));
    all
}

/// What was denied, by the calls: of all accounts in which these and no others were.
fn allowed(
    denied: BTreeMap<Option<Account>, BTreeSet<Box<str>>>,
) -> impl Iterator<Item = RemedyGroup> {
    let mut by_actions: BTreeMap<BTreeSet<Box<str>>, BTreeSet<Option<Account>>> = BTreeMap::new();
    for (account, actions) in denied {
        by_actions.entry(actions).or_default().insert(account);
    }
    by_actions.into_iter().map(|(actions, mut accounts)| {
        let account = accounts.pop_first().flatten();
        let others = accounts.into_iter().flatten().map(|it| it.to_string()).collect();
        let remedy = Remedy::Allow { action: joined(&actions), account };
        RemedyGroup { remedy, others, noun: "account" }
    })
}

fn joined(actions: &BTreeSet<Box<str>>) -> Box<str> {
    actions.iter().map(|action| &**action).collect::<Vec<_>>().join(", ").into()
}

/// What remedies have in common that are told together; what each is for, and what that is.
fn of_what(remedy: &Remedy) -> ((u8, String), &'static str, String) {
    match remedy {
        Remedy::AllowRole { role } => {
            // arn:aws:iam::ACCOUNT:role/NAME
            let account = role.split(':').nth(4).unwrap_or_default();
            ((0, role.replacen(account, "", 1)), "account", account.to_owned())
        }
        Remedy::EnableRegion { account, region } => {
            ((1, region.to_string()), "account", account.to_string())
        }
        Remedy::AllowInCluster { cluster, group, resource } => {
            ((2, format!("{group}/{resource}")), "cluster", cluster.to_string())
        }
        Remedy::MendApi { cluster, group } => {
            ((3, group.to_string()), "cluster", cluster.to_string())
        }
        Remedy::AdmitToCluster { cluster } => ((4, String::new()), "cluster", cluster.to_string()),
        Remedy::ReachCluster { cluster } => ((5, String::new()), "cluster", cluster.to_string()),
        Remedy::Deregister { arn } => ((6, String::new()), "definition", arn.to_string()),
        Remedy::ChangeResource { arn } => ((7, String::new()), "resource", arn.to_string()),
        Remedy::AddAlias { host } => ((8, String::new()), "host", host.to_string()),
        Remedy::HandIn { file } => ((9, String::new()), "file", file.to_string()),
        Remedy::SwitchOffAccount { account } => {
            ((10, String::new()), "account", account.to_string())
        }
        Remedy::SwitchOffRegion { region } => ((11, String::new()), "Region", region.to_string()),
        Remedy::SwitchOffSource { source } => ((12, String::new()), "source", source.to_string()),
        Remedy::LookAtSource { source } => ((13, String::new()), "source", source.to_string()),
        Remedy::Allow { .. }
        | Remedy::AllowInOrganization { .. }
        | Remedy::RenewCredentials {}
        | Remedy::NameConsumers {}
        | Remedy::NameRegions {}
        | Remedy::SlowDown {}
        | Remedy::RaiseQuota {}
        | Remedy::CheckConnection {} => ((14, remedy.to_string()), "", String::new()),
    }
}

impl RemedyGroup {
    const fn alone(remedy: Remedy) -> Self {
        Self { remedy, others: BTreeSet::new(), noun: "" }
    }

    /// What else it is one for, in words; empty where that is nothing.
    #[must_use]
    pub fn the_same(&self) -> String {
        let count = self.others.len();
        if count == 0 {
            return String::new();
        }
        let noun = plural(count as u64, self.noun);
        format!(
            "; the same of {count} more {noun}: {}",
            First::of(OTHERS, &self.others).in_one_line()
        )
    }

    /// The row of a policy that names all of it.
    fn row(&self) -> Option<String> {
        let (setting, first) = match &self.remedy {
            Remedy::SwitchOffAccount { account } => ("accounts", account.to_string()),
            Remedy::SwitchOffRegion { region } => ("regions", region.to_string()),
            _ => return None,
        };
        let all: Vec<String> =
            [&first].into_iter().chain(&self.others).map(|name| format!("\"{name}\"")).collect();
        Some(format!("{setting}: [{}]", all.join(", ")))
    }
}

impl fmt::Display for RemedyGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row().filter(|_| !self.others.is_empty()) {
            Some(row) => write!(
                f,
                "where nothing there uses images, add the row `{{ {row}, reason: \"...\" }}` to the policy's `scope.off`"
            ),
            None => write!(f, "{}{}", self.remedy, self.the_same()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u32) -> Account {
        format!("{number:012}").parse().unwrap()
    }

    fn told(remedies: impl IntoIterator<Item = Remedy>) -> Vec<String> {
        group_remedies(remedies).iter().map(ToString::to_string).collect()
    }

    fn allow(action: &str, number: u32) -> Remedy {
        Remedy::Allow { action: action.into(), account: Some(account(number)) }
    }

    #[test]
    fn what_is_denied_in_many_accounts_is_told_once() {
        let all = (1..=300).flat_map(|at| [allow("ecs:ListClusters", at), allow("batch:List", at)]);
        let others =
            "the same of 299 more accounts: 000000000002, 000000000003, 000000000004 and 296 more";
        assert_eq!(
            told(all.chain([allow("ecs:ListTasks", 301)])),
            [
                format!(
                    "allow batch:List, ecs:ListClusters to the caller in account 000000000001; {others}"
                ),
                "allow ecs:ListTasks to the caller in account 000000000301".to_owned(),
            ]
        );
    }

    #[test]
    fn a_role_of_one_name_is_told_once_for_all_accounts() {
        let role = |number, name: &str| Remedy::AllowRole {
            role: format!("arn:aws:iam::{}:role/{name}", account(number)).into(),
        };
        let told = told([role(1, "A"), role(2, "A"), role(2, "B")]);
        assert_eq!(told.len(), 2);
        assert!(
            told[0].ends_with("000000000001:role/A`; the same of 1 more account: 000000000002")
        );
        assert!(told[1].ends_with("000000000002:role/B`"));
    }

    #[test]
    fn the_rows_of_a_policy_name_all() {
        let accounts = (1..=30).map(|at| Remedy::SwitchOffAccount { account: account(at) });
        let [told] = &told(accounts)[..] else { panic!() };
        assert_eq!(told.matches("\"0000000000").count(), 30, "{told}");
        let regions = ["eu-west-1", "us-east-1"]
            .map(|it| Remedy::SwitchOffRegion { region: it.parse().unwrap() });
        let [told] = &self::told(regions)[..] else { panic!() };
        assert!(
            told.contains("{ regions: [\"eu-west-1\", \"us-east-1\"], reason: \"...\" }"),
            "{told}"
        );
    }

    #[test]
    fn what_has_nothing_else_is_told_as_it_is() {
        let alone = [Remedy::NameRegions {}, Remedy::SwitchOffAccount { account: account(1) }];
        let expected: Vec<String> = alone.iter().map(ToString::to_string).collect();
        assert_eq!(told(alone), expected);
    }
}
