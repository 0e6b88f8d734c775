//! Images to sweep: of one layer of a few bytes, in a dozen repositories.

use std::fs;

use miette::{IntoDiagnostic, miette};
use serde_json::{Value, json};

use super::account::{PREFIX, TAG};
use super::aws::Aws;
use crate::package::hex;

/// More than the ten functions at once that some new accounts are said to have.
const REPOSITORIES: u32 = 12;

/// How many images each of them has.
pub(super) const IMAGES: u32 = 3;

/// The repositories.
pub(super) fn names() -> Vec<String> {
    (1..=REPOSITORIES).map(|n| format!("{PREFIX}app-{n:02}")).collect()
}

pub(super) fn push(aws: &Aws) -> miette::Result<()> {
    let folder = std::env::temp_dir().join(format!("ecr-sweep-verify-{}", std::process::id()));
    fs::create_dir_all(&folder).into_diagnostic()?;
    let file = folder.join("blob");
    let blob = format!("fileb://{}", file.display());
    let tag = format!("Key={TAG},Value=yes");
    for name in names() {
        aws.call(&["ecr", "create-repository", "--repository-name", &name, "--tags", &tag])?;
        for number in 0..IMAGES {
            let config =
                json!({ "architecture": "amd64", "os": "linux", "number": number }).to_string();
            let layer = format!("layer {number} of {name}");
            for bytes in [&config, &layer] {
                fs::write(&file, bytes).into_diagnostic()?;
                upload(aws, &name, &blob, bytes)?;
            }
            let manifest = manifest(&config, &layer)?;
            let tag = format!("v{number}");
            aws.call(&[
                "ecr",
                "put-image",
                "--repository-name",
                &name,
                "--image-tag",
                &tag,
                "--image-manifest",
                &manifest,
            ])?;
        }
    }
    fs::remove_dir_all(&folder).into_diagnostic()
}

fn upload(aws: &Aws, name: &str, blob: &str, bytes: &str) -> miette::Result<()> {
    let repository = ["--repository-name", name];
    let begin = [&["ecr", "initiate-layer-upload"][..], &repository].concat();
    let upload = aws.text(&begin, "/uploadId")?;
    let last = bytes.len().checked_sub(1).ok_or_else(|| miette!("a blob has bytes"))?.to_string();
    let part = ["--upload-id", &upload, "--part-first-byte", "0", "--part-last-byte", &last];
    let part = [&["ecr", "upload-layer-part", "--layer-part-blob", blob][..], &part, &repository];
    aws.call(&part.concat())?;
    let digest = digest(bytes)?;
    let end = ["--upload-id", &upload, "--layer-digests", &digest];
    let end = [&["ecr", "complete-layer-upload"][..], &end, &repository].concat();
    // The same configuration in one repository is there already.
    match aws.call(&end) {
        Err(error) if format!("{error}").contains("LayerAlreadyExistsException") => Ok(()),
        ended => ended.map(drop),
    }
}

fn manifest(config: &str, layer: &str) -> miette::Result<String> {
    let of = |media: &str, bytes: &str| -> miette::Result<Value> {
        let digest = digest(bytes)?;
        Ok(json!({ "mediaType": media, "digest": digest, "size": bytes.len() }))
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": of("application/vnd.oci.image.config.v1+json", config)?,
        "layers": [of("application/vnd.oci.image.layer.v1.tar", layer)?],
    });
    Ok(manifest.to_string())
}

fn digest(bytes: &str) -> miette::Result<String> {
    Ok(format!("sha256:{}", hex(bytes.as_bytes())?))
}
