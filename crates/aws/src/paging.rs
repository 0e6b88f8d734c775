//! Pages: read to the last one.

use std::collections::HashSet;

use crate::AwsError;
use crate::call::Call;

/// One page of a list, and the token of the next.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// The most pages of one list. No list of AWS's is as long; one that is has no end.
pub(crate) const MOST_PAGES: usize = 10_000;

/// Every item of every page. A token that comes back would end in reading the same pages for
/// ever, so it is an error, and so are tokens that never end.
pub(crate) async fn every_page<T, F, R>(call: &Call<'_>, read: F) -> Result<Vec<T>, AwsError>
where
    F: FnMut(Option<String>) -> R,
    R: Future<Output = Result<Page<T>, AwsError>>,
{
    let mut items = Vec::new();
    each_page(call, read, |page| items.extend(page)).await?;
    Ok(items)
}

/// Gives the items of each page as it comes, to the last one.
pub(crate) async fn each_page<T, F, R>(
    call: &Call<'_>,
    mut read: F,
    mut found: impl FnMut(Vec<T>),
) -> Result<(), AwsError>
where
    F: FnMut(Option<String>) -> R,
    R: Future<Output = Result<Page<T>, AwsError>>,
{
    let mut token = None;
    let mut seen = HashSet::new();
    loop {
        let page = read(token).await?;
        found(page.items);
        match page.next.filter(|next| !next.is_empty()) {
            None => return Ok(()),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(call.unreadable("a page's token came a second time"));
            }
            Some(_) if seen.len() >= MOST_PAGES => {
                return Err(call.unreadable(format!("it has more than {MOST_PAGES} pages")));
            }
            next => token = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AwsErrorKind;

    fn call() -> Call<'static> {
        Call::anywhere("ecr", "DescribeImages", None)
    }

    async fn list(pages: Vec<(Vec<u32>, Option<&str>)>) -> Result<Vec<u32>, AwsError> {
        let mut pages = pages.into_iter();
        every_page(&call(), |_| {
            let page = pages.next();
            async move {
                let (items, next) = page.ok_or_else(|| call().refused("one page too many"))?;
                Ok(Page { items, next: next.map(str::to_owned) })
            }
        })
        .await
    }

    #[tokio::test]
    async fn every_page_is_read() {
        let pages = vec![(vec![1, 2], Some("a")), (vec![], Some("b")), (vec![3], None)];
        assert_eq!(list(pages).await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn an_empty_token_is_the_last_page() {
        assert_eq!(list(vec![(vec![1], Some(""))]).await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn tokens_without_end_are_an_error() {
        let (mut pages, call) = (0, call());
        let endless = every_page(&call, |_| {
            pages += 1;
            let page = Page { items: vec![pages], next: Some(pages.to_string()) };
            async move { Ok(page) }
        });
        let error = endless.await.unwrap_err();
        assert!(error.to_string().contains("more than 10000 pages"), "{error}");
        assert_eq!(pages, MOST_PAGES);
    }

    #[tokio::test]
    async fn a_token_that_repeats_is_an_error() {
        let pages = vec![(vec![1], Some("a")), (vec![2], Some("b")), (vec![3], Some("a"))];
        let error = list(pages).await.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::Internal);
        assert!(error.to_string().contains("token"), "{error}");
    }
}
