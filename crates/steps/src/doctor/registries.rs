//! The registries: whether a run can read what it plans by, and what their settings mean for it.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::registry::{PullThroughRule, RepositoryRow};
use ecr_sweep_aws::{AwsErrorKind, CallRate, RegistryReader};
use ecr_sweep_core::{Account, Admitted, Place, RepositoryId, unmatched_patterns};
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use futures::{StreamExt, join, stream};

use super::Examined;
use super::accounts::Entered;
use super::findings::Findings;
use super::fixes::reader_in;
use crate::Reading;
use crate::run::role::reader_arn;
use crate::steps::list_repos::find_registries;
use crate::steps::registry_settings::admitted_by;

/// The repositories that the policy takes, of the registries that can be read.
pub(super) type Matched = BTreeSet<RepositoryId>;

/// What became of one registry.
#[derive(Default)]
struct Looked {
    findings: Findings,
    names: Vec<Box<str>>,
    matched: Vec<RepositoryId>,
    is_listed: bool,
}

/// Every registry that may be swept.
pub(super) async fn find(reading: &Reading) -> Vec<Place> {
    // An organization that cannot be listed is a finding of the accounts.
    find_registries(reading).await.map_or_else(
        |_| reading.policy.scope.registries.places(reading.sessions.home()),
        |found| found.places,
    )
}

/// Looks at each registry that may be swept, and gives the repositories that would be.
pub(super) async fn examine(
    reading: &Reading,
    entered: &Entered,
    places: &[Place],
) -> (Examined, Matched) {
    let open = places.iter().filter(|place| !entered.closed.contains(&place.account));
    let looked: Vec<Looked> = stream::iter(open)
        .map(|place| look(reading, entered, place))
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let mut findings = Findings::default();
    let (mut names, mut matched) = (BTreeSet::new(), Matched::new());
    let looked_at = looked.len() as u64;
    let are_all_listed = looked.len() == places.len() && looked.iter().all(|it| it.is_listed);
    for of_one in looked {
        findings.merge(of_one.findings);
        names.extend(of_one.names);
        matched.extend(of_one.matched);
    }
    if are_all_listed {
        for warning in unmatched_patterns(&reading.policy, names.iter().map(|name| &**name)) {
            let fix = "correct the pattern in the policy, or drop it";
            findings.add(DoctorCode::MatchesNothing, "the policy", warning.detail, fix);
        }
    }
    (Examined::new(DoctorPart::Registries, looked_at, findings), matched)
}

async fn look(reading: &Reading, entered: &Entered, place: &Place) -> Looked {
    let mut looked = Looked::default();
    let registry = &reading.sessions.registry(place);
    let account = &place.account;
    let rows = match registry.repositories().await {
        Ok(rows) => rows,
        Err(error) => {
            looked.findings.add_failed(reading, account, place, &error);
            return looked;
        }
    };
    looked.is_listed = true;
    let findings = &mut looked.findings;
    look_at_settings(reading, entered, registry, findings).await;
    let found = look_at_repositories(reading, entered, registry, &rows, findings).await;
    look_at_what_comes_back(reading, registry, &found, findings).await;
    looked.names = rows.into_iter().map(|row| row.name).collect();
    looked.matched = found;
    looked
}

