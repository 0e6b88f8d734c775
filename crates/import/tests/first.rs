//! The first policy of what an account has.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::collections::BTreeMap;

use ecr_sweep_core::{
    Coverage, Digest, Image, MediaType, OrganizationFacts, OrganizationPlan, Pattern, Place,
    Policy, Registry, Repository, sha256,
};
use ecr_sweep_import::First;
use ecr_sweep_policy::Use;
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

fn home() -> Place {
    Place { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
}

fn digest(of: &str) -> Digest {
    sha256(of.as_bytes())
}

fn image(name: &str, days_ago: i64, tags: &[&str]) -> Image {
    Image {
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        pushed_at: Some(now() - SignedDuration::from_hours(24 * days_ago)),
        size_bytes: Some(1 << 20),
        ..Image::new(digest(name))
    }
}

fn repository(name: &str, images: Vec<Image>) -> Repository {
    let (name, tags) = (name.into(), BTreeMap::new());
    Repository { name, tags, allows: Vec::new(), use_history: None, images }
}

fn registry(repositories: Vec<Repository>) -> Registry {
    let Place { account, region } = home();
    Registry { account, region, deletes_replicate_to: Vec::new(), unread: None, repositories }
}

fn first(registry: &Registry, selection: &[&str]) -> Option<String> {
    let selection: Vec<Pattern> = selection.iter().map(|it| it.parse().unwrap()).collect();
    let first = First {
        home: &home(),
        seen_at: now(),
        registries: std::slice::from_ref(registry),
        usage: &[],
        coverage: &Coverage::COMPLETE,
        selection: &selection,
    };
    first.policy()
}

fn read(text: &str) -> Policy {
    let file = ecr_sweep_policy::read("policy.yaml", text, Use::Live).unwrap();
    assert_eq!(file.warnings, []);
    file.policy
}

fn plan(registry: &Registry, policy: &Policy) -> OrganizationPlan {
    OrganizationFacts {
        home: &registry.account,
        registries: std::slice::from_ref(registry),
        cache_rules: &[],
        usage: Vec::new(),
        coverage: &Coverage::COMPLETE,
        policy,
        now: now(),
    }
    .plan()
}

/// The lines that match repositories.
fn matches(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("- match: ")).collect()
}

fn shop() -> Registry {
    let old = |name: &str| {
        (0..30).map(|at| image(&format!("{name} {at}"), 100 + at, &[&*format!("v{at}")])).collect()
    };
    registry(vec![
        repository("shop/web", old("web")),
        repository(
            "shop/api",
            vec![image("api", 3, &["latest"]), image("old api", 400, &["prod"])],
        ),
        repository("tools", vec![image("tools", 200, &[])]),
        repository("base", Vec::new()),
    ])
}

#[test]
fn there_is_a_rule_for_each_prefix_and_one_for_names_without() {
    let text = first(&shop(), &[]).unwrap();
    assert_eq!(matches(&text), [r#"{ name: ["shop/*"] }"#, r#"{ name: ["base", "tools"] }"#]);
    assert!(text.contains(r#"tags: ["latest", "prod"]"#), "{text}");
    assert!(text.contains("# 2 repositories, 32 images, at most 32.0 MiB, pushed from"), "{text}");
}

#[test]
fn where_some_of_a_prefix_are_selected_they_are_named() {
    let text = first(&shop(), &["shop/a*"]).unwrap();
    assert_eq!(matches(&text), [r#"{ name: ["shop/api"] }"#]);
    assert_eq!(matches(&first(&shop(), &["shop/*"]).unwrap()), [r#"{ name: ["shop/*"] }"#]);
}

#[test]
fn without_a_repository_there_is_no_policy() {
    assert_eq!(first(&registry(Vec::new()), &[]), None);
    assert_eq!(first(&shop(), &["none/*"]), None);
}

#[test]
fn an_index_adds_nothing_to_the_size_of_what_it_lists() {
    let child = image("child", 1, &[]);
    let index = Image {
        media_type: MediaType::OciIndex,
        children: Some(vec![child.digest]),
        ..image("index", 1, &["v1"])
    };
    let text = first(&registry(vec![repository("app", vec![child, index])]), &[]).unwrap();
    assert!(text.contains("1 repository, 2 images, at most 1.0 MiB"), "{text}");
}

#[test]
fn its_plan_takes_every_repository_blocks_nothing_and_keeps_what_is_young_or_among_the_newest() {
    let registry = shop();
    let policy = read(&first(&registry, &[]).unwrap());
    let plan = plan(&registry, &policy);
    assert_eq!(plan.plans.len(), registry.repositories.len());
    assert_eq!(plan.warnings, []);
    for plan in &plan.plans {
        assert_eq!(plan.blocked, [], "{}", plan.repository);
    }
    let web = plan.plans.iter().find(|plan| &*plan.repository == "shop/web").unwrap();
    assert_eq!(web.delete.len(), 8, "a quarter of a run's images");
    let since = now() - SignedDuration::from_hours(24 * 110);
    assert!(web.delete.iter().all(|gone| gone.pushed_at.unwrap() < since));
}

#[test]
fn what_was_not_seen_is_told_with_the_row_that_turns_it_off() {
    let registry = shop();
    let coverage: Coverage = serde_json::from_str(
        r#"{ "default": "complete", "except": [{ "account": "111122223333",
            "region": "eu-west-1", "source": "kubernetes", "status": "failed",
            "reason": "denied\nby a policy" }] }"#,
    )
    .unwrap();
    let first = First {
        home: &home(),
        seen_at: now(),
        registries: &[registry],
        usage: &[],
        coverage: &coverage,
        selection: &[],
    };
    let text = first.policy().unwrap();
    read(&text);
    assert!(text.contains(r"denied\nby a policy"), "{text}");
    assert!(text.contains("\n#     - { source: kubernetes, reason: \"...\" }\n"), "{text}");
    let turned_off = text.replace("# scope:\n#   off:\n#     - ", "scope:\n  off:\n    - ");
    let turned_off = turned_off.replace("\"...\"", "\"we have no cluster\"");
    assert_eq!(read(&turned_off).scope.off.len(), 1);
}
