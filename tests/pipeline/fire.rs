//! Real faults against three brokers, a short while; `xtask/fire 600` for long.

use springtide_tests::fire::plan::{Deck, Kind};
use springtide_tests::fire::{Asked, scene};

#[test]
fn under_fire_each_revision_is_committed_once() {
    let report = scene::play(Asked { seconds: 45, seed: 7 });
    println!("{}", report.table());
    assert!(report.is_clean(), "{}\n{}", report.table(), report.words());
    // Each kind comes once before one comes again; on a slow machine some of the brokers' may not come at all, since they
    // wait for each other.
    let kinds = Kind::all().filter(|kind| report.faults.contains_key(kind)).count();
    assert!(kinds >= 14 && report.expected >= 20, "{}", report.table());
}

#[test]
fn each_kind_of_fault_comes_once_before_one_comes_again() {
    let mut deck = Deck::new(3);
    let mut first: Vec<Kind> = Kind::all().filter_map(|_| deck.draw(|_| true)).collect();
    first.sort_unstable();
    assert_eq!(first, Kind::all().collect::<Vec<_>>());
}

#[test]
fn a_fault_that_is_not_possible_now_holds_nothing_up() {
    let mut deck = Deck::new(4);
    let drawn: Vec<Option<Kind>> = (0..100).map(|_| deck.draw(|kind| kind != Kind::FillDisk)).collect();
    assert!(drawn.iter().all(|kind| kind.is_some_and(|kind| kind != Kind::FillDisk)));
    assert_eq!(deck.draw(|_| true), Some(Kind::FillDisk));
}
