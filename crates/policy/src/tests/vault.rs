//! What a policy may not say of the vault.

use super::{Use, errors, read};

#[test]
fn what_is_archived_is_not_copied_to_the_vault() {
    let text = "schema_version: 1
repositories:
  - keep: { newest: 1 }
    action: { archive_for: 90d }
    undo_for: 30d
";
    assert_eq!(
        errors(text),
        [
            "p.yaml:5:5: what is archived cannot be read, so it cannot be copied before it is deleted; expected `archive_for` or `undo_for`",
        ]
    );
    read("p.yaml", &text.replace("{ archive_for: 90d }", "delete"), Use::Live).unwrap();
}

#[test]
fn a_prefix_of_the_vault_is_of_a_bucket() {
    let text = "schema_version: 1
vault: { prefix: team }
repositories:
  - keep: { newest: 1 }
";
    assert_eq!(
        errors(text),
        [
            "p.yaml:2:10: a prefix is of a bucket for the copies, and none is named; expected `bucket` beside it",
        ]
    );
    let named = text.replace("prefix: team", "prefix: team, bucket: my-vault");
    read("p.yaml", &named, Use::Live).unwrap();
}

#[test]
fn names_of_the_vault_that_s3_does_not_take_are_told_where_they_stand() {
    let of = |vault: &str| {
        format!(
            "schema_version: 1\nvault: {{ {vault} }}\nrepositories: [{{ keep: {{ newest: 1 }} }}]\n"
        )
    };
    for good in
        ["bucket: my-vault", "bucket: my-vault, prefix: a/b/", "bucket: my-vault, prefix: a"]
    {
        read("p.yaml", &of(good), Use::Live).unwrap();
    }
    let (most, long) = ("a".repeat(900), "a".repeat(901));
    read("p.yaml", &of(&format!("bucket: my-vault, prefix: {most}")), Use::Live).unwrap();
    let bucket = "expected the name of a bucket, without `s3://`";
    let prefix = "expected names, with `/` between them";
    for (vault, expected) in [
        (
            "bucket: s3://my-vault".to_owned(),
            format!(
                "2:18: the name of a bucket has lower-case letters, digits, dots and hyphens alone; {bucket}"
            ),
        ),
        (
            "bucket: my-vault, prefix: a//b".to_owned(),
            format!(
                "2:36: S3, or the run store, takes no such prefix: it is relative, and no part of it is empty; {prefix}"
            ),
        ),
        (
            "bucket: my-vault, prefix: a b".to_owned(),
            format!(
                "2:36: S3, or the run store, takes no such prefix: it has printable ASCII characters alone, no space and no backslash; {prefix}"
            ),
        ),
        (
            format!("bucket: my-vault, prefix: {long}"),
            "2:36: the prefix has 901 characters; expected at most 900".to_owned(),
        ),
    ] {
        assert_eq!(errors(&of(&vault)), [format!("p.yaml:{expected}")], "{vault}");
    }
}
