//! How bytes are counted that deleting frees.

use super::words;

words! {
    /// How bytes are counted that deleting frees.
    pub enum Sizes {
        AtMost "at_most" "The sizes of images: a layer that some share counts with each of them.",
        Exact "exact" "Each layer once, those of what stays not: every manifest is read for it.",
    } or AtMost
}
