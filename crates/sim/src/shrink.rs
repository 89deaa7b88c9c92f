//! How little it takes to fail.

use std::collections::BTreeSet;

use crate::world::{Scenario, run};

/// Leaves out faults, then accounts, then records by halves, as long as it still fails; with what it fails with then.
pub fn shrunk(mut scenario: Scenario, mut fault: String) -> (Scenario, String) {
    let mut attempt = |scenario: &mut Scenario, smaller: Scenario| {
        let Some(why) = run(&smaller).fault else { return false };
        (*scenario, fault) = (smaller, why);
        true
    };
    let mut at = 0;
    while at < scenario.plan.len() {
        let mut smaller = scenario.clone();
        smaller.plan.remove(at);
        if !attempt(&mut scenario, smaller) {
            at += 1;
        }
    }
    let accounts: BTreeSet<String> = scenario.records.iter().map(|fed| fed.account.clone()).collect();
    for account in accounts {
        let mut smaller = scenario.clone();
        smaller.records.retain(|fed| fed.account != account);
        attempt(&mut scenario, smaller);
    }
    let mut part = scenario.records.len() / 2;
    while part > 8 {
        let mut from = 0;
        while from < scenario.records.len() {
            let mut smaller = scenario.clone();
            smaller.records.drain(from..(from + part).min(scenario.records.len()));
            if !attempt(&mut scenario, smaller) {
                from += part;
            }
        }
        part /= 2;
    }
    (scenario, fault)
}
