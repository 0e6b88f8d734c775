//! Pages, and what they hold.

use serde_json::json;

use crate::world::{StandIn, app, list, object, references};

const PODS: &str = "/api/v1/pods?limit=500";

#[tokio::test]
async fn every_page_of_every_resource_is_read_but_secrets_and_events() {
    let cluster = StandIn::start().await;
    cluster.say(PODS, &list(&[object("a", &app("1"))], Some("to ken/+")));
    cluster.say(
        "/api/v1/pods?limit=500&continue=to+ken%2F%2B",
        &list(&[object("b", &app("2"))], None),
    );
    cluster.lists("/apis/apps/v1/deployments", &[object("web", &app("3"))]);
    let found = cluster.scan().await.unwrap();
    assert_eq!(references(&found), [app("3"), app("1"), app("2")]);
    let kinds: Vec<_> = found.mentions.iter().map(|it| (&*it.kind, &*it.name)).collect();
    assert_eq!(kinds, [("deployment", "web"), ("pod", "a"), ("pod", "b")]);
    assert_eq!((found.resources, found.objects, found.pages), (3, 3, 4));
    let asked = cluster.asked();
    assert!(
        !asked.iter().any(|path| path.contains("secrets") || path.contains("events")),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 4 + 4, "{asked:?}");
}

#[tokio::test]
async fn a_resource_is_read_in_one_version_the_preferred_one_or_the_one_that_has_it() {
    let cluster = StandIn::start().await;
    let versions = json!([{ "version": "v1" }, { "version": "v2" }]);
    let group =
        json!({ "name": "x.io", "versions": versions, "preferredVersion": { "version": "v2" } });
    cluster.say("/apis", &json!({ "groups": [group] }));
    cluster.has_group("x.io", "v1", &["old:Old", "both:Both"]);
    cluster.has_group("x.io", "v2", &["both:Both"]);
    cluster.lists("/apis/x.io/v1/old", &[object("a", &app("1"))]);
    cluster.lists("/apis/x.io/v2/both", &[object("a", &app("2"))]);
    let found = cluster.scan().await.unwrap();
    assert_eq!(references(&found), [app("2"), app("1")]);
}

#[tokio::test]
async fn pages_that_have_expired_begin_again() {
    let cluster = StandIn::start().await;
    let first = |next| list(&[object("a", &app("1"))], Some(next)).to_string();
    cluster.answers(PODS, vec![(200, first("one")), (200, first("two"))]);
    cluster.refuse("/api/v1/pods?limit=500&continue=one", 410);
    cluster.say("/api/v1/pods?limit=500&continue=two", &list(&[object("b", &app("2"))], None));
    let found = cluster.scan().await.unwrap();
    assert_eq!(references(&found), [app("1"), app("2")]);
    assert_eq!(found.restarts, 1);
}

#[tokio::test]
async fn pages_that_expire_again_and_again_are_read_as_one_list() {
    let cluster = StandIn::start().await;
    cluster.say(PODS, &list(&[object("a", &app("1"))], Some("old")));
    cluster.refuse("/api/v1/pods?limit=500&continue=old", 410);
    cluster.say("/api/v1/pods", &list(&[object("a", &app("1")), object("b", &app("2"))], None));
    let found = cluster.scan().await.unwrap();
    assert_eq!(references(&found), [app("1"), app("2")]);
    assert_eq!(found.restarts, 3);
}

#[tokio::test]
async fn a_page_that_breaks_off_is_asked_for_again() {
    let cluster = StandIn::start().await;
    let whole = list(&[object("a", &app("1")), object("b", &app("2"))], None).to_string();
    let half = whole[..whole.len() / 2].to_owned();
    cluster.answers(PODS, vec![(200, half), (200, whole)]);
    assert_eq!(references(&cluster.scan().await.unwrap()), [app("1"), app("2")]);
}

#[tokio::test]
async fn what_was_removed_meanwhile_names_nothing() {
    let cluster = StandIn::start().await;
    cluster.has_groups(&["apps", "gone.io"]);
    cluster.has_group("gone.io", "v1", &["things:Thing"]);
    let before = cluster.clone();
    let groups = json!({ "groups": [] }).to_string();
    let with = json!({ "groups": [{ "name": "gone.io", "versions": [{ "version": "v1" }] }] });
    before.answers("/apis", vec![(200, with.to_string()), (200, groups)]);
    assert!(cluster.scan().await.unwrap().mentions.is_empty());
}

#[tokio::test]
async fn an_answer_that_is_busy_is_waited_for() {
    let cluster = StandIn::start().await;
    let whole = list(&[object("a", &app("1"))], None).to_string();
    cluster.answers(PODS, vec![(429, String::new()), (503, String::new()), (200, whole)]);
    assert_eq!(references(&cluster.scan().await.unwrap()), [app("1")]);
}
