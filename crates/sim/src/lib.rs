//! The pipeline under a simulated Kafka, by seed: the real worker, the real copier, the real core and the real stored
//! bytes, with everything around them made up.
//!
//! - [`stage`]: whose turn it is; [`random`]: by what numbers.
//! - [`log`], [`group`], [`cluster`]: a broker: partitions with transactions and compaction, a group with generations, a
//!   coordinator that fences.
//! - [`process`]: the copier and the workers of one, on their threads.
//! - [`client`]: what a worker and the copier are given instead of brokers; [`disk`]: a store that a crash finds between
//!   two writes.
//! - [`input`]: what happens to the accounts; [`plan`]: what happens to the processes.
//! - [`world`]: all of it together; [`judge`]: what must be true at the end.
//! - [`seeds`]: many of them; [`shrink`]: how little of one it takes to fail.
//! - [`bug`]: mistakes that are planted to see that they are found.
//!
//! ```
//! let outcome = springtide_sim::world::play(1, None);
//! assert!(outcome.fault.is_none(), "{outcome:?}");
//! ```

#![deny(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod bug;
pub mod client;
pub mod cluster;
pub mod disk;
pub mod group;
pub mod input;
pub mod judge;
pub mod log;
pub mod plan;
pub mod process;
pub mod random;
pub mod seeds;
pub mod shrink;
pub mod stage;
pub mod world;
