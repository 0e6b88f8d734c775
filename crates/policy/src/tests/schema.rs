//! The reader and the JSON Schema say the same.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Number, Value};

use super::good::EVERYTHING;
use super::*;

/// A policy as an editor sees it: YAML with the types of its core schema.
fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => {
            Number::from_f64(value.into_inner()).map_or(Value::Null, Value::Number)
        }
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| {
                let key = match json(key) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                (key, json(value))
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn schema_takes(text: &str) -> bool {
    let documents = Yaml::load_from_str(text).unwrap();
    let document = documents.first().map_or(Value::Null, json);
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    validator.is_valid(&document)
}

fn reader_takes(text: &str) -> bool {
    read("p.yaml", text, Use::Offline).is_ok()
}

/// The keys of the mapping at a level such as `repositories[].keep`, in whichever form has any.
fn keys_in_schema(schema: &Value, path: &str) -> BTreeSet<String> {
    let properties = |value: &Value| -> Vec<(String, Value)> {
        let mut forms = vec![value.clone()];
        forms.extend(value["anyOf"].as_array().cloned().unwrap_or_default());
        let defined = |form: &Value| match form["$ref"].as_str() {
            Some(path) => schema.pointer(path.trim_start_matches('#')).unwrap().clone(),
            None => form.clone(),
        };
        forms
            .iter()
            .map(defined)
            .collect::<Vec<_>>()
            .iter()
            .filter_map(|form| form["properties"].as_object())
            .flat_map(|map| map.iter().map(|(key, value)| (key.clone(), value.clone())))
            .collect()
    };
    let mut at = schema.clone();
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let key = step.trim_end_matches("[]");
        at = properties(&at).into_iter().find(|(name, _)| name == key).unwrap().1;
        if step.ends_with("[]") {
            at = at["items"].clone();
        }
    }
    properties(&at).into_iter().map(|(key, _)| key).collect()
}

/// Every mapping in the schema that names its keys.
fn mappings_with_keys(schema: &Value) -> usize {
    let own = usize::from(schema.get("additionalProperties") == Some(&Value::Bool(false)));
    let below: usize = match schema {
        Value::Object(map) => map.values().map(mappings_with_keys).sum(),
        Value::Array(items) => items.iter().map(mappings_with_keys).sum(),
        _ => 0,
    };
    own + below
}

#[test]
fn reader_and_schema_have_the_same_keys_at_every_level() {
    let schema = schema();
    for level in levels() {
        let known: BTreeSet<String> = level.keys.iter().map(ToString::to_string).collect();
        assert_eq!(keys_in_schema(&schema, &level.path), known, "{}", level.path);
    }
    assert_eq!(mappings_with_keys(&schema), levels().len());
}

#[test]
fn every_key_of_the_schema_is_described() {
    fn check(schema: &Value, path: &str) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            assert!(value["description"].is_string(), "{path}.{key}");
        }
        let conditions = ["if", "then", "dependentSchemas"];
        for (key, below) in schema.as_object().into_iter().flatten() {
            if !conditions.contains(&key.as_str()) {
                check(below, &format!("{path}.{key}"));
            }
        }
        for below in schema.as_array().into_iter().flatten() {
            check(below, path);
        }
    }
    check(&schema(), "");
}

#[test]
fn good_policies_are_good_for_both() {
    let goods = [
        EVERYTHING.to_owned(),
        include_str!("../../../../examples/policy.yaml").to_owned(),
        include_str!("../../../../examples/minimal-policy.yaml").to_owned(),
        with_settings("scope: { consumers: organization }"),
        with_settings("scope: { registries: { accounts: [111122223333, 012345678901] } }"),
        with_settings("scope: {}"),
        with_settings("usage: { ecs: { task_definition_revisions: all } }"),
        with_settings("usage: { ecs: { task_definition_revisions: 0 } }"),
        with_settings("limits: { share: 33.33% }"),
        with_settings("limits: { share: 100.0% }"),
        with_settings("limits: { images: 0 }"),
        with_rule("match: { name: 1.0, tags: { a: 1 } }\n    keep: { tags: [1.10, true] }"),
        with_rule("match: {}\n    action: delete\n    keep: { tagged: true }"),
        with_keep("newest: 0"),
        with_keep("behind_tags: { tags: [a], within: 2w }"),
        with_keep("pushed_within: 0d"),
        with_keep("of: any, newest: { count: 2, by: pulled }"),
        with_keep("of: { tags: [a] }, tagged: true"),
        with_rule("keep: [{ newest: 1 }]"),
        with_rule("keep: [{ newest: 1 }, { of: untagged, spare: 1 }]\n    judge: [a/b]"),
    ];
    for text in goods {
        assert!(reader_takes(&text), "{text}");
        assert!(schema_takes(&text), "{text}");
    }
}

