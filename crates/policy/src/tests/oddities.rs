//! What YAML makes possible.

use ecr_sweep_core::policy::{Clause, Consumers, Newest, Tags};
use ecr_sweep_core::{Account, Pattern};
use proptest::prelude::*;

use super::{PolicyFile, Use, read, with_keep, with_rule, with_settings};

fn good(text: &str) -> PolicyFile {
    read("p.yaml", text, Use::Live).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

#[test]
fn values_are_read_by_the_text_that_was_written() {
    let policy = good(&with_settings(
        "scope:\n  registries: { accounts: [111122223333, 012345678901, \"000000000001\"] }\n  consumers: { accounts: [012345678901] }",
    ))
    .policy;
    let accounts: Vec<_> = policy.scope.registries.accounts.iter().map(Account::as_str).collect();
    assert_eq!(accounts, ["000000000001", "012345678901", "111122223333"]);
    let Consumers::Accounts { accounts, .. } = &policy.scope.consumers else { panic!() };
    assert_eq!(accounts.first().unwrap().as_str(), "012345678901");

    let keep =
        &good(&with_keep("tags: [1.10, 0x1F, true, 1e3, 'v*']")).policy.repositories[0].keep.0[0];
    let tags: Vec<_> = keep.get::<Tags>().unwrap().0.iter().map(Pattern::as_str).collect();
    assert_eq!(tags, ["1.10", "0x1F", "true", "1e3", "v*"]);

    let rule = "match: { tags: { cleanup: true, stage: 01 } }\n    keep: { newest: 1 }";
    let tags = &good(&with_rule(rule)).policy.repositories[0].matches.tags;
    assert_eq!((tags["cleanup"].as_str(), tags["stage"].as_str()), ("true", "01"));
}

#[test]
fn every_way_of_writing_the_same_is_the_same() {
    let plain = good(&with_keep("newest: 3")).policy;
    assert_eq!(plain.repositories[0].keep, Clause::default().with(Newest::plain(3)).into());
    for text in [
        "schema_version: 1\r\nrepositories:\r\n- keep:\r\n    newest: 3\r\n",
        "\u{feff}schema_version: 1\nrepositories: [{ keep: { newest: { count: 3 } } }]",
        "{\"schema_version\": 1, \"repositories\": [{\"keep\": {\"newest\": 3}}]}",
        "%YAML 1.2\n---\nschema_version: 1\nrepositories:\n- \"keep\": {? newest : 3}\n...\n",
        "repositories: # what is kept\n  -\n    keep:\n\n      newest: 3 # three\n\nschema_version: 1",
        "schema_version: 1\nrepositories: [{ match: {}, keep: { newest: 3 }, action: delete }]",
    ] {
        assert_eq!(good(text).policy, plain, "{text}");
    }
}

#[test]
fn a_reason_may_run_over_lines() {
    let text = with_settings(
        "scope:\n  off:\n    - source: ecs\n      reason: >\n        not\n        used\n",
    );
    assert_eq!(&*good(&text).policy.scope.off[0].reason, "not used");
}

#[test]
fn aliases_cannot_make_a_text_grow() {
    let mut lines = vec!["a: &a [x, x, x, x, x]".to_owned()];
    for (next, last) in ('b'..='z').zip('a'..) {
        lines.push(format!("{next}: &{next} [*{last}, *{last}, *{last}, *{last}, *{last}]"));
    }
    let text = lines.join("\n");
    let errors = read("p.yaml", &text, Use::Live).unwrap_err().errors;
    assert!(errors.len() < 200, "{}", errors.len());
}

#[test]
fn a_file_full_of_mistakes_tells_the_first_and_counts_the_others() {
    let keys: Vec<String> = (0..20_000).map(|n| format!("key{n}: 1")).collect();
    let refused = read("p.yaml", &keys.join("\n"), Use::Live).unwrap_err();
    assert_eq!((refused.errors.len(), refused.untold), (100, 19_902));
    assert!(refused.errors.is_sorted_by_key(|error| error.span.start));
    assert!(refused.to_string().ends_with("19902 more errors are not told"), "{refused}");
}

/// Texts that have something of a policy: its words, its signs, and others.
fn policy_like() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "schema_version",
            "scope",
            "registries",
            "accounts",
            "regions",
            "consumers",
            "off",
            "reason",
            "source",
            "usage",
            "aliases",
            "repositories",
            "match",
            "name",
            "tags",
            "keep",
            "newest",
            "count",
            "spare",
            "pushed_within",
            "releases",
            "limits",
            "share",
            "images",
            "grace",
            "action",
            "archive_for",
            "1",
            "90d",
            "50%",
            "organization",
            "delete",
            "<<",
        ])
        .prop_map(str::to_owned),
        prop::sample::select(vec![
            ": ", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ", ", "\"", "'", "&a ", "*a",
            "!t ", "? ", "| ", ">\n ", "# ", "\t", "\r\n", "---\n", "...\n", "%", "\u{feff}", "é",
            "\u{85}", "\u{2028}", "\0", "~", "\\",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_panics_and_every_error_stands_in_it(text in policy_like()) {
        for use_of in [Use::Offline, Use::Live] {
            let Err(errors) = read("p.yaml", &text, use_of) else { continue };
            prop_assert!(!errors.errors.is_empty());
            for error in &errors.errors {
                prop_assert!(text.get(error.span.clone()).is_some(), "{error:?}");
                prop_assert!(error.line >= 1 && error.column >= 1);
            }
        }
    }

    #[test]
    fn no_string_panics(text in any::<String>()) {
        let _ = read("p.yaml", &text, Use::Live);
        let _ = read("p.yaml", &with_rule(&text), Use::Live);
    }

    #[test]
    fn a_plain_value_stands_where_its_span_says(value in "[a-zé]{1,6}", pad in " {0,3}") {
        let text = with_settings(&format!("# é {value}\nminimum_age: {pad}{value} {pad}# {value}"));
        let errors = read("p.yaml", &text, Use::Live).unwrap_err().errors;
        prop_assert_eq!(&text[errors[0].span.clone()], value);
        prop_assert_eq!((errors[0].line, errors[0].column), (3, 14 + pad.len()));
    }
}
