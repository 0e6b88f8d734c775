//! A value, or a list of them: IAM's documents have either.

use serde::Deserialize;

/// A value, or a list of them: policies may write either. Any JSON is a value, so a list comes
/// first.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore<T> {
    More(Vec<T>),
    One(T),
}

impl<T> IntoIterator for OneOrMore<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
        .into_iter()
    }
}
