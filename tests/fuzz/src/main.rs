//! Everything that reads what others wrote, under libFuzzer: no input may end in a panic, an overflow, or memory or
//! time out of proportion to its size.
//!
//! One program for all targets, since compiling takes longest; `SPRINGTIDE_FUZZ` names the one to run. Stored pieces are
//! read as `store` reads them behind its checksum, which would stop nearly all that a fuzzer thinks of.

#![no_main]

mod avro;
mod events;
mod expressions;
mod files;
mod rules;
mod stored;
mod times;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

const TARGETS: [(&str, fn(&[u8])); 7] = [
    ("avro", avro::run),
    ("events", events::run),
    ("expressions", expressions::run),
    ("files", files::run),
    ("rules", rules::run),
    ("stored", stored::run),
    ("times", times::run),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("SPRINGTIDE_FUZZ").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("SPRINGTIDE_FUZZ must name one of {:?}", TARGETS.map(|(name, _)| name))).1
});

fuzz_target!(|data: &[u8]| TARGET(data));
