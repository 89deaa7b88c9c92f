//! Who was erased, and up to when (SPEC 7.3).
//!
//! A tombstone takes an account's state away at once. What was written before it may still lie unread in other
//! topics, so a partition remembers the tombstone's time under a keyed hash of the account, and nothing else
//! of it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::mem;

use uuid::Uuid;

use super::{Backing, Deadline, Partition};
use crate::time::Millis;

/// What became of an account's tombstone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The ids that were emitted for the account since it was last erased: its rows in the latest topic,
    /// each of which needs a tombstone.
    pub rows: BTreeSet<Uuid>,
    /// Whether a tombstone that was not written before this one was carried out already: then there was
    /// nothing to do.
    pub repeated: bool,
}

/// What a commit must write of erasures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureCut {
    /// The key of the hashes.
    pub salt: Uuid,
    /// By hash, when the account's latest tombstone was written; `None` where that is forgotten.
    pub changes: Vec<(Uuid, Option<Millis>)>,
}

/// The accounts of a partition that were erased a short while ago, by keyed hash.
///
/// The default is unkeyed: for a partition that never meets a tombstone.
///
/// ```
/// use springtide_core::partition::Erased;
/// use uuid::Uuid;
/// let mut erased = Erased::new(Uuid::from_u128(7));
/// assert!(erased.note("acme", 1_000));
/// assert!(erased.covers("acme", 1_000) && !erased.covers("acme", 1_001) && !erased.covers("bolt", 1_000));
/// erased.forget(1_000);
/// assert!(!erased.covers("acme", 1_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    salt: Uuid,
    written_at: HashMap<Uuid, Millis>,
    by_time: BTreeSet<(Millis, Uuid)>,
    /// Hashes that changed since the last cut.
    changed: BTreeSet<Uuid>,
}

impl Erased {
    /// Nobody yet. The salt must be random, and the same for as long as anybody is remembered.
    pub fn new(salt: Uuid) -> Erased {
        Erased { salt, ..Erased::default() }
    }

    /// As commits left it: when the latest tombstone of each hash was written.
    pub fn restore(salt: Uuid, written_at: HashMap<Uuid, Millis>) -> Erased {
        let by_time = written_at.iter().map(|(hash, at)| (*at, *hash)).collect();
        Erased { salt, written_at, by_time, changed: BTreeSet::new() }
    }

    /// The hashes of those that are remembered.
    pub fn hashes(&self) -> impl Iterator<Item = Uuid> {
        self.written_at.keys().copied()
    }

    fn hash(&self, account: &str) -> Uuid {
        Uuid::new_v5(&self.salt, account.as_bytes())
    }

    /// Remembers an account's tombstone; false where one that was not written before it is known.
    pub fn note(&mut self, account: &str, written_at: Millis) -> bool {
        let hash = self.hash(account);
        match self.written_at.entry(hash) {
            Entry::Occupied(known) if *known.get() >= written_at => return false,
            Entry::Occupied(mut known) => {
                self.by_time.remove(&(known.insert(written_at), hash));
            }
            Entry::Vacant(place) => {
                place.insert(written_at);
            }
        }
        self.by_time.insert((written_at, hash));
        self.changed.insert(hash);
        true
    }

    /// Whether a record of an account that was written at this time is erased with it. Hashes only what was
    /// not written after every tombstone that is remembered.
    pub fn covers(&self, account: &str, written_at: Millis) -> bool {
        self.by_time.last().is_some_and(|(latest, _)| written_at <= *latest)
            && self.written_at.get(&self.hash(account)).is_some_and(|at| written_at <= *at)
    }

    /// Forgets the tombstones that were written up to an instant.
    pub fn forget(&mut self, up_to: Millis) {
        while let Some((at, hash)) = self.by_time.first().copied().filter(|(at, _)| *at <= up_to) {
            self.by_time.remove(&(at, hash));
            self.written_at.remove(&hash);
            self.changed.insert(hash);
        }
    }

    /// How many accounts are remembered.
    pub fn len(&self) -> usize {
        self.written_at.len()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.written_at.is_empty()
    }

    fn cut(&mut self) -> Option<ErasureCut> {
        let changed = mem::take(&mut self.changed);
        let changes: Vec<_> =
            changed.into_iter().map(|hash| (hash, self.written_at.get(&hash).copied())).collect();
        (!changes.is_empty()).then_some(ErasureCut { salt: self.salt, changes })
    }
}

