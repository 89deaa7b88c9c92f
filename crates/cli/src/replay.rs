//! The engine over files: account after account, sorted, or as the lines arrived.
//!
//! `shelves` bring what belongs to an account together on disk, `accounts` goes through them on all cores, each account on
//! its own by [`Life`]: memory follows the state of single accounts, and what stands in the end is what all in order would
//! say. `sorted` puts the whole set in event-time order, for those who have to see all in that order, through a
//! [`Partition`](springtide_core::partition::Partition); `arrived` takes the lines in file order, with lateness, as `run` takes them
//! from Kafka.

mod accounts;
mod arrived;
mod collected;
mod engine;
mod life;
mod shelves;
mod sorted;
mod sorter;

pub use accounts::{Facts, Visitor, events_of, shelve, threads, visit};
pub use arrived::Arrived;
pub use collected::Collected;
pub use engine::{Engine, Sink};
pub use life::{Life, Pace, Step};
pub use shelves::{Shelved, Shelves};
pub use sorted::replay_sorted;
pub use sorter::{Sorted, Sorter};
