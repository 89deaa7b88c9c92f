//! Deadlines that changed since the last commit, over those in the store.

use std::collections::BTreeMap;
use std::mem;

use springtide_core::partition::{Deadline, Deadlines};
use springtide_core::time::Millis;

use crate::commit::DeadlineChange;

/// Where the store has an account, and where it is to be.
#[derive(Clone, Copy, Debug)]
struct Change {
    stored: Option<Millis>,
    now: Option<Millis>,
}

/// Deadlines that changed since the last commit.
#[derive(Debug, Default)]
pub struct Overlay {
    timer: BTreeMap<Box<str>, Change>,
    quiet: BTreeMap<Box<str>, Change>,
    /// Where changed accounts are to be.
    added: Deadlines,
}

impl Overlay {
    /// Takes note of a change. A second one of the same account keeps where the store has it.
    pub fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) {
        let changes = match deadline {
            Deadline::Timer => &mut self.timer,
            Deadline::Quiet => &mut self.quiet,
        };
        let before = match changes.get_mut(account) {
            Some(change) => mem::replace(&mut change.now, to),
            None => {
                changes.insert(account.into(), Change { stored: from, now: to });
                None
            }
        };
        self.added.shift(deadline, account, before, to);
    }

    /// Whether an account's deadline changed: then it is no longer where the store has it.
    pub fn knows(&self, deadline: Deadline, account: &str) -> bool {
        match deadline {
            Deadline::Timer => self.timer.contains_key(account),
            Deadline::Quiet => self.quiet.contains_key(account),
        }
    }

    /// What is due by an instant, at most so many, earliest first, where the first in the store that did not
    /// change are `stored`.
    pub fn due(
        &self,
        deadline: Deadline,
        up_to: Millis,
        at_most: usize,
        mut stored: Vec<(Millis, Box<str>)>,
    ) -> Vec<Box<str>> {
        let before = stored.len();
        stored.extend(self.added.up_to(deadline, up_to).take(at_most).cloned());
        if stored.len() > before {
            stored.sort_unstable();
        }
        stored.truncate(at_most);
        stored.into_iter().map(|(_, account)| account).collect()
    }

    /// All changes, one by account and deadline, and none where an account is back where it was.
    pub fn take(&mut self) -> Vec<DeadlineChange> {
        let Overlay { timer, quiet, added: _ } = mem::take(self);
        let timer = timer.into_iter().map(|change| (Deadline::Timer, change));
        let quiet = quiet.into_iter().map(|change| (Deadline::Quiet, change));
        let changes = timer.chain(quiet).filter(|(_, (_, change))| change.stored != change.now);
        let change = |(deadline, (account, Change { stored, now }))| DeadlineChange {
            deadline,
            account,
            from: stored,
            to: now,
        };
        changes.map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(overlay: &Overlay, stored: &[(Millis, &str)]) -> Vec<Box<str>> {
        due_at_most(overlay, usize::MAX, stored)
    }

    fn due_at_most(overlay: &Overlay, at_most: usize, stored: &[(Millis, &str)]) -> Vec<Box<str>> {
        let unchanged = stored.iter().filter(|(_, account)| !overlay.knows(Deadline::Timer, account));
        let first = unchanged.take(at_most).map(|(at, account)| (*at, Box::from(*account)));
        overlay.due(Deadline::Timer, 10, at_most, first.collect())
    }

    #[test]
    fn changes_of_one_account_come_out_as_one() {
        let mut overlay = Overlay::default();
        for (from, to) in [(Some(3), Some(5)), (Some(5), None), (None, Some(9))] {
            overlay.reschedule(Deadline::Timer, "acme", from, to);
        }
        overlay.reschedule(Deadline::Quiet, "acme", Some(7), Some(8));
        overlay.reschedule(Deadline::Quiet, "acme", Some(8), Some(7));
        assert_eq!(due(&overlay, &[(3, "acme")]), ["acme".into()]);
        let change =
            DeadlineChange { deadline: Deadline::Timer, account: "acme".into(), from: Some(3), to: Some(9) };
        assert_eq!(overlay.take(), [change]);
        assert_eq!(overlay.take(), []);
        assert_eq!(due(&overlay, &[]), []);
    }

    #[test]
    fn what_is_due_is_what_the_store_says_less_what_changed() {
        let mut overlay = Overlay::default();
        overlay.reschedule(Deadline::Timer, "gone", Some(1), None);
        overlay.reschedule(Deadline::Timer, "later", Some(2), Some(11));
        overlay.reschedule(Deadline::Timer, "sooner", Some(20), Some(-4));
        overlay.reschedule(Deadline::Timer, "new", None, Some(5));
        let stored = [(1, "gone"), (2, "later"), (3, "kept"), (5, "a"), (5, "z")];
        let all = ["sooner", "kept", "a", "new", "z"].map(Box::from);
        assert_eq!(due(&overlay, &stored), all);
        for at_most in 0..=all.len() {
            assert_eq!(due_at_most(&overlay, at_most, &stored), all[..at_most]);
        }
    }
}
