//! Organizations: which accounts there are, and which roles in them.

use std::collections::BTreeMap;

use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::Account;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, OTHER, World, assert_refused, column, organization, snapshot};

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn ids(answer: &Value) -> Vec<Value> {
    column(&answer["Accounts"], "Id")
}

#[test]
fn the_organization_is_every_account_that_the_snapshot_mentions() {
    let registry = json!({ "account": OTHER, "region": "eu-west-2", "repositories": [] });
    let workloads = json!({ "ecs": [{ "account": "777788889999", "region": "eu-west-3" }] });
    let world = World::seeded(snapshot(json!([registry]), workloads));
    let listed = world.organizations("ListAccounts", json!({})).unwrap();
    assert_eq!(ids(&listed), [ACCOUNT, OTHER, "777788889999"]);
    assert_eq!(listed["Accounts"][0]["State"], "ACTIVE");
    assert_eq!(listed["NextToken"], Value::Null);
    let described = world.organizations("DescribeOrganization", json!({})).unwrap();
    assert_eq!(described["Organization"]["MasterAccountId"], ACCOUNT);
    let id = described["Organization"]["Id"].as_str().unwrap();
    assert!(listed["Accounts"][1]["Arn"].as_str().unwrap().contains(id));
    assert_eq!(world.simulator.count("organizations:ListAccounts"), 1);
}

#[test]
fn accounts_are_listed_20_a_page_at_most() {
    let numbers = (0..41).map(|number| (account(&format!("{:012}", 300 + number)), String::new()));
    let world = World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        members: numbers.collect(),
        ..SimulatorOptions::default()
    });
    let list = |input: Value| world.organizations("ListAccounts", input);
    let first = list(json!({})).unwrap();
    let second = list(json!({ "MaxResults": 20, "NextToken": first["NextToken"] })).unwrap();
    let third = list(json!({ "NextToken": second["NextToken"] })).unwrap();
    let lengths = [&first, &second, &third].map(|page| ids(page).len());
    assert_eq!(lengths, [20, 20, 2]);
    assert_eq!(third["NextToken"], Value::Null);
    for input in [json!({ "MaxResults": 21 }), json!({ "NextToken": "x" })] {
        assert_refused(list(input), "InvalidInputException");
    }
}

#[test]
fn a_unit_has_the_accounts_and_the_units_that_are_right_in_it() {
    let unit = |text: &str| text.parse().unwrap();
    let (outer, inner) = ("ou-simu-11111111", "ou-simu-22222222");
    let third = "777788889999";
    let world = World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        members: [OTHER, third].map(|it| (account(it), "ACTIVE".to_owned())).into(),
        units: BTreeMap::from([(unit(outer), None), (unit(inner), Some(unit(outer)))]),
        unit_of: BTreeMap::from([(account(OTHER), unit(outer)), (account(third), unit(inner))]),
        ..SimulatorOptions::default()
    });
    let accounts =
        |parent: &str| world.organizations("ListAccountsForParent", json!({ "ParentId": parent }));
    let units = |parent: &str| {
        let input = json!({ "ParentId": parent });
        let answer = world.organizations("ListOrganizationalUnitsForParent", input).unwrap();
        column(&answer["OrganizationalUnits"], "Id")
    };
    assert_eq!(ids(&accounts("r-simu").unwrap()), [ACCOUNT]);
    assert_eq!(ids(&accounts(outer).unwrap()), [OTHER]);
    assert_eq!(ids(&accounts(inner).unwrap()), [third]);
    assert_eq!((units("r-simu"), units(outer)), (vec![outer.into()], vec![inner.into()]));
    assert_eq!(units(inner), Vec::<Value>::new());
    assert_refused(accounts("ou-simu-99999999"), "ParentNotFoundException");
    let nobody = world.organizations("ListAccountsForParent", json!({}));
    assert_refused(nobody, "InvalidInputException");
}

#[test]
fn a_member_account_may_not_list_the_others() {
    let mut world = World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        members: BTreeMap::from([(account(OTHER), "SUSPENDED".to_owned())]),
        ..SimulatorOptions::default()
    });
    let listed = world.organizations("ListAccounts", json!({})).unwrap();
    assert_eq!(column(&listed["Accounts"], "State"), ["ACTIVE", "SUSPENDED"]);
    world.account = OTHER.to_owned();
    assert_refused(world.organizations("ListAccounts", json!({})), "AccessDeniedException");
    assert!(world.organizations("DescribeOrganization", json!({})).is_ok());
    world.account = "777788889999".to_owned();
    let alone = world.organizations("DescribeOrganization", json!({}));
    assert_refused(alone, "AWSOrganizationsNotInUseException");
}

#[test]
fn regions_are_an_accounts_own_and_the_management_account_may_ask_for_others() {
    let regions = ["eu-west-3".parse().unwrap()].into();
    let mut world = World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        members: BTreeMap::from([(account(OTHER), "ACTIVE".to_owned())]),
        regions: BTreeMap::from([(account(OTHER), regions)]),
        ..SimulatorOptions::default()
    });
    let list = |world: &World, input: Value| {
        let answer = world.rest("POST", "/listRegions", input);
        answer.map(|answer| column(&answer["Regions"], "RegionName"))
    };
    assert_eq!(list(&world, json!({})).unwrap(), ["eu-west-1"]);
    assert_eq!(list(&world, json!({ "AccountId": OTHER })).unwrap(), ["eu-west-3"]);
    let unknown = list(&world, json!({ "AccountId": "777788889999" })).unwrap_err();
    assert_eq!((unknown.status, unknown.code.as_str()), (403, "accessdeniedexception"));
    world.account = OTHER.to_owned();
    assert_eq!(list(&world, json!({})).unwrap(), ["eu-west-3"]);
    assert_eq!(list(&world, json!({ "AccountId": ACCOUNT })).unwrap_err().status, 403);
}
