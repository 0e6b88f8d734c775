//! Random policies.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::{
    Action, Clause, FIELDS, FieldSpec, Keep, Kind, Limits, LooksAt, OfImages, OfStorage, Off,
    OnExceed, RepositoryMatch, RepositoryRule, Scope, StorageClass, UsageSettings, Value, Values,
    Vault,
};
use ecr_sweep_core::{Admitted, Age, Aliases, Pattern, Place, Policy, Source};
use proptest::collection::{btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::coverage::special_source;
use super::pools::{
    ALIAS, BUILDKIT_CACHE, CHART, account, age, region, registry_place, tag_pattern,
};

/// A policy over the pools' repositories, with what a plan from a snapshot heeds.
pub fn policy() -> impl Strategy<Value = Policy> {
    with_limits(prop_oneof![2 => Just(Limits::default()), 1 => limits()].boxed())
}

/// A policy that limits nothing.
pub fn policy_without_limits() -> impl Strategy<Value = Policy> {
    with_limits(Just(Limits::default()).boxed())
}

fn with_limits(limits: BoxedStrategy<Limits>) -> impl Strategy<Value = Policy> {
    let ages = (
        prop_oneof![2 => Just(Age::days(7)), 1 => age_of_days()],
        prop_oneof![2 => Just(Age::days(30)), 1 => age_of_days()],
    );
    let run = prop_oneof![2 => Just(Limits::default()), 1 => limits.clone()];
    let rules = vec(rule(limits), 1..=3);
    let whole = (ages, run, rules, aliases(), offs(), vault());
    whole.prop_map(|(ages, limits, repositories, aliases, off, vault)| Policy {
        scope: Scope { off, ..Scope::default() },
        usage: UsageSettings { aliases, ..UsageSettings::default() },
        minimum_age: ages.0,
        minimum_idle: ages.1,
        repositories,
        limits,
        vault,
        ..Policy::default()
    })
}

fn age_of_days() -> impl Strategy<Value = Age> {
    select(vec![0, 1, 7, 14, 30]).prop_map(Age::days)
}

fn rule(limits: BoxedStrategy<Limits>) -> impl Strategy<Value = RepositoryRule> {
    let of_rule = (matches(), keep(), judge(), limits, action(), weighted(0.2, age()));
    of_rule.prop_map(|(matches, keep, judge, limits, action, undo_for)| RepositoryRule {
        matches,
        keep,
        judge,
        limits,
        grace: None,
        action,
        // What is archived is not copied.
        undo_for: undo_for.filter(|_| action == Action::Delete),
        notify_slack: Vec::new(),
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![4 => Just(Action::Delete), 1 => age().prop_map(Action::ArchiveFor)]
}

/// How copies of what goes are kept.
fn vault() -> impl Strategy<Value = Vault> {
    let place = select(vec![(None, None), (Some("copies"), None), (Some("copies"), Some("a/b"))]);
    let vault = (select(StorageClass::ALL.to_vec()), place).prop_map(|(storage_class, place)| {
        let (bucket, prefix) = place;
        Vault { storage_class, bucket: bucket.map(Into::into), prefix: prefix.map(Into::into) }
    });
    prop_oneof![3 => Just(Vault::default()), 1 => vault]
}

fn matches() -> impl Strategy<Value = RepositoryMatch> {
    let names = select(vec!["*", "app", "team/*", "*app", "base", "/.*a.*/", "prod/w?b-*"])
        .prop_map(|text| text.parse::<Pattern>().unwrap());
    let tags = prop_oneof![
        5 => Just(BTreeMap::new()),
        1 => select(vec!["true", "*", "/t.*/"])
            .prop_map(|value| BTreeMap::from([("cleanup".into(), value.parse().unwrap())])),
    ];
    let names = prop_oneof![2 => Just(Vec::new()), 1 => vec(names, 1..3)];
    (names, tags).prop_map(|(name, tags)| RepositoryMatch { name, tags })
}

/// The keep rules of one rule: a clause, or some.
fn keep() -> impl Strategy<Value = Keep> {
    prop_oneof![
        3 => rules().prop_map(Keep::from),
        3 => vec(clause(), 1..4).prop_map(Keep),
    ]
}

/// One clause, over all images or some.
pub fn clause() -> impl Strategy<Value = Clause> {
    (rules(), weighted(0.6, looks_at())).prop_map(|(rules, of)| match of {
        Some(of) => rules.over(of),
        None => rules,
    })
}

/// The rules of a clause over all images: at least one.
///
/// # Panics
///
/// Where a rule does not read what its own fields may say.
pub fn rules() -> impl Strategy<Value = Clause> {
    let any = values(FIELDS, |_| 0.15);
    let one = values(&FIELDS[..1], |_| 1.0);
    (any, one).prop_map(|(any, one)| {
        let values = if any == Values::default() { one } else { any };
        Clause::of(&values).expect("a rule reads its fields")
    })
}

fn looks_at() -> impl Strategy<Value = LooksAt> {
    let patterns = || vec(tag_pattern(), 1..3);
    prop_oneof![
        3 => select(OfImages::ALL.to_vec()).prop_map(LooksAt::Images),
        2 => patterns().prop_map(LooksAt::Tags),
        1 => patterns().prop_map(LooksAt::AllTags),
        2 => patterns().prop_map(LooksAt::ExceptTags),
        1 => patterns().prop_map(LooksAt::WithoutTags),
        1 => select(OfStorage::ALL.to_vec()).prop_map(LooksAt::Storage),
    ]
}

fn judge() -> impl Strategy<Value = Vec<Box<str>>> {
    let types = select(vec![CHART, BUILDKIT_CACHE, "application/vnd.example"]);
    prop_oneof![
        2 => Just(Vec::new()),
        1 => vec(types.prop_map(Into::into), 1..3),
    ]
}

/// The values of some fields, each there with a likelihood.
fn values(
    fields: &'static [FieldSpec],
    likelihood: impl Fn(&FieldSpec) -> f64,
) -> BoxedStrategy<Values> {
    fields.iter().fold(Just(Values::default()).boxed(), |values, field| {
        let (likelihood, value) = (likelihood(field), value(&field.kind));
        let value = if likelihood < 1.0 {
            weighted(likelihood, value).boxed()
        } else {
            value.prop_map(Some).boxed()
        };
        let name = field.name;
        (values, value).prop_map(move |(values, value)| values.with_any(name, value)).boxed()
    })
}

/// What a field of that kind may say.
fn value(kind: &'static Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Age => age().prop_map(Value::Age).boxed(),
        Kind::Count { .. } | Kind::HowMany => (0u64..4).prop_map(Value::Count).boxed(),
        Kind::Word(words) => select(*words).prop_map(Value::Word).boxed(),
        Kind::Yes => Just(Value::Yes).boxed(),
        // The text of a rule is the key of a repository's tag.
        Kind::Text | Kind::Reason => Just(Value::Text("KeepDays".into())).boxed(),
        Kind::Pattern => tag_pattern().prop_map(Value::Pattern).boxed(),
        Kind::List(item) => vec(value(item), 1..3).prop_map(Value::List).boxed(),
        Kind::Form(form) => {
            let long = values(form.fields, |field| if field.is_required() { 1.0 } else { 0.5 });
            let long = long.prop_map(Value::Form);
            match form.short.as_ref().filter(|short| form.field(short.name).is_none()) {
                Some(short) => {
                    let name = short.name;
                    let short = value(&short.kind);
                    let short = short.prop_map(move |it| Values::default().with(name, it).into());
                    prop_oneof![2 => short, 1 => long].boxed()
                }
                None => long.boxed(),
            }
        }
        kind => panic!("no keep rule says {kind:?} yet: say here what it may be"),
    }
}

fn limits() -> impl Strategy<Value = Limits> {
    let share = select(vec!["0%", "12.5%", "33.34%", "50%", "80%", "100%"])
        .prop_map(|text| text.parse().unwrap());
    let on_exceed = select(vec![OnExceed::Block, OnExceed::OldestFirst, OnExceed::OldestFirst]);
    (weighted(0.6, share), weighted(0.5, 0u64..6), on_exceed).prop_map(
        |(share, images, on_exceed)| match (share, images) {
            (None, None) => Limits { images: Some(2), share: None, on_exceed },
            _ => Limits { share, images, on_exceed },
        },
    )
}

/// A mirror, a part of it, and Docker Hub: each there or not, of a registry or a part of one.
fn aliases() -> impl Strategy<Value = Aliases> {
    let names =
        || select(vec![ALIAS, "Registry.example.com/team", "docker.io", "docker.io/library"]);
    let paths = || select(vec!["", "", "/team", "/prod"]);
    vec((names(), registry_place(), paths()), 0..4).prop_map(|aliases| {
        let target = |place: Place, path: &str| {
            let host = format!("{}.dkr.ecr.{}.amazonaws.com", place.account, place.region);
            format!("{host}{path}").parse().unwrap()
        };
        aliases.into_iter().map(|(name, place, path)| (name.into(), target(place, path))).collect()
    })
}

fn offs() -> impl Strategy<Value = Vec<Off>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(off(), 1..4)]
}

