//! The outline of a snapshot: everything but what is in its repositories, of which it says where
//! each of them is in the file.
//!
//! A file that is no good snapshot is only noticed here. What is wrong with it, [`super::read`]
//! tells.

use std::io::{self, Read};

use ecr_sweep_core::{
    Account, CacheRules, Coverage, Place, Region, RegistryOutline, Repository, Unread, Usage,
};
use jiff::Timestamp;

use super::pieces::{Halt, Pieces, Span};
use super::validate::{
    check_cluster, check_coverage, check_registries, check_repositories, check_repository,
};
use super::{SNAPSHOT_VERSION, Workloads};

/// A snapshot, but for its usage and what is in its repositories.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotOutline {
    /// When the snapshot was taken.
    pub taken_at: Timestamp,
    /// The account and Region from which it was taken.
    pub home: Place,
    /// The registries, with the names of their repositories.
    pub registries: Vec<RegistryOutline>,
    /// What pull-through caches cache.
    pub cache_rules: Vec<CacheRules>,
    /// Where each of these repositories is in the file.
    pub spans: Vec<Vec<Span>>,
    /// Whether all that could name images was seen.
    pub coverage: Coverage,
}

/// Why a file was not read as a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// It could not be read at all.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no good snapshot: [`read`](super::read) tells what is wrong with it.
    #[error("it is not a good snapshot")]
    NotGood,
}

impl From<Halt> for NotRead {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Io(error) => Self::Io(error),
            Halt::Odd => Self::NotGood,
        }
    }
}

/// Reads the outline of a snapshot, and gives each row of its usage to `take`.
///
/// Holds a row, a repository's name or a workload at a time, besides the outline itself.
pub fn read_outline(
    input: impl Read,
    mut take: impl FnMut(Usage),
) -> Result<SnapshotOutline, NotRead> {
    let mut pieces = Pieces::new(input)?;
    let (mut version, mut taken_at, mut home) = (None::<u32>, None, None);
    let (mut registries, mut coverage, mut workloads) = (None, None, None::<Workloads>);
    let (mut usage, mut cache_rules) = (None, None);
    pieces.object(|pieces, key| match key {
        "schema_version" => once(&mut version, pieces.read()?),
        "taken_at" => once(&mut taken_at, pieces.read()?),
        "home" => once(&mut home, pieces.read()?),
        "cache_rules" => once(&mut cache_rules, pieces.read()?),
        "coverage" => once(&mut coverage, pieces.read()?),
        // The planner does not look at it, but it has to be right.
        "workloads" => once(&mut workloads, pieces.read()?),
        "registries" => {
            let (mut outlines, mut spans) = (Vec::new(), Vec::new());
            pieces.list(|pieces| {
                let (outline, of) = read_registry(pieces)?;
                outlines.push(outline);
                spans.push(of);
                Ok(())
            })?;
            once(&mut registries, (outlines, spans))
        }
        "usage" => {
            once(&mut usage, ())?;
            pieces.list(|pieces| {
                let row: Usage = pieces.read()?;
                good(|found| check_cluster("", row.cluster.as_ref(), row.kind.source(), found))?;
                take(row);
                Ok(())
            })
        }
        _ => Err(Halt::Odd),
    })?;
    let is_whole = pieces.is_at_end()? && version == Some(SNAPSHOT_VERSION) && usage.is_some();
    let ((registries, spans), coverage): ((Vec<RegistryOutline>, _), Coverage) =
        match (registries, coverage) {
            (Some(registries), Some(coverage)) if is_whole => (registries, coverage),
            _ => return Err(NotRead::NotGood),
        };
    good(|found| {
        check_registries(registries.iter().map(|registry| registry.place.clone()), found);
        for registry in &registries {
            check_repositories(registry.repositories.iter().map(|name| &**name), "", found);
        }
        check_coverage(&coverage.except, found);
    })?;
    let (Some(taken_at), Some(home)) = (taken_at, home) else { return Err(NotRead::NotGood) };
    // Left out, it is empty.
    let cache_rules = cache_rules.unwrap_or_default();
    Ok(SnapshotOutline { taken_at, home, registries, cache_rules, spans, coverage })
}

/// Reads a repository out of its part of a snapshot.
pub fn read_repository(bytes: &[u8]) -> Result<Repository, NotRead> {
    // Checking the whole text once is faster than each string in it.
    let text = std::str::from_utf8(bytes).map_err(|_| NotRead::NotGood)?;
    let repository = serde_json::from_str(text).map_err(|_| NotRead::NotGood)?;
    good(|found| check_repository(&repository, "", found))?;
    Ok(repository)
}

fn read_registry<R: Read>(pieces: &mut Pieces<R>) -> Result<(RegistryOutline, Vec<Span>), Halt> {
    let (mut account, mut region) = (None::<Account>, None::<Region>);
    let (mut deletes_replicate_to, mut unread, mut repositories) = (None, None, None);
    pieces.object(|pieces, key| match key {
        "account" => once(&mut account, pieces.read()?),
        "region" => once(&mut region, pieces.read()?),
        "deletes_replicate_to" => once(&mut deletes_replicate_to, pieces.read()?),
        "unread" => once(&mut unread, pieces.read()?),
        "repositories" => {
            let (mut names, mut spans) = (Vec::new(), Vec::new());
            pieces.list(|pieces| {
                let mut name = None::<Box<str>>;
                spans.push(pieces.span_of(|pieces| {
                    pieces.object(|pieces, key| match key {
                        "name" => once(&mut name, pieces.read()?),
                        _ => pieces.skip(),
                    })
                })?);
                names.push(name.ok_or(Halt::Odd)?);
                Ok(())
            })?;
            once(&mut repositories, (names, spans))
        }
        _ => Err(Halt::Odd),
    })?;
    let (Some(account), Some(region), Some((repositories, spans))) =
        (account, region, repositories)
    else {
        return Err(Halt::Odd);
    };
    let place = Place { account, region };
    // Left out, it is empty.
    let deletes_replicate_to = deletes_replicate_to.unwrap_or_default();
    let unread: Option<Option<Unread>> = unread;
    let unread = unread.flatten();
    Ok((RegistryOutline { place, deletes_replicate_to, unread, repositories }, spans))
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Halt> {
    match slot.replace(value) {
        Some(_) => Err(Halt::Odd),
        None => Ok(()),
    }
}

/// Whether a check finds nothing that cannot be true.
fn good(check: impl FnOnce(&mut Vec<super::Contradiction>)) -> Result<(), Halt> {
    let mut found = Vec::new();
    check(&mut found);
    if found.is_empty() { Ok(()) } else { Err(Halt::Odd) }
}
