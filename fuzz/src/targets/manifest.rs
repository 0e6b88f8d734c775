//! Manifests, under each media type that a registry may declare.

use std::collections::BTreeSet;

use ecr_sweep_core::MediaType;
use ecr_sweep_protocol::manifest::children;

use super::Target;

pub(super) const TARGET: Target = Target { name: "manifest", read, seeds };

fn read(input: &[u8]) -> bool {
    let declared = MediaType::KNOWN.into_iter().chain([MediaType::from("text/plain")]);
    let mut accepted = false;
    for media_type in declared {
        match children(&media_type, input) {
            Ok(children) => {
                let distinct: BTreeSet<_> = children.iter().collect();
                assert_eq!(distinct.len(), children.len(), "a child is listed twice");
                assert!(children.is_empty() || media_type.is_index(), "an image lists others");
                accepted = true;
            }
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
    }
    accepted
}

fn seeds() -> Vec<Vec<u8>> {
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let entry = |digit: &str, platform: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":7682,"platform":{platform}}}"#,
            digest(digit)
        )
    };
    let index = |media_type: &str| {
        let platform = r#"{"architecture":"arm64","os":"linux","variant":"v8"}"#;
        let attestation = r#"{"architecture":"unknown","os":"unknown"}"#;
        let entries = [entry("a", platform), entry("b", attestation)].join(",");
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{media_type}","manifests":[{entries}],"annotations":{{"a":"b"}}}}"#
        )
    };
    let image = |media_type: &MediaType| {
        let (config, media_type, version) =
            (digest("c"), media_type.as_str(), if media_type.is_schema_1() { 1 } else { 2 });
        format!(
            r#"{{"schemaVersion":{version},"mediaType":"{media_type}","config":{{"digest":"{config}","size":1}},"layers":[{{"digest":"{config}","size":32654}}],"subject":{{"digest":"{config}"}}}}"#
        )
    };
    MediaType::KNOWN
        .iter()
        .map(
            |media_type| {
                if media_type.is_index() { index(media_type.as_str()) } else { image(media_type) }
            },
        )
        .map(String::into_bytes)
        .collect()
}