fn with_clusters() -> Option<Source> {
    Source::ALL.into_iter().find(|source| source.facts().has_clusters)
}

/// What the policy file may say: clusters are those of a source that has them, and groups stand
/// alone.
fn off() -> impl Strategy<Value = Off> {
    let source = special_source();
    let accounts = vec(account().prop_map(Admitted::Account), 0..3);
    let regions = prop_oneof![3 => Just(BTreeSet::new()), 1 => btree_set(region(), 1..3)];
    let place =
        (weighted(0.6, source), accounts, regions).prop_map(|(source, accounts, regions)| {
            let source = if accounts.is_empty() && regions.is_empty() {
                source.or_else(with_clusters)
            } else {
                source
            };
            Off { source, accounts, regions, ..nothing() }
        });
    let cluster = account().prop_map(|account| Off {
        source: with_clusters(),
        accounts: vec![Admitted::Account(account)],
        clusters: ["lab".into()].into(),
        ..nothing()
    });
    let group = vec(
        prop_oneof![
            Just(Admitted::Organization),
            Just(Admitted::Public),
            account().prop_map(Admitted::Account),
        ],
        1..3,
    )
    .prop_map(|accounts| Off { accounts, ..nothing() });
    (prop_oneof![4 => place, 1 => cluster, 2 => group], weighted(0.3, Just(())))
        .prop_map(|(off, even_if_used)| Off { even_if_used: even_if_used.is_some(), ..off })
}

fn nothing() -> Off {
    Off {
        source: None,
        accounts: Vec::new(),
        regions: BTreeSet::new(),
        clusters: BTreeSet::new(),
        reason: "not used: \"ever\" # really".into(),
        even_if_used: false,
    }
}
