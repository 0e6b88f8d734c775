//! Random functions.

use ecr_sweep_core::{Registry, Source, Usage};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use jiff::Timestamp;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::super::pools::instant;
use super::super::usage::pick;
use super::{Found, PLACES, arn, place_at, plain_row, resource};

/// The versions of a function.
#[derive(Debug, Clone)]
pub(super) struct FunctionDraft {
    place: usize,
    versions: Vec<VersionDraft>,
}

/// A version, with an image of its Region's registry, by position.
#[derive(Debug, Clone)]
struct VersionDraft {
    repository: usize,
    image: usize,
    by_tag: bool,
    is_resolved: bool,
    modified_at: Timestamp,
}

pub(super) fn draft() -> impl Strategy<Value = FunctionDraft> {
    let version = (0usize..4, 0usize..16, any::<bool>(), weighted(0.8), instant()).prop_map(
        |(repository, image, by_tag, is_resolved, modified_at)| VersionDraft {
            repository,
            image,
            by_tag,
            is_resolved,
            modified_at,
        },
    );
    (0usize..PLACES, vec(version, 1..3))
        .prop_map(|(place, versions)| FunctionDraft { place, versions })
}

impl FunctionDraft {
    /// Lambda pulls from its own Region alone; here, from the registry beside it.
    pub(super) fn finish(&self, number: usize, registries: &[Registry], found: &mut Found) {
        let place = place_at(self.place);
        let Some(registry) = registries.iter().find(|registry| registry.place() == place) else {
            return;
        };
        let mut functions = Vec::new();
        for (number_of_version, version) in self.versions.iter().enumerate() {
            let one = std::slice::from_ref(registry);
            let picked = pick(one, 0, version.repository, version.image);
            let Some((_, repository, image)) = picked else { continue };
            let host = format!("{}.dkr.ecr.{}.amazonaws.com", place.account, place.region);
            let by_digest = format!("{host}/{}@{}", repository.name, image.digest);
            // The tag may have moved since; which tag it was does not matter here.
            let uri = match image.tags.first() {
                Some(tag) if version.by_tag => format!("{host}/{}:{tag}", repository.name),
                _ => by_digest.clone(),
            };
            let name = match number_of_version {
                0 => "$LATEST".to_owned(),
                published => published.to_string(),
            };
            let mut code = json!({ "ImageUri": uri });
            if version.is_resolved {
                code["ResolvedImageUri"] = by_digest.into();
            }
            functions.push(resource(json!({
                "Configuration": {
                    "FunctionName": format!("f{number}"),
                    "Version": name,
                    "LastModified": version.modified_at,
                },
                "Code": code,
            })));
            let own_arn = arn("lambda", self.place, &format!("function:f{number}:{name}"));
            found.usage.push(Usage {
                resolved: version.is_resolved.then_some(image.digest),
                deployed_at: Some(version.modified_at),
                ..plain_row("lambda-version", &own_arn, self.place, &uri)
            });
        }
        functions.push(resource(json!({
            "Configuration": { "FunctionName": format!("zip{number}") },
            "Code": { "RepositoryType": "S3" },
        })));
        let workloads = PlaceWorkloads::nothing(Source::Lambda, place);
        found.workloads.push(workloads.with("functions", functions));
    }
}
