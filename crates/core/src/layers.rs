//! What deleting frees in fact: a layer that images of a repository share is stored once, and stays as long as one of them
//! does.
//!
//! Nothing is decided by it: it tells of a plan what it comes to.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, Digest, Image};

/// A layer, or the configuration of an image.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size in bytes, by the words of a manifest.
    pub bytes: u64,
}

/// The layers of images of one repository, as far as their manifests were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownLayers {
    layers: Vec<Layer>,
    places: HashMap<Digest, u32>,
    images: BTreeMap<Digest, Box<[u32]>>,
}

impl KnownLayers {
    /// Takes in the layers of an image. Of two sizes of one layer the larger counts.
    pub fn add(&mut self, image: Digest, layers: impl IntoIterator<Item = Layer>) {
        let mut places: Vec<u32> = layers.into_iter().map(|layer| self.place_of(layer)).collect();
        places.sort_unstable();
        places.dedup();
        self.images.insert(image, places.into());
    }

    fn place_of(&mut self, layer: Layer) -> u32 {
        // A repository of 100,000 images of 127 layers has fewer than there are numbers.
        let next = u32::try_from(self.layers.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(layer.digest).or_insert(next);
        match self.layers.get_mut(place as usize) {
            Some(known) => known.bytes = known.bytes.max(layer.bytes),
            None => self.layers.push(layer),
        }
        place
    }

    /// Whether the layers of an image are known.
    #[must_use]
    pub fn has(&self, image: Digest) -> bool {
        self.images.contains_key(&image)
    }

    /// The images whose layers are known, sorted, each with its layers.
    pub fn iter(&self) -> impl Iterator<Item = (Digest, impl Iterator<Item = Layer>)> {
        let layers = &self.layers;
        self.images.iter().map(|(image, places)| {
            (*image, places.iter().filter_map(|place| layers.get(*place as usize).copied()))
        })
    }

    /// What is freed where these of the images of a repository go, and the others stay.
    ///
    /// An image whose layers are not known counts with its size where it goes, and with nothing where it stays: so it is the
    /// most that it can be. An index has no layers.
    pub fn freed(&self, images: &[Image], goes: impl Fn(&Image) -> bool) -> Freed {
        let mut stays = vec![false; self.layers.len()];
        let mut leaves = vec![false; self.layers.len()];
        let mut freed = Freed::default();
        for image in images.iter().filter(|image| !image.is_index()) {
            let goes = goes(image);
            if let Some(places) = self.images.get(&image.digest) {
                let marked = if goes { &mut leaves } else { &mut stays };
                for place in places {
                    marked[*place as usize] = true;
                }
            } else {
                freed.unread += 1;
                let bytes = if goes { image.size_bytes.unwrap_or(0) } else { 0 };
                freed.bytes = freed.bytes.saturating_add(bytes);
            }
        }
        for (layer, (stays, leaves)) in self.layers.iter().zip(stays.into_iter().zip(leaves)) {
            if leaves && !stays {
                freed.bytes = freed.bytes.saturating_add(layer.bytes);
            }
        }
        freed
    }
}

/// Bytes that deleting frees, each layer counted once, those of what stays not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freed {
    /// The bytes; the most that it can be, where layers of some images are not known.
    pub bytes: u64,
    /// Images whose layers are not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unread: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Freed {
    /// As of images whose layers nobody has read: their sizes.
    #[must_use]
    pub const fn at_most(bytes: u64, images: u64) -> Self {
        Self { bytes, unread: images }
    }

    /// The sum.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            unread: self.unread.saturating_add(other.unread),
        }
    }

    /// Whether it is not only the most that it can be.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.unread == 0
    }
}

