//! The events of the accounts of which it is asked why: not more of them than memory is to hold.

use std::collections::{BTreeMap, BTreeSet};

use springtide_core::event::{Event, Fact};

use crate::backtest::Backtest;

/// Keeps the events that [`Backtest::explain`] needs.
///
/// Some accounts have very many. Beyond a bound the last accounts by id are left out, whole; the first never is.
#[derive(Clone, Debug)]
pub struct Facts {
    wanted: BTreeSet<Box<str>>,
    by_account: BTreeMap<Box<str>, Vec<Fact>>,
    kept: usize,
    most: usize,
}

impl Facts {
    /// Of the accounts of openings gained and lost that are told in detail, `most` events.
    pub fn wanted(backtest: &Backtest, most: usize) -> Facts {
        let wanted = backtest.to_explain().map(Box::from).collect();
        Facts { wanted, by_account: BTreeMap::new(), kept: 0, most }
    }

    /// The accounts whose events are wanted.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(|account| &**account)
    }

    /// Takes an event of any account, in any order.
    pub fn take(&mut self, event: Event) {
        if !self.wanted.contains(&event.account) {
            return;
        }
        self.by_account.entry(event.account).or_default().push(event.fact);
        self.kept += 1;
        while self.kept > self.most && self.wanted.len() > 1 {
            let gone = self.wanted.pop_last().and_then(|last| self.by_account.remove(&last));
            self.kept -= gone.map_or(0, |facts| facts.len());
        }
    }

    /// The events by account.
    pub fn by_account(&self) -> &BTreeMap<Box<str>, Vec<Fact>> {
        &self.by_account
    }
}
