//! What every page has: its head, what a browser may do with it, where it is.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_core::{RepositoryId, sha256};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::text::{Told, prose};

/// The name of the first page.
pub const INDEX: &str = "index.html";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a browser may do with a page: show it, with this style and this script, and nothing else. A page
/// that somebody else has written something into runs nothing and asks nobody for anything.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| {
        format!("'sha256-{}'", BASE64_STANDARD.encode(sha256(text.as_bytes()).as_bytes()))
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// How much of a repository's name is in the name of its page.
const READABLE: usize = 80;

/// The name of a repository's first page: no two repositories share one, and every file system and every link
/// takes it as it is.
#[must_use]
pub fn page_name(repository: &RepositoryId) -> String {
    page_name_of(repository, 0)
}

/// The name of one of its pages, counted from 0.
pub(crate) fn page_name_of(repository: &RepositoryId, part: usize) -> String {
    let good = |it: char| if it.is_ascii_alphanumeric() || "._-".contains(it) { it } else { '-' };
    let name: String = repository.name.chars().take(READABLE).map(good).collect();
    let hash = sha256(repository.to_string().as_bytes()).hex();
    let registry = &repository.registry;
    let part = if part == 0 { String::new() } else { format!("-{}", part + 1) };
    format!("{}-{}-{name}-{}{part}.html", registry.account, registry.region, &hash[..12])
}

/// A page.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (Told(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// The page that stands where a report could not be made.
#[must_use]
pub fn failed_page(run: &str, problem: &str) -> String {
    page(
        "ecr-sweep report",
        &html! {
            main {
                h1 { "There is no report of the run " (Told(run)) }
                p { "It could not be made: " (prose(problem)) }
                p { "The run itself, its plans and its receipts are not touched by that. "
                    code { "ecr-sweep report " (Told(run)) } " makes it again." }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Place;

    use super::*;

    fn id(name: &str) -> RepositoryId {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        RepositoryId::new(&place, name)
    }

    #[test]
    fn no_two_repositories_share_a_page_and_no_name_is_too_long() {
        let (one, other) = (page_name(&id("a/b")), page_name(&id("a-b")));
        assert!(one.starts_with("111122223333-eu-west-1-a-b-"), "{one}");
        assert_ne!(one, other);
        assert!(page_name(&id(&"é/".repeat(400))).len() < 200);
        assert!(page_name(&id("x")).is_ascii());
    }

    #[test]
    fn the_policy_allows_what_is_in_the_page_and_nothing_else() {
        let page = failed_page("r1", "the disk is full");
        assert!(
            page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"),
            "{page}"
        );
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(
            !SCRIPT.contains("innerHTML") && !SCRIPT.contains("fetch") && !SCRIPT.contains("http")
        );
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
    }
}
