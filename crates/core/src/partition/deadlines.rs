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
/// assert!(deadlines.due(Deadline::Timer, 9).unwrap().is_empty());
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

    /// The earliest deadline of a kind.
    pub fn first(&self, deadline: Deadline) -> Option<Millis> {
        let index = match deadline {
            Deadline::Timer => &self.timers,
            Deadline::Quiet => &self.quiet,
        };
        index.first().map(|(at, _)| *at)
    }
}

impl Backing for Deadlines {
    type Error = Infallible;

    fn load(&mut self, _account: &str) -> Result<Vec<(PieceKey, Piece)>, Infallible> {
        Ok(Vec::new())
    }

    fn due(&mut self, deadline: Deadline, up_to: Millis) -> Result<Vec<Box<str>>, Infallible> {
        Ok(self.of(deadline).iter().take_while(|(at, _)| *at <= up_to).map(|(_, account)| account.clone()).collect())
    }

    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Infallible> {
        let index = self.of(deadline);
        if let Some(from) = from {
            index.remove(&(from, account.into()));
        }
        if let Some(to) = to {
            index.insert((to, account.into()));
        }
        Ok(())
    }
}
