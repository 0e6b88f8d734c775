//! What of an item is evidence: nothing else of it is kept.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, KnownKind, Place};
use serde_json::Value;

use super::path;
use super::row::{Composed, Read};
use super::text::{Reader, host};
use crate::sources::rows::{Row, Rows};
use crate::sources::{Scan, ScanError};

/// An image that an item names.
#[derive(Debug, PartialEq)]
pub(in crate::sources) struct Evidence {
    arn: Box<str>,
    kind: KnownKind,
    reference: String,
    resolved: Option<Digest>,
}

impl Evidence {
    /// All that an item names: the images that it spells where images are, with what they were
    /// resolved to, and everything else that reads as a reference.
    pub(super) fn of(
        row: &Read,
        arn: &str,
        item: &Value,
        scan: &Scan<'_>,
        place: &Place,
    ) -> Result<Vec<Self>, ScanError> {
        let mut named: BTreeSet<(String, Option<Digest>)> = BTreeSet::new();
        for path in row.images {
            for image in path::find(item, path) {
                let Value::String(image) = image else {
                    return Err(ScanError::unreadable(arn, format!("`{path}` is no text")));
                };
                named.extend((!image.is_empty()).then(|| (image.clone(), None)));
            }
        }
        for path in row.image_arns {
            for image in path::find(item, path) {
                let named_by = image.as_str().and_then(of_arn);
                let named_by = named_by
                    .ok_or_else(|| ScanError::unreadable(arn, format!("`{path}` is no image")))?;
                named.insert((named_by, None));
            }
        }
        for resolved in row.resolved {
            for both in path::find(item, resolved.within) {
                let digest = text_if_any(arn, both, resolved.digest)?;
                let digest = digest.map(|text| read_digest(arn, resolved.digest, &text));
                let image = text_if_any(arn, both, resolved.image)?;
                let digest = digest.transpose()?;
                // Without the image's name its digest is all that is known, and enough.
                let image = image.or_else(|| digest.map(|digest| digest.to_string()));
                named.extend(image.map(|image| (image, digest)));
            }
        }
        for composed in row.composed {
            for parts in path::find(item, composed.within) {
                let image = composed_of(arn, composed, parts, place)?;
                named.extend(image.map(|image| (image, None)));
            }
        }
        let reader = Reader { aliases: &scan.policy.usage.aliases, place };
        let mut texts = Vec::new();
        reader.read(item, &mut texts);
        for path in row.encoded {
            for encoded in path::find(item, path) {
                let text = encoded.as_str().and_then(decoded);
                let text = text
                    .ok_or_else(|| ScanError::unreadable(arn, format!("`{path}` is no base64")))?;
                reader.read_text(&text, &mut texts);
            }
        }
        for text in texts {
            if !named.iter().any(|(image, _)| *image == text) {
                named.insert((text, None));
            }
        }
        let kind = row.kind;
        let evidence = named.into_iter().map(|(reference, resolved)| Self {
            arn: arn.into(),
            kind,
            reference,
            resolved,
        });
        Ok(evidence.collect())
    }

    /// Adds its row.
    pub(in crate::sources) fn add_to(&self, rows: &mut Rows<'_>) {
        rows.add(Row {
            kind: self.kind,
            arn: &self.arn,
            reference: &self.reference,
            task_definition: None,
            resolved: self.resolved,
            deployed_at: None,
        });
    }
}

/// The image that these parts name, if they are those of an image. One that stands for all under a
/// prefix cannot be read, so that it counts as any.
fn composed_of(
    arn: &str,
    composed: &Composed,
    parts: &Value,
    place: &Place,
) -> Result<Option<String>, ScanError> {
    let text = |path: Option<&str>| match path {
        Some(path) => text_if_any(arn, parts, path),
        None => Ok(None),
    };
    if let Some((path, said)) = composed.only
        && text(Some(path))?.as_deref() != Some(said)
    {
        return Ok(None);
    }
    let Some(repository) = text(Some(composed.repository))? else { return Ok(None) };
    let account = text(composed.account)?.unwrap_or_else(|| place.account.to_string());
    let host = host(&account, place);
    if composed.is_prefix {
        return Ok(Some(format!("{host}/{}/*", repository.trim_end_matches('/'))));
    }
    let tag = text(composed.tag)?.map_or_else(String::new, |tag| format!(":{tag}"));
    Ok(Some(format!("{host}/{repository}{tag}")))
}

