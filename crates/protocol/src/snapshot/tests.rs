use super::*;

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000001";
const OTHER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000002";

/// A snapshot with one repository, of these images.
fn with_images(images: &str) -> String {
    with_registries(&format!(
        r#"{{ "account": "111122223333", "region": "eu-west-1",
             "repositories": [{{ "name": "dev/app", "images": [{images}] }}] }}"#
    ))
}

fn with_registries(registries: &str) -> String {
    format!(
        r#"{{
  "schema_version": 1,
  "taken_at": "2026-11-20T00:00:00Z",
  "home": {{ "account": "111122223333", "region": "eu-west-1" }},
  "registries": [{registries}],
  "usage": [],
  "coverage": "complete"
}}"#
    )
}

fn error(bytes: impl AsRef<[u8]>) -> String {
    read("org.json", bytes.as_ref()).unwrap_err().to_string()
}

fn contradictions(text: &str) -> Vec<String> {
    match read("org.json", text.as_bytes()).unwrap_err().problem {
        SnapshotProblem::Contradictions(found) => found.iter().map(ToString::to_string).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn the_documented_example_is_read_with_its_defaults() {
    let text = with_images(&format!(
        r#"{{ "digest": "{DIGEST}" }},
           {{ "digest": "{OTHER}", "tags": ["v1"], "pushed_at": "2026-08-01T00:00:00Z",
              "children": ["{DIGEST}", "{DIGEST}"], "subject": "{OTHER}", "status": "ARCHIVED" }}"#
    ));
    let snapshot = read("org.json", text.as_bytes()).unwrap();
    let images = &snapshot.registries[0].repositories[0].images;
    assert_eq!(images[0], ecr_sweep_core::Image::new(DIGEST.parse().unwrap()));
    assert_eq!(images[1].known_children().len(), 2);
    assert_eq!(snapshot.coverage, Coverage::COMPLETE);
    let with_mark = format!("\u{feff}{text}\n");
    assert_eq!(read("org.json", with_mark.as_bytes()).unwrap(), snapshot);
}

#[test]
fn a_file_that_is_something_else_is_told_as_what_it_is() {
    for (bytes, expected) in [
        (&b""[..], "the file is empty; record a snapshot"),
        (b" \n\t\n", "the file is empty; record a snapshot"),
        (
            b"# a policy\nschema_version: 1\nrepositories: []\n",
            "this is YAML, not a snapshot; a policy is named as such, and a snapshot is JSON",
        ),
        (
            br#"{ "schema_version": 1, "repositories": [] }"#,
            "this is a policy, not a snapshot; name it as the policy",
        ),
        (
            br#"{ "schema_version": 1, "now": "2026-11-20T00:00:00Z", "plans": [], "warnings": [] }"#,
            "this is a plan, not a snapshot; name the snapshot that it was made from",
        ),
        (
            br#"{ "$schema": "https://json-schema.org/draft/2020-12/schema" }"#,
            "this is a JSON Schema, not a snapshot; name the snapshot itself",
        ),
        (b"[]", "this is a JSON list, not a snapshot; a snapshot is one JSON object"),
        (b"\x1f\x8b\x08\x00", "this is compressed, not a snapshot; unpack it first"),
        (
            b"<html>",
            "this is HTML or XML, not a snapshot; record a snapshot",
        ),
        (
            b"hello",
            "this is no JSON, not a snapshot; record a snapshot",
        ),
    ] {
        assert_eq!(error(bytes), format!("org.json: {expected}"));
    }
}

#[test]
fn a_file_that_is_cut_short_anywhere_is_told_so() {
    let text = with_images(&format!(r#"{{ "digest": "{DIGEST}", "tags": ["v1"] }}"#));
    for end in 1..text.len() {
        let error = error(&text[..end]);
        assert!(error.starts_with("org.json: the JSON ends too early, on line "), "{end}: {error}");
    }
    assert!(read("org.json", text.as_bytes()).is_ok());
}

#[test]
fn json_that_does_not_parse_has_a_line_and_a_column() {
    assert_eq!(
        error("{\n  \"schema_version\": 1,,\n}"),
        "org.json: line 2, column 23: this is not JSON: key must be a string; correct it, or record the snapshot again"
    );
    let twice = format!("{0}\n{0}", with_images(""));
    assert!(error(twice).contains("this is not JSON: trailing characters"));
    assert!(error(b"{ \"a\": \"\xff\" }").contains("line 1, column"));
}

#[test]
fn another_version_is_told_before_anything_else() {
    let newer = "org.json: schema_version is 2, and this ecr-sweep reads 1; a newer ecr-sweep wrote it: use that one, or record the snapshot again";
    assert_eq!(error(r#"{ "schema_version": 2, "something": "new" }"#), newer);
    assert_eq!(error(with_images("").replace("n\": 1", "n\": 2")), newer);
    for found in ["0", "-1", "\"1\"", "null"] {
        let text = with_images("").replace("n\": 1", &format!("n\": {found}"));
        assert!(error(&text).contains("schema_version"), "{}", error(&text));
    }
}

#[test]
fn a_wrong_field_is_named_with_its_path_and_place() {
    for (text, expected) in [
        (
            with_images(r#"{ "digest": "sha256:1" }"#),
            "registries[0].repositories[0].images[0].digest (line 6, column 84): `sha256:1` is not a digest: expected `sha256:` and 64 lower-case hexadecimal digits",
        ),
        (
            with_images(&format!(r#"{{ "digest": "{DIGEST}" }}, {{ "tags": [] }}"#)),
            "registries[0].repositories[0].images[1] (line 6, column 165): missing field `digest`",
        ),
        (
            with_images(&format!(r#"{{ "digest": "{DIGEST}", "status": "GONE" }}"#)),
            "registries[0].repositories[0].images[0].status (line 6, column 165): unknown variant `GONE`, expected one of `ACTIVE`, `ARCHIVED`, `ACTIVATING`",
        ),
        (
            with_images("").replace("\"usage\": [],", ""),
            "the snapshot (line 9, column 1): missing field `usage`",
        ),
        (
            with_images("").replace("\"complete\"", "\"partial\""),
            "coverage (line 8, column 23): invalid value: string \"partial\", expected `\"complete\"`, or an object with `default` and `except`",
        ),
    ] {
        assert_eq!(error(&text), format!("org.json: {expected}"), "{text}");
    }
    let unknown = error(with_images(&format!(r#"{{ "digest": "{DIGEST}", "tag": "v1" }}"#)));
    assert!(unknown.contains("registries[0].repositories[0].images[0].tag (line 6"), "{unknown}");
    assert!(unknown.contains("unknown field `tag`, expected one of `digest`, `tags`"), "{unknown}");
}

#[test]
fn what_cannot_be_true_is_told_all_at_once() {
    let registry = |repositories: &str| {
        format!(
            r#"{{ "account": "111122223333", "region": "eu-west-1", "repositories": [{repositories}] }}"#
        )
    };
    let images = format!(
        r#"{{ "digest": "{DIGEST}", "tags": ["a", "b", "a", ".c"] }},
           {{ "digest": "{OTHER}", "tags": ["b"] }},
           {{ "digest": "{DIGEST}" }}"#
    );
    let repositories = format!(
        r#"{{ "name": "dev/app", "images": [{images}] }},
           {{ "name": "Dev", "images": [] }},
           {{ "name": "dev/app", "images": [] }}"#
    );
    let row = |status: &str| {
        format!(
            r#"{{ "account": "111122223333", "region": "eu-west-1", "source": "ecs", "status": "{status}" }}"#
        )
    };
    let coverage =
        format!(r#"{{ "default": "complete", "except": [{}, {}] }}"#, row("failed"), row("off"));
    let text = with_registries(&format!("{}, {}", registry(&repositories), registry("")))
        .replace("\"complete\"\n", &format!("{coverage}\n"));
    assert_eq!(
        contradictions(&text),
        [
            "registries[1]: the registry 111122223333/eu-west-1 is registries[0], too".to_owned(),
            "registries[0].repositories[2]: the repository `dev/app` is registries[0].repositories[0], too".to_owned(),
            format!("registries[0].repositories[0].images[2].digest: {DIGEST} is registries[0].repositories[0].images[0], too"),
            "registries[0].repositories[0].images[0].tags[3]: `.c` cannot be a tag".to_owned(),
            "registries[0].repositories[0].images[0].tags[2]: the tag `a` is registries[0].repositories[0].images[0].tags[0], too".to_owned(),
            "registries[0].repositories[0].images[1].tags[0]: the tag `b` is registries[0].repositories[0].images[0].tags[1], too".to_owned(),
            "registries[0].repositories[1].name: `Dev` cannot be the name of a repository".to_owned(),
            "coverage.except[1]: ecs in 111122223333/eu-west-1 has coverage.except[0], too".to_owned(),
        ]
    );
    let message = error(&text);
    assert!(
        message.starts_with("org.json: this cannot be true; correct the file, or record the snapshot again:\n  registries[1]: "),
        "{message}"
    );
}

#[test]
fn the_same_in_two_repositories_is_no_contradiction() {
    let image = format!(r#"{{ "digest": "{DIGEST}", "tags": ["v1"] }}"#);
    let text = with_registries(&format!(
        r#"{{ "account": "111122223333", "region": "eu-west-1", "repositories": [
             {{ "name": "dev/app", "images": [{image}] }}, {{ "name": "dev/other", "images": [{image}] }}] }},
           {{ "account": "111122223333", "region": "us-east-1", "repositories": [
             {{ "name": "dev/app", "images": [{image}] }}] }}"#
    ));
    assert!(read("org.json", text.as_bytes()).is_ok());
}

#[test]
fn many_contradictions_are_counted_and_not_all_shown() {
    let image = format!(r#"{{ "digest": "{DIGEST}" }}"#);
    let images = vec![image; 100].join(",");
    let text = with_images(&images);
    assert_eq!(contradictions(&text).len(), 99);
    let message = error(&text);
    assert_eq!(message.lines().count(), 22);
    assert!(message.ends_with("\n  and 79 more"), "{message}");
}

#[test]
fn what_is_written_is_sorted_and_reads_as_the_same() {
    let image = |n: u8, more: &str| format!(r#"{{ "digest": "sha256:{n:064x}"{more} }}"#);
    let pushed =
        |n: u8, day: u8| image(n, &format!(r#", "pushed_at": "2026-08-0{day}T00:00:00Z""#));
    let images = [image(1, r#", "tags": ["b", "a"]"#), pushed(4, 1), pushed(3, 2), pushed(2, 2)];
    let repository =
        |name: &str| format!(r#"{{ "name": "{name}", "images": [{}] }}"#, images.join(","));
    let registry = |region: &str| {
        format!(
            r#"{{ "account": "111122223333", "region": "{region}", "repositories": [{}, {}] }}"#,
            repository("dev/b"),
            repository("dev/a"),
        )
    };
    let usage = |arn: &str| {
        format!(
            r#"{{ "reference": "a", "source": "ecs-task", "arn": "{arn}", "account": "111122223333", "region": "eu-west-1" }}"#
        )
    };
    let text = with_registries(&format!("{}, {}", registry("us-east-1"), registry("eu-west-1")))
        .replace("\"usage\": []", &format!("\"usage\": [{}, {}]", usage("t:2"), usage("t:1")));

    let written = write(&read("org.json", text.as_bytes()).unwrap()).unwrap();
    let again = read("org.json", &written).unwrap();
    assert_eq!(write(&again).unwrap(), written);

    let regions: Vec<_> = again.registries.iter().map(|r| r.region.as_str()).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    let arns: Vec<_> = again.usage.iter().map(|usage| &*usage.arn).collect();
    assert_eq!(arns, ["t:1", "t:2"]);
    let repository = &again.registries[0].repositories[0];
    assert_eq!(&*repository.name, "dev/a");
    let last: Vec<_> = repository.images.iter().map(|i| i.digest.hex().split_off(63)).collect();
    assert_eq!(last, ["2", "3", "4", "1"]);
    assert_eq!(repository.images[3].tags, ["a".into(), "b".into()]);
    assert!(written.ends_with(b"}\n"));
}

/// A snapshot of which nothing is left out.
fn with_everything() -> String {
    let image = format!(
        r#"{{ "digest": "{DIGEST}", "tags": ["v1", "b-9"], "size_bytes": 12 }},
           {{ "children": ["{DIGEST}"], "digest": "{OTHER}" }}"#
    );
    let usage = r#"[{ "reference": "a/b:1", "source": "kubernetes-pod", "arn": "{[\"", "cluster": "c",
        "account": "111122223333", "region": "eu-west-1" }]"#;
    let row =
        r#"{ "account": "111122223333", "region": "eu-west-1", "source": "ecs", "status": "off" }"#;
    with_images(&image)
        .replace(
            r#""usage": []"#,
            &format!(r#""usage": {usage}, "workloads": {{ "regions": [] }}"#),
        )
        .replace(r#""complete""#, &format!(r#"{{ "default": "failed", "except": [{row}] }}"#))
}

/// A snapshot that is read by its parts.
fn by_parts(bytes: &[u8]) -> Result<Snapshot, NotRead> {
    let mut usage = Vec::new();
    let outline = read_outline(bytes, |row| usage.push(row))?;
    let SnapshotOutline { taken_at, home, registries, cache_rules, spans, coverage } = outline;
    let mut read = Vec::new();
    for (outline, spans) in registries.into_iter().zip(spans) {
        let of = |Span { start, length }: Span| {
            let start = usize::try_from(start).unwrap();
            read_repository(&bytes[start..start + usize::try_from(length).unwrap()])
        };
        let repositories = spans.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<_> = repositories.iter().map(|it| it.name.clone()).collect();
        assert_eq!(names, outline.repositories);
        read.push(Registry {
            account: outline.place.account,
            region: outline.place.region,
            deletes_replicate_to: outline.deletes_replicate_to,
            unread: outline.unread,
            repositories,
        });
    }
    let workloads = Workloads::default();
    Ok(Snapshot {
        schema_version: 1,
        taken_at,
        home,
        registries: read,
        cache_rules,
        usage,
        coverage,
        workloads,
    })
}

#[test]
fn a_snapshot_read_by_its_parts_is_the_same() {
    for text in [with_everything(), with_images(""), with_registries("")] {
        assert_eq!(by_parts(text.as_bytes()).unwrap(), read("s", text.as_bytes()).unwrap());
        let marked = format!("\u{feff}{text}\n");
        assert_eq!(by_parts(marked.as_bytes()).unwrap(), read("s", text.as_bytes()).unwrap());
    }
}

#[test]
fn by_its_parts_the_same_snapshots_are_refused() {
    let text = with_everything();
    let mut good = 0;
    for at in 0..text.len() {
        let (before, after) = (&text.as_bytes()[..at], &text.as_bytes()[at..]);
        let instead = [&b""[..], b"\"", b"}", b"]", b",", b"x", b"1", b" ", b"\xff", b"\\"];
        let changes = instead.map(|byte| [before, byte, &after[1..]].concat());
        for bytes in changes.into_iter().chain([before.to_vec()]) {
            let whole = read("s", &bytes).is_ok();
            good += usize::from(whole);
            assert_eq!(by_parts(&bytes).is_ok(), whole, "{}", String::from_utf8_lossy(&bytes));
        }
    }
    assert!(good > 100, "{good} of the changed snapshots are good");
}

#[test]
fn contradictions_are_noticed_in_the_parts() {
    let registry = |repositories: &str| {
        format!(
            r#"{{ "account": "111122223333", "region": "eu-west-1", "repositories": [{repositories}] }}"#
        )
    };
    let app = r#"{ "name": "app", "images": [] }"#;
    let twice = format!(
        r#"{{ "name": "app", "images": [{{ "digest": "{DIGEST}" }}, {{ "digest": "{DIGEST}" }}] }}"#
    );
    let off = r#""cluster": "c", "arn": "a", "reference": "r", "account": "111122223333", "region": "eu-west-1""#;
    for text in [
        with_registries(&format!("{}, {}", registry(""), registry(""))),
        with_registries(&registry(&format!("{app}, {app}"))),
        with_registries(&registry(&twice)),
        with_registries("")
            .replace(r#""usage": []"#, &format!(r#""usage": [{{ "source": "ecs-task", {off} }}]"#)),
        with_registries("").replace(r#""schema_version": 1"#, r#""schema_version": 2"#),
        with_registries("").replace(r#""usage": [],"#, ""),
        with_registries("").replace(r#""usage": []"#, r#""usage": [], "usage": []"#),
    ] {
        assert!(read("s", text.as_bytes()).is_err(), "{text}");
        assert!(by_parts(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn the_schema_takes_what_is_written() {
    let schema = crate::schema::of(crate::schema::SchemaName::Snapshot);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let text = with_images(&format!(r#"{{ "digest": "{DIGEST}", "tags": ["v1"] }}"#));
    let snapshot = read("org.json", text.as_bytes()).unwrap();
    let written = serde_json::from_slice(&write(&snapshot).unwrap()).unwrap();
    assert!(validator.is_valid(&written));
    assert!(!validator.is_valid(&serde_json::json!({ "schema_version": 1 })));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), at in 0usize..400) {
        let _ = read("org.json", &bytes);
        let mut text = with_images(&format!(r#"{{ "digest": "{DIGEST}" }}"#)).into_bytes();
        let at = at.min(text.len());
        text.splice(at..at, bytes.iter().take(3).copied());
        let _ = read("org.json", &text);
    }
}