/// With how sure it is: `at most 1.5 GiB`, or `1.5 GiB`.
impl fmt::Display for Freed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_exact() && self.bytes > 0 {
            f.write_str("at most ")?;
        }
        write!(f, "{}", Bytes(self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::MediaType;

    fn digest(kind: u8, number: u8) -> Digest {
        Digest::from_bytes([kind, number].repeat(16).try_into().unwrap())
    }

    fn layer(number: u8) -> Layer {
        Layer { digest: digest(2, number), bytes: 1 << (number % 20) }
    }

    fn image(number: u8, bytes: u64) -> Image {
        Image { size_bytes: Some(bytes), ..Image::new(digest(1, number)) }
    }

    /// Some images: each with its layers, whether it goes, whether its manifest was read.
    type Drawn = Vec<(BTreeSet<u8>, bool, bool)>;

    fn drawn() -> impl Strategy<Value = Drawn> {
        let image = (prop::collection::btree_set(0_u8..12, 0..6), any::<bool>(), any::<bool>());
        prop::collection::vec(image, 0..12)
    }

    fn bytes_of<'a>(layers: impl IntoIterator<Item = &'a u8>) -> u64 {
        layers.into_iter().map(|it| layer(*it).bytes).sum()
    }

    fn known(drawn: &Drawn, is_read: impl Fn(bool) -> bool) -> (KnownLayers, Vec<Image>) {
        let mut known = KnownLayers::default();
        let mut images = Vec::new();
        for (number, (layers, _, read)) in (0_u8..).zip(drawn) {
            images.push(image(number, bytes_of(layers)));
            if is_read(*read) {
                // A manifest may name a layer twice.
                let twice = layers.iter().chain(layers).map(|it| layer(*it));
                known.add(digest(1, number), twice);
            }
        }
        (known, images)
    }

    fn goes(drawn: &Drawn, image: &Image) -> bool {
        (0_u8..).zip(drawn).any(|(number, (_, goes, _))| digest(1, number) == image.digest && *goes)
    }

    /// What a registry would have after it: layers that some image has, before and after.
    fn naive(drawn: &Drawn) -> u64 {
        let mut freed = 0;
        for number in 0..12 {
            let there = drawn.iter().any(|(layers, ..)| layers.contains(&number));
            let stays = drawn.iter().any(|(layers, goes, _)| layers.contains(&number) && !goes);
            if there && !stays {
                freed += layer(number).bytes;
            }
        }
        freed
    }

    proptest! {
        #[test]
        fn what_is_freed_is_what_no_image_that_stays_has(drawn in drawn()) {
            let (known, images) = known(&drawn, |_| true);
            let freed = known.freed(&images, |image| goes(&drawn, image));
            prop_assert_eq!(freed, Freed { bytes: naive(&drawn), unread: 0 });
        }

        #[test]
        fn where_some_are_not_read_it_is_the_most_that_it_can_be(drawn in drawn()) {
            let (known, images) = known(&drawn, |read| read);
            let freed = known.freed(&images, |image| goes(&drawn, image));
            let sizes = drawn.iter().filter(|it| it.1).map(|it| bytes_of(&it.0)).sum::<u64>();
            prop_assert!(naive(&drawn) <= freed.bytes && freed.bytes <= sizes, "{freed:?}");
            let unread = drawn.iter().filter(|(.., read)| !read).count() as u64;
            prop_assert_eq!((freed.unread, freed.is_exact()), (unread, unread == 0));
        }

        #[test]
        fn what_is_told_of_layers_is_all_that_was_taken_in(drawn in drawn()) {
            let (known, _) = known(&drawn, |read| read);
            let mut again = KnownLayers::default();
            for (image, layers) in known.iter() {
                again.add(image, layers);
            }
            let told = |known: &KnownLayers| -> Vec<(Digest, Vec<Layer>)> {
                let sorted = |layers: &mut dyn Iterator<Item = Layer>| {
                    let mut layers: Vec<Layer> = layers.collect();
                    layers.sort();
                    layers
                };
                known.iter().map(|(image, mut layers)| (image, sorted(&mut layers))).collect()
            };
            prop_assert_eq!(told(&again), told(&known));
        }
    }

    #[test]
    fn an_index_has_no_layers_and_what_it_lists_counts_by_itself() {
        let index = Image {
            media_type: MediaType::OciIndex,
            children: Some(vec![digest(1, 1), digest(1, 2)]),
            ..image(9, 1_000)
        };
        let images = [index, image(1, 12), image(2, 6)];
        let mut known = KnownLayers::default();
        known.add(digest(1, 1), [layer(2), layer(3)]);
        known.add(digest(1, 2), [layer(2), layer(1)]);
        let all = known.freed(&images, |_| true);
        assert_eq!((all.bytes, all.is_exact()), (2 + 4 + 8, true));
        let one = known.freed(&images, |image| image.digest != digest(1, 2));
        assert_eq!((one.bytes, one.is_exact()), (8, true), "the layer that both have stays");
    }

    #[test]
    fn of_two_sizes_of_one_layer_the_larger_counts() {
        let mut known = KnownLayers::default();
        known.add(digest(1, 1), [Layer { bytes: 5, ..layer(1) }]);
        known.add(digest(1, 2), [Layer { bytes: 7, ..layer(1) }]);
        let images = [image(1, 5), image(2, 7)];
        assert_eq!(known.freed(&images, |_| true).bytes, 7);
    }

    #[test]
    fn it_is_told_how_sure_a_number_is() {
        assert_eq!(Freed { bytes: 2048, unread: 0 }.to_string(), "2.0 KiB");
        assert_eq!(Freed::at_most(2048, 1).to_string(), "at most 2.0 KiB");
        assert_eq!(Freed::at_most(0, 1).to_string(), "0 B");
    }
}
