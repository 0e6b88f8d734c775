//! What a run left behind, without what no two runs have in common.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ecr_sweep_aws::store::RunStore;
use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;

use crate::stage::RUNTIME;

/// Documents by key.
pub(crate) type Documents = BTreeMap<String, Value>;

/// What only the state machine needs: what its Maps go through, who is asked, and who is told.
const OF_THE_STATE_MACHINE: [&str; 3] = ["items/", "approval/", "notices/"];

/// Every document of a run, with moments, digests of documents with moments in them, and the
/// numbers of requests taken out.
pub(crate) fn documents(store: &dyn RunStore, run: &str) -> Documents {
    let folder = format!("sweeps/{run}/");
    let keys = RUNTIME.block_on(store.list(&folder)).unwrap();
    let mut documents = Documents::new();
    for key in keys {
        let name = key.strip_prefix(&folder).unwrap();
        if OF_THE_STATE_MACHINE.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        let stored = RUNTIME.block_on(store.get(&key)).unwrap().unwrap();
        let document = match serde_json::from_slice(&stored.bytes) {
            Ok(document) => document,
            // Pages have moments in the middle of texts. What they show is compared already.
            Err(_) if name.starts_with("report/") => "<page>".into(),
            Err(_) => Value::String(String::from_utf8(stored.bytes).unwrap()),
        };
        documents.insert(name.to_owned(), without_chance(document));
    }
    documents
}

/// The same documents: the first that differ are shown, and not all of them.
pub(crate) fn assert_same(deployed: &Documents, in_process: &Documents) {
    let keys = |documents: &Documents| documents.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(deployed), keys(in_process));
    for (key, document) in deployed {
        let other = &in_process[key];
        let shown = |document| serde_json::to_string_pretty(document).unwrap();
        assert!(
            document == other,
            "{key} differs; deployed:\n{}\nin process:\n{}",
            shown(document),
            shown(other)
        );
    }
}

fn without_chance(value: Value) -> Value {
    match value {
        Value::String(text) if text.parse::<Timestamp>().is_ok() => "<moment>".into(),
        Value::String(text) => without_numbers(&text).into(),
        Value::Array(items) => items.into_iter().map(without_chance).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match &*name {
                "plan_digest" | "evidence" => (name, "<digest>".into()),
                _ => (name, without_chance(value)),
            })
            .collect(),
        other => other,
    }
}

/// The text of an error names its request; some texts name moments.
fn without_numbers(text: &str) -> String {
    static REQUEST: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("00000000-0000-4000-8000-[0-9a-f]{12}").unwrap());
    static MOMENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap());
    let text = REQUEST.replace_all(text, "<request>");
    MOMENT.replace_all(&text, "<moment>").into_owned()
}