/// Whom the registry admits, where its deletions go, and whether our reads leave a trace.
async fn look_at_settings(
    reading: &Reading,
    entered: &Entered,
    registry: &RegistryReader,
    findings: &mut Findings,
) {
    let place = registry.place();
    let account = &place.account;
    let (policy, replication, exclusions, rates) = join!(
        registry.registry_policy(),
        registry.deletes_replicate_to(),
        registry.pull_time_exclusions(),
        reading.sessions.registry_call_rates(place),
    );
    match policy {
        Ok(policy) => {
            let object = place.to_string();
            add_admitted(reading, entered, account, &object, policy.as_deref(), findings);
        }
        Err(error) => findings.add_failed(reading, account, place, &error),
    }
    match replication {
        Ok(destinations) => {
            for to in destinations {
                add_destination(reading, entered, place, &to, findings);
            }
        }
        Err(error) => findings.add_failed(reading, account, place, &error),
    }
    match rates {
        Ok(rates) => add_low_rates(reading, place, &rates, findings),
        // Asked only where it may be.
        Err(error) if error.kind == AwsErrorKind::AccessDenied => {}
        Err(error) => {
            let what = "how often the registry may be called";
            findings.add_not_checked(&reader_in(reading, account), place, what, &error);
        }
    }
    let what = "whether our reads change pull times";
    match exclusions {
        Ok(exclusions) => add_if_not_excluded(reading, place, &exclusions, findings),
        // Where the registry has no such call yet, there are no exclusions either.
        Err(error) if error.is_unknown_operation() => {}
        Err(error) => {
            findings.add_not_checked(&reader_in(reading, account), place, what, &error);
        }
    }
}

/// What a run calls most: where fewer may be made a second than it has under way at once, each of which
/// takes less than one, they are throttled.
const CALLS: [&str; 4] =
    ["BatchDeleteImage", "BatchGetImage", "DescribeImages", "GetRepositoryPolicy"];

fn add_low_rates(
    reading: &Reading,
    place: &Place,
    rates: &BTreeMap<Box<str>, CallRate>,
    findings: &mut Findings,
) {
    let at_once = reading.sessions.concurrency();
    let needed = u32::try_from(at_once).map_or(f64::MAX, f64::from);
    for operation in CALLS {
        let Some(rate) = rates.get(operation).filter(|rate| rate.a_second < needed) else {
            continue;
        };
        let CallRate { a_second, code } = rate;
        let problem = format!(
            "`ecr:{operation}` may be called {a_second} times a second, and a run has up to {at_once} calls under way at once"
        );
        let fix = format!(
            "ask for more with `aws service-quotas request-service-quota-increase --service-code ecr --quota-code {code} --desired-value {at_once}`, or run with a lower `--concurrency`"
        );
        findings.add(DoctorCode::FewCallsASecond, place, problem, fix);
    }
}

/// The repositories that a rule of the policy takes. Their own policies are looked at, too.
async fn look_at_repositories(
    reading: &Reading,
    entered: &Entered,
    registry: &RegistryReader,
    rows: &[RepositoryRow],
    findings: &mut Findings,
) -> Vec<RepositoryId> {
    let place = registry.place();
    let asks_for_tags = reading.policy.reads_repository_tags();
    let read: Vec<_> = stream::iter(rows)
        .map(async |row| {
            let tags = if asks_for_tags {
                registry.repository_tags(&row.arn).await
            } else {
                Ok(BTreeMap::new())
            };
            let takes = match &tags {
                Ok(tags) => reading.policy.rule_for(&row.name, tags).is_some(),
                Err(_) => false,
            };
            let policy = if takes { registry.repository_policy(&row.name).await } else { Ok(None) };
            (RepositoryId::new(place, &row.name), tags.err(), takes, policy)
        })
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let account = &place.account;
    let mut matched = Vec::new();
    for (id, not_tagged, takes, policy) in read {
        if let Some(error) = not_tagged {
            findings.add_failed(reading, account, &id, &error);
        }
        match policy {
            Ok(policy) => {
                let object = id.to_string();
                add_admitted(reading, entered, account, &object, policy.as_deref(), findings);
            }
            Err(error) => findings.add_failed(reading, account, &id, &error),
        }
        if takes {
            matched.push(id);
        }
    }
    matched
}

