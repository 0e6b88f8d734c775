use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::{
    Action, BehindDeployed, BehindTags, Brake, Clause, Consumers, Counted, CountedBy, Keep, Limits,
    LooksAt, Newest, Notify, OfImages, OfStorage, Off, OnExceed, Per, Prices, PulledWithin,
    PushedWithin, RegistryScope, ReleaseLine, Releases, RepositoryMatch, RepositoryRule, Scope,
    Sizes, Spare, StorageClass, Tagged, Tags, UsageFiles, UsageSettings, UsedWithin, Vault,
};
use ecr_sweep_core::{Admitted, Age, Policy, Source, UnitId};

use super::*;

/// Every setting, each with a value that is not its default.
pub(super) const EVERYTHING: &str = r##"
schema_version: 1
scope:
  registries: { accounts: ["111122223333"], regions: [eu-west-1] }
  consumers: { accounts: ["111122223333", "444455556666"], regions: [eu-west-1, us-east-1] }
  role: EcrSweepRead
  off:
    - { source: sagemaker, reason: "not used in this organization" }
    - { source: kubernetes, accounts: ["444455556666"], clusters: [lab], reason: "no ECR images" }
    - { accounts: [public, "777788889999"], reason: "a partner's mirror" }
    - { regions: [ap-south-1], reason: "closed" }
usage:
  ecs: { task_definition_revisions: 10 }
  files: [{ path: "s3://bucket/usage/*.json", max_age: 24h, retired: [green.json] }]
  aliases: { "registry.example.com:5000": "111122223333.dkr.ecr.eu-west-1.amazonaws.com" }
