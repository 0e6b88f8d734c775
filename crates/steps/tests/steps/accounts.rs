//! Several accounts: registries in some, consumers in others, each behind a role.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use ecr_sweep_core::{
    Account, BlockCode, CoverageDefault, Digest, Place, Remedy, RepositoryId, RepositoryPlan,
    Source, Warning, WarningCode,
};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{RunCoverage, RunSummary, Scopes, Stage, keys};
use ecr_sweep_protocol::{Ending, ExitCode, Snapshot};
use ecr_sweep_steps::{RecordRequest, dry_run, plan_one, record};
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, DELETED, HOST, KEEP_ONE, KEPT, REGION, World, app, built, changing_calls, draft,
    error, fault, id, in_registry, policy,
};

/// A consumer.
const OTHER: &str = "444455556666";

/// Nothing is there.
const THIRD: &str = "777788889999";

const ORGANIZATION: &str = "  consumers: organization\n  role: EcrSweepRead";

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn other() -> Place {
    Place { account: account(OTHER), region: REGION.parse().unwrap() }
}

/// `dev/app` at home; in the other account a task definition names two of its images, one by tag
/// and one by digest.
fn across() -> Snapshot {
    organization(&[(ACCOUNT, json!([app()]))])
}

fn organization(registries: &[(&str, Value)]) -> Snapshot {
    let registries: Vec<Value> = registries
        .iter()
        .map(|(account, repositories)| {
            json!({ "account": account, "region": REGION, "repositories": repositories })
        })
        .collect();
    let definition = json!({
        "taskDefinitionArn": format!("arn:aws:ecs:{REGION}:{OTHER}:task-definition/web:1"),
        "containerDefinitions": [
            { "name": "main", "image": format!("{HOST}/dev/app:used") },
            { "name": "side", "image": format!("{HOST}/dev/app@{}", draft(2)) },
        ],
    });
    let ecs = json!([
        { "account": OTHER, "region": REGION, "task_definitions": [definition] },
        { "account": THIRD, "region": REGION },
    ]);
    let workloads = json!({ "regions": [REGION, "us-east-1"], "ecs": ecs });
    ecr_sweep_test_world::snapshot(&registries.into(), &workloads)
}

async fn world(snapshot: Snapshot, scope: &str) -> World {
    with(snapshot, scope, SimulatorOptions::default()).await
}

async fn with(snapshot: Snapshot, scope: &str, options: SimulatorOptions) -> World {
    let mut world = World::with(snapshot, options).await;
    world.policy = policy(scope, KEEP_ONE);
    world
}

/// No role but these can be assumed in the other account.
fn roles(names: &[&str]) -> SimulatorOptions {
    let names = names.iter().map(ToString::to_string).collect();
    let roles = BTreeMap::from([(account(OTHER), names)]);
    SimulatorOptions { roles, ..SimulatorOptions::default() }
}

fn images_in(world: &World, place: &Place) -> BTreeSet<Digest> {
    let images = world.simulator.images(place, "dev/app").unwrap();
    images.into_iter().map(|image| image.digest).collect()
}

async fn stored(world: &World, run: &str, plan: &RepositoryPlan) -> RepositoryPlan {
    let run = world.run(run);
    let key = keys::plan(&run.id, Stage::Plan, &plan.id());
    run.read(&key).await.unwrap().plan
}

/// Records, and holds that the same plans follow offline.
async fn assert_same_offline(world: &World, live: &RunSummary) {
    let (_, offline) = world.plan_offline().await;
    assert_eq!(offline.plans.len(), live.repositories.len());
    for plan in &offline.plans {
        assert_eq!(stored(world, live.run.as_str(), plan).await, *plan);
    }
    // A snapshot does not tell in which state accounts are that have nothing in it.
    let is_in_a_snapshot = |it: &&Warning| it.code != WarningCode::AccountNotActive;
    let warnings: Vec<Warning> = live.warnings.iter().filter(is_in_a_snapshot).cloned().collect();
    assert_eq!(offline.warnings, warnings);
}

