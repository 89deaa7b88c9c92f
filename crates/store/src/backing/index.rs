//! An index of accounts by deadline, in memory.

use std::collections::BTreeSet;

use springtide_core::partition::Deadline;
use springtide_core::time::Millis;

/// Accounts by deadline.
#[derive(Debug, Default)]
pub struct DeadlineIndex {
    timer: BTreeSet<(Millis, Box<str>)>,
    quiet: BTreeSet<(Millis, Box<str>)>,
}

impl DeadlineIndex {
    fn of(&mut self, deadline: Deadline) -> &mut BTreeSet<(Millis, Box<str>)> {
        match deadline {
            Deadline::Timer => &mut self.timer,
            Deadline::Quiet => &mut self.quiet,
        }
    }

    /// Moves an account from where it was to where it is to be.
    pub fn shift(&mut self, deadline: Deadline, account: &str, from: Option<Millis>, to: Option<Millis>) {
        let index = self.of(deadline);
        if let Some(from) = from {
            index.remove(&(from, account.into()));
        }
        if let Some(to) = to {
            index.insert((to, account.into()));
        }
    }

    /// What is due by an instant, earliest first.
    pub fn due(&self, deadline: Deadline, up_to: Millis) -> impl Iterator<Item = &(Millis, Box<str>)> {
        let index = match deadline {
            Deadline::Timer => &self.timer,
            Deadline::Quiet => &self.quiet,
        };
        index.iter().take_while(move |(at, _)| *at <= up_to)
    }
}
