//! A backing for a replay: no account is ever evicted, so only deadlines need to be found.

use std::convert::Infallible;

use springtide_core::meaning::piece::{Piece, PieceKey};
use springtide_core::partition::{Backing, Deadline};
use springtide_core::time::Millis;

use super::index::DeadlineIndex;

/// Deadlines in memory, and no pieces at all: for a partition that never evicts and is written nowhere.
///
/// ```
/// use springtide_core::partition::{Backing, Deadline};
/// use springtide_store::MemoryBacking;
///
/// let mut backing = MemoryBacking::default();
/// backing.reschedule(Deadline::Quiet, "acme", None, Some(5)).unwrap();
/// assert_eq!(backing.due(Deadline::Quiet, 5).unwrap(), ["acme".into()]);
/// ```
#[derive(Debug, Default)]
pub struct MemoryBacking {
    deadlines: DeadlineIndex,
}

impl Backing for MemoryBacking {
    type Error = Infallible;

    fn load(&mut self, _account: &str) -> Result<Vec<(PieceKey, Piece)>, Infallible> {
        Ok(Vec::new())
    }

    fn due(&mut self, deadline: Deadline, up_to: Millis) -> Result<Vec<Box<str>>, Infallible> {
        Ok(self
            .deadlines
            .due(deadline, up_to)
            .map(|(_, account)| account.clone())
            .collect())
    }

    fn reschedule(
        &mut self,
        deadline: Deadline,
        account: &str,
        from: Option<Millis>,
        to: Option<Millis>,
    ) -> Result<(), Infallible> {
        self.deadlines.shift(deadline, account, from, to);
        Ok(())
    }
}