/// The text at a path, if anything is there.
fn text_if_any(arn: &str, value: &Value, path: &str) -> Result<Option<String>, ScanError> {
    path::text_if_any(value, path)
        .map_err(|path::NotText| ScanError::unreadable(arn, format!("`{path}` is no text")))
}

/// The image that an ARN names: `arn:aws:ecr:REGION:ACCOUNT:repository/NAME/sha256:...`.
fn of_arn(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "ecr", region, account, resource] = *parts else { return None };
    let (name, digest) = resource.strip_prefix("repository/")?.rsplit_once('/')?;
    let digest: Digest = digest.parse().ok()?;
    let place = Place { account: account.parse().ok()?, region: region.parse().ok()? };
    Some(format!("{}/{name}@{digest}", host(account, &place)))
}

/// A digest, or the one at the end of a reference.
fn read_digest(arn: &str, path: &str, text: &str) -> Result<Digest, ScanError> {
    let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
    digest.parse().map_err(|_| ScanError::unreadable(arn, format!("`{path}` is no digest")))
}

/// Text in base64, whatever in it is no text left out. `None`: it is no base64.
fn decoded(text: &str) -> Option<String> {
    let bytes =
        aws_smithy_types::base64::decode(text.split_whitespace().collect::<String>()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_is_named_by_its_arn() {
        let digest = format!("sha256:{:064}", 7);
        let of = |arn: &str| of_arn(&arn.replace("DIGEST", &digest));
        assert_eq!(
            of("arn:aws:ecr:eu-west-1:111122223333:repository/team/app/DIGEST"),
            Some(format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app@{digest}"))
        );
        assert_eq!(
            of("arn:aws-cn:ecr:cn-north-1:111122223333:repository/app/DIGEST"),
            Some(format!("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app@{digest}"))
        );
        for other in [
            "arn:aws:ecr:eu-west-1:111122223333:repository/app",
            "arn:aws:ecr:eu-west-1:111122223333:repository/app/sha256:1",
            "arn:aws:lambda:eu-west-1:111122223333:function:DIGEST",
            "i-0123456789abcdef0",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn an_image_is_composed_of_its_parts() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let composed = Composed {
            within: "",
            only: Some(("provider", "ECR")),
            account: Some("account"),
            repository: "repository",
            tag: Some("tag"),
            is_prefix: false,
        };
        let image = |composed: &Composed, parts: Value| {
            composed_of("arn", composed, &parts, &place).unwrap()
        };
        let own = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        for (parts, named) in [
            (
                json!({ "provider": "ECR", "repository": "a/b", "tag": "v1" }),
                format!("{own}/a/b:v1"),
            ),
            (json!({ "provider": "ECR", "repository": "a/b" }), format!("{own}/a/b")),
            (
                json!({ "provider": "ECR", "repository": "a", "account": "444455556666" }),
                "444455556666.dkr.ecr.eu-west-1.amazonaws.com/a".to_owned(),
            ),
        ] {
            assert_eq!(image(&composed, parts), Some(named));
        }
        let code = json!({ "provider": "CodeCommit", "repository": "a" });
        for parts in [code, json!({ "repository": "a" }), json!({ "provider": "ECR" })] {
            assert_eq!(image(&composed, parts), None);
        }
        for part in ["provider", "repository", "account", "tag"] {
            let mut parts = json!({ "provider": "ECR", "repository": "a" });
            parts[part] = json!(["a"]);
            let problem = composed_of("arn", &composed, &parts, &place).unwrap_err();
            assert_eq!(problem.to_string(), format!("arn: `{part}` is no text"));
        }
        let all = Composed { only: None, is_prefix: true, ..composed };
        let named = image(&all, json!({ "repository": "mirror/" })).unwrap();
        assert_eq!(named, format!("{own}/mirror/*"));
        let read = ecr_sweep_core::Reference::parse(&named, &ecr_sweep_core::Aliases::default());
        assert!(read.is_err(), "it stands for any image");
    }
}