#[tokio::test]
async fn what_another_account_uses_is_kept_and_the_rest_goes() {
    let named = format!("  consumers: {{ accounts: [\"{OTHER}\"] }}\n  role: EcrSweepRead");
    for scope in [ORGANIZATION, &named] {
        let world = with(across(), scope, roles(&["EcrSweepRead"])).await;
        let summary = world.sweep("r1").await;
        assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 5));
        let mut kept = world.digests(&KEPT);
        kept.insert(world.digest(2));
        assert_eq!(world.images("dev/app"), kept);
        // Home is deleted from with the caller's own credentials.
        let changes = changing_calls(&world.simulator.counts());
        assert_eq!(changes.keys().collect::<Vec<_>>(), ["ecr:BatchDeleteImage"]);
    }
}

#[tokio::test]
async fn one_session_an_account_serves_both_scans() {
    let world = world(across(), ORGANIZATION).await;
    world.sweep("r1").await;
    assert_eq!(world.simulator.count("sts:AssumeRole"), 2);
    // Accounts and Regions are listed again before anything is deleted: some may be new.
    assert_eq!(world.simulator.count("organizations:ListAccounts"), 2);
    assert_eq!(world.simulator.count("account:ListRegions"), 6);
    let scopes: Scopes =
        world.run("r1").read(&keys::scopes(&"r1".parse().unwrap(), Stage::Plan)).await.unwrap();
    assert_eq!(scopes.organization.as_deref(), Some("o-simulated1"));
    assert_eq!(scopes.scopes.len(), 6);
}

#[tokio::test]
async fn the_organization_is_looked_at_in_the_regions_that_are_named() {
    let scope =
        format!("  consumers: {{ organization: true, regions: [{REGION}] }}\n  role: EcrSweepRead");
    let world = world(across(), &scope).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 5));
    assert_eq!(world.simulator.count("account:ListRegions"), 0);
    let scopes: Scopes = world.run("r1").read(&keys::scopes(&id("r1"), Stage::Plan)).await.unwrap();
    assert_eq!(scopes.organization.as_deref(), Some("o-simulated1"));
    let places: Vec<_> = scopes.scopes.iter().map(ToString::to_string).collect();
    assert_eq!(places, [ACCOUNT, OTHER, THIRD].map(|account| format!("{account}/{REGION}")));
}

#[tokio::test]
async fn a_consumer_whose_role_may_not_be_assumed_blocks_by_its_name() {
    for scope in [
        ORGANIZATION.to_owned(),
        format!(
            "  consumers: {{ accounts: [\"{OTHER}\"], regions: [{REGION}] }}\n  role: EcrSweepRead"
        ),
    ] {
        let world = with(across(), &scope, roles(&[])).await;
        let summary = world.sweep("r1").await;
        assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
        assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::IncompleteUsage);
        assert_eq!(changing_calls(&world.simulator.counts()), [].into());
        assert_eq!(world.images("dev/app").len(), DELETED.len() + KEPT.len());
        for row in &summary.incomplete {
            assert_eq!(row.account, account(OTHER));
            let reason = row.reason.as_deref().unwrap();
            assert!(reason.contains("arn:aws:iam::444455556666:role/EcrSweepRead"), "{reason}");
            assert!(reason.contains("denied"), "{reason}");
        }
        let unseen: Vec<Source> = summary.incomplete.iter().map(|row| row.source).collect();
        assert_eq!(unseen, built());
        // Nothing tells in which Regions of it something runs, unless the policy does.
        let named = scope.contains("regions");
        let default = if named { CoverageDefault::Complete } else { CoverageDefault::Failed };
        assert_eq!(summary.coverage_default, default);
        let reason = summary.coverage_default_reason.unwrap_or_default();
        assert_eq!(reason.contains("sts:AssumeRole"), !named, "{reason}");
        let role = "arn:aws:iam::444455556666:role/EcrSweepRead".into();
        let remedies =
            [Remedy::AllowRole { role }, Remedy::SwitchOffAccount { account: account(OTHER) }];
        assert_eq!(summary.incomplete[0].remedies, remedies);
        assert_eq!(summary.coverage_default_remedies.is_empty(), named);
    }
}

