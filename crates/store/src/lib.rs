//! State on disk: what a partition's commits put, and where its next run finds it again.
//!
//! A [`Store`] keeps, by partition, the pieces of accounts that `Partition::cut` returns, the index of their
//! deadlines, and how far the partition has come ([`PartitionMeta`]). [`Store::commit`] puts all of that in
//! one atomic batch: after a crash a commit is there whole or not at all.
//!
//! - [`RocksStore`] is RocksDB; [`MemoryStore`] is its twin in memory, over the same keys and values.
//! - [`PartitionBacking`] is one partition's view of a store, as the core asks for it.
//! - [`kv`] is the stored format, one file per kind of key.
//!
//! ```
//! use springtide_core::meaning::account::Schedule;
//! use springtide_core::meaning::piece::{Piece, PieceKey};
//! use springtide_core::partition::AccountCut;
//! use springtide_store::{Commit, Identity, MemoryStore, PartitionCommit, PartitionMeta, Store};
//!
//! let store = MemoryStore::new(&Identity::new("a1b2", "springtide"));
//! let schedule = Piece::Schedule(Schedule { timer: Some(5), quiet: None });
//! let mut partition = PartitionCommit::new(0, PartitionMeta::default());
//! partition.meta.offsets[0] = 12;
//! partition.accounts =
//!     vec![AccountCut { account: "acme".into(), pieces: vec![(PieceKey::Schedule, Some(schedule.clone()))] }];
//! store.commit(&Commit { partitions: vec![partition] })?;
//!
//! assert_eq!(store.load(0, "acme")?, [(PieceKey::Schedule, schedule)]);
//! assert_eq!(store.meta(0)?.map(|meta| meta.offsets[0]), Some(12));
//! # Ok::<(), springtide_store::StoreError>(())
//! ```

mod backing;
mod bulk;
mod commit;
mod error;
mod figures;
pub mod kv;
mod memory;
mod rocks;
mod store;

pub use backing::PartitionBacking;
pub use bulk::Bulk;
pub use commit::{Commit, DeadlineChange, PartitionCommit};
pub use error::{StoreError, ValueFault};
pub use figures::{MemoryFigures, StoreFigures, WorkFigures};
pub use kv::header::Identity;
pub use kv::meta::PartitionMeta;
pub use kv::{Entry, Sort, StoreKey, Table};
pub use memory::{MemoryDisk, MemoryStore};
pub use rocks::{Budget, RocksSettings, RocksStore};
pub use store::{Accounts, Scan, Store, Visit};
