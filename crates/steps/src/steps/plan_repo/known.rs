//! The manifests of a repository's indexes that are known: each is asked of the registry once, ever.
//!
//! They are stored together: those read last in one document, which names the packs that hold the
//! others. A pack is never changed, and that document is replaced only as it was read, so planners
//! of one repository do not lose what the other one writes. What is stored counts as far as it
//! proves itself: a manifest's SHA-256 is its image's digest. What does not, or cannot be read at
//! all, is read from the registry again.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, MediaType, RepositoryId};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{self, IndexManifests, Key, PackedManifest, V1, keys, sha256};
use ecr_sweep_protocol::manifest;
use futures::{StreamExt, TryStreamExt, stream};
use serde::de::DeserializeOwned;

use crate::run::computing::computing;
use crate::run::environment::{UPDATE_ATTEMPTS, pause};
use crate::{Reading, StepError};

/// What indexes list.
pub(super) type Children = BTreeMap<Digest, Vec<Digest>>;

/// The most bytes of manifests in one document, unless a single one has more. Written as JSON they
/// become about a sixth longer.
const MOST_BYTES: usize = 3 << 20;

/// So many packs are in memory at once.
const PACKS_AT_ONCE: usize = 4;

/// What is stored of one repository's indexes.
pub(super) struct KnownManifests<'a> {
    reading: &'a Reading,
    repository: &'a RepositoryId,
    newest: IndexManifests,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
    /// The indexes that there are.
    there: BTreeSet<Digest>,
    /// What is of no use in the newest document: the next write leaves it out.
    gone: BTreeSet<Digest>,
    /// The packs that hold little of use: the next write takes that out of them.
    sparse: BTreeSet<Digest>,
}

impl<'a> KnownManifests<'a> {
    /// Reads the newest document.
    pub(super) async fn open(
        reading: &'a Reading,
        repository: &'a RepositoryId,
    ) -> Result<Self, StepError> {
        let mut known = Self {
            reading,
            repository,
            newest: documents_of(repository, Vec::new()),
            version: None,
            there: BTreeSet::new(),
            gone: BTreeSet::new(),
            sparse: BTreeSet::new(),
        };
        known.read_newest().await?;
        Ok(known)
    }

    /// What these indexes, all of the repository, list, of those that are known.
    pub(super) async fn children(
        &mut self,
        indexes: BTreeSet<Digest>,
    ) -> Result<Children, StepError> {
        self.there = indexes;
        let newest = mem::take(&mut self.newest.manifests);
        let there = self.there.clone();
        let proved = computing(move || (prove(&newest, &there), newest)).await?;
        let (mut children, newest) = proved;
        let digests = newest.iter().map(|manifest| manifest.digest);
        self.gone = digests.filter(|digest| !children.contains_key(digest)).collect();
        self.newest.manifests = newest;
        let packs: Vec<_> = stream::iter(&self.newest.packs)
            .map(async |pack| Ok::<_, StepError>((*pack, self.read_pack(pack).await?)))
            .buffer_unordered(PACKS_AT_ONCE)
            .try_collect()
            .await?;
        for (pack, found) in packs {
            match found {
                Some((of_pack, is_sparse)) => {
                    children.extend(of_pack);
                    self.sparse.extend(is_sparse.then_some(pack));
                }
                None => drop(self.sparse.insert(pack)),
            }
        }
        if self.version.is_none() {
            children.extend(self.take_over(&children).await?);
        }
        Ok(children)
    }

    /// Stores manifests of indexes of the repository that were read from the registry.
    pub(super) async fn remember(&mut self, new: Vec<PackedManifest>) -> Result<(), StepError> {
        if new.is_empty() {
            return Ok(());
        }
        let key = keys::index_manifests(self.repository);
        for attempt in 0..UPDATE_ATTEMPTS {
            let newest = self.with(&new).await?;
            let (bytes, newest) = self.written(newest).await?;
            if let Some(version) = self.reading.put_over(&key, bytes, self.version.as_ref()).await?
            {
                (self.newest, self.version) = (newest, Some(version));
                self.gone.clear();
                self.sparse.clear();
                return Ok(());
            }
            pause(attempt).await;
            self.read_newest().await?;
        }
        Err(StepError::Conflict {
            problem: format!("{} keeps changing", self.reading.store.address(&key)),
            next: NextStep::EndOtherRuns,
        })
    }

