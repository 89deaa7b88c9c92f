//! Holds the engine (`Account`, `Partition`) against the naive fold, which is SPEC section 3 in code.
//!
//! A case is a random rule pack and random events in a random order of arrival. Values come from small
//! sets, instants are snapped to midnights and noons, so that ties, duplicates and exact bounds are common
//! and a failing case shrinks to a few lines. `planted` shows that the cases reach every rule: it plants a
//! mistake on one side and wants it found.

mod account;
mod cases;
mod changelog;
mod crowds;
mod erased_by_the_letter;
mod erasure;
mod events;
mod growth;
mod holds;
mod oracle;
mod packs;
mod partition;
mod plain;
mod planted;
mod quiet;
mod readings;
mod regressions;
mod shelf;
mod succession;

use proptest::prelude::ProptestConfig;

/// How many random cases a property tries; `PROPTEST_CASES` overrides it.
const CASES: u32 = 6_000;

/// The configuration of every property here.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}
