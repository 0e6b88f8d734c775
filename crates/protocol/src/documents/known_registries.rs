//! The registries that the runs of a store have planned.

use ecr_sweep_core::{Account, Place, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// The registries that runs of this store have planned, and who read there: whose reads this store knows of.
///
/// Nothing is decided by it: it tells whether a store is the one that a registry has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownRegistries {
    /// The version of this format.
    pub schema_version: V1,
    /// The registries, sorted.
    pub registries: Vec<KnownRegistry>,
}

/// A registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownRegistry {
    /// Its account.
    pub account: Account,
    /// Its Region.
    pub region: Region,
    /// Who read there, who did last first; at most 20.
    pub readers: Vec<KnownReader>,
}

/// A role, or a user, that runs of this store read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownReader {
    /// Its ARN.
    pub arn: Box<str>,
    /// The first run that did.
    pub first_run: RunId,
    /// When that was.
    pub first_at: Timestamp,
    /// The last.
    pub last_run: RunId,
    /// When that was.
    pub last_at: Timestamp,
}

/// So many readers of a registry are remembered.
const READERS: usize = 20;

impl KnownRegistries {
    /// Writes down that a run reads these registries, each as somebody.
    #[must_use]
    pub fn with(
        old: Option<Self>,
        run: &RunId,
        at: Timestamp,
        read: impl IntoIterator<Item = (Place, Box<str>)>,
    ) -> Self {
        let mut known = old.unwrap_or_else(|| Self { schema_version: V1, registries: Vec::new() });
        for (place, arn) in read {
            known.read(run, at, &place, arn);
        }
        known
    }

    fn read(&mut self, run: &RunId, at: Timestamp, place: &Place, arn: Box<str>) {
        let of = |it: &KnownRegistry| (it.account.clone(), it.region.clone());
        let wanted = (place.account.clone(), place.region.clone());
        let found = self.registries.binary_search_by_key(&wanted, of);
        let at_place = found.unwrap_or_else(|new| {
            let (account, region) = wanted;
            self.registries.insert(new, KnownRegistry { account, region, readers: Vec::new() });
            new
        });
        let readers = &mut self.registries[at_place].readers;
        let known = readers.iter().position(|it| it.arn == arn);
        let mut reader = match known {
            Some(place) => readers.remove(place),
            None => KnownReader {
                arn,
                first_run: run.clone(),
                first_at: at,
                last_run: run.clone(),
                last_at: at,
            },
        };
        (reader.last_run, reader.last_at) = (run.clone(), at);
        readers.insert(0, reader);
        readers.truncate(READERS);
    }

    /// Since when runs other than this one have read a registry, and who did last. None: no other has.
    #[must_use]
    pub fn before(&self, run: &RunId, place: &Place) -> Option<(Timestamp, &str)> {
        let registry = self
            .registries
            .iter()
            .find(|it| it.account == place.account && it.region == place.region)?;
        let others = registry.readers.iter().filter(|it| it.first_run != *run);
        Some((others.map(|it| it.first_at).min()?, &registry.readers.first()?.arn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str) -> Place {
        Place { account: "111122223333".parse().unwrap(), region: region.parse().unwrap() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn run(name: &str) -> RunId {
        name.parse().unwrap()
    }

    #[test]
    fn what_a_run_reads_is_known_to_the_next_and_not_to_itself() {
        let read = |old, name: &str, seconds, arn: &str| {
            let read = [(place("eu-west-1"), Box::from(arn)), (place("eu-central-1"), arn.into())];
            KnownRegistries::with(old, &run(name), at(seconds), read)
        };
        let first = read(None, "r1", 0, "role/a");
        assert_eq!(first.before(&run("r1"), &place("eu-west-1")), None);
        assert_eq!(first.before(&run("r2"), &place("eu-west-1")), Some((at(0), "role/a")));
        assert_eq!(first.before(&run("r2"), &place("us-east-1")), None);
        let second = read(Some(first.clone()), "r2", 10, "role/b");
        let regions: Vec<&str> = second.registries.iter().map(|it| it.region.as_str()).collect();
        assert_eq!(regions, ["eu-central-1", "eu-west-1"]);
        assert_eq!(second.before(&run("r2"), &place("eu-west-1")), Some((at(0), "role/b")));
        // The same again, as by a function that is called twice, changes nothing but the last time.
        assert_eq!(read(Some(first.clone()), "r1", 0, "role/a"), first);
        let third = read(Some(second), "r3", 20, "role/a");
        let readers = &third.registries[1].readers;
        assert_eq!(readers.len(), 2);
        assert_eq!(
            (&*readers[0].arn, readers[0].first_at, readers[0].last_at),
            ("role/a", at(0), at(20))
        );
    }

    #[test]
    fn of_many_readers_the_last_are_remembered() {
        let mut known = None;
        for number in 0..30 {
            let arn = format!("role/{number}").into();
            let read = [(place("eu-west-1"), arn)];
            known = Some(KnownRegistries::with(known, &run("r1"), at(number), read));
        }
        let readers = known.unwrap().registries.remove(0).readers;
        assert_eq!((readers.len(), &*readers[0].arn), (20, "role/29"));
    }
}
