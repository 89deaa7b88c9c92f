//! What the benchmarks stand on: the same input for every contender, and ways to weigh a process.
//!
//! - [`workload`]: the events, by seed; [`wire`]: those as JSON and Avro; [`random`]: numbers by seed.
//! - [`nexmark`]: bids of an auction, for a pattern query that others know as well.
//! - [`load`]: writing them to topics; [`reader`]: reading topics as fast as it goes.
//! - [`limits`]: what no pipeline can beat, on [`borrowed`] records; [`engine`]: what ours costs without Kafka.
//! - [`harness`]: every contender side by side.
//! - [`cases`]: single operations of the core, for a stopwatch and for counting instructions.
//! - [`cost`]: CPU time and memory of a process; [`flags`]: command lines.

pub mod borrowed;
pub mod cases;
pub mod cost;
pub mod engine;
pub mod flags;
pub mod harness;
pub mod limits;
pub mod load;
pub mod nexmark;
pub mod random;
pub mod reader;
pub mod wire;
pub mod workload;
