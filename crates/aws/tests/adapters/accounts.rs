//! Other accounts: their roles, and the organization that lists them.

use std::collections::BTreeMap;

use ecr_sweep_aws::sources::{ScanError, Sources};
use ecr_sweep_aws::{AwsErrorKind, Member, Sessions};
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::{Account, Place, Region, Remedy, Source, UnitId};
use serde_json::json;

use crate::world::{ACCOUNT, REGION, World, digest, error, images, place};

const OTHER: &str = "444455556666";

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn other() -> Place {
    Place { account: account(OTHER), region: REGION.parse().unwrap() }
}

/// Two accounts with the same repository, and the roles of the second.
async fn world(roles: &[&str]) -> World {
    let mut snapshot = images(1);
    let mut registry = snapshot.registries[0].clone();
    registry.account = account(OTHER);
    snapshot.registries.push(registry);
    let roles = roles.iter().map(ToString::to_string).collect();
    World::with(SimulatorOptions {
        snapshot: Some(snapshot),
        roles: BTreeMap::from([(account(OTHER), roles)]),
        regions: BTreeMap::from([(account(OTHER), ["eu-west-3".parse().unwrap()].into())]),
        ..SimulatorOptions::default()
    })
    .await
}

fn reading(world: &World) -> Sessions {
    world.sessions.reading_as(Some("EcrSweepRead"))
}

#[tokio::test]
async fn another_account_is_read_as_its_role_in_one_session_for_all_clients() {
    let world = world(&["EcrSweepRead"]).await;
    let sessions = reading(&world);
    let elsewhere = Place { region: "us-east-1".parse().unwrap(), ..other() };
    assert_eq!(sessions.registry(&other()).repositories().await.unwrap().len(), 1);
    assert_eq!(sessions.registry(&other()).images("dev/app").await.unwrap().len(), 1);
    assert_eq!(sessions.registry(&elsewhere).repositories().await.unwrap().len(), 0);
    world.scan_as(&sessions, Source::Ecs, &other()).await.unwrap();
    world.scan_as(&sessions, Source::Lambda, &elsewhere).await.unwrap();
    let regions = sessions.enabled_regions(&account(OTHER)).await.unwrap();
    assert_eq!(regions.iter().map(Region::as_str).collect::<Vec<_>>(), ["eu-west-3"]);
    assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
}

#[tokio::test]
async fn the_own_account_needs_no_role() {
    let world = world(&[]).await;
    let registry = reading(&world).registry(&place());
    registry.images("dev/app").await.unwrap();
    let deleter = reading(&world).registry_deleter(&place());
    deleter.delete("dev/app", &[digest(1)]).await.unwrap();
    assert_eq!(world.simulator.count("sts:AssumeRole"), 0);
}

#[tokio::test]
async fn deleting_in_another_account_is_another_role() {
    let world = world(&["EcrSweepRead", "EcrSweepDelete"]).await;
    let sessions = reading(&world);
    sessions.registry(&other()).images("dev/app").await.unwrap();
    assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
    sessions.registry_deleter(&other()).delete("dev/app", &[digest(1)]).await.unwrap();
    assert_eq!(world.simulator.count("sts:AssumeRole"), 2);
    assert_eq!(world.simulator.images(&other(), "dev/app"), Some(Vec::new()));
    assert_eq!(world.simulator.images(&place(), "dev/app").unwrap().len(), 1);
}

#[tokio::test]
async fn the_role_that_deletes_is_the_one_that_is_named() {
    let world = world(&["EcrSweepRead", "OrgEcrDelete"]).await;
    let sessions = reading(&world);
    // What was made before the role was named is not used again.
    sessions.registry(&other()).images("dev/app").await.unwrap();
    let denied =
        sessions.registry_deleter(&other()).delete("dev/app", &[digest(1)]).await.unwrap_err();
    assert!(denied.to_string().contains(":role/EcrSweepDelete`"), "{denied}");
    let deleter = sessions.deleting_as("OrgEcrDelete").registry_deleter(&other());
    deleter.delete("dev/app", &[digest(1)]).await.unwrap();
    assert_eq!(world.simulator.images(&other(), "dev/app"), Some(Vec::new()));
}

