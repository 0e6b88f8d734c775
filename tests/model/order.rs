//! "Order is total: push time, newest first, then digest."

use std::cmp::Reverse;

use ecr_sweep_core::Image;

/// Images that have a push time, newest first.
pub(super) fn newest_first<'a>(images: impl Iterator<Item = &'a Image>) -> Vec<&'a Image> {
    let mut images: Vec<&Image> = images.filter(|image| image.pushed_at.is_some()).collect();
    images.sort_by_key(|image| (Reverse(image.pushed_at), image.digest));
    images
}
