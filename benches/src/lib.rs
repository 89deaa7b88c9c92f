//! What the benchmarks stand on: the same input for every contender, and ways to weigh a process.
//!
//! - [`workload`]: the events, by seed; [`wire`]: those as JSON and Avro; [`random`]: numbers by seed.
//! - [`load`]: writing them to topics.
//! - [`cases`]: single operations of the core, for a stopwatch and for counting instructions.

pub mod cases;
pub mod load;
pub mod random;
pub mod wire;
pub mod workload;
