//! A first look at a source that is not to be looked at: whether anything of it is there at all.

use futures::future::BoxFuture;

use super::{ScanError, Scanned};
use crate::AwsError;
use crate::call::Call;
use crate::paging::{Page, every_page};

/// What a first look found: the first page with something on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many things.
    pub count: u64,
    /// Whether there may be more.
    pub is_more: bool,
    /// What the first of them is called: its ARN, where the list has one.
    pub example: Box<str>,
}

impl Found {
    /// What a scan of everything found. None: nothing that names an image.
    pub(super) fn of(scanned: &Scanned) -> Option<Self> {
        let example = scanned.usage.first()?.arn.clone();
        let count = scanned.found.max(scanned.usage.len() as u64);
        Some(Self { count, is_more: false, example })
    }
}

/// Reads the pages of a list up to the first that has something on it: mostly that is one call. The
/// items are what things are called. None: nothing is there.
pub(super) async fn first_found<F, R>(
    call: &Call<'_>,
    mut read: F,
) -> Result<Option<Found>, AwsError>
where
    F: FnMut(Option<String>) -> R,
    R: Future<Output = Result<Page<Box<str>>, AwsError>>,
{
    let pages = every_page(call, |token| {
        let page = read(token);
        async {
            let Page { items, next } = page.await?;
            let next = next.filter(|next| !next.is_empty());
            if items.is_empty() {
                return Ok(Page { items: Vec::new(), next });
            }
            Ok(Page { items: vec![(items, next.is_some())], next: None })
        }
    });
    let found = pages.await?.into_iter().next();
    Ok(found.and_then(|(names, is_more)| {
        let count = names.len() as u64;
        names.into_iter().next().map(|example| Found { count, is_more, example })
    }))
}

/// A look at one list of several.
pub(super) type Look<'a> = BoxFuture<'a, Result<Option<Found>, ScanError>>;

/// Looks at one list after the other, up to the first that has something: mostly it is the first. What
/// one of them has is found though another cannot be read; where nothing is found, the first that
/// cannot be is the error.
pub(super) async fn first_of(
    looks: impl IntoIterator<Item = Look<'_>>,
) -> Result<Option<Found>, ScanError> {
    let mut failed = None;
    for look in looks {
        match look.await {
            Ok(None) => {}
            Err(error @ ScanError::OutOfTime { .. }) => return Err(error),
            Err(error) => drop(failed.get_or_insert(error)),
            found => return found,
        }
    }
    failed.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first(pages: Vec<(&[&str], Option<&str>)>) -> (Option<Found>, usize) {
        let call = Call::anywhere("ecs", "ListClusters", None);
        let mut left = pages.into_iter();
        let mut calls = 0;
        let found = first_found(&call, |_| {
            calls += 1;
            let (items, next) = left.next().unwrap();
            let items = items.iter().map(|item| Box::<str>::from(*item)).collect();
            std::future::ready(Ok(Page { items, next: next.map(ToOwned::to_owned) }))
        });
        let found = found.await.unwrap();
        (found, calls)
    }

    #[tokio::test]
    async fn a_first_look_ends_with_the_first_page_that_has_something() {
        let found = |count, is_more| Some(Found { count, is_more, example: "a".into() });
        assert_eq!(first(vec![(&[], None)]).await, (None, 1));
        assert_eq!(first(vec![(&["a", "b"], None)]).await, (found(2, false), 1));
        assert_eq!(first(vec![(&["a"], Some("more"))]).await, (found(1, true), 1));
        assert_eq!(first(vec![(&[], Some("more")), (&["a"], None)]).await, (found(1, false), 2));
    }

    fn look(found: Result<Option<&str>, &str>) -> Look<'static> {
        let found = match found {
            Ok(name) => Ok(name.map(|it| Found { count: 1, is_more: false, example: it.into() })),
            Err(list) => Err(ScanError::unreadable(list, "not readable")),
        };
        Box::pin(std::future::ready(found))
    }

    #[tokio::test]
    async fn the_first_list_that_has_something_tells_though_another_cannot_be_read() {
        let looks = [Ok(None), Err("b"), Ok(Some("c")), Ok(Some("d"))].map(look);
        assert_eq!(&*first_of(looks).await.unwrap().unwrap().example, "c");
        let failed = first_of([Ok(None), Err("b"), Err("c")].map(look)).await.unwrap_err();
        assert_eq!(failed.to_string(), "b: not readable");
        assert_eq!(first_of([Ok(None), Ok(None)].map(look)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn when_the_time_is_up_no_other_list_is_looked_at() {
        let late = std::future::ready(Err(ScanError::OutOfTime { known: 0 }));
        let late = first_of([Box::pin(late) as Look<'_>, look(Ok(Some("b")))]).await;
        assert!(matches!(late, Err(ScanError::OutOfTime { .. })), "{late:?}");
    }
}
