//! Room: how many bytes of documents are held at once by who reads many of them.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Stored;

/// The bytes that a slot stands for.
const SLOT: u64 = 1024;

/// Room for so many bytes. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Room {
    slots: Arc<Semaphore>,
    most: u32,
}

/// A part of the room, until it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    slots: OwnedSemaphorePermit,
}

impl Room {
    /// Room for so many KiB.
    pub(super) fn of_kib(most: u32) -> Self {
        Self { slots: Arc::new(Semaphore::new(most as usize)), most }
    }

    /// What so many bytes take: all there is, where they are more.
    fn slots_of(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(SLOT)).map_or(self.most, |slots| slots.min(self.most))
    }

    /// Room for so many bytes, if there is some now.
    pub(super) fn try_take(&self, bytes: u64) -> Option<Taken> {
        let slots = Arc::clone(&self.slots).try_acquire_many_owned(self.slots_of(bytes)).ok()?;
        Some(Taken { slots })
    }

    /// Room for so many bytes, once there is some. None if there never will be.
    pub(super) async fn take(&self, bytes: u64) -> Option<Taken> {
        let slots = Arc::clone(&self.slots).acquire_many_owned(self.slots_of(bytes)).await.ok()?;
        Some(Taken { slots })
    }

    /// Whether a part that was taken is enough for so many bytes.
    pub(super) fn is_enough(&self, taken: &Taken, bytes: u64) -> bool {
        taken.slots.num_permits() >= self.slots_of(bytes) as usize
    }
}

/// A document that takes room until it is dropped: who holds one waits for nothing meanwhile, for
/// another document least of all.
#[derive(Debug)]
pub struct Held {
    stored: Stored,
    _room: Option<Taken>,
}

impl Held {
    pub(super) fn within(room: Taken, stored: Stored) -> Self {
        Self { stored, _room: Some(room) }
    }

    pub(super) fn anywhere(stored: Stored) -> Self {
        Self { stored, _room: None }
    }
}

impl Deref for Held {
    type Target = Stored;

    fn deref(&self) -> &Stored {
        &self.stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_there_again_once_it_is_dropped() {
        let room = Room::of_kib(4);
        let first = room.try_take(3 * SLOT);
        assert!(first.is_some());
        assert!(room.try_take(2 * SLOT).is_none());
        drop(first);
        assert!(room.try_take(2 * SLOT).is_some());
    }

    #[test]
    fn a_document_that_is_larger_than_the_room_takes_all_of_it() {
        let room = Room::of_kib(4);
        let whole = room.try_take(u64::MAX).unwrap();
        assert!(room.is_enough(&whole, 100 * SLOT));
        assert!(room.try_take(1).is_none());
    }
}
