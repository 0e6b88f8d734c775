//! How a person names one image, and which image that is.

use std::fmt;

use ecr_sweep_core::wording::First;
use ecr_sweep_core::{
    Account, Aliases, Digest, Image, Place, Reference, Region, Registry, Repository,
};
use ecr_sweep_policy::nearest;

use crate::failure::Failure;
use crate::render;

/// One image as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    text: String,
    /// The registry, if it is named.
    pub registry: Option<Place>,
    /// The repository; none where a digest stands alone.
    pub repository: Option<Box<str>>,
    image: Which,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    Tag(Box<str>),
    /// Hexadecimal digits with which the digest begins.
    Digest(String),
}

/// An image, with where it is.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    pub registry: Place,
    pub repository: &'a Repository,
    pub image: &'a Image,
}

/// How many tags a message names.
const NAMED_TAGS: usize = 3;

/// How many digits tell a digest at least.
const DIGITS: usize = 6;

impl ImageName {
    /// Reads a name: `REPOSITORY:TAG`, `REPOSITORY@DIGEST`, either with a registry's host or its
    /// `ACCOUNT/REGION` in front, or a digest alone. Digests may be cut short.
    pub fn parse(text: &str, aliases: &Aliases) -> Result<Self, Failure> {
        let text = text.trim();
        let named = |registry, repository, image| Self {
            text: text.to_owned(),
            registry,
            repository,
            image,
        };
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest_of(text, digest)?)),
            None if text.starts_with("sha256:") || is_hex(text) => {
                return Ok(named(None, None, digest_of(text, text)?));
            }
            None => (text, None),
        };
        if let Reference::Ecr(reference) = Reference::parse_with_host(name, aliases)
            .map_err(|error| not_a_name(text).because(error))?
        {
            let tag = Which::Tag(reference.tag.unwrap_or_else(|| "latest".into()));
            return Ok(named(
                Some(reference.registry),
                Some(reference.repository),
                digest.unwrap_or(tag),
            ));
        }
        let (registry, path) = split_place(name);
        let (repository, tag) = path.split_once(':').unwrap_or((path, "latest"));
        if repository.is_empty() || tag.is_empty() {
            return Err(not_a_name(text));
        }
        let tag = Which::Tag(tag.into());
        Ok(named(registry, Some(repository.into()), digest.unwrap_or(tag)))
    }

    /// The image of that name, if there is exactly one.
    pub fn find<'a>(&self, registries: &'a [Registry]) -> Result<Found<'a>, Failure> {
        let repositories: Vec<(Place, &Repository)> = registries
            .iter()
            .filter(|registry| {
                self.registry.as_ref().is_none_or(|named| *named == registry.place())
            })
            .flat_map(|registry| {
                registry.repositories.iter().map(move |repository| (registry.place(), repository))
            })
            .filter(|(_, repository)| {
                self.repository.as_ref().is_none_or(|named| *named == repository.name)
            })
            .collect();
        if repositories.is_empty() {
            return Err(self.no_repository(registries));
        }
        let mut found: Vec<Found<'a>> = repositories
            .iter()
            .flat_map(|(registry, repository)| {
                let images =
                    repository.images.iter().filter(|image| self.is(image.digest, &image.tags));
                images.map(|image| Found { registry: registry.clone(), repository, image })
            })
            .collect();
        match found.len() {
            0 => Err(self.no_image(&repositories)),
            1 => Ok(found.remove(0)),
            _ => Err(self.ambiguous(&found)),
        }
    }

    /// Whether an image with this digest and these tags is one of that name.
    pub fn is(&self, digest: Digest, tags: &[Box<str>]) -> bool {
        self.image.is(digest, tags)
    }

    fn no_repository(&self, registries: &[Registry]) -> Failure {
        let names = registries
            .iter()
            .flat_map(|registry| registry.repositories.iter().map(|repository| &*repository.name));
        let wanted = self.repository.as_deref().unwrap_or(&self.text);
        let place = match &self.registry {
            Some(registry) => format!(" in {registry}"),
            None => String::new(),
        };
        let failure = Failure::invalid(format!("there is no repository `{wanted}`{place}"));
        match nearest(wanted, names) {
            Some(near) => failure.next(format!("did you mean `{near}`?")),
            None => failure.next("`ecr-sweep plan` lists the repositories that a policy takes"),
        }
    }

    fn no_image(&self, repositories: &[(Place, &Repository)]) -> Failure {
        let failure = Failure::invalid(format!("there is no image `{}`", self.text));
        let tags = repositories
            .iter()
            .flat_map(|(_, repository)| &repository.images)
            .flat_map(|image| image.tags.iter().map(|tag| &**tag));
        let near = match &self.image {
            Which::Tag(tag) => nearest(tag, tags.clone()),
            Which::Digest(_) => None,
        };
        if let (Some(near), Some(repository)) = (near, &self.repository) {
            return failure.next(format!("did you mean `{repository}:{near}`?"));
        }
        let shown: Vec<String> = tags.take(NAMED_TAGS).map(|tag| format!("`{tag}`")).collect();
        failure.next(if shown.is_empty() {
            "name it by a digest that `ecr-sweep plan --details` or `--format json` shows"
                .to_owned()
        } else {
            format!("name one that is there, such as {}", shown.join(", "))
        })
    }

    fn ambiguous(&self, found: &[Found<'_>]) -> Failure {
        const SHOWN: usize = 10;
        let mut lines = vec![format!("`{}` is {} images:", self.text, found.len())];
        lines.extend(First::of(SHOWN, found).lines());
        let message = lines.join("\n  ");
        Failure::invalid(message).next("name one of them")
    }
}

