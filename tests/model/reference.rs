//! References: "parsed once, strictly: account, Region, repository, tag and/or digest".

use std::sync::LazyLock;

use ecr_sweep_core::{Aliases, Digest, Place};
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
pub fn read(text: &str, aliases: &Aliases) -> Named {
    let text = match text.split_once("://") {
        _ if text.starts_with("//") => &text[2..],
        Some((before, rest)) if !before.contains('/') => rest,
        _ => text,
    };
    let (host, path) = text.split_once('/').unwrap_or((text, ""));
    let looks_like_ecr = {
        let host = host.to_lowercase();
        host.contains("dkr.ecr") || host.contains("dkr-ecr")
    };
    let of_alias = through(aliases, host, path).or_else(|| {
        if looks_like_ecr || text.parse::<Digest>().is_ok() {
            return None;
        }
        let (host, path) = docker(text);
        through(aliases, host, path)
    });
    let full = match of_alias {
        Some(full) => full,
        None if looks_like_ecr => text.to_owned(),
        None => {
            let Some(behind) = behind_mirror(text) else {
                let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
                return Named::Elsewhere(digest.parse().ok());
            };
            behind
        }
    };
    let (host, path) = full.split_once('/').unwrap_or((&full, ""));
    let Some(place) = place(&host.to_lowercase()) else { return Named::Unreadable };
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

/// "A mirror that has the registry's host in its path needs none."
fn behind_mirror(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('/').collect();
    let host = (1..parts.len() - 1).find(|at| place(&parts[*at].to_lowercase()).is_some())?;
    Some(parts[host..].join("/"))
}

/// "An alias key with a path stands for what lies below it, at a `/`; hosts compare without case;
/// `index.docker.io` and `registry-1.docker.io` are `docker.io`"; "by the longest".
fn through(aliases: &Aliases, host: &str, path: &str) -> Option<String> {
    let library = format!("library/{path}");
    let path = if hub(host) == "docker.io" && !path.contains('/') { &library } else { path };
    let mut longest: Option<(usize, String)> = None;
    for (key, target) in aliases {
        let (own_host, own_path) = key.split_once('/').unwrap_or((key, ""));
        if hub(own_host) != hub(host) {
            continue;
        }
        let rest = if own_path.is_empty() {
            path
        } else if let Some(rest) = path.strip_prefix(&format!("{own_path}/")) {
            rest
        } else {
            continue;
        };
        if longest.as_ref().is_none_or(|(length, _)| own_path.len() > *length) {
            longest = Some((own_path.len(), format!("{target}/{rest}")));
        }
    }
    longest.map(|(_, full)| full)
}

fn hub(host: &str) -> String {
    match host.to_lowercase().as_str() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        other => other.to_owned(),
    }
}

/// "`nginx:1` is docker.io/library/nginx:1."
fn docker(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((first, rest)) if first.contains('.') || first.contains(':') => (first, rest),
        Some(("localhost", rest)) => ("localhost", rest),
        _ => ("docker.io", text),
    }
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
