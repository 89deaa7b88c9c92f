//! Whatever happens to instances, each signal is routed once.

use std::collections::{BTreeMap, BTreeSet};

use springtide_tests::fleet::Fleet;
use springtide_tests::pipeline::Pipeline;
use springtide_tests::random::Random;
use springtide_tests::records::Record;

use super::{DEAD_LETTER, listing, refused, routed, routing, signal, to, waiting};
use crate::aside::story::{NEWS, until};

const ACCOUNTS: usize = 40;
const SIGNALS: usize = 2_000;

fn account(number: usize) -> String {
    format!("account-{}", number % ACCOUNTS)
}

/// Domains of ours and of nobody, in turns; an account's profile comes when so many signals have.
fn told(random: &mut Random) -> Vec<Record> {
    let signal = |number: usize| match number % 7 {
        0 => signal(&format!("s-{number}"), &format!("n{number}.nobody.example")),
        1 => signal(&format!("s-{number}"), &format!("sub.{}.example", account(number))),
        _ => signal(&format!("s-{number}"), &format!("{}.example", account(number))),
    };
    let mut told: Vec<Record> = (0..SIGNALS).map(signal).collect();
    for number in 0..ACCOUNTS {
        let at = random.below(told.len());
        told.insert(at, listing(&account(number), 1, &[&format!("{}.example", account(number))]));
    }
    told
}

/// Fails unless each signal is where it belongs, once.
fn must_be_routed_once(pipeline: &Pipeline) {
    let expected: BTreeMap<String, Vec<String>> = (0..SIGNALS)
        .filter(|number| number % 7 != 0)
        .map(|number| (format!("s-{number}"), to(&account(number))))
        .collect();
    let found = routed(pipeline);
    let wrong: Vec<_> =
        found.iter().filter(|(id, accounts)| expected.get(*id) != Some(accounts)).take(5).collect();
    let missing: Vec<_> = expected.keys().filter(|id| !found.contains_key(*id)).take(5).collect();
    assert!(wrong.is_empty() && missing.is_empty(), "wrong {wrong:?}, missing {missing:?}");
    let nobodys = (0..SIGNALS).filter(|number| number % 7 == 0);
    assert_eq!(waiting(pipeline), nobodys.map(|number| format!("s-{number}")).collect());
    assert_eq!(pipeline.written(DEAD_LETTER), 0);
}

#[test]
fn instances_that_are_killed_and_that_join_leave_no_signal_out_and_double_none() {
    const KILLS: usize = 12;
    let mut random = Random::new(7);
    let pipeline = routing("domains-killed", 4, &[]);
    let told = told(&mut random);
    let mut fleet = Fleet::new(&pipeline, until());
    (0..2).for_each(|number| fleet.start(number));
    let written = || pipeline.written(NEWS) + pipeline.domains_waiting_end();
    for part in told.chunks(told.len().div_ceil(KILLS)) {
        let goal = written() + 1 + random.below(60) as i64;
        pipeline.feed(part);
        fleet.await_that("signals go on", || written() >= goal);
        let unlucky = random.below(2);
        fleet.kill(unlucky);
        fleet.start(unlucky);
    }
    fleet.await_that("all is routed", || routed(&pipeline).len() == SIGNALS - SIGNALS.div_ceil(7));
    fleet.await_that("all waits", || waiting(&pipeline).len() == SIGNALS.div_ceil(7));
    must_be_routed_once(&pipeline);
    // An owner that leaves in good order, and one that comes.
    fleet.stop(0);
    fleet.start(2);
    fleet.of(2).await_word("signals by domain are read on");
    pipeline.feed(&[listing("nobody", 1, &["nobody.example"])]);
    fleet.await_that("what waited is routed", || waiting(&pipeline).is_empty());
    fleet.stop(1);
    fleet.stop(2);
    let found = routed(&pipeline);
    assert_eq!(found.len(), SIGNALS);
    assert!(found.values().all(|accounts| accounts.len() == 1), "some twice");
    assert_eq!(refused(&pipeline), BTreeMap::new());
    let owners: BTreeSet<&String> = found.values().flatten().collect();
    assert!(owners.len() > ACCOUNTS, "{owners:?}");
}

/// An instance that stood still while its partitions went to another has nothing to say when it wakes.
#[test]
fn an_instance_that_wakes_after_its_partitions_went_away_routes_nothing_twice() {
    let pipeline = routing("domains-zombie", 2, &[]);
    let told = told(&mut Random::new(8));
    let (first, second) = told.split_at(told.len() / 2);
    let mut fleet = Fleet::new(&pipeline, until());
    fleet.start(0);
    fleet.of(0).await_word("signals by domain are read on");
    pipeline.feed(first);
    fleet.await_that("signals go on", || pipeline.written(NEWS) > 10);
    fleet.of(0).pause();
    fleet.start(1);
    fleet.of(1).await_word("partitions of signals by domain assigned partitions={0, 1}");
    pipeline.feed(second);
    fleet.of(0).resume();
    fleet.await_that("all is routed", || routed(&pipeline).len() == SIGNALS - SIGNALS.div_ceil(7));
    fleet.await_that("all waits", || waiting(&pipeline).len() == SIGNALS.div_ceil(7));
    must_be_routed_once(&pipeline);
    fleet.of(0).await_that("it works again", |run| {
        run.stderr().matches("partitions of signals by domain assigned").count() > 1
    });
    fleet.stop(0);
    fleet.stop(1);
}
