//! What one commit writes: for each partition how far it has come, what changed of its accounts, and when
//! they want to be looked at.

use springtide_core::partition::{AccountCut, Deadline, ErasureCut};
use springtide_core::time::Millis;

use crate::error::StoreError;
use crate::kv::meta::PartitionMeta;
use crate::kv::{Entry, deadline, erasure, generation, piece};

/// One atomic batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// The partitions it is about.
    pub partitions: Vec<PartitionCommit>,
}

/// One partition's share of a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionCommit {
    /// The partition.
    pub partition: i32,
    /// How far it has come.
    pub meta: PartitionMeta,
    /// What `Partition::cut` returned.
    pub accounts: Vec<AccountCut>,
    /// What [`PartitionBacking::take_deadlines`](crate::PartitionBacking::take_deadlines) returned.
    pub deadlines: Vec<DeadlineChange>,
    /// What `Partition::cut_erasures` returned.
    pub erasures: Option<ErasureCut>,
    /// Which rules make the state from here on, where that changes.
    pub generation: Option<u32>,
}

/// An account's deadline changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineChange {
    /// Which index.
    pub deadline: Deadline,
    /// The account.
    pub account: Box<str>,
    /// Where the index has it.
    pub from: Option<Millis>,
    /// Where the index must have it.
    pub to: Option<Millis>,
}

impl Commit {
    /// The commit as bytes, in the order in which they must be written.
    ///
    /// # Errors
    /// Where something in it can't be stored.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for partition in &self.partitions {
            entries.extend(partition.entries()?);
        }
        Ok(entries)
    }
}

impl PartitionCommit {
    /// A commit of nothing but how far the partition has come.
    pub fn new(partition: i32, meta: PartitionMeta) -> PartitionCommit {
        let (accounts, deadlines) = (Vec::new(), Vec::new());
        PartitionCommit { partition, meta, accounts, deadlines, erasures: None, generation: None }
    }

    /// The commit as bytes: what a changelog must carry, and what [`Store::write`](crate::Store::write)
    /// takes. The meta comes last.
    ///
    /// # Errors
    /// Where something in it can't be stored.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for AccountCut { account, pieces } in &self.accounts {
            for (key, piece) in pieces {
                entries.push(piece::entry(self.partition, account, *key, piece.as_ref())?);
            }
        }
        for change in &self.deadlines {
            entries.extend(deadline::entries(self.partition, change));
        }
        if let Some(cut) = &self.erasures {
            entries.extend(erasure::entries(self.partition, cut));
        }
        entries.extend(self.generation.map(|generation| generation::entry(self.partition, generation)));
        entries.push(self.meta.entry(self.partition));
        Ok(entries)
    }
}
