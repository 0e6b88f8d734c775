//! References: how resources spell the image that they use.

mod alias;
mod host;
mod mentioned;

pub use alias::{Aliases, NotARegistryPath, NotAnAlias, RegistryPath, check_alias, is_same_alias};
pub use host::{NotARegistryHost, RegistryHost};
pub use mentioned::{is_like_reference, mentioned};

use std::borrow::Cow;
use std::fmt;

use crate::{Digest, Place};

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// An image of a private ECR registry.
    Ecr(ImageReference),
    /// An image of the rest of the world. Its digest may be ours all the same: copies and
    /// pull-through caches share digests.
    Elsewhere {
        /// The digest, if it names one.
        digest: Option<Digest>,
    },
}

/// An image of a private ECR registry, by tag, digest, or both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageReference {
    /// The registry.
    pub registry: Place,
    /// The repository.
    pub repository: Box<str>,
    /// The tag: where neither tag nor digest is written, `latest`.
    pub tag: Option<Box<str>>,
    /// The digest.
    pub digest: Option<Digest>,
}

/// A reference that is meant for ECR and cannot be read: anything may be behind it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reference `{reference}` looks like one to ECR and cannot be read: {problem}")]
pub struct NotAReference {
    reference: String,
    problem: &'static str,
    unknown_host: Option<Box<str>>,
}

impl Reference {
    /// Reads a reference in any of the spellings that AWS services and Kubernetes use. A name
    /// without a host is one of Docker Hub's, which an alias may stand for.
    pub fn parse(text: &str, aliases: &Aliases) -> Result<Self, NotAReference> {
        Self::parse_as(text, aliases, true)
    }

    /// The same of a name that means nothing where it has no host.
    pub fn parse_with_host(text: &str, aliases: &Aliases) -> Result<Self, NotAReference> {
        Self::parse_as(text, aliases, false)
    }

    fn parse_as(
        text: &str,
        aliases: &Aliases,
        takes_short_names: bool,
    ) -> Result<Self, NotAReference> {
        let bare = without_scheme(text);
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        let of_alias = alias::resolve(aliases, host, path).or_else(|| {
            // A digest alone is no name.
            let is_name = takes_short_names && !host::looks_like_ecr(host);
            if !is_name || bare.parse::<Digest>().is_ok() {
                return None;
            }
            let (host, path) = alias::in_full(bare);
            alias::resolve(aliases, host, path)
        });
        let (registry, path): (Place, Cow<'_, str>) = match of_alias {
            Some((registry, path)) => (registry.clone(), path.into()),
            None if host::looks_like_ecr(host) => {
                let read = host.parse::<RegistryHost>().map_err(|_| NotAReference {
                    unknown_host: Some(host.into()),
                    ..NotAReference::new(text, "the host is none of ECR's")
                });
                (read?.place().clone(), path.into())
            }
            None => match host::behind_mirror(path) {
                Some((registry, path)) => (registry, path.into()),
                None => return Ok(Self::Elsewhere { digest: digest_of(bare) }),
            },
        };
        let (name, digest) = match path.split_once('@') {
            Some((name, digest)) => {
                let digest = digest
                    .parse()
                    .map_err(|_| NotAReference::new(text, "what follows `@` is not a digest"))?;
                (name, Some(digest))
            }
            None => (&*path, None),
        };
        let (repository, tag) = match name.split_once(':') {
            Some((_, tag)) if !is_tag(tag) => {
                return Err(NotAReference::new(text, "what follows `:` is not a tag"));
            }
            Some((repository, tag)) => (repository, Some(tag)),
            None if digest.is_none() => (name, Some("latest")),
            None => (name, None),
        };
        if !is_repository_name(repository) {
            return Err(NotAReference::new(text, "the repository's name is not one"));
        }
        Ok(Self::Ecr(ImageReference {
            registry,
            repository: repository.into(),
            tag: tag.map(Into::into),
            digest,
        }))
    }

    /// The digest that it names, wherever the image is.
    #[must_use]
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Ecr(reference) => reference.digest,
            Self::Elsewhere { digest } => *digest,
        }
    }
}

impl NotAReference {
    fn new(reference: &str, problem: &'static str) -> Self {
        Self { reference: reference.to_owned(), problem, unknown_host: None }
    }

    /// The host, where it is what cannot be read: it may stand for a registry.
    #[must_use]
    pub fn unknown_host(&self) -> Option<&str> {
        self.unknown_host.as_deref()
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Container runtimes write a scheme in front: `docker://`, `docker-pullable://`, `https://`. Some
/// leave nothing of it but the slashes.
fn without_scheme(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix("//") {
        return rest;
    }
    match text.split_once("://") {
        // With a slash before it, what comes after belongs to something that cannot be read.
        Some((scheme, rest)) if !scheme.contains('/') => rest,
        _ => text,
    }
}

/// The digest at the end of a reference, or the digest that it is.
fn digest_of(text: &str) -> Option<Digest> {
    text.rsplit_once('@').map_or(text, |(_, digest)| digest).parse().ok()
}

/// Whether a text can be a tag. ECR takes up to 300 characters.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
#[must_use]
pub fn is_tag(text: &str) -> bool {
    text.len() <= 300
        && text.bytes().enumerate().all(|(at, byte)| {
            byte.is_ascii_alphanumeric()
                || byte == b'_'
                || (at > 0 && (byte == b'.' || byte == b'-'))
        })
        && !text.is_empty()
}

/// Whether a text can be the name of a repository: path components of lower-case letters and
/// digits with single separators in between. Length: 2 to 256 characters.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
#[must_use]
pub fn is_repository_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=256).contains(&text.len())
        && text.split('/').all(|component| {
            let bytes = component.as_bytes();
            bytes.first().is_some_and(|byte| word(*byte))
                && bytes.last().is_some_and(|byte| word(*byte))
                && bytes.iter().all(|byte| word(*byte) || b"._-".contains(byte))
        })
}

#[cfg(test)]
mod tests;
