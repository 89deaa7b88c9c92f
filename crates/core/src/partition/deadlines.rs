//! Deadlines in memory, for a partition whose accounts all stay there.

use std::collections::BTreeSet;
use std::convert::Infallible;

use super::{Backing, Deadline};
use crate::meaning::piece::{Piece, PieceKey};
use crate::time::Millis;

/// Who is due, by kind of deadline; knows no account's state.
///
/// ```
/// use springtide_core::partition::{Backing, Deadline, Deadlines};
/// let mut deadlines = Deadlines::default();
/// deadlines.reschedule(Deadline::Timer, "acme", None, Some(10)).unwrap();
/// assert_eq!(deadlines.first(Deadline::Timer), Some(10));
/// assert!(deadlines.due(Deadline::Timer, 9, 1).unwrap().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Deadlines {
    timers: BTreeSet<(Millis, Box<str>)>,
    quiet: BTreeSet<(Millis, Box<str>)>,
}

impl Deadlines {
    fn of(&mut self, deadline: Deadline) -> &mut BTreeSet<(Millis, Box<str>)> {
        match deadline {
            Deadline::Timer => &mut self.timers,
            Deadline::Quiet => &mut self.quiet,
        }
    }

    fn at(&self, deadline: Deadline) -> &BTreeSet<(Millis, Box<str>)> {
        match deadline {
            Deadline::Timer => &self.timers,
            Deadline::Quiet => &self.quiet,
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

    /// The accounts whose deadline is at or before an instant, with it, earliest first.
    pub fn up_to(&self, deadline: Deadline, at: Millis) -> impl Iterator<Item = &(Millis, Box<str>)> {
        self.at(deadline).iter().take_while(move |(due, _)| *due <= at)
    }

    /// The earliest deadline of a kind.
    pub fn first(&self, deadline: Deadline) -> Option<Millis> {
        self.at(deadline).first().map(|(at, _)| *at)
    }
}

impl Backing for Deadlines {
    type Error = Infallible;

    fn load(&mut self, _account: &str) -> Result<Vec<(PieceKey, Piece)>, Infallible> {
        Ok(Vec::new())
    }

    fn due(
        &mut self,
        deadline: Deadline,
        up_to: Millis,
        at_most: usize,
    ) -> Result<Vec<Box<str>>, Infallible> {
        Ok(self.up_to(deadline, up_to).take(at_most).map(|(_, account)| account.clone()).collect())
    }

    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Infallible> {
        self.shift(deadline, account, from, to);
        Ok(())
    }
}
