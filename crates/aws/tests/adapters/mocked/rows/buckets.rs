//! S3: usage files, the run store, and the settings of its bucket.

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::{BucketReader, RunStore as _, S3Location, S3Store};
use ecr_sweep_aws::usage_files::find_files;

use super::{Row, act, told};

fn bucket() -> S3Location {
    S3Location::new("sweeps", "").unwrap()
}

fn list_of_objects(keys: &[&str]) -> String {
    let rows = keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>"));
    let rows = rows.collect::<Vec<_>>().concat();
    let count = keys.len();
    format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>{count}</KeyCount>{rows}</ListBucketResult>"
    )
}

/// S3.
pub(super) fn buckets() -> Vec<Row> {
    let row = |operation: &'static str, answer: &str, act, expected| Row {
        act,
        answers: vec![(operation, answer.to_owned())],
        expected,
        empty: None,
        gone: Vec::new(),
    };
    let ways =
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let ways = ways.map(|way| format!("<{way}>true</{way}>")).concat();
    let block = format!("<PublicAccessBlockConfiguration>{ways}</PublicAccessBlockConfiguration>");
    vec![
        Row {
            act: act!(|it| find_files(&it, "s3://sweeps/in/*.json").await.map(|all| all.len())),
            answers: vec![
                ("s3:ListObjectsV2", list_of_objects(&["in/a.json", "in/b.json", "in/c.txt"])),
                ("s3:GetObject", "[]".to_owned()),
            ],
            expected: "2",
            empty: Some((vec![("s3:ListObjectsV2", list_of_objects(&[]))], "0")),
            gone: Vec::new(),
        },
        row(
            "s3:GetObject",
            "text",
            act!(|it| S3Store::new(&it, bucket())
                .get("a")
                .await
                .map(|it| it.map(|it| it.bytes.len()))),
            "Some(4)",
        )
        .or_gone("NoSuchKey", Some("None"))
        .or_gone("NoSuchBucket", None),
        row(
            "s3:PutObject",
            "",
            act!(|it| S3Store::new(&it, bucket()).put("a", Vec::new()).await.map(drop)),
            "()",
        )
        .or_gone("NoSuchBucket", None),
        row(
            "s3:ListObjectsV2",
            &list_of_objects(&["a", "b"]),
            act!(|it| S3Store::new(&it, bucket()).list("").await),
            r#"["a", "b"]"#,
        )
        .or_gone("NoSuchBucket", None),
        row(
            "s3:GetBucketVersioning",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
            act!(|it| BucketReader::new(&it, &bucket()).is_versioned().await),
            "true",
        )
        .or_gone("NoSuchBucket", None),
        row(
            "s3:GetPublicAccessBlock",
            &block,
            act!(|it| BucketReader::new(&it, &bucket()).blocks_public_access().await),
            "true",
        )
        .or_gone("NoSuchPublicAccessBlockConfiguration", Some("false"))
        .or_gone("NoSuchBucket", None),
    ]
}
