//! Links between images, by position.

/// For each image, the images at the other ends of its links of one kind.
///
/// One list for all: a repository has 100,000 images, and most of them have no links.
pub(super) struct Links {
    /// Where the other ends of each image begin, and behind the last one where they all end.
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Links {
    /// The links between so many images: pairs of an image and the other end, in any order.
    pub(super) fn new(images: usize, mut pairs: Vec<(usize, usize)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; images + 1];
        for (from, _) in &pairs {
            starts[from + 1] += 1;
        }
        for at in 0..images {
            starts[at + 1] += starts[at];
        }
        Self { starts, ends: pairs.into_iter().map(|(_, to)| to).collect() }
    }

    /// The other ends of an image's links, each once, in their order.
    pub(super) fn of(&self, at: usize) -> &[usize] {
        &self.ends[self.starts[at]..self.starts[at + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_the_ends_of_its_own_links_each_once_and_in_order() {
        let links = Links::new(4, vec![(3, 1), (1, 2), (1, 0), (3, 1), (1, 1)]);
        assert_eq!(
            [0, 1, 2, 3].map(|at| links.of(at).to_vec()),
            [vec![], vec![0, 1, 2], vec![], vec![1]]
        );
    }

    #[test]
    fn an_image_without_links_has_no_ends() {
        assert!(Links::new(1, Vec::new()).of(0).is_empty());
    }
}
