//! The behaviour of a store, held for each kind of store by the same tests.

mod copied;
mod damage;
mod deadlines;
mod disk;
mod golden;
mod killed;
mod model;
mod partitions;
mod pieces;
mod place;
mod refusals;
mod restored;
mod samples;