    async fn read_newest(&mut self) -> Result<(), StepError> {
        let key = keys::index_manifests(self.repository);
        let stored = self.reading.store.get(&key).await?;
        self.version = stored.as_ref().map(|stored| stored.version.clone());
        let newest = match stored {
            Some(stored) => readable(self.reading, &key, stored.bytes).await?,
            None => None,
        };
        self.newest = newest.unwrap_or_else(|| documents_of(self.repository, Vec::new()));
        Ok(())
    }

    /// What the indexes of a pack list, and whether most of the pack is of no use. None if it
    /// cannot be read.
    async fn read_pack(&self, pack: &Digest) -> Result<Option<(Children, bool)>, StepError> {
        let Some(manifests) = self.manifests_of(pack).await? else { return Ok(None) };
        let there = self.there.clone();
        let proved = computing(move || {
            let children = prove(&manifests, &there);
            let bytes = |some: &dyn Fn(&Digest) -> bool| -> usize {
                let some = manifests.iter().filter(|manifest| some(&manifest.digest));
                some.map(|manifest| manifest.manifest.len()).sum()
            };
            let of_use = bytes(&|digest| children.contains_key(digest));
            let is_sparse = of_use < bytes(&|_| true) / 2;
            (children, is_sparse)
        });
        Ok(Some(proved.await?))
    }

    async fn manifests_of(&self, pack: &Digest) -> Result<Option<Vec<PackedManifest>>, StepError> {
        let key = keys::index_manifest_pack(self.repository, pack);
        let Some(stored) = self.reading.store.get(&key).await? else { return Ok(None) };
        let document: Option<IndexManifests> = readable(self.reading, &key, stored.bytes).await?;
        Ok(document.map(|document| document.manifests))
    }

    /// Takes over what earlier versions have stored of the indexes that are not known.
    async fn take_over(&mut self, known: &Children) -> Result<Children, StepError> {
        let is_known = |digest: &&Digest| known.contains_key(*digest);
        if self.there.iter().all(|digest| is_known(&digest)) {
            return Ok(Children::new());
        }
        let earlier = self.reading.earlier_manifests().await?;
        let stored = self.there.intersection(earlier).filter(|digest| !is_known(digest));
        let found: Vec<PackedManifest> = stream::iter(stored.copied().collect::<Vec<_>>())
            .map(async |digest| {
                let key = keys::earlier_manifest(&digest);
                let Some(stored) = self.reading.store.get(&key).await? else { return Ok(None) };
                let document = readable(self.reading, &key, stored.bytes).await?;
                Ok::<_, StepError>(document.map(|it: documents::StoredManifest| {
                    let documents::StoredManifest { digest, media_type, manifest, .. } = it;
                    PackedManifest { digest, media_type, manifest }
                }))
            })
            .buffer_unordered(self.reading.sessions.concurrency())
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await?;
        let there = self.there.clone();
        let (children, found) = computing(move || {
            let children = prove(&found, &there);
            let proved = found.into_iter().filter(|it| children.contains_key(&it.digest)).collect();
            (children, proved)
        })
        .await?;
        self.remember(found).await?;
        Ok(children)
    }

