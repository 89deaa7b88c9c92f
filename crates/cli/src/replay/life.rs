//! One account under one pack, from its first event to the last.
//!
//! What comes out at every instant is what a partition in event-time order ([`sorted`](super::sorted)) would say of the
//! account; what stands in the end is the same whatever the steps (SPEC 3.1), and larger ones take less time.

use springtide_core::event::Fact;
use springtide_core::meaning::account::{Account, Bounds, Schedule};
use springtide_core::partition::Lateness;
use springtide_core::rules::Rules;
use springtide_core::time::{Day, Millis, day_of};

use super::Sink;
use crate::failure::Failure;

/// After how much event time an account takes in what has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// At every instant, so that each revision is seen.
    Instant,
    /// When so many days are over: for what stands in the end.
    Days(Day),
}

/// How an account is gone through.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Where the clock of the timers stops.
    pub until: Millis,
    /// How long is remembered what nothing can change any more.
    pub lateness: Lateness,
    /// In which steps.
    pub step: Step,
}

/// An account on its way.
pub struct Life<'r> {
    rules: &'r Rules,
    pace: Pace,
    account: Account,
    schedule: Schedule,
    /// The first and the last instant of what has yet to be taken in.
    waiting: Option<(Millis, Millis)>,
    bounds: Option<Bounds>,
}

impl<'r> Life<'r> {
    /// An account of which nothing is known yet.
    pub fn new(rules: &'r Rules, account: &str, pace: Pace) -> Life<'r> {
        let account = Account::new(account);
        Life { rules, pace, account, schedule: Schedule::default(), waiting: None, bounds: None }
    }

    /// Takes the next fact, in the order of SPEC 3.1; revisions go to the sink.
    pub fn take(&mut self, fact: &Fact, sink: &mut impl Sink) -> Result<(), Failure> {
        // In large steps it costs less to take in nothing than to ask first.
        if self.pace.step == Step::Instant && !Account::is_concerned(self.rules, self.account.id(), fact) {
            return Ok(());
        }
        let at = fact.at();
        if self.waiting.is_some_and(|(first, last)| self.is_over(first, last, at)) {
            self.settle(sink)?;
        }
        if self.pace.step == Step::Instant && self.waiting.is_none() {
            self.run_timers(self.pace.until.min(at.saturating_sub(1)), sink)?;
        }
        self.account.arrive(self.rules, fact.clone());
        self.waiting = Some((self.waiting.map_or(at, |(first, _)| first), at));
        Ok(())
    }

    /// Takes in what is left, and lets the timers run.
    pub fn finish(&mut self, sink: &mut impl Sink) -> Result<(), Failure> {
        self.settle(sink)?;
        self.run_timers(self.pace.until, sink)
    }

    /// What is remembered of it.
    pub fn account(&self) -> &Account {
        &self.account
    }

    fn is_over(&self, first: Millis, last: Millis, at: Millis) -> bool {
        match self.pace.step {
            Step::Instant => last < at,
            Step::Days(days) => day_of(at) - day_of(first) >= days,
        }
    }

    fn settle(&mut self, sink: &mut impl Sink) -> Result<(), Failure> {
        match self.waiting.take() {
            Some((_, last)) => self.look(self.pace.until.min(last), Some(last), sink),
            None => Ok(()),
        }
    }

    /// Lets timers fire one instant after the other.
    fn run_timers(&mut self, clock: Millis, sink: &mut impl Sink) -> Result<(), Failure> {
        while let Some(at) = self.schedule.timer.filter(|at| *at <= clock) {
            self.look(at, None, sink)?;
        }
        Ok(())
    }

    /// Looks at the account by the clock; what is new in it goes up to `last`.
    fn look(&mut self, clock: Millis, last: Option<Millis>, sink: &mut impl Sink) -> Result<(), Failure> {
        let revisions = self.account.settle(self.rules, clock);
        if let Some(last) = last {
            self.prune(last, clock);
        }
        if let Some((_, now)) = self.account.reschedule(self.rules) {
            self.schedule = now;
        }
        revisions.iter().try_for_each(|opportunity| sink.take(opportunity))
    }

    fn prune(&mut self, last: Millis, clock: Millis) {
        let lateness = self.pace.lateness.0;
        let longest = lateness.into_iter().fold(0, Millis::max);
        let topics = lateness.map(|allowed| last.saturating_sub(allowed));
        let bounds = Bounds::floor(last.saturating_sub(longest), topics).up_to_clock(clock);
        if self.bounds.replace(bounds) != Some(bounds) {
            let is_due = self.account.is_due(&bounds);
            self.account.prune(self.rules, &bounds, is_due);
            // It is written nowhere.
            self.account.take_touched();
        }
    }
}
