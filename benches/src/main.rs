//! The command of the benchmarks.

use springtide_benches::flags::Flags;
use springtide_benches::load::Failure;
use springtide_benches::{engine, harness, limits};

// The pipeline's own, so that limits are measured with the same one.
#[path = "../../crates/cli/src/allocator.rs"]
mod allocator;

const USAGE: &str = "bench COMMAND [--flag value …]
  load     writes the workload to topics
  consume  reads it, in batches, or with --each a call a record
  decode   reads it and decodes every record; with --produce TOPIC --count N --bytes B writes as well
  engine   takes it into the engine alone, without Kafka; several counts of accounts with commas are compared
  all      runs every contender on the same topics, checks that they agree, and writes the figures (xtask/bench)";

const LOAD_FLAGS: [&str; 11] = [
    "bootstrap-servers",
    "prefix",
    "partitions",
    "format",
    "schema-ids",
    "accounts",
    "usage",
    "business",
    "days",
    "disorder-ms",
    "seed",
];

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let command = words.next().ok_or(USAGE)?;
    match command.as_str() {
        "load" => load(&Flags::read(words, &LOAD_FLAGS)?),
        "consume" => limits::consume(&Flags::read(words, &limits::FLAGS)?),
        "decode" => limits::decoded(&Flags::read(words, &limits::FLAGS)?),
        "engine" => engine::command(&Flags::read(words, &engine::FLAGS)?),
        "all" => harness::command(&Flags::read(words, &harness::FLAGS)?),
        _ => Err(USAGE.into()),
    }
}

fn load(flags: &Flags) -> Result<(), Failure> {
    let place = flags.place()?;
    place.make_topics()?;
    let written = place.load(&flags.workload()?, &flags.wire()?)?;
    println!("{written} records");
    Ok(())
}
