use serde_json::{Value, json};

use super::*;

fn file() -> Value {
    json!({
        "schema_version": 1,
        "taken_at": "2026-11-20T00:00:00Z",
        "scanned": [
            {
                "account": "111122223333", "region": "eu-west-1", "cluster": "blue",
                "source": "kubernetes", "complete": true, "found": 12, "references": 1
            },
            {
                "account": "111122223333", "region": "eu-west-1", "source": "files",
                "platform": "nomad", "complete": false, "reason": "one server did not answer",
                "found": 3, "references": 0
            }
        ],
        "usage": [{
            "reference": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:v1",
            "source": "kubernetes-pod", "arn": "blue/default/web-1",
            "account": "111122223333", "region": "eu-west-1", "cluster": "blue"
        }]
    })
}

fn error(file: &Value) -> String {
    read("u.json", file.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_written_reads_back() {
    let text = file().to_string();
    let Ok(UsageFileContent::Scanned(read)) = read("u.json", text.as_bytes()) else {
        panic!("{text} is not read");
    };
    assert_eq!(serde_json::to_value(&read).unwrap(), file());
    assert!(read.scanned[0].complete && !read.scanned[1].complete);
    assert_eq!(read.scanned[0].place(), read.usage[0].seen_in());
}

#[test]
fn a_plain_list_is_references() {
    let content = read("u.json", b" [\"a/b:1\", \"a/c\"]\n").unwrap();
    assert_eq!(content, UsageFileContent::References(vec!["a/b:1".into(), "a/c".into()]));
    assert_eq!(read("u.json", b"[]").unwrap(), UsageFileContent::References(Vec::new()));
}

#[test]
fn what_is_no_usage_file_is_refused() {
    for (text, problem) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{}", "missing field `schema_version`"),
        ("[1]", "expected a string"),
        ("[\"a\"", "EOF while parsing"),
        ("hello", "expected value"),
    ] {
        let error = read("u.json", text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("the usage file `u.json` cannot be used: "), "{error}");
        assert!(error.contains(problem), "{text}: {error}");
    }
}

#[test]
fn a_reference_that_was_not_filled_in_is_refused() {
    let mut by_hand = file();
    by_hand["usage"] = json!([]);
    by_hand["scanned"] = json!([{
        "account": "111122223333", "region": "eu-west-1", "source": "files", "complete": true,
        "found": 1, "references": 1,
    }]);
    for reference in ["", " ", "${REGISTRY}/app:v1", "{{ registry }}/app:v1", "<IMAGE>"] {
        let list = json!(["a/b:1", reference]);
        let told = format!("[1]: `{reference}` is the name of no image; was it not filled in?");
        assert!(error(&list).ends_with(&told), "{}", error(&list));
        by_hand["usage"] = json!([{
            "reference": reference, "source": "files", "arn": "nomad/web",
            "account": "111122223333", "region": "eu-west-1",
        }]);
        let told = format!("usage[0].reference: `{reference}` is the name of no image");
        assert!(error(&by_hand).contains(&told), "{}", error(&by_hand));
    }
    // A cluster takes whatever is written there, and starts nothing of such a name.
    let mut of_a_cluster = file();
    of_a_cluster["usage"][0]["reference"] = "${REGISTRY}/app:v1".into();
    assert!(read("u.json", of_a_cluster.to_string().as_bytes()).is_ok());
}

#[test]
fn every_cut_of_a_file_is_refused() {
    let text = file().to_string();
    for end in 0..text.len() {
        assert!(read("u.json", &text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
    }
}

#[test]
fn what_cannot_be_true_is_refused() {
    let changed = |pointer: &str, value: Value| {
        let mut file = file();
        *file.pointer_mut(pointer).unwrap() = value;
        error(&file)
    };
    for (error, problem) in [
        (changed("/schema_version", 2.into()), "schema_version is 2"),
        (
            changed("/scanned/0/references", 2.into()),
            "scanned[0].references: it says 2 references, and `usage` has 1 of it",
        ),
        (changed("/usage", json!([])), "it says 1 references, and `usage` has 0 of it"),
        (
            changed("/usage/0/cluster", "green".into()),
            "usage[0]: `scanned` does not have kubernetes in 111122223333/eu-west-1/green",
        ),
        (
            changed("/scanned/0/source", "batch".into()),
            "scanned[0]: batch is not looked at by cluster",
        ),
        (
            changed("/scanned/1/source", "batch".into()),
            "scanned[1]: only `files` has a platform, not batch",
        ),
        (changed("/scanned/1", file()["scanned"][0].clone()), "scanned[1]: kubernetes in"),
        (changed("/scanned/0/found", Value::Null), "invalid type: null"),
    ] {
        assert!(error.contains(problem), "{error}");
    }
    let mut unknown = file();
    unknown["scanned"][0]["covered"] = true.into();
    assert!(error(&unknown).contains("unknown field `covered`"));
}
