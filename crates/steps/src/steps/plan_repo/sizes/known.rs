//! The layers that are known: each image's are asked of the registry once, ever.

use std::collections::BTreeSet;

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, KnownLayers, RepositoryId};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{self, ImageLayers, keys};

use crate::run::computing::computing;
use crate::run::environment::{UPDATE_ATTEMPTS, pause};
use crate::{Reading, StepError};

/// What is stored of one repository's layers.
pub(super) struct StoredLayers<'a> {
    reading: &'a Reading,
    repository: &'a RepositoryId,
    /// The images that there are.
    there: BTreeSet<Digest>,
    /// What is known of them.
    pub(super) known: KnownLayers,
    /// Which document that is. None: there is none yet.
    version: Option<Version>,
}

impl<'a> StoredLayers<'a> {
    /// Reads the document. What cannot be read is read from the registry anew.
    pub(super) async fn open(
        reading: &'a Reading,
        repository: &'a RepositoryId,
        there: BTreeSet<Digest>,
    ) -> Result<Self, StepError> {
        let known = KnownLayers::default();
        let mut stored = Self { reading, repository, there, known, version: None };
        stored.known = stored.read().await?.unwrap_or_default();
        Ok(stored)
    }

    async fn read(&mut self) -> Result<Option<KnownLayers>, StepError> {
        let key = keys::image_layers(self.repository);
        let Some(stored) = self.reading.store.get(&key).await? else {
            self.version = None;
            return Ok(None);
        };
        self.version = Some(stored.version);
        let bytes = stored.bytes;
        let read = computing(move || documents::read::<ImageLayers>(&bytes).map(|it| it.known()));
        match read.await? {
            Ok(known) => Ok(Some(known)),
            Err(error) => {
                let address = self.reading.store.address(&key);
                tracing::warn!(address, %error, "layers that were stored are read anew");
                Ok(None)
            }
        }
    }

    /// Stores what is known, with what somebody else has stored meanwhile.
    pub(super) async fn remember(&mut self) -> Result<(), StepError> {
        let key = keys::image_layers(self.repository);
        for attempt in 0..UPDATE_ATTEMPTS {
            let document = ImageLayers::of(self.repository, &self.known, &self.there);
            let written = computing(move || documents::write(&document)).await?;
            let bytes = written.map_err(|source| StepError::Document {
                act: "write",
                address: self.reading.store.address(&key),
                source,
            })?;
            let version = self.reading.put_over(&key, bytes, self.version.as_ref()).await?;
            if version.is_some() {
                self.version = version;
                return Ok(());
            }
            pause(attempt).await;
            for (image, layers) in self.read().await?.iter().flat_map(KnownLayers::iter) {
                if !self.known.has(image) {
                    self.known.add(image, layers);
                }
            }
        }
        Err(StepError::Conflict {
            problem: format!("{} keeps changing", self.reading.store.address(&key)),
            next: NextStep::EndOtherRuns,
        })
    }
}