    /// The newest document with these manifests besides, and with no more than it may have: the
    /// rest is in packs by then.
    async fn with(&self, new: &[PackedManifest]) -> Result<IndexManifests, StepError> {
        let mut manifests: BTreeMap<Digest, PackedManifest> = BTreeMap::new();
        let mut take = |some: Vec<PackedManifest>| {
            manifests.extend(some.into_iter().map(|manifest| (manifest.digest, manifest)));
        };
        let mut kept = self.newest.manifests.clone();
        kept.retain(|manifest| !self.gone.contains(&manifest.digest));
        take(kept);
        for pack in self.newest.packs.iter().filter(|pack| self.sparse.contains(pack)) {
            let mut of_use = self.manifests_of(pack).await?.unwrap_or_default();
            of_use.retain(|manifest| self.there.contains(&manifest.digest));
            take(of_use);
        }
        take(new.to_vec());
        let mut parts = parts(manifests.into_values());
        let mut newest = documents_of(self.repository, parts.pop().unwrap_or_default());
        let packs = stream::iter(parts)
            .map(|manifests| self.write_pack(manifests))
            .buffer_unordered(PACKS_AT_ONCE)
            .try_collect::<Vec<Digest>>()
            .await?;
        let whole = self.newest.packs.iter().filter(|pack| !self.sparse.contains(pack)).copied();
        newest.packs = whole.chain(packs).collect::<BTreeSet<_>>().into_iter().collect();
        Ok(newest)
    }

    /// Writes a pack, and gives its name.
    async fn write_pack(&self, manifests: Vec<PackedManifest>) -> Result<Digest, StepError> {
        let (bytes, _) = self.written(documents_of(self.repository, manifests)).await?;
        let pack = sha256(&bytes);
        self.reading.store.put(&keys::index_manifest_pack(self.repository, &pack), bytes).await?;
        Ok(pack)
    }

    /// A document as it is stored, and the document.
    async fn written(
        &self,
        document: IndexManifests,
    ) -> Result<(Vec<u8>, IndexManifests), StepError> {
        let written = computing(move || (documents::write(&document), document)).await?;
        let (bytes, document) = written;
        let bytes = bytes.map_err(|source| StepError::Document {
            act: "write",
            address: self.reading.store.address(&keys::index_manifests(self.repository)),
            source,
        })?;
        Ok((bytes, document))
    }
}

/// A stored document. None if it cannot be read: all that it says can be read anew.
async fn readable<D: DeserializeOwned + Send + 'static>(
    reading: &Reading,
    key: &Key<D>,
    bytes: Vec<u8>,
) -> Result<Option<D>, StepError> {
    match computing(move || documents::read(&bytes)).await? {
        Ok(document) => Ok(Some(document)),
        Err(error) => {
            let address = reading.store.address(key);
            tracing::warn!(address, %error, "manifests that were stored are read anew");
            Ok(None)
        }
    }
}

/// What those of these manifests list that are of these indexes and prove it.
fn prove(manifests: &[PackedManifest], there: &BTreeSet<Digest>) -> Children {
    let of_indexes = manifests.iter().filter(|manifest| there.contains(&manifest.digest));
    let listed = of_indexes.filter_map(|it| {
        Some((it.digest, listed(it.digest, &it.media_type, it.manifest.as_bytes())?))
    });
    listed.collect()
}

/// What a manifest lists, if it is the one with this digest.
fn listed(digest: Digest, media_type: &MediaType, bytes: &[u8]) -> Option<Vec<Digest>> {
    (sha256(bytes) == digest).then(|| manifest::children(media_type, bytes).ok()).flatten()
}

fn documents_of(repository: &RepositoryId, manifests: Vec<PackedManifest>) -> IndexManifests {
    IndexManifests {
        schema_version: V1,
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        packs: Vec::new(),
        manifests,
    }
}

/// Manifests by the document that they are written in: all but the last one are full.
fn parts(manifests: impl Iterator<Item = PackedManifest>) -> Vec<Vec<PackedManifest>> {
    let mut parts: Vec<Vec<PackedManifest>> = Vec::new();
    let mut bytes = 0;
    for manifest in manifests {
        bytes += manifest.manifest.len();
        match parts.last_mut() {
            Some(part) if bytes <= MOST_BYTES => part.push(manifest),
            _ => {
                bytes = manifest.manifest.len();
                parts.push(vec![manifest]);
            }
        }
    }
    parts
}