impl Partition {
    /// Carries out an account's tombstone: its state and what of it waits to be settled is gone, the next
    /// [`Partition::cut`] takes away what is stored of it, and its deadlines end. What is written later starts
    /// afresh, with nothing known of what was: an opening at an instant that had one before has its id again.
    ///
    /// A tombstone that was not written after one that is remembered changes nothing.
    ///
    /// Whatever a settlement returned must be on its way to readers before this is asked, in the same
    /// commit at the latest, and the tombstones of the rows behind it: rows are those ever emitted. An
    /// account whose changes were cut must stay in memory until the store has them.
    ///
    /// # Errors
    /// Where the account's state can't be read.
    pub fn erase<B: Backing>(
        &mut self,
        backing: &mut B,
        account: &str,
        written_at: Millis,
    ) -> Result<Erasure, B::Error> {
        if self.erased.covers(account, written_at) {
            return Ok(Erasure { repeated: true, ..Erasure::default() });
        }
        let stored = backing.load(account)?;
        self.erased.note(account, written_at);
        self.recent.forget(account);
        if stored.is_empty() && !self.accounts.knows(account) {
            return Ok(Erasure::default());
        }
        let slot = self.accounts.slot(backing, &self.rules, account)?;
        let resident = self.accounts.get(slot);
        let gone = resident.account.erase(stored.into_iter().map(|(key, _)| key));
        resident.bounds = None;
        if !mem::replace(&mut resident.changed, true) {
            self.changed.push(slot);
        }
        for (deadline, at) in [(Deadline::Timer, gone.schedule.timer), (Deadline::Quiet, gone.schedule.quiet)]
        {
            if at.is_some() {
                backing.reschedule(deadline, account, at, None)?;
            }
        }
        Ok(Erasure { rows: gone.rows, repeated: false })
    }

    /// Whether a record of an account is erased with it: it was written no later than a tombstone that was
    /// carried out. To be asked of every record before it is judged, bad and late ones too; a record that is
    /// erased is dropped, and goes to no topic. Costs nothing as long as nobody was erased after it was
    /// written.
    pub fn is_erased(&self, account: &str, written_at: Millis) -> bool {
        self.erased.covers(account, written_at)
    }

    /// How many erased accounts are remembered.
    pub fn erased(&self) -> usize {
        self.erased.len()
    }

    /// Forgets erasures that are older than the longest allowed lateness. `read_up_to` is a time of Kafka's up to
    /// which all five topics are read: the wall clock where they are read to their ends, else the least time of
    /// the records read last. It must not be the wall clock while records of long ago are still to be read.
    pub fn forget_erasures(&mut self, read_up_to: Millis) {
        self.erased.forget(read_up_to.saturating_sub(self.progress.longest_lateness()).saturating_sub(1));
    }

    /// The erasures that changed since the last cut, and must be written in the next commit.
    pub fn cut_erasures(&mut self) -> Option<ErasureCut> {
        self.erased.cut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erased(tombstones: &[(&str, Millis)]) -> Erased {
        let mut erased = Erased::new(Uuid::from_u128(1));
        for (account, at) in tombstones {
            erased.note(account, *at);
        }
        erased
    }

    #[test]
    fn the_latest_tombstone_of_an_account_counts() {
        for (tombstones, covered) in [
            (&[][..], None),
            (&[("bolt", 9)], None),
            (&[("acme", 5)], Some(5)),
            (&[("acme", 5), ("bolt", 9)], Some(5)),
            (&[("acme", 5), ("acme", 7)], Some(7)),
            (&[("acme", 7), ("acme", 5)], Some(7)),
            (&[("acme", Millis::MIN)], Some(Millis::MIN)),
            (&[("acme", Millis::MAX)], Some(Millis::MAX)),
        ] {
            let erased = erased(tombstones);
            for at in [Millis::MIN, 4, 5, 6, 7, 8, 9, Millis::MAX] {
                assert_eq!(
                    erased.covers("acme", at),
                    covered.is_some_and(|up_to| at <= up_to),
                    "{tombstones:?} {at}"
                );
            }
        }
    }

    #[test]
    fn forgetting_ends_with_its_instant() {
        let mut erased = erased(&[("acme", 5), ("bolt", 9), ("acme", 7)]);
        erased.forget(6);
        assert_eq!((erased.len(), erased.covers("acme", 5)), (2, true), "its latest was written at 7");
        erased.forget(7);
        assert_eq!((erased.covers("acme", 5), erased.covers("bolt", 9)), (false, true));
        erased.forget(Millis::MAX);
        assert!(erased.is_empty());
    }

    #[test]
    fn a_cut_says_what_changed_once() {
        let mut erased = erased(&[("acme", 5), ("acme", 7)]);
        let (salt, hash) = (Uuid::from_u128(1), Uuid::new_v5(&Uuid::from_u128(1), b"acme"));
        assert_eq!(erased.cut(), Some(ErasureCut { salt, changes: vec![(hash, Some(7))] }));
        assert_eq!(erased.cut(), None);
        assert!(!erased.note("acme", 7));
        assert_eq!(erased.cut(), None);
        let mut restored = Erased::restore(salt, [(hash, 7)].into());
        assert_eq!(restored, erased);
        restored.forget(7);
        assert_eq!(restored.cut(), Some(ErasureCut { salt, changes: vec![(hash, None)] }));
    }

    #[test]
    fn another_salt_makes_another_hash() {
        let hash = |salt| Erased::new(Uuid::from_u128(salt)).hash("acme");
        assert_ne!(hash(1), hash(2));
    }
}