#[tokio::test]
async fn an_account_that_is_not_active_blocks_with_its_state_until_it_is_off() {
    let members = [(OTHER, "ACTIVE"), (THIRD, "SUSPENDED")];
    let options = SimulatorOptions {
        members: members.map(|(it, state)| (account(it), state.to_owned())).into(),
        roles: BTreeMap::from([(account(THIRD), BTreeSet::new())]),
        ..SimulatorOptions::default()
    };
    let mut world = with(across(), ORGANIZATION, options).await;
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Incomplete, 0));
    let reason = summary.coverage_default_reason.unwrap();
    assert!(reason.starts_with("account 777788889999 is SUSPENDED: sts:AssumeRole"), "{reason}");

    world.simulator.reset_counts();
    let off = format!("    - {{ accounts: [\"{THIRD}\"], reason: \"closed\" }}\n{ORGANIZATION}");
    world.policy = policy(&off, KEEP_ONE);
    let summary = world.dry_run("r2").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 5));
    assert_eq!(
        world.simulator.count("sts:AssumeRole"),
        1,
        "one of the run's, in the other account"
    );
}

#[tokio::test]
async fn an_organization_that_cannot_be_listed_deletes_nothing() {
    let mut shared = app();
    shared["allows"] = json!(["organization"]);
    let snapshot = organization(&[(ACCOUNT, json!([shared]))]);
    let world = world(snapshot, ORGANIZATION).await;
    let second_page =
        Fault { after: 1, ..fault("organizations:ListAccounts", error("AccessDeniedException")) };
    let more = r#"{ "Accounts": [{ "Id": "444455556666", "State": "ACTIVE" }], "NextToken": "x" }"#;
    let first_page = Effect::Respond { status: 200, headers: [].into(), body: more.to_owned() };
    world.simulator.set_faults(vec![
        Fault { times: Some(1), ..fault("organizations:ListAccounts", first_page) },
        second_page,
    ]);
    let summary = world.sweep("r1").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
    assert_eq!(summary.coverage_default, CoverageDefault::Failed);
    let reason = summary.coverage_default_reason.unwrap();
    assert!(reason.contains("organizations:ListAccounts"), "{reason}");
    let action = "organizations:ListAccounts".into();
    assert_eq!(summary.coverage_default_remedies, [Remedy::AllowInOrganization { action }]);
    let codes: Vec<_> = summary.repositories[0].blocked.iter().map(|it| it.code).collect();
    assert_eq!(codes, [BlockCode::IncompleteUsage, BlockCode::UnscannedConsumer]);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_registry_of_another_account_is_read_as_one_role_and_deleted_from_as_another() {
    let snapshot = organization(&[(ACCOUNT, json!([app()])), (OTHER, json!([app()]))]);
    let scope = format!(
        "  registries: {{ accounts: [\"{OTHER}\"] }}\n  consumers: organization\n  role: EcrSweepRead"
    );
    let world = with(snapshot, &scope, roles(&["EcrSweepRead", "EcrSweepDelete"])).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.repositories.len()), (Ending::Done, 1));
    // What is used is a digest, and a tag of the registry at home.
    let kept: BTreeSet<_> = [2, 3].map(|number| world.digest(number)).into();
    assert_eq!(images_in(&world, &other()), kept);
    assert_eq!(world.images("dev/app").len(), DELETED.len() + KEPT.len());
}

