//! What of an item is evidence: nothing else of it is kept.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, KnownKind, Place};
use serde_json::Value;

use super::path;
use super::row::Read;
use super::text::Reader;
use crate::sources::rows::{Row, Rows};
use crate::sources::{Scan, ScanError};

/// An image that an item names.
#[derive(Debug)]
pub(super) struct Evidence {
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
        for resolved in row.resolved {
            for both in path::find(item, resolved.within) {
                let digest = path::text(both, resolved.digest);
                let digest = digest.map(|text| read_digest(arn, resolved.digest, &text));
                let image = path::text(both, resolved.image);
                let digest = digest.transpose()?;
                // Without the image's name its digest is all that is known, and enough.
                let image = image.or_else(|| digest.map(|digest| digest.to_string()));
                named.extend(image.map(|image| (image, digest)));
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
    pub(super) fn add_to(&self, rows: &mut Rows<'_>) {
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