/// Repositories that a pull-through cache fills get their images back.
async fn look_at_what_comes_back(
    reading: &Reading,
    registry: &RegistryReader,
    matched: &[RepositoryId],
    findings: &mut Findings,
) {
    let place = registry.place();
    let rules = match registry.pull_through_rules().await {
        Ok(rules) => rules,
        Err(error) => {
            let what = "which repositories a pull-through cache fills";
            return findings.add_not_checked(
                &reader_in(reading, &place.account),
                place,
                what,
                &error,
            );
        }
    };
    for PullThroughRule { prefix, .. } in rules {
        let is_under = |id: &&RepositoryId| {
            &*prefix == "ROOT"
                || id.name.strip_prefix(&*prefix).is_some_and(|it| it.starts_with('/'))
        };
        for id in matched.iter().filter(is_under) {
            let problem = format!("the pull-through-cache rule of `{prefix}` fills it");
            let fix = "leave it out of the policy's `repositories`, or take it that what is pulled again comes back from upstream";
            findings.add(DoctorCode::FilledThroughCache, id, problem, fix);
        }
    }
}

/// Whom a resource policy lets pull, and nobody looks at.
fn add_admitted(
    reading: &Reading,
    entered: &Entered,
    own: &Account,
    object: &str,
    policy: Option<&str>,
    findings: &mut Findings,
) {
    let organization = entered.organization.as_deref();
    for admitted in admitted_by(policy, own, organization) {
        if is_looked_at(reading, entered, &admitted) {
            continue;
        }
        let problem =
            format!("its policy lets {admitted} pull, where nobody looks at what is used");
        let fix = format!(
            "look there, by the policy's `scope.consumers`; or take the statement out of the resource policy; or, where nothing there uses images, add the row `{{ accounts: [\"{admitted}\"], reason: \"...\" }}` to the policy's `scope.off`"
        );
        findings.add(DoctorCode::ReaderNotLookedAt, object, problem, fix);
    }
}

/// Where deletions go, too, whether anybody looks at what is used there or not.
fn add_destination(
    reading: &Reading,
    entered: &Entered,
    from: &Place,
    to: &Place,
    findings: &mut Findings,
) {
    let problem = format!("deletions are replicated to {to}");
    let fix = "where that is not meant, set `deleteReplication` to `{\"enabled\": false}` with `aws ecr put-replication-configuration`";
    findings.add(DoctorCode::DeletionsReplicated, from, problem, fix);
    let owner = Admitted::Account(to.account.clone());
    if to.account == from.account || is_looked_at(reading, entered, &owner) {
        return;
    }
    let problem = format!("deletions go to {to}, too, where nobody looks at what is used");
    let fix = format!(
        "look there, by the policy's `scope.consumers`; or do not replicate deletions there; or, where nothing there uses images, add the row `{{ accounts: [\"{owner}\"], reason: \"...\" }}` to the policy's `scope.off`"
    );
    findings.add(DoctorCode::ReaderNotLookedAt, from, problem, fix);
}

/// Whether a run looks at somebody who may pull, or the policy says that nobody has to.
fn is_looked_at(reading: &Reading, entered: &Entered, who: &Admitted) -> bool {
    let is_known = match who {
        Admitted::Account(account) => entered.accounts.contains(account),
        Admitted::Organization => entered.organization.is_some(),
        Admitted::Public => false,
    };
    is_known || reading.policy.scope.off.iter().any(|off| off.names(who))
}

/// Manifests that are read count as pulls, but of those who are excluded.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>
fn add_if_not_excluded(
    reading: &Reading,
    place: &Place,
    exclusions: &[String],
    findings: &mut Findings,
) {
    let reader = reader_arn(reading, &place.account);
    let is_it = |arn: &String| {
        let last = |arn: &str| arn.rsplit('/').next().map(str::to_owned);
        arn.split(':').nth(4) == reader.split(':').nth(4) && last(arn) == last(&reader)
    };
    if exclusions.iter().any(is_it) {
        return;
    }
    let problem = "who reads there is no pull-time update exclusion";
    let fix = format!(
        "run `aws ecr register-pull-time-update-exclusion --principal-arn {reader}` in that account, in each Region"
    );
    findings.add(DoctorCode::PullTimesChange, place, problem, fix);
}
