//! Random functions.

use ecr_sweep_core::{Registry, Source, Usage};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::super::usage::pick;
use super::{Found, PLACES, arn, place_at, plain_row, resource};

/// The versions of a function: each an image of its Region's registry, by position, and whether it
/// is named by a tag.
#[derive(Debug, Clone)]
pub(super) struct FunctionDraft {
    place: usize,
    versions: Vec<(usize, usize, bool)>,
}

pub(super) fn draft() -> impl Strategy<Value = FunctionDraft> {
    (0usize..PLACES, vec((0usize..4, 0usize..16, any::<bool>()), 1..3))
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
        for (version, (repository, image, by_tag)) in self.versions.iter().enumerate() {
            let one = std::slice::from_ref(registry);
            let Some((_, repository, image)) = pick(one, 0, *repository, *image) else { continue };
            let host = format!("{}.dkr.ecr.{}.amazonaws.com", place.account, place.region);
            let resolved = format!("{host}/{}@{}", repository.name, image.digest);
            // The tag may have moved since; which tag it was does not matter here.
            let uri = match image.tags.first() {
                Some(tag) if *by_tag => format!("{host}/{}:{tag}", repository.name),
                _ => resolved.clone(),
            };
            let version = if version == 0 { "$LATEST".to_owned() } else { version.to_string() };
            functions.push(resource(json!({
                "Configuration": { "FunctionName": format!("f{number}"), "Version": version },
                "Code": { "ImageUri": uri, "ResolvedImageUri": resolved },
            })));
            let own_arn = arn("lambda", self.place, &format!("function:f{number}:{version}"));
            found.usage.push(Usage {
                resolved: Some(image.digest),
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