#[tokio::test]
async fn every_active_account_of_the_organization_is_swept_but_for_those_that_are_left_out() {
    let all = [ACCOUNT, OTHER, THIRD].map(|account| (account, json!([app()])));
    let options = SimulatorOptions {
        members: [(OTHER, "ACTIVE"), (THIRD, "SUSPENDED")]
            .map(|(it, state)| (account(it), state.to_owned()))
            .into(),
        ..SimulatorOptions::default()
    };
    let swept = async |except: &str| {
        let scope = format!("  registries: {{ organization: true{except} }}\n{ORGANIZATION}");
        let world = with(organization(&all), &scope, options.clone()).await;
        let summary = world.sweep("r1").await;
        assert_eq!(summary.ending, Ending::Done);
        assert_same_offline(&world, &world.dry_run("r2").await).await;
        assert_eq!(told_of_the_suspended(&summary), 1);
        summary.repositories.iter().map(|it| it.account.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(swept("").await, [ACCOUNT, OTHER]);
    assert_eq!(swept(&format!(", except: [\"{OTHER}\"]")).await, [ACCOUNT]);
}

/// How many warnings say that the third account is not swept.
fn told_of_the_suspended(summary: &RunSummary) -> usize {
    let says = "account 777788889999 is SUSPENDED: its registries are not swept";
    let is_it = |it: &&Warning| it.code == WarningCode::AccountNotActive && &*it.detail == says;
    summary.warnings.iter().filter(is_it).count()
}

const OUTER: &str = "ou-simu-11111111";
const INNER: &str = "ou-simu-22222222";

/// Home is at the root, the other account in a unit, and the third in a unit of that, suspended.
fn in_units() -> SimulatorOptions {
    let unit = |text: &str| text.parse().unwrap();
    SimulatorOptions {
        members: [(OTHER, "ACTIVE"), (THIRD, "SUSPENDED")]
            .map(|(it, state)| (account(it), state.to_owned()))
            .into(),
        units: BTreeMap::from([(unit(OUTER), None), (unit(INNER), Some(unit(OUTER)))]),
        unit_of: BTreeMap::from([(account(OTHER), unit(OUTER)), (account(THIRD), unit(INNER))]),
        ..SimulatorOptions::default()
    }
}

#[tokio::test]
async fn the_active_accounts_of_a_unit_are_swept_and_the_others_told() {
    let all = [ACCOUNT, OTHER, THIRD].map(|account| (account, json!([app()])));
    let swept = async |registries: &str| {
        let scope = format!("  registries: {{ {registries} }}\n{ORGANIZATION}");
        let world = with(organization(&all), &scope, in_units()).await;
        let summary = world.sweep("r1").await;
        assert_eq!(summary.ending, Ending::Done);
        assert_same_offline(&world, &world.dry_run("r2").await).await;
        let told = told_of_the_suspended(&summary);
        (summary.repositories.iter().map(|it| it.account.to_string()).collect::<Vec<_>>(), told)
    };
    let of = |accounts: &[&str], told| {
        (accounts.iter().map(ToString::to_string).collect::<Vec<_>>(), told)
    };
    assert_eq!(swept(&format!("units: [{OUTER}]")).await, of(&[OTHER], 1));
    assert_eq!(swept(&format!("units: [{INNER}, {OUTER}]")).await, of(&[OTHER], 1));
    let both = format!("units: [{OUTER}], accounts: [\"{ACCOUNT}\"], except: [\"{THIRD}\"]");
    assert_eq!(swept(&both).await, of(&[ACCOUNT, OTHER], 0));
    // None of its accounts is active: that is not the caller's own.
    assert_eq!(swept(&format!("units: [{INNER}]")).await, of(&[], 1));
}

#[tokio::test]
async fn what_the_accounts_of_a_unit_use_is_kept_whatever_their_state() {
    let scope = format!("  consumers: {{ units: [{OUTER}] }}\n  role: EcrSweepRead");
    let world = with(across(), &scope, in_units()).await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 5));
    let scopes: Scopes = world.run("r1").read(&keys::scopes(&id("r1"), Stage::Plan)).await.unwrap();
    let accounts: BTreeSet<_> = scopes.scopes.iter().map(|it| it.account.as_str()).collect();
    assert_eq!(accounts, [ACCOUNT, OTHER, THIRD].into());
    assert_eq!(scopes.organization, None);
}

#[tokio::test]
async fn a_unit_that_does_not_exist_is_told_by_its_name_and_nothing_is_deleted() {
    let absent = "ou-simu-99999999";
    let scope = format!("  consumers: {{ units: [{absent}] }}\n  role: EcrSweepRead");
    let world = with(across(), &scope, in_units()).await;
    let summary = world.sweep("r1").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
    let reason = summary.coverage_default_reason.unwrap();
    assert!(reason.contains(absent), "{reason}");
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());

    let scope = format!("  registries: {{ units: [{absent}] }}\n  role: EcrSweepRead");
    let world = with(across(), &scope, in_units()).await;
    let ended = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
    assert!(ended.in_full().contains(absent), "{}", ended.in_full());
}