#[test]
fn bad_policies_are_bad_for_both() {
    let bads = [
        String::new(),
        "[]".to_owned(),
        "schema_version: 1".to_owned(),
        "repositories: [{ keep: { newest: 1 } }]".to_owned(),
        "schema_version: 2\nrepositories: [{ keep: { newest: 1 } }]".to_owned(),
        "schema_version: \"1\"\nrepositories: [{ keep: { newest: 1 } }]".to_owned(),
        "schema_version: 1\nrepositories: []".to_owned(),
        with_settings("minimum_ag: 7d"),
        with_settings("minimum_age: 7"),
        with_settings("minimum_age: 7 days"),
        with_settings("minimum_age:"),
        with_settings("scope:"),
        with_settings("scope: { consumers: everybody }"),
        with_settings("scope: { registries: { accounts: [] } }"),
        with_settings("scope: { registries: { accounts: [\"1\"] } }"),
        with_settings("scope: { registries: { regions: [eu] } }"),
        with_settings("scope: { role: \"\" }"),
        with_settings("scope: { off: [] }"),
        with_settings("scope: { off: [{ reason: a }] }"),
        with_settings("scope: { off: [{ source: ecs }] }"),
        with_settings("scope: { off: [{ source: ec2, reason: a }] }"),
        with_settings("scope: { off: [{ clusters: [a], reason: a }] }"),
        with_settings("scope: { off: [{ source: ecs, clusters: [a], reason: a }] }"),
        with_settings("scope: { off: [{ source: ecs, accounts: [public], reason: a }] }"),
        with_settings(
            "scope: { off: [{ regions: [eu-west-1], accounts: [organization], reason: a }] }",
        ),
        with_settings("usage: { ecs: { task_definition_revisions: -1 } }"),
        with_settings("usage: { files: [{ path: a }] }"),
        with_settings("usage: { aliases: { a/: 111122223333.dkr.ecr.eu-west-1.amazonaws.com } }"),
        with_settings("usage: { aliases: { a: docker.io } }"),
        with_settings("limits: {}"),
        with_settings("limits: { on_exceed: block }"),
        with_settings("limits: { share: 101% }"),
        with_settings("limits: { share: 0.5 }"),
        with_settings("limits: { share: 50.123% }"),
        with_settings("limits: { images: 1.5 }"),
        with_rule("match: { name: a }"),
        with_rule("match: { name: [] }\n    keep: { newest: 1 }"),
        with_rule("match: { name: \"\" }\n    keep: { newest: 1 }"),
        with_rule("match: { tags: {} }\n    keep: { newest: 1 }"),
        with_rule("keep: {}"),
        with_rule("keep:"),
        with_rule("keep: { newest: 1 }\n    action: archive"),
        with_rule("keep: { newest: 1 }\n    action: { archive_for: 1 }"),
        with_rule("keep: { newest: 1 }\n    notify: {}"),
        with_rule("keep: { newest: 1 }\n    notify: { slack: [\"@jane\"] }"),
        with_rule("keep: { newest: 1 }\n    notify: { slack: [payments] }"),
        with_settings("notify: { owners: { a: \"#a\" } }"),
        with_settings("notify: { owner_tag: team, owners: { a: b } }"),
        with_settings("notify: { owner_tag: team, owners: {} }"),
        with_rule("keep: { newest: 1 }\n    grace: soon"),
        with_keep("newst: 1"),
        with_keep("newest: \"1\""),
        with_keep("newest: -1"),
        with_keep("newest: { of: any }"),
        with_keep("newest: { count: 1, of: all }"),
        with_keep("spare: { count: 1, per: tag }"),
        with_keep("tags: latest"),
        with_keep("tags: []"),
        with_keep("tags: [\"//\"]"),
        with_keep("tagged: false"),
        with_keep("releases: 3"),
        with_keep("releases: { newest: 1, per: patch }"),
        with_keep("behind_tags: { within: 1d }"),
        with_keep("behind_tags: { tags: [] }"),
        with_keep("behind_deployed: { revisions: 4294967296 }"),
        with_keep("pushed_within: { tag: a }"),
        with_keep("pulled_within: { tag: a, default: 1d }"),
        with_keep("used_within: 30"),
        with_keep("used_within: { tag: a, default: 1d }"),
        with_keep("of: any"),
        with_keep("of: all, newest: 1"),
        with_keep("of: {}, newest: 1"),
        with_keep("of: { tags: [a], except_tags: [b] }, newest: 1"),
        with_keep("of: { all_tags: [a], without_tags: [b] }, newest: 1"),
        with_keep("of: { archived: true }, newest: 1"),
        with_keep("of: { tags: [] }, newest: 1"),
        with_keep("newest: { count: 1, by: use }"),
        with_keep("spare: { count: 1, by: pulled }"),
        with_rule("keep: []"),
        with_rule("keep: [{}]"),
        with_rule("keep: [{ newest: 1 }, { of: any }]"),
        with_rule("keep: [newest]"),
        with_rule("keep: { newest: 1 }\n    judge: []"),
        with_rule("keep: { newest: 1 }\n    judge: a/b"),
    ];
    for text in bads {
        assert!(!reader_takes(&text), "{text}");
        assert!(!schema_takes(&text), "{text}");
    }
}

#[test]
fn what_a_schema_cannot_say_the_reader_refuses() {
    for text in [
        with_settings("scope: { registries: { accounts: [11112222333] } }"),
        with_settings(
            "usage: { aliases: { 111122223333.dkr.ecr.eu-west-1.amazonaws.com: 111122223333.dkr.ecr.eu-west-1.amazonaws.com } }",
        ),
        with_settings("minimum_age: 99999999999999999999d"),
        with_keep("tags: [\"/(/\"]"),
        with_keep("newest: 007"),
    ] {
        assert!(!reader_takes(&text), "{text}");
        assert!(schema_takes(&text), "{text}");
    }
}