minimum_age: 3d
minimum_idle: 2w
repositories:
  - match: { name: ["prod/*", "/web-[0-9]+/"], tags: { cleanup: "true" } }
    keep:
      pushed_within: 90d
      pulled_within: 60d
      used_within: 45d
      newest: 5
      spare: { count: 2, of: any, per: kind }
      tags: ["latest", "release-*"]
      tagged: true
      releases: { newest: 3, per: minor }
      behind_tags: { tags: [production], within: 7d, newest: 2 }
      behind_deployed: { revisions: 4 }
    limits: { share: 50%, images: 500, on_exceed: oldest_first }
    grace: 7d
    action: delete
    undo_for: 30d
    notify: { slack: ["#payments"] }
  - match: { name: dev/* }
    keep:
      - pushed_within: { tag: BoxCleanerKeepDays, default: 30d }
        newest: { count: 1, of: untagged, by: pulled }
        releases: { newest: 1 }
      - { of: { tags: [v*] }, behind_tags: { tags: [stable] } }
      - { of: { all_tags: [v*, a*] }, newest: 2 }
      - { of: { except_tags: [v*] }, spare: 2 }
      - { of: { without_tags: [v*] }, spare: 2 }
      - { of: archived, pushed_within: 1w }
      - { of: untagged, tagged: true }
    judge: ["application/vnd.buildkit.cacheconfig.v0"]
    action: { archive_for: 90d }
limits: { images: 20000, share: 60%, failures: 20, asked_again: true }
plan_max_age: 12h
evidence_max_age: 30m
vault: { storage_class: STANDARD_IA, bucket: my-vault, prefix: sweeps }
prices: { ecr: 0.085, vault: 0.0125, regions: [{ regions: [cn-north-1], ecr: 0.07 }] }
notify: { owner_tag: team, owners: { search: C0123ABCD } }
sizes: exact
"##;

fn age(text: &str) -> Age {
    text.parse().unwrap()
}

#[test]
fn every_setting_is_read() {
    let expected = Policy {
        scope: scope(),
        usage: UsageSettings {
            task_definition_revisions: Some(10),
            files: vec![UsageFiles {
                path: "s3://bucket/usage/*.json".into(),
                max_age: age("24h"),
                retired: vec!["green.json".into()],
            }],
            aliases: BTreeMap::from([(
                "registry.example.com:5000".into(),
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com".parse().unwrap(),
            )]),
        },
        minimum_age: age("3d"),
        minimum_idle: age("14d"),
        repositories: vec![prod(), dev()],
        limits: Limits {
            share: "60%".parse().ok(),
            images: Some(20_000),
            on_exceed: OnExceed::Block,
        },
        brake: Brake { failures: Some(20), asked_again: true },
        plan_max_age: age("12h"),
        evidence_max_age: age("30m"),
        vault: Vault {
            storage_class: StorageClass::StandardIa,
            bucket: Some("my-vault".into()),
            prefix: Some("sweeps".into()),
        },
        prices: Prices {
            ecr: Some("0.085".parse().unwrap()),
            regions: [("cn-north-1".parse().unwrap(), "0.07".parse().unwrap())].into(),
            vault: Some("0.0125".parse().unwrap()),
            given: Vec::new(),
        },
        notify: Notify {
            owner_tag: Some("team".into()),
            owners: BTreeMap::from([("search".into(), "C0123ABCD".parse().unwrap())]),
        },
        sizes: Sizes::Exact,
    };
    let file = read("p.yaml", EVERYTHING, Use::Live).unwrap();
    assert_eq!(file.policy, expected);
    assert_eq!(file.warnings, []);
}

fn scope() -> Scope {
    let off = |reason: &str| Off {
        source: None,
        accounts: Vec::new(),
        regions: BTreeSet::new(),
        clusters: BTreeSet::new(),
        reason: reason.into(),
        even_if_used: false,
    };
    let account = |text: &str| text.parse().unwrap();
    let region = |text: &str| text.parse().unwrap();
    Scope {
        registries: RegistryScope {
            organization: false,
            units: BTreeSet::new(),
            except: BTreeSet::new(),
            accounts: BTreeSet::from([account("111122223333")]),
            regions: BTreeSet::from([region("eu-west-1")]),
        },
        consumers: Consumers::Accounts {
            accounts: BTreeSet::from([account("111122223333"), account("444455556666")]),
            units: BTreeSet::new(),
            regions: BTreeSet::from([region("eu-west-1"), region("us-east-1")]),
        },
        role: Some("EcrSweepRead".into()),
        off: vec![
            Off { source: Some(Source::Sagemaker), ..off("not used in this organization") },
            Off {
                source: Some(Source::Kubernetes),
                accounts: vec![Admitted::Account(account("444455556666"))],
                clusters: BTreeSet::from(["lab".into()]),
                ..off("no ECR images")
            },
            Off {
                accounts: vec![Admitted::Public, Admitted::Account(account("777788889999"))],
                ..off("a partner's mirror")
            },
            Off { regions: BTreeSet::from([region("ap-south-1")]), ..off("closed") },
        ],
    }
}

fn prod() -> RepositoryRule {
    RepositoryRule {
        matches: RepositoryMatch {
            name: vec!["prod/*".parse().unwrap(), "/web-[0-9]+/".parse().unwrap()],
            tags: BTreeMap::from([("cleanup".into(), "true".parse().unwrap())]),
        },
        keep: Clause::default()
            .with(PushedWithin::Age(age("90d")))
            .with(PulledWithin(age("60d")))
            .with(UsedWithin(age("45d")))
            .with(Newest::plain(5))
            .with(Spare(Counted { of: Some(OfImages::Any), per: Per::Kind, ..Counted::plain(2) }))
            .with(Tags(vec!["latest".parse().unwrap(), "release-*".parse().unwrap()]))
            .with(Tagged)
            .with(Releases { newest: 3, per: ReleaseLine::Minor })
            .with(BehindTags {
                tags: vec!["production".parse().unwrap()],
                within: Some(age("7d")),
                newest: 2,
            })
            .with(BehindDeployed { revisions: 4 })
            .into(),
        judge: Vec::new(),
        limits: Limits {
            share: "50%".parse().ok(),
            images: Some(500),
            on_exceed: OnExceed::OldestFirst,
        },
        grace: Some(age("7d")),
        action: Action::Delete,
        undo_for: Some(age("30d")),
        notify_slack: vec!["#payments".parse().unwrap()],
    }
}

fn dev() -> RepositoryRule {
    RepositoryRule {
        matches: RepositoryMatch { name: vec!["dev/*".parse().unwrap()], tags: BTreeMap::new() },
        keep: Keep(vec![
            Clause::default()
                .with(PushedWithin::RepositoryTag {
                    tag: "BoxCleanerKeepDays".into(),
                    default: age("30d"),
                })
                .with(Newest(Counted {
                    of: Some(OfImages::Untagged),
                    by: CountedBy::Pulled,
                    ..Counted::plain(1)
                }))
                .with(Releases { newest: 1, per: ReleaseLine::All }),
            Clause::default().over(LooksAt::Tags(vec!["v*".parse().unwrap()])).with(BehindTags {
                tags: vec!["stable".parse().unwrap()],
                within: None,
                newest: 0,
            }),
            Clause::default()
                .over(LooksAt::AllTags(vec!["v*".parse().unwrap(), "a*".parse().unwrap()]))
                .with(Newest::plain(2)),
            Clause::default()
                .over(LooksAt::ExceptTags(vec!["v*".parse().unwrap()]))
                .with(Spare::plain(2)),
            Clause::default()
                .over(LooksAt::WithoutTags(vec!["v*".parse().unwrap()]))
                .with(Spare::plain(2)),
            Clause::default()
                .over(LooksAt::Storage(OfStorage::Archived))
                .with(PushedWithin::Age(age("1w"))),
            Clause::default().over(LooksAt::Images(OfImages::Untagged)).with(Tagged),
        ]),
        judge: vec!["application/vnd.buildkit.cacheconfig.v0".into()],
        limits: Limits::default(),
        grace: None,
        action: Action::ArchiveFor(age("90d")),
        undo_for: None,
        notify_slack: Vec::new(),
    }
}

#[test]
fn what_does_not_change_a_plan_is_read_offline_too() {
    let policy = read("p.yaml", EVERYTHING, Use::Offline).unwrap().policy;
    assert_eq!(policy.scope.role.as_deref(), Some("EcrSweepRead"));
    assert_eq!(policy.repositories[0].grace, Some(age("7d")));
    assert_eq!(policy.repositories[0].notify_slack, ["#payments".parse().unwrap()]);
    let organization = with_settings("scope: { consumers: organization }");
    let policy = read("p.yaml", &organization, Use::Offline).unwrap().policy;
    assert_eq!(policy.scope.consumers, Consumers::ORGANIZATION);
    let in_regions = with_settings(
        "scope: { consumers: { organization: true, accounts: [\"111122223333\"], regions: [eu-west-1] } }",
    );
    let policy = read("p.yaml", &in_regions, Use::Offline).unwrap().policy;
    let expected = Consumers::Organization {
        accounts: ["111122223333".parse().unwrap()].into(),
        regions: ["eu-west-1".parse().unwrap()].into(),
    };
    assert_eq!(policy.scope.consumers, expected);
}

#[test]
fn registries_and_consumers_can_be_those_of_units() {
    let text = with_settings(
        "scope: { registries: { units: [ou-abcd-12345678], except: [\"111122223333\"] }, consumers: { units: [ou-abcd-12345678, ou-abcd-99999999] } }",
    );
    let scope = read("p.yaml", &text, Use::Live).unwrap().policy.scope;
    let shown =
        |units: Vec<&UnitId>| units.into_iter().map(UnitId::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(shown(scope.registries.units.iter().collect()), "ou-abcd-12345678");
    assert_eq!(scope.registries.except.len(), 1);
    assert_eq!(shown(scope.consumers.units().collect()), "ou-abcd-12345678 ou-abcd-99999999");
}

#[test]
fn what_is_not_written_has_its_default() {
    let file = read("p.yaml", &with_keep("pushed_within: 14d"), Use::Live).unwrap();
    let rule = &file.policy.repositories[0];
    assert_eq!(rule.matches, RepositoryMatch::default());
    assert_eq!((rule.limits, rule.grace, rule.action), (Limits::default(), None, Action::Delete));
    let expected = Policy { repositories: file.policy.repositories.clone(), ..Policy::default() };
    assert_eq!(file.policy, expected);
    assert_eq!(file.policy.minimum_age, age("7d"));
    assert_eq!(file.policy.minimum_idle, age("30d"));
    assert_eq!(file.policy.plan_max_age, age("24h"));
    assert_eq!(file.policy.evidence_max_age, age("60m"));
    assert_eq!(file.policy.usage.task_definition_revisions, None);
}

#[test]
fn the_digest_is_of_the_text() {
    let digest = |text: &str| read("p.yaml", text, Use::Live).unwrap().digest;
    let text = with_keep("newest: 1");
    assert_eq!(digest(&text), sha256(text.as_bytes()));
    assert_ne!(digest(&text), digest(&format!("{text}# the same settings\n")));
}

#[test]
fn a_rule_behind_one_that_takes_everything_is_a_warning() {
    let text = "schema_version: 1
repositories:
  - match: { name: [\"prod/*\"] }
    keep: { newest: 0 }
  - match: { name: [\"prod/app\"] }
    keep: { newest: 1 }
";
    let warnings = read("policy.yaml", text, Use::Live).unwrap().warnings;
    let shown: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "4:13: the 0 newest are none: this rule keeps nothing",
            "5:5: this rule decides over nothing: `repositories[0]` takes all that it matches",
        ]
    );
    assert_eq!(warnings[1].path, "repositories[1]");
}

#[test]
fn what_no_name_and_no_tag_can_be_is_pointed_out() {
    let odd = |keep: &str, name: &str| {
        let rule = format!("match: {{ name: [{name}] }}\n    keep: {keep}");
        let warnings = read("policy.yaml", &with_rule(&rule), Use::Live).unwrap().warnings;
        warnings.iter().map(|it| it.message.clone()).collect::<Vec<_>>()
    };
    let too_long = "a".repeat(257);
    for (name, problem) in [
        ("\"Prod/*\"", "it has small letters, digits, `.`, `_`, `-` and `/`, and no `P`"),
        ("\"prod *\"", "it has small letters, digits, `.`, `_`, `-` and `/`, and no ` `"),
        ("prod/", "it begins and ends with a letter or a digit"),
        ("/prod/*", "it begins and ends with a letter or a digit"),
        ("\"*//web\"", "it has no two `/` in a row"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/prod/*", "it has no registry in front"),
        (&*too_long, "it has at most 256 characters"),
    ] {
        let odd = odd("{ newest: 1 }", name);
        let [odd] = odd.as_slice() else { panic!("{name}: {odd:?}") };
        assert!(odd.ends_with(&format!("no repository has such a name: {problem}")), "{odd}");
    }
    let of_tags = [
        "{ tags: [\"app:v1\"] }",
        "{ behind_tags: { tags: [\"app:v1\"] } }",
        "[{ of: { except_tags: [\"app:v1\"] }, newest: 1 }]",
    ];
    for keep in of_tags {
        assert_eq!(
            odd(keep, "prod/*"),
            [
                "`app:v1` matches nothing: no image has such a tag: it has letters, digits, `.`, `_` and `-`, and no `:`"
            ]
        );
    }
    for name in
        ["prod", "\"*\"", "\"*-web\"", "\"prod/*\"", "p?od/a__b", "\"/PROD.*/\"", "\"prod/*/\""]
    {
        let expected = usize::from(name == "\"prod/*/\"");
        assert_eq!(odd("{ tags: [\"V1.*\", \"/a:b/\", \"_x\"] }", name).len(), expected, "{name}");
    }
}

#[test]
fn ages_that_nothing_has_are_pointed_out() {
    let settings = "plan_max_age: 0s\nevidence_max_age: 0d";
    let warnings = read("policy.yaml", &with_settings(settings), Use::Live).unwrap().warnings;
    let shown: Vec<_> = warnings.iter().map(|it| format!("{} {}", it.path, it.message)).collect();
    assert_eq!(
        shown,
        [
            "plan_max_age nothing is ever deleted with this: a plan is older as soon as it is made",
            "evidence_max_age nothing is ever deleted with this: usage is older as soon as it is scanned",
        ]
    );
}