#[tokio::test]
async fn an_organization_of_registries_that_cannot_be_listed_ends_the_run() {
    let scope = "  registries: { organization: true }\n  role: EcrSweepRead";
    let world = world(across(), scope).await;
    world.fault("organizations:ListAccounts", error("AccessDeniedException"));
    let denied = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
    assert_eq!(denied.name(), ErrorName::AccessDenied);
    assert!(denied.in_full().contains("organizations:ListAccounts"), "{denied}");
}

#[tokio::test]
async fn what_runs_beside_a_registry_counts_whether_the_policy_names_it_or_not() {
    let mut snapshot = organization(&[(OTHER, json!([app()]))]);
    let text = serde_json::to_string(&snapshot.workloads).unwrap();
    snapshot.workloads =
        serde_json::from_str(&text.replace(HOST, &HOST.replace(ACCOUNT, OTHER))).unwrap();
    let scope = format!(
        "  registries: {{ accounts: [\"{OTHER}\"] }}\n  consumers: {{ accounts: [\"{THIRD}\"] }}\n  role: EcrSweepRead"
    );
    let world = world(snapshot, &scope).await;
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Done);
    let mut kept = world.digests(&KEPT);
    kept.insert(world.digest(2));
    assert_eq!(images_in(&world, &other()), kept);
}

#[tokio::test]
async fn a_registry_whose_role_may_not_be_assumed_is_told_with_the_next_step() {
    let snapshot = organization(&[(ACCOUNT, json!([app()])), (OTHER, json!([app()]))]);
    let scope =
        format!("  registries: {{ accounts: [\"{ACCOUNT}\", \"{OTHER}\"] }}\n  role: EcrSweepRead");
    let world = with(snapshot, &scope, roles(&["EcrSweepDelete"])).await;
    let summary = world.sweep("r1").await;
    // Who is there may pull from any registry, and nobody could look.
    assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
    let [unread] = &summary.unread_registries[..] else { panic!("{summary:?}") };
    let text = &unread.unread.reason;
    for part in ["sts:AssumeRole", "arn:aws:iam::444455556666:role/EcrSweepRead", "trust policy"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn where_the_role_of_every_registry_may_not_be_assumed_the_run_ends_with_the_next_step() {
    let scope = format!("  registries: {{ accounts: [\"{OTHER}\"] }}\n  role: EcrSweepRead");
    let world = with(across(), &scope, roles(&["EcrSweepDelete"])).await;
    let denied = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
    assert_eq!((denied.name(), denied.exit_code()), (ErrorName::AccessDenied, ExitCode::Failed));
    let text = denied.in_full();
    for part in ["sts:AssumeRole", "arn:aws:iam::444455556666:role/EcrSweepRead", "trust policy"] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_deletion_whose_role_may_not_be_assumed_fails_its_repository_alone() {
    let snapshot = organization(&[(ACCOUNT, json!([app()])), (OTHER, json!([app()]))]);
    let scope =
        format!("  registries: {{ accounts: [\"{ACCOUNT}\", \"{OTHER}\"] }}\n{ORGANIZATION}");
    let world = with(snapshot, &scope, roles(&["EcrSweepRead"])).await;
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    let [failed] = &summary.failed[..] else { panic!("{:?}", summary.failed) };
    assert_eq!((&failed.account, failed.error.as_str()), (&account(OTHER), "AccessDenied"));
    assert!(failed.message.contains(":role/EcrSweepDelete`"), "{}", failed.message);
    assert_eq!(images_in(&world, &other()).len(), DELETED.len() + KEPT.len());
    assert_eq!(world.images("dev/app").len(), 3);
}

#[tokio::test]
async fn the_organization_may_pull_where_all_of_it_is_looked_at_and_no_other_may() {
    let mut shared = app();
    shared["allows"] = json!(["organization", THIRD]);
    let snapshot = organization(&[(ACCOUNT, json!([shared]))]);
    let world = world(snapshot, ORGANIZATION).await;
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 5));
    assert_same_offline(&world, &summary).await;

    let foreign = json!({ "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "ecr:*",
        "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-somebodyelse" } },
    } });
    world.somebody().sets_the_policy(&foreign.to_string()).await;
    let summary = world.dry_run("r2").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::UnscannedConsumer);
}

