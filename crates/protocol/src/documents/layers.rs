//! The layers of a repository's images, which are read where exact sizes are asked for.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Account, Digest, KnownLayers, Layer, Region, RepositoryId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// The layers of the images of one repository, as their manifests name them. They never change, so every run shares them.
///
/// Nothing is decided by it, so it proves nothing: who changes it changes what is told of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageLayers {
    /// The version of this format.
    pub schema_version: V1,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The layers and configurations, sorted by digest; images name them by their place, counted from 0.
    pub layers: Vec<Layer>,
    /// The images, sorted by digest.
    pub images: Vec<LayersOfImage>,
}

/// The layers of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayersOfImage {
    /// The image.
    pub digest: Digest,
    /// The places of its layers, sorted.
    pub layers: Vec<usize>,
}

impl ImageLayers {
    /// What is known of these images.
    #[must_use]
    pub fn of(repository: &RepositoryId, known: &KnownLayers, there: &BTreeSet<Digest>) -> Self {
        let of_use = || known.iter().filter(|(image, _)| there.contains(image));
        let mut layers: Vec<Layer> = of_use().flat_map(|(_, layers)| layers).collect();
        layers.sort_unstable();
        layers.dedup();
        let places: BTreeMap<Digest, usize> =
            layers.iter().enumerate().map(|(place, layer)| (layer.digest, place)).collect();
        let images = of_use().map(|(digest, layers)| {
            let mut layers: Vec<usize> = layers.map(|layer| places[&layer.digest]).collect();
            layers.sort_unstable();
            LayersOfImage { digest, layers }
        });
        Self {
            schema_version: V1,
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            images: images.collect(),
            layers,
        }
    }

    /// What is known. An image that names a layer that the document does not have is not.
    #[must_use]
    pub fn known(&self) -> KnownLayers {
        let mut known = KnownLayers::default();
        for image in &self.images {
            let layers = image.layers.iter().map(|place| self.layers.get(*place).copied());
            if let Some(layers) = layers.collect::<Option<Vec<Layer>>>() {
                known.add(image.digest, layers);
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Place;

    use super::*;
    use crate::documents;

    fn digest(number: u8) -> Digest {
        Digest::from_bytes([number; 32])
    }

    fn layer(number: u8) -> Layer {
        Layer { digest: digest(number), bytes: number.into() }
    }

    fn repository() -> RepositoryId {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        RepositoryId::new(&place, "dev/app")
    }

    #[test]
    fn what_is_stored_of_layers_is_what_is_known_of_the_images_that_are_there() {
        let mut known = KnownLayers::default();
        known.add(digest(101), [layer(2), layer(1)]);
        known.add(digest(102), [layer(2), layer(3)]);
        known.add(digest(103), [layer(4)]);
        known.add(digest(104), []);
        let there = [101, 102, 104].map(digest).into();
        let stored = ImageLayers::of(&repository(), &known, &there);
        assert_eq!(stored.layers, [1, 2, 3].map(layer));
        let again: ImageLayers = documents::read(&documents::write(&stored).unwrap()).unwrap();
        assert_eq!(again, stored);
        let again = again.known();
        assert_eq!([101, 102, 103, 104].map(|it| again.has(digest(it))), [true, true, false, true]);
        assert_eq!(ImageLayers::of(&repository(), &again, &there), stored);
    }

    #[test]
    fn a_place_that_is_not_there_makes_nothing_up() {
        let mut stored = ImageLayers::of(&repository(), &KnownLayers::default(), &BTreeSet::new());
        stored.images.push(LayersOfImage { digest: digest(1), layers: vec![0] });
        assert!(!stored.known().has(digest(1)));
    }
}