impl Which {
    fn is(&self, digest: Digest, tags: &[Box<str>]) -> bool {
        match self {
            Self::Tag(tag) => tags.contains(tag),
            Self::Digest(digits) => digest.hex().starts_with(digits),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = render::short(self.image.digest);
        write!(f, "{}/{}@{digest}", self.registry, self.repository.name)
    }
}

fn is_hex(text: &str) -> bool {
    text.len() >= DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest_of(text: &str, digest: &str) -> Result<Which, Failure> {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest).to_ascii_lowercase();
    if is_hex(&digits) && digits.len() <= 2 * size_of::<Digest>() {
        return Ok(Which::Digest(digits));
    }
    let problem = format!(
        "`{digest}` is no digest: expected `sha256:` and {DIGITS} to 64 hexadecimal digits"
    );
    Err(not_a_name(text).because(problem))
}

fn not_a_name(text: &str) -> Failure {
    Failure::invalid(format!("`{text}` does not name an image"))
        .next("write REPOSITORY:TAG or REPOSITORY@sha256:DIGEST, with the registry's host in front if need be")
}

/// The registry that stands in front as `ACCOUNT/REGION/`, as plans write it, and the rest.
fn split_place(name: &str) -> (Option<Place>, &str) {
    let read = || {
        let (account, rest) = name.split_once('/')?;
        let (region, rest) = rest.split_once('/')?;
        let account: Account = account.parse().ok()?;
        let region: Region = region.parse().ok()?;
        Some((Some(Place { account, region }), rest))
    };
    read().unwrap_or((None, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<ImageName> {
        ImageName::parse(text, &Aliases::new()).ok()
    }

    fn name(place: bool, repository: Option<&str>, image: Which) -> impl Fn(&str) -> ImageName {
        let repository: Option<Box<str>> = repository.map(Into::into);
        let registry = place.then(|| Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        });
        move |text| ImageName {
            text: text.to_owned(),
            registry: registry.clone(),
            repository: repository.clone(),
            image: image.clone(),
        }
    }

    #[test]
    fn an_image_can_be_named_in_many_ways() {
        let tag = |tag: &str| Which::Tag(tag.into());
        let digest = |digits: &str| Which::Digest(digits.to_owned());
        let full = "ab".repeat(32);
        for (text, expected) in [
            ("dev/app:v1", name(false, Some("dev/app"), tag("v1"))),
            ("dev/app", name(false, Some("dev/app"), tag("latest"))),
            ("dev/app@sha256:0a1b2c", name(false, Some("dev/app"), digest("0a1b2c"))),
            ("dev/app:v1@sha256:0A1B2C", name(false, Some("dev/app"), digest("0a1b2c"))),
            (&format!("dev/app@sha256:{full}"), name(false, Some("dev/app"), digest(&full))),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/dev/app:v1",
                name(true, Some("dev/app"), tag("v1")),
            ),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/dev/app@sha256:0a1b2c",
                name(true, Some("dev/app"), digest("0a1b2c")),
            ),
            ("111122223333/eu-west-1/dev/app:v1", name(true, Some("dev/app"), tag("v1"))),
            ("sha256:0a1b2c", name(false, None, digest("0a1b2c"))),
            (&full, name(false, None, digest(&full))),
            ("deadbeef:v1", name(false, Some("deadbeef"), tag("v1"))),
        ] {
            assert_eq!(parse(text), Some(expected(text)), "{text}");
        }
    }

    #[test]
    fn what_names_no_image_is_refused() {
        for text in ["", ":v1", "dev/app:", "dev/app@", "dev/app@sha256:0a1b", "sha256:xyzxyz"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("dev/app@{}", "a".repeat(65))), None);
    }
}