#[tokio::test]
async fn a_registry_outside_the_organization_has_another_one() {
    let mut shared = app();
    shared["allows"] = json!(["organization"]);
    let snapshot = organization(&[(OTHER, json!([shared]))]);
    let scope = format!("  registries: {{ accounts: [\"{OTHER}\"] }}\n{ORGANIZATION}");
    let options = SimulatorOptions {
        members: BTreeMap::from([(account(THIRD), "ACTIVE".to_owned())]),
        roles: BTreeMap::from([(account(OTHER), BTreeSet::from(["EcrSweepRead".to_owned()]))]),
        ..SimulatorOptions::default()
    };
    let world = with(snapshot, &scope, options).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::UnscannedConsumer);
    let run = world.run("r1");
    let key = keys::coverage(&run.id, Stage::Plan);
    let coverage: RunCoverage = run.read(&key).await.unwrap();
    assert_eq!(coverage.organization, None);
}

#[tokio::test]
async fn recorded_accounts_plan_offline_as_they_do_live() {
    let snapshot = organization(&[(ACCOUNT, json!([app()])), (OTHER, json!([app()]))]);
    let scope =
        format!("  registries: {{ accounts: [\"{ACCOUNT}\", \"{OTHER}\"] }}\n{ORGANIZATION}");
    let world = world(snapshot, &scope).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.totals.plan.delete, 5 + 6);
    assert_same_offline(&world, &summary).await;

    // Without the id that every request has of its own.
    let headers = [("x-amzn-errortype".to_owned(), "AccessDeniedException".to_owned())];
    let denied = Effect::Respond { status: 403, headers: headers.into(), body: "{}".to_owned() };
    world
        .simulator
        .set_faults(vec![Fault { account: Some(account(OTHER)), ..fault("lambda:*", denied) }]);
    let summary = world.dry_run("r2").await;
    assert_eq!(summary.totals.plan.delete, 0);
    assert_same_offline(&world, &summary).await;
}

#[tokio::test]
async fn one_repository_of_another_account_is_planned_alone() {
    let snapshot = organization(&[(OTHER, json!([app()]))]);
    let scope = format!("  registries: {{ accounts: [\"{OTHER}\"] }}\n{ORGANIZATION}");
    let world = world(snapshot, &scope).await;
    let run = world.run("r1");
    let planned = plan_one(&run, &run.id, world.options(), &RepositoryId::new(&other(), "dev/app"))
        .await
        .unwrap();
    let images = planned.registry.repositories[0].images.len();
    assert_eq!((planned.plan.plan.summary.delete, images), (6, 8));
    let elsewhere =
        plan_one(&world.environment(), &id("r2"), world.options(), &in_registry("dev/app")).await;
    let text = elsewhere.unwrap_err().in_full();
    assert!(text.contains("add 111122223333 to `scope.registries.accounts`"), "{text}");
}

#[tokio::test]
async fn other_accounts_without_a_role_are_refused_by_the_settings_name() {
    let mut world = world(across(), "").await;
    for (setting, name, who) in [
        ("registries: { accounts: [\"444455556666\"] }", "scope.registries.accounts", OTHER),
        ("consumers: { accounts: [\"444455556666\"] }", "scope.consumers", OTHER),
        ("consumers: organization", "scope.consumers", "the organization"),
    ] {
        world.policy = policy(&format!("  {setting}"), KEEP_ONE);
        let refused = dry_run(&world.environment(), &id("r1"), world.options()).await.unwrap_err();
        assert_eq!(
            (refused.name(), refused.exit_code()),
            (ErrorName::InvalidRequest, ExitCode::Invalid)
        );
        let text = refused.in_full();
        for part in [name, who, "add `role: EcrSweepRead` to `scope`"] {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
        let policy = read("policy.yaml", &world.policy, Use::Live).unwrap().policy;
        let request = RecordRequest { policy, ..RecordRequest::default() };
        let refused = record(&world.environment(), request).await.unwrap_err();
        assert_eq!(refused.name(), ErrorName::InvalidRequest);
    }
    assert_eq!(world.simulator.counts(), [].into());
}
