//! The engine over files: sorted, or as the lines arrived.
//!
//! `sorted` puts the whole set in event-time order on disk first, so that memory follows state and not
//! history; `arrived` takes the lines in file order, with lateness, as `run` takes them from Kafka. Both
//! drive the same [`Partition`](springtide_core::partition::Partition). `both` drives two at once, by two packs, in one pass.

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
