//! The key of a document, which knows what the document is.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::{RunSummary, RunSummaryHead, StoredPlan, StoredPlanHead};

/// Where a document of type `D` is in the run store. It is its text wherever that is asked for.
pub struct Key<D> {
    text: Cow<'static, str>,
    document: PhantomData<fn() -> D>,
}

impl<D> Key<D> {
    pub(super) const fn fixed(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), document: PhantomData }
    }

    pub(super) const fn of(text: String) -> Self {
        Self { text: Cow::Owned(text), document: PhantomData }
    }

    /// The text, as the run store has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Key<StoredPlan> {
    /// The same document, read without its images.
    #[must_use]
    pub fn head(&self) -> Key<StoredPlanHead> {
        Key { text: self.text.clone(), document: PhantomData }
    }
}

impl Key<RunSummary> {
    /// The same document, read without its repositories.
    #[must_use]
    pub fn head(&self) -> Key<RunSummaryHead> {
        Key { text: self.text.clone(), document: PhantomData }
    }
}

impl<D> Clone for Key<D> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), document: PhantomData }
    }
}

impl<D> Deref for Key<D> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<D> From<Key<D>> for String {
    fn from(key: Key<D>) -> Self {
        key.text.into_owned()
    }
}

impl<D> From<Key<D>> for Box<str> {
    fn from(key: Key<D>) -> Self {
        key.text.into()
    }
}

impl<D> AsRef<std::path::Path> for Key<D> {
    fn as_ref(&self) -> &std::path::Path {
        self.as_str().as_ref()
    }
}

impl<D> fmt::Display for Key<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<D> fmt::Debug for Key<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}
