//! What a report is made from, taken in one by one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use springtide_core::event::{Ordered, Outcome, Profile};
use springtide_core::meaning::opportunity::{Opportunity, Status};
use springtide_core::rules::Motion;
use springtide_core::time::Millis;

use crate::deal::{Opened, Work};
use crate::history::History;
use crate::period::Scope;
use crate::report::Report;
use crate::told::Told;

/// What is kept of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    history: History,
    /// Profiles that are not in the history yet, in the order of SPEC 3.1.
    recent: Vec<Arc<Profile>>,
    pub(crate) work: Work,
}

impl Account {
    /// The history with all profiles in it.
    pub(crate) fn history(&self) -> Cow<'_, History> {
        if self.recent.is_empty() {
            return Cow::Borrowed(&self.history);
        }
        let mut history = self.history.clone();
        self.recent.iter().for_each(|profile| history.step(profile));
        Cow::Owned(history)
    }

    fn has_profile(&self) -> bool {
        !self.recent.is_empty() || !self.history.is_empty()
    }

    fn settle(&mut self, before: Millis) {
        let settled = self.recent.partition_point(|profile| profile.at < before);
        self.recent.drain(..settled).for_each(|profile| self.history.step(&profile));
    }
}

/// Takes in profiles, outcomes and opportunities, in any order and any number of times, and reports on them.
///
/// Memory follows accounts, changes of their terms, opportunities and outcomes. Profiles are kept whole only from
/// the instant on that [`Reporter::settle`] told last: whoever never tells, as for input in no order, keeps them all.
#[derive(Clone, Debug, Default)]
pub struct Reporter {
    motions: BTreeMap<Box<str>, Motion>,
    accounts: BTreeMap<Box<str>, Account>,
    /// Names that many opportunities have, once each.
    names: BTreeSet<Arc<str>>,
    settled: Option<Millis>,
}

impl Reporter {
    /// A reporter at the beginning; the plays and their motions tell what outcomes are about whose opportunity is
    /// not known.
    pub fn new<'p>(plays: impl IntoIterator<Item = (&'p str, Motion)>) -> Reporter {
        let motions = plays.into_iter().map(|(play, motion)| (play.into(), motion)).collect();
        Reporter { motions, ..Reporter::default() }
    }

    /// Promises that no profile from before an instant is yet to come, so that earlier ones need not be kept.
    pub fn settle(&mut self, before: Millis) {
        self.settled = self.settled.max(Some(before));
    }

    /// Takes a profile. False where it is older than what [`Reporter::settle`] was told: then it is left out.
    pub fn profile(&mut self, account: &str, profile: &Arc<Profile>) -> bool {
        if self.settled.is_some_and(|settled| profile.at < settled) {
            return false;
        }
        let settled = self.settled;
        let account = self.account(account);
        if let Err(at) = account.recent.binary_search_by(|known| known.order(profile)) {
            account.recent.insert(at, Arc::clone(profile));
        }
        settled.into_iter().for_each(|settled| account.settle(settled));
        true
    }

    /// Takes an outcome.
    pub fn outcome(&mut self, account: &str, outcome: &Arc<Outcome>) {
        let work = &mut self.account(account).work;
        let known = match work.outcomes.get_mut(&outcome.opportunity) {
            Some(known) => known,
            None => work.outcomes.entry(outcome.opportunity.clone()).or_default(),
        };
        if let Err(at) = known.binary_search_by(|known| known.order(outcome)) {
            known.insert(at, Arc::clone(outcome));
        }
    }

    /// Takes a revision of an opportunity; the highest of each counts.
    pub fn opportunity(&mut self, opportunity: &Opportunity) {
        let opened = Opened {
            revision: opportunity.revision,
            open: opportunity.status == Status::Open,
            play: self.name(&opportunity.play),
            motion: opportunity.motion,
            opened_at: opportunity.opened_at,
            act_by: opportunity.act_by,
            detectors: opportunity.evidence.iter().map(|line| self.name(&line.detector)).collect(),
        };
        self.opened(&opportunity.account, opportunity.id.to_string().into(), opened);
    }

    /// Takes a revision of an opportunity as it stands in a topic; the highest of each counts.
    pub fn told(&mut self, told: &Told) {
        let opened = Opened {
            revision: told.revision,
            open: told.open,
            play: self.name(&told.play),
            motion: told.motion,
            opened_at: told.opened_at,
            act_by: told.act_by,
            detectors: told.detectors().map(|detector| self.name(detector)).collect(),
        };
        self.opened(&told.account, told.id.clone(), opened);
    }

    fn opened(&mut self, account: &str, id: Box<str>, opened: Opened) {
        let known = &mut self.account(account).work.opportunities;
        if known.get(&id).is_none_or(|known| known.revision < opened.revision) {
            known.insert(id, opened);
        }
    }

    /// How many accounts it knows.
    pub fn len(&self) -> u64 {
        self.accounts.len() as u64
    }

    /// Whether it knows no account.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Takes over the accounts that another knows; of an account that both know, what the other knows.
    pub fn absorb(&mut self, other: Reporter) {
        self.accounts.extend(other.accounts);
        self.names.extend(other.names);
    }

    /// Forgets an account.
    pub fn erase(&mut self, account: &str) {
        self.accounts.remove(account);
    }

    /// Whether an account has a profile.
    pub fn has_profile(&self, account: &str) -> bool {
        self.accounts.get(account).is_some_and(|account| account.has_profile())
    }

    /// Promises that no profile of the accounts that are known by now is yet to come, so that those that were taken need
    /// not be kept.
    pub fn settle_known(&mut self) {
        self.accounts.values_mut().filter(|account| !account.recent.is_empty()).for_each(|account| {
            account.settle(Millis::MAX);
            account.recent.shrink_to_fit();
        });
    }

    /// What it all comes to.
    pub fn report(&self, scope: &Scope) -> Report {
        Report::of(self, scope)
    }

    /// By account id, which is also the order in which amounts are added: sums of doubles depend on it.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The motion of a play, by its name.
    pub(crate) fn motion(&self, play: &str) -> Option<Motion> {
        self.motions.get(play).copied()
    }

    fn account(&mut self, account: &str) -> &mut Account {
        self.accounts.entry(account.into()).or_default()
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}
