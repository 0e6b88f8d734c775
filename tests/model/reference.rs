//! References: "parsed once, strictly: account, Region, repository, tag and/or digest".

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ecr_sweep_core::{Digest, Place, RegistryHost};
use regex::Regex;

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// An image of an ECR registry.
    Image {
        /// The registry.
        place: Place,
        /// The repository.
        repository: String,
        /// The tag; `latest` where neither tag nor digest is written.
        tag: Option<String>,
        /// The digest.
        digest: Option<Digest>,
    },
    /// Something of the rest of the world.
    Elsewhere(Option<Digest>),
    /// It looks like ECR and does not parse.
    Unreadable,
}

static CLASSIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z]+(?:-[a-z]+)+-[0-9]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$").unwrap()
});
static DUAL_STACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9]{12})\.dkr-ecr(?:-fips)?\.([a-z]+(?:-[a-z]+)+-[0-9]+)\.(?:on\.aws|on\.amazonwebservices\.com\.cn|on\.amazonwebservices\.eu)$").unwrap()
});
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^((?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$").unwrap()
});

/// Reads a reference; `aliases` are the policy's.
#[must_use]
pub fn read(text: &str, aliases: &BTreeMap<Box<str>, RegistryHost>) -> Named {
    let text = match text.split_once("://") {
        Some((before, rest)) if !before.contains('/') => rest,
        _ => text,
    };
    let (host, path) = text.split_once('/').unwrap_or((text, ""));
    let host = host.to_lowercase();
    let alias = aliases.iter().find(|(alias, _)| alias.to_lowercase() == host);
    let stands_for = alias.map_or_else(|| host.clone(), |(_, registry)| registry.to_string());
    let Some(place) = place(&stands_for) else {
        if host.contains("dkr.ecr") || host.contains("dkr-ecr") {
            return Named::Unreadable;
        }
        let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
        return Named::Elsewhere(digest.parse().ok());
    };
    let Some(parts) = PATH.captures(path) else {
        return Named::Unreadable;
    };
    let repository = parts[1].to_owned();
    if repository.len() < 2 {
        return Named::Unreadable;
    }
    let digest = parts.get(3).and_then(|digest| digest.as_str().parse().ok());
    let tag = match (parts.get(2), digest) {
        (Some(tag), _) => Some(tag.as_str().to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some("latest".to_owned()),
    };
    Named::Image { place, repository, tag, digest }
}

fn place(host: &str) -> Option<Place> {
    for spelling in [&CLASSIC, &DUAL_STACK] {
        if let Some(parts) = spelling.captures(host) {
            let (account, region) = (parts[1].parse().ok()?, parts[2].parse().ok()?);
            return Some(Place { account, region });
        }
    }
    None
}
