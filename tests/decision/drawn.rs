//! What the random policies say, and what they do not.

use std::collections::BTreeSet;

use ecr_sweep_protocol::schema;
use ecr_sweep_tests::random::{NOT_DRAWN, policy, policy_text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// Every key that a policy may have, wherever it stands.
fn keys_of(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            fields.values().for_each(|value| keys_of(value, keys));
        }
        Value::Array(items) => items.iter().for_each(|value| keys_of(value, keys)),
        _ => {}
    }
}

#[test]
fn the_random_policies_say_everything_but_what_is_named() {
    let mut keys = BTreeSet::new();
    keys_of(&schema::policy(), &mut keys);
    let mut runner = TestRunner::deterministic();
    let mut drawn = String::new();
    for _ in 0..2_000 {
        let policy = policy().new_tree(&mut runner).unwrap().current();
        drawn.push_str(&policy_text(&policy, true));
        drawn.push_str(&policy_text(&policy, false));
    }
    let words: BTreeSet<&str> =
        drawn.split(|c: char| !c.is_ascii_lowercase() && c != '_').collect();
    keys.retain(|key| !words.contains(key.as_str()));
    assert_eq!(keys, NOT_DRAWN.map(|(key, _)| key.to_owned()).into());
}
