//! One account, never pruned: after every batch it holds what the naive fold says of the events so far.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use springtide_core::event::Fact;
use springtide_core::meaning::account::Account;
use springtide_core::meaning::naive::history;
use springtide_core::rules::Rules;
use springtide_core::time::Millis;

use crate::cases::{Case, case};
use crate::changelog::Changelog;
use crate::oracle::{expected, held, openings, told};

/// Plays a case on an account that follows `rules`, and holds it against a fold that follows `said` and
/// reads each event through `read`.
pub fn agrees(case: &Case, rules: &Rules, said: &Rules, read: fn(Fact) -> Fact) -> Result<(), TestCaseError> {
    let mut account = Account::new("acme");
    let mut changelog = Changelog::default();
    let (mut facts, mut clock) = (Vec::new(), Millis::MIN);
    let last = case.arrivals.len() - 1;
    for (position, arrival) in case.arrivals.iter().enumerate() {
        account.arrive(rules, arrival.fact.clone());
        facts.push(read(arrival.fact.clone()));
        clock = clock.max(arrival.fact.at());
        if arrival.settle || position == last {
            changelog.take(account.settle(rules, clock)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(held(rules, &account), openings(said, "acme", &facts, clock));
            let by_account = BTreeMap::from([("acme", facts.clone())]);
            prop_assert_eq!(told(&changelog), expected(said, &by_account, clock));
        }
    }
    Ok(())
}

/// Every instant at which something can happen, when all comes in order: events and timers.
fn instants(rules: &Rules, facts: &[Fact]) -> BTreeSet<Millis> {
    let last = facts.iter().map(Fact::at).max().unwrap_or(0);
    let timeline = history(rules, "acme", facts, last).timeline;
    let timers = rules.plan.timers.iter().flat_map(|id| timeline.all(*id)).map(|signal| signal.at);
    facts.iter().map(Fact::at).chain(timers).collect()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn after_every_batch_the_account_is_what_the_fold_says(case in case()) {
        let rules = case.pack.rules();
        agrees(&case, &rules, &rules, |fact| fact)?;
    }

    #[test]
    fn in_order_there_is_one_revision_for_each_instant_that_adds_evidence(case in case()) {
        let (rules, facts) = (case.pack.rules(), case.facts());
        let mut account = Account::new("acme");
        let mut changelog = Changelog::default();
        let mut clock = 0;
        for at in instants(&rules, &facts) {
            let now = facts.iter().filter(|fact| fact.at() == at);
            now.for_each(|fact| account.arrive(&rules, fact.clone()));
            changelog.take(account.settle(&rules, at)).map_err(TestCaseError::fail)?;
            clock = at;
        }
        prop_assert!(!changelog.any_withdrawn());
        let said = openings(&rules, "acme", &facts, clock);
        for open in changelog.open() {
            let play = rules.plays.iter().position(|play| play.name == open.play).unwrap();
            let opening = said[play].iter().find(|opening| opening.opened_at == open.opened_at).unwrap();
            let added: BTreeSet<Millis> = opening.evidence.iter().map(|evidence| evidence.added_at).collect();
            prop_assert_eq!(open.revision as usize, added.len());
        }
        prop_assert_eq!(changelog.open().count(), said.iter().flatten().count());
    }
}
