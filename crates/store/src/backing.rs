//! A partition's view of its state, as the core asks for it.

mod overlay;

use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{Backing, Deadline};
use springtide_core::time::Millis;

use crate::commit::DeadlineChange;
use crate::error::StoreError;
use crate::kv;
use crate::store::{Store, due_among};
use overlay::Overlay;

/// One partition's state in a store, with the deadlines that changed since the last commit.
///
/// A changed deadline is seen by [`Backing::due`] at once, and handed over for the commit by
/// [`PartitionBacking::take_deadlines`]. From there until the commit is in the store nobody may ask what is
/// due. After a commit that failed, begin anew with a new backing and a new partition.
///
/// ```
/// use springtide_core::partition::{Backing, Deadline};
/// use springtide_store::{Commit, Identity, MemoryStore, PartitionBacking, PartitionCommit, PartitionMeta, Store};
///
/// let store = MemoryStore::new(&Identity::new("a1b2", "springtide"));
/// let mut backing = PartitionBacking::new(&store, 0);
/// backing.reschedule(Deadline::Timer, "acme", None, Some(5))?;
/// assert_eq!(backing.due(Deadline::Timer, 10, 9)?, ["acme".into()]);
///
/// let mut partition = PartitionCommit::new(0, PartitionMeta::default());
/// partition.deadlines = backing.take_deadlines();
/// store.commit(&Commit { partitions: vec![partition] })?;
/// assert_eq!(backing.due(Deadline::Timer, 10, 9)?, ["acme".into()]);
/// # Ok::<(), springtide_store::StoreError>(())
/// ```
pub struct PartitionBacking<'a, S: ?Sized> {
    store: &'a S,
    partition: i32,
    changed: Overlay,
}

impl<'a, S: Store + ?Sized> PartitionBacking<'a, S> {
    /// The view of a partition as it was last committed.
    pub fn new(store: &'a S, partition: i32) -> PartitionBacking<'a, S> {
        PartitionBacking { store, partition, changed: Overlay::default() }
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// The deadlines that changed since this was last asked, for the next commit.
    pub fn take_deadlines(&mut self) -> Vec<DeadlineChange> {
        self.changed.take()
    }
}

impl<S: Store + ?Sized> Backing for PartitionBacking<'_, S> {
    type Error = StoreError;

    fn load(&mut self, account: &str) -> Result<Vec<(PieceKey, Piece)>, StoreError> {
        self.store.load(self.partition, account)
    }

    /// Of the store it reads as many as are returned, and those before them that changed since the last commit.
    fn due(
        &mut self,
        deadline: Deadline,
        up_to: Millis,
        at_most: usize,
    ) -> Result<Vec<Box<str>>, StoreError> {
        let scan = kv::deadline::scan(self.partition, deadline, up_to);
        let unchanged = |account: &str| !self.changed.knows(deadline, account);
        let stored = due_among(self.store, &scan, at_most, unchanged)?;
        Ok(self.changed.due(deadline, up_to, at_most, stored))
    }

    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), StoreError> {
        self.changed.reschedule(deadline, account, from, to);
        Ok(())
    }
}
