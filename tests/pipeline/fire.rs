//! Real faults against three brokers, a short while; `xtask/fire 600` for long.

use springtide_tests::fire::plan::Kind;
use springtide_tests::fire::{Asked, scene};

#[test]
fn under_fire_each_revision_is_committed_once() {
    let report = scene::play(Asked { seconds: 45, seed: 7 });
    println!("{}", report.table());
    assert!(report.is_clean(), "{}\n{}", report.table(), report.words());
    // Broker after broker, each with its time to come back: how many depends on the machine.
    assert!(report.total() >= 15, "{}", report.table());
    assert!(Kind::all().any(|kind| report.faults.contains_key(&kind)));
}