#[tokio::test]
async fn who_may_read_another_account_may_not_delete_there() {
    let world = world(&["EcrSweepRead"]).await;
    let deleter = reading(&world).registry_deleter(&other());
    let denied = deleter.delete("dev/app", &[digest(1)]).await.unwrap_err();
    assert_eq!((denied.operation, denied.kind), ("AssumeRole", AwsErrorKind::AccessDenied));
    assert!(denied.to_string().contains(":role/EcrSweepDelete`"), "{denied}");
    assert_eq!(world.simulator.images(&other(), "dev/app").unwrap().len(), 1);
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_the_error_of_the_call_that_needs_it() {
    let world = world(&[]).await;
    let denied = reading(&world).registry(&other()).repositories().await.unwrap_err();
    assert_eq!(denied.kind, AwsErrorKind::AccessDenied);
    let text = denied.to_string();
    let role = "arn:aws:iam::444455556666:role/EcrSweepRead";
    let start =
        format!("sts:AssumeRole of `{role}` in {ACCOUNT}/{REGION} was denied: AccessDenied");
    assert!(text.starts_with(&start), "{text}");
    assert_eq!(text.matches("not authorized").count(), 1, "{text}");
    assert!(denied.next_step().unwrap().to_string().contains("trust policy"));
    assert_eq!(world.simulator.count("ecr:DescribeRepositories"), 0);
}

#[tokio::test]
async fn an_account_that_has_not_enabled_the_region_is_told_from_a_role_that_is_not_there() {
    let world = world(&["EcrSweepRead"]).await;
    world.fault("sts:AssumeRole", error("RegionDisabledException"));
    let denied = reading(&world).registry(&other()).repositories().await.unwrap_err();
    assert_eq!(denied.kind, AwsErrorKind::AccessDenied);
    let region = REGION.parse().unwrap();
    let remedy = Remedy::EnableRegion { account: account(OTHER), region };
    assert_eq!(denied.remedy(), Some(remedy));
}

#[tokio::test]
async fn each_run_has_a_session_of_its_own() {
    let world = world(&["EcrSweepRead"]).await;
    for sessions in ["r1", "r2", "r1"].map(|run| reading(&world).named_after(run)) {
        sessions.registry(&other()).repositories().await.unwrap();
    }
    assert_eq!(world.simulator.count("sts:AssumeRole"), 2);
}

/// What each source, probed all at once, is told, without the ids of requests.
async fn told(world: &World, sessions: &Sessions) -> Vec<String> {
    let all = Sources::built();
    let elsewhere = Place { region: "us-east-1".parse().unwrap(), ..other() };
    let scans = all.iter().flat_map(|source| [(source, other()), (source, elsewhere.clone())]);
    let scans = scans.map(async |(source, place)| {
        let error = world.scan_as(sessions, source.source(), &place).await.unwrap_err();
        let ScanError::Aws(error) = error else { panic!("{error:?}") };
        assert_eq!((error.operation, error.kind), ("AssumeRole", AwsErrorKind::AccessDenied));
        let text = error.to_string();
        text.split(" (request ").next().unwrap().to_owned()
    });
    futures::future::join_all(scans).await
}

#[tokio::test]
async fn a_denied_role_is_asked_for_once_a_run_and_told_to_every_source() {
    let world = world(&[]).await;
    let sessions = reading(&world).named_after("r1");
    let mut told_at_once = told(&world, &sessions).await;
    assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
    told_at_once.extend(told(&world, &sessions).await);
    assert_eq!(world.simulator.count("sts:AssumeRole"), 1);
    told_at_once.dedup();
    let [denied] = &told_at_once[..] else { panic!("{told_at_once:?}") };
    assert!(denied.contains(":role/EcrSweepRead` ") && denied.contains("AccessDenied"), "{denied}");
}

#[tokio::test]
async fn another_run_and_another_call_of_a_function_ask_again_for_a_denied_role() {
    let world = world(&["EcrSweepRead"]).await;
    world.fault("sts:AssumeRole", error("AccessDenied"));
    let [first, second] = ["r1", "r2"].map(|run| reading(&world).named_after(run));
    first.registry(&other()).repositories().await.unwrap_err();
    world.faults(&json!([]));
    second.registry(&other()).repositories().await.unwrap();
    let denied = first.registry(&other()).repositories().await.unwrap_err();
    assert_eq!((denied.operation, denied.kind), ("AssumeRole", AwsErrorKind::AccessDenied));
    assert_eq!(world.simulator.count("sts:AssumeRole"), 2);
    world.sessions.forget_denials();
    first.registry(&other()).repositories().await.unwrap();
    assert_eq!(world.simulator.count("sts:AssumeRole"), 3);
}

#[tokio::test]
async fn the_denial_of_one_role_is_none_of_another() {
    let world = world(&["EcrSweepDelete"]).await;
    let sessions = reading(&world);
    sessions.registry(&other()).repositories().await.unwrap_err();
    sessions.registry_deleter(&other()).delete("dev/app", &[digest(1)]).await.unwrap();
    assert_eq!(world.simulator.count("sts:AssumeRole"), 2);
}

#[tokio::test]
async fn a_role_that_is_throttled_or_not_answered_for_is_asked_for_again() {
    for code in ["Throttling", "ServiceUnavailable"] {
        let world = world(&["EcrSweepRead"]).await;
        world.fault("sts:AssumeRole", error(code));
        let sessions = reading(&world);
        let failed = sessions.registry(&other()).repositories().await.unwrap_err();
        assert_ne!(failed.kind, AwsErrorKind::AccessDenied, "{failed}");
        let asked = world.simulator.count("sts:AssumeRole");
        world.faults(&json!([]));
        sessions.registry(&other()).repositories().await.unwrap();
        assert_eq!(world.simulator.count("sts:AssumeRole"), asked + 1);
    }
}

#[tokio::test]
async fn a_role_that_is_not_answered_for_is_told_from_a_denied_one() {
    let world = world(&[]).await;
    world.fault("sts:AssumeRole", error("ServiceUnavailable"));
    let failed = reading(&world).registry(&other()).repositories().await.unwrap_err();
    assert_eq!((failed.operation, failed.kind), ("AssumeRole", AwsErrorKind::Unavailable));
    let sessions = reading(&world);
    drop(world.simulator);
    let failed = sessions.registry(&other()).repositories().await.unwrap_err();
    assert_eq!((failed.operation, failed.kind), ("AssumeRole", AwsErrorKind::Unavailable));
    assert!(failed.message().is_some(), "{failed}");
}

#[tokio::test]
async fn without_a_role_no_other_account_is_called() {
    let world = world(&["EcrSweepRead"]).await;
    let refused = world.sessions.registry(&other()).repositories().await.unwrap_err();
    assert_eq!(refused.kind, AwsErrorKind::InvalidRequest);
    assert!(refused.to_string().contains("no role is named"), "{refused}");
    assert_eq!(world.simulator.counts(), BTreeMap::new());
}

#[tokio::test]
async fn throttled_roles_are_asked_for_again() {
    let world = world(&["EcrSweepRead"]).await;
    world.faults(&json!({
        "operation": "sts:AssumeRole", "times": 2,
        "effect": { "error": { "code": "Throttling" } },
    }));
    assert!(reading(&world).registry(&other()).repositories().await.is_ok());
    assert_eq!(world.simulator.count("sts:AssumeRole"), 3);
}

#[tokio::test]
async fn every_page_of_the_organization_is_read_whatever_the_state_of_its_accounts() {
    let state = |number: u64| match number % 3 {
        0 => "SUSPENDED",
        1 => "CLOSED",
        _ => "ACTIVE",
    };
    let members: Vec<(u64, &str)> =
        (1..=44).map(|number| (200_000_000_000 + number, state(number))).collect();
    let world = World::with(SimulatorOptions {
        snapshot: Some(images(1)),
        members: members
            .iter()
            .map(|(number, state)| (account(&number.to_string()), (*state).to_owned()))
            .collect(),
        ..SimulatorOptions::default()
    })
    .await;
    let organization = world.sessions.organization().await.unwrap();
    assert_eq!(&*organization.id, "o-simulated1");
    let mut expected: Vec<Member> = members
        .iter()
        .map(|(number, state)| Member {
            account: account(&number.to_string()),
            state: Some((*state).into()),
        })
        .collect();
    expected.insert(0, Member { account: account(ACCOUNT), state: Some("ACTIVE".into()) });
    assert_eq!(organization.members, expected);
    assert_eq!(world.simulator.count("organizations:ListAccounts"), 3);
}

fn unit(text: &str) -> UnitId {
    text.parse().unwrap()
}

const OUTER: &str = "ou-simu-11111111";
const INNER: &str = "ou-simu-22222222";

/// 21 accounts in a unit, 22 units in it, and an account in one of these; another at the root.
async fn with_units() -> World {
    let numbered = |number: u64| account(&(200_000_000_000 + number).to_string());
    let within = (0..22).map(|number| unit(&format!("ou-simu-333333{number:02}")));
    let inner = within.chain([unit(INNER)]).map(|inner| (inner, Some(unit(OUTER))));
    let unit_of = (1..=21).map(|number| (numbered(number), unit(OUTER)));
    World::with(SimulatorOptions {
        snapshot: Some(images(1)),
        members: (1..=23).map(|number| (numbered(number), "ACTIVE".to_owned())).collect(),
        units: inner.chain([(unit(OUTER), None)]).collect(),
        unit_of: unit_of.chain([(numbered(22), unit(INNER))]).collect(),
        ..SimulatorOptions::default()
    })
    .await
}

#[tokio::test]
async fn every_account_of_a_unit_and_of_those_in_it_is_read() {
    let world = with_units().await;
    let members = world.sessions.members_of(&[unit(OUTER)].into()).await.unwrap();
    assert_eq!(members.len(), 22);
    assert_eq!(world.simulator.count("organizations:ListAccountsForParent"), 2 + 23);
    assert_eq!(world.simulator.count("organizations:ListOrganizationalUnitsForParent"), 2 + 23);
    let of_inner = [unit(INNER)].into();
    assert_eq!(world.sessions.members_of(&of_inner).await.unwrap().len(), 1);
    assert_eq!(
        world.sessions.members_of(&[unit(OUTER), unit(INNER)].into()).await.unwrap(),
        members
    );
}

#[tokio::test]
async fn a_unit_that_does_not_exist_or_may_not_be_listed_is_an_error_with_its_name() {
    let world = with_units().await;
    let absent = [unit("ou-simu-99999999")].into();
    let error = world.sessions.members_of(&absent).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::NotFound);
    assert!(error.to_string().contains("ou-simu-99999999"), "{error}");
    for operation in ["ListAccountsForParent", "ListOrganizationalUnitsForParent"] {
        let world = with_units().await;
        world.deny(&format!("organizations:{operation}"));
        let denied = world.sessions.members_of(&[unit(OUTER)].into()).await.unwrap_err();
        assert_eq!((denied.operation, denied.kind), (operation, AwsErrorKind::AccessDenied));
        assert!(denied.next_step().unwrap().to_string().contains("delegated administrator"));
    }
    world.respond(
        "organizations:ListOrganizationalUnitsForParent",
        r#"{ "OrganizationalUnits": [{ "Id": "unit" }] }"#,
    );
    let odd = world.sessions.members_of(&[unit(OUTER)].into()).await.unwrap_err();
    assert_eq!(odd.kind, AwsErrorKind::Internal, "{odd}");
}

#[tokio::test]
async fn an_organization_that_may_not_be_listed_is_an_error_with_the_next_step() {
    let world = world(&["EcrSweepRead"]).await;
    for operation in ["DescribeOrganization", "ListAccounts"] {
        world.deny(&format!("organizations:{operation}"));
        let denied = world.sessions.organization().await.unwrap_err();
        assert_eq!((denied.operation, denied.kind), (operation, AwsErrorKind::AccessDenied));
        assert!(denied.next_step().unwrap().to_string().contains("delegated administrator"));
    }
    world.fault("organizations:DescribeOrganization", error("AWSOrganizationsNotInUseException"));
    let alone = world.sessions.organization().await.unwrap_err();
    assert_eq!(alone.kind, AwsErrorKind::InvalidRequest);
    assert!(alone.next_step().unwrap().to_string().contains("scope.consumers.accounts"));
}

#[tokio::test]
async fn an_account_that_is_none_makes_the_list_unreadable() {
    let world = world(&[]).await;
    for accounts in [r#"[{ "Id": "12" }]"#, "[{}]"] {
        world.respond("organizations:ListAccounts", format!(r#"{{ "Accounts": {accounts} }}"#));
        let error = world.sessions.organization().await.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::Internal, "{error}");
    }
}
