//! Rows: what is called, with what, and what of the answer is evidence.

use ecr_sweep_core::KnownKind;
use serde::Serialize;

use crate::signed::Service;

/// A call, made for everything that a call above it found, or once.
#[derive(Debug, Serialize)]
pub(super) struct Read {
    /// The service.
    pub(super) service: &'static Service,
    /// The operation.
    pub(super) operation: &'static str,
    /// Where the protocol has paths: the method, the path with labels in braces, and behind a
    /// question mark the members that are in the query though there is a body.
    pub(super) http: &'static str,
    /// The members of the request.
    pub(super) given: &'static [(&'static str, Given)],
    /// The tokens of the pages, where there are any.
    pub(super) pages: Option<Pages>,
    /// The path of what was asked for: a list, an object, or nothing, which is the answer itself.
    pub(super) items: &'static str,
    /// What each of them always has; of several with a bar between them, at least one.
    pub(super) sent: &'static [&'static str],
    /// Those that count: the others have ended.
    pub(super) counts: Counts,
    /// What names an item: texts, and paths in braces.
    pub(super) arn: &'static str,
    /// The kind of usage that it is.
    #[serde(serialize_with = "as_text")]
    pub(super) kind: KnownKind,
    /// Where an item spells images, whatever they are.
    pub(super) images: &'static [&'static str],
    /// Where it names images by their ARNs.
    pub(super) image_arns: &'static [&'static str],
    /// Where it says what an image was resolved to.
    pub(super) resolved: &'static [Resolved],
    /// Where it names images by parts.
    pub(super) composed: &'static [Composed],
    /// Where it has documents that may name images: for who compares; every text is looked at.
    pub(super) texts: &'static [&'static str],
    /// Where it has text in base64.
    pub(super) encoded: &'static [&'static str],
    /// The most calls at once; none is as many as the session makes.
    pub(super) at_once: Option<usize>,
    /// The error codes, with a part of the message, by which the service says that something is
    /// not there, besides those that say so themselves.
    pub(super) gone: &'static [(&'static str, &'static str)],
    /// Whether an endpoint may not know it, in Regions that do not have it yet: then nothing of it
    /// is there.
    pub(super) may_be_unknown: bool,
    /// Whether its items lead to others, and what they name themselves does not count.
    pub(super) leads_on: bool,
    /// The items for which it is made, of those that were found.
    pub(super) when: Counts,
    /// What is called for each item that counts.
    pub(super) then: &'static [Read],
    /// What is called instead where it is only to be told whether anything is there: where what this
    /// lists is in every account. None: this itself.
    pub(super) probe: &'static [Read],
}

/// A member of a request.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Given {
    /// Always this.
    Text(&'static str),
    /// Always this.
    Number(u32),
    /// Always an object with this alone.
    Nested(&'static str, &'static str),
    /// Always this, which is JSON.
    Json(&'static str),
    /// Each of these, in a call of its own.
    Each(&'static [&'static str]),
    /// What is at this path of the item; at none, the item itself.
    Of(&'static str),
    /// What is at this path of what the item was found for.
    Above(&'static str),
    /// What is at this path of so many items at once.
    Batch(&'static str, usize),
}

/// The members that say where a page starts.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Pages {
    /// In the request.
    pub(super) given: &'static str,
    /// In the answer.
    pub(super) got: &'static str,
}

/// The items that count.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Counts {
    /// All.
    All,
    /// All whose state is none of these. One that nobody knows counts.
    Unless(&'static str, &'static [&'static str]),
}

/// An image, and what it was resolved to.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Resolved {
    /// What both are in.
    pub(super) within: &'static str,
    /// The image as it was spelled.
    pub(super) image: &'static str,
    /// The digest, or a reference that ends in it. It may be absent: nothing was resolved yet.
    pub(super) digest: &'static str,
}

/// An image that is named by its parts, in a registry of the Region.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Composed {
    /// What the parts are in.
    pub(super) within: &'static str,
    /// What has to be there, and what it has to say.
    pub(super) only: Option<(&'static str, &'static str)>,
    /// The registry's account; the account's own where it is absent.
    pub(super) account: Option<&'static str>,
    /// The repository.
    pub(super) repository: &'static str,
    /// The tag: `latest` where it is absent.
    pub(super) tag: Option<&'static str>,
    /// Whether it is no repository that is named, but all under a prefix.
    pub(super) is_prefix: bool,
}

/// The tokens of most services.
pub(super) const TOKENS: Pages = Pages { given: "nextToken", got: "nextToken" };

/// The same, of those that write all names with a capital.
pub(super) const CAPITAL_TOKENS: Pages = Pages { given: "NextToken", got: "NextToken" };

impl Read {
    /// A call of which nothing but its service, its operation and its kind is said.
    pub(super) const fn of(
        service: &'static Service,
        operation: &'static str,
        kind: KnownKind,
    ) -> Self {
        Self {
            service,
            operation,
            http: "",
            given: &[],
            pages: None,
            items: "",
            sent: &[],
            counts: Counts::All,
            arn: "",
            kind,
            images: &[],
            image_arns: &[],
            resolved: &[],
            composed: &[],
            texts: &[],
            encoded: &[],
            at_once: None,
            gone: &[],
            may_be_unknown: false,
            leads_on: false,
            when: Counts::All,
            then: &[],
            probe: &[],
        }
    }
}

fn as_text<S: serde::Serializer>(kind: &KnownKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.text)
}
